//! Messages, as people see them.

use super::*;

fn message(problem: &crate::Problem) -> String {
    match problem.help() {
        Some(help) => format!("{problem}\n  help: {help}\n"),
        None => format!("{problem}\n"),
    }
}

#[test]
fn problems_name_the_field_and_the_fix() {
    let one = Fields::of(&[1]);
    let fields = [
        Fields { magic: [0; 4], ..one.clone() },
        Fields { dims: vec![], ..one.clone() },
        Fields { dims: vec![2, -3, 4], ..one.clone() },
        Fields { version: 2, magic: *b"n+2\0", dims: vec![1 << 40; 4], ..one.clone() },
        Fields { code: 32, ..one.clone() },
        Fields { code: 128, ..one.clone() },
        Fields { code: 77, ..one.clone() },
        Fields { offset: 100.0, ..one.clone() },
        Fields { scale: [1.0, f64::INFINITY], ..one.clone() },
        Fields { sform: None, qform: Some([1.0, 1.0, 0.0, 0.0, 0.0, 0.0]), ..one.clone() },
        Fields { sform: Some([[1.0, 0.0, 0.0, 0.0]; 3]), ..one.clone() },
        Fields { dims: vec![1000, 1000, 1000], ..one.clone() },
    ];
    let mut files: Vec<Vec<u8>> = fields.iter().map(|fields| fields.file(&[0])).collect();
    files.extend([vec![], b"<html>".to_vec(), one.header()[..100].to_vec()]);
    let mut messages: Vec<String> =
        files.iter().map(|file| message(&read_bytes(file).expect_err("a problem").problem)).collect();
    let volume = volume(&one, &[0]);
    for spacing in [-1.0, 1e-9] {
        messages
            .push(message(&volume.resampled(spacing, Interpolation::Linear).expect_err("a problem").into()));
    }
    insta::assert_snapshot!(messages.concat());
}

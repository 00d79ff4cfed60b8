//! Messages, as people see them.

use super::*;

fn message(bytes: &[u8]) -> String {
    message_of(&read_bytes(bytes, None).expect_err("a problem").problem)
}

fn message_of(problem: &crate::Problem) -> String {
    match problem.help() {
        Some(help) => format!("{problem}\n  help: {help}\n"),
        None => format!("{problem}\n"),
    }
}

#[test]
fn problems_name_the_attribute_and_the_fix() {
    let grey = || File::grey(1, 2, &[0, 1]);
    let class = |uid: &str| File::grey(1, 2, &[]).without(0x7fe0_0010).with(text(0x0008_0016, b"UI", uid));
    let parts = |parts: &[&[u8]]| {
        grey().with((0x7fe0_0010, b"OB", Value::Parts(parts.iter().map(|part| part.to_vec()).collect())))
    };
    let precision = [0xff, 0xd8, 0xff, 0xc1, 0, 11, 12, 0, 1, 0, 2, 1, 1, 0x11, 0, 0xff, 0xd9];
    let files = [
        class("1.2.840.10008.5.1.4.1.1.88.11"),
        class("1.2.840.10008.5.1.4.1.1.2"),
        grey().syntax("1.2.840.10008.1.2.4.90"),
        grey().syntax("1.2.840.10008.1.2.4.80"),
        grey().syntax("1.2.3"),
        grey().syntax(RLE),
        grey().without(0x0028_0010),
        grey().with(words(0x0028_0010, &[0])),
        grey().with(words(0x0028_0100, &[12])),
        grey().with(words(0x0028_0101, &[17])),
        grey().with(text(0x0028_0004, b"CS", "YBR_RCT")),
        grey().with(words(0x0028_0002, &[3])),
        grey().with(words(0x0028_0010, &[60000])).with(text(0x0028_0008, b"IS", "1000000000")),
        grey().with(text(0x0028_1053, b"DS", "fast")),
        grey().with(text(0x0028_1050, b"DS", "5")).with(text(0x0028_1051, b"DS", "0")),
        grey().with((0x0028_3000, b"SQ", Value::Items(vec![vec![words(0x0028_3002, &[1, 0, 16])]]))),
        parts(&[&[], &[1, 2]]).syntax(RLE),
        parts(&[&[], &[1, 2]]).syntax(LOSSLESS),
        parts(&[&[], &precision]).syntax("1.2.840.10008.1.2.4.51"),
        parts(&[&[], &[1, 2]]).with(text(0x0028_0008, b"IS", "3")).syntax(RLE),
    ];
    let mut messages: Vec<String> = files.iter().map(|file| message(&file.to_bytes())).collect();
    let whole = grey().to_bytes();
    messages.push(message(&whole[..whole.len() - 1]));
    messages.push(message(&whole[..200]));
    let sequence = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff";
    messages.push(message(&[&[0; 128][..], b"DICM", &sequence.repeat(40)].concat()));
    messages.push(message(&[&[0; 128][..], b"DICM", &sequence[..12], &sequence[..12]].concat()));
    messages.push(message(b"<html>"));
    messages.push(message(&[&[0; 128][..], b"DICM"].concat()));
    let unknown = attributes(&write(&whole).file, &["PatientId"]).expect_err("a problem");
    messages.push(message_of(&unknown.problem));
    insta::assert_snapshot!(messages.concat());
}

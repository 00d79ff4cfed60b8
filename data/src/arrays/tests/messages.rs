//! Messages, as people see them.

use super::*;
use netwright_model::Channels;

fn message(bytes: &[u8], name: &str) -> String {
    message_of(&read_bytes(bytes, name).expect_err("a problem").problem)
}

fn message_of(problem: &crate::Problem) -> String {
    match problem.help() {
        Some(help) => format!("{problem}\n  help: {help}\n"),
        None => format!("{problem}\n"),
    }
}

#[test]
fn problems_name_the_array_and_the_fix() {
    let one = || npy("|u1", false, "(1,)", &[1]);
    let mut wrong = npz(&[("x", one())], CompressionMethod::STORE);
    let last = wrong.windows(2).position(|w| w == b"\n\x01").expect("the number") + 1;
    wrong[last] = 2;
    let two = npz(&[("x", one()), ("y", one())], CompressionMethod::DEFLATE);
    let short = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let complex = r#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#;
    let files = [
        message(b"", ""),
        message(b"\x89HDF\r\n\x1a\n", ""),
        message(b"1,2,3\n4,5,6\n", ""),
        message(b"\x93NUMPY\x01", ""),
        message(b"\x93NUMPY\x09\x01  ", ""),
        message(b"\x93NUMPY\x01\x00\xff\x00{", ""),
        message(&npy_of("{'descr': '<f4'}", &[]), ""),
        message(&npy("<f4", false, "(9999999999, 9999999999)", &[]), ""),
        message(&npy("<f4", false, "(1000000000, 28, 28)", &[0; 100]), ""),
        message(&npy("|u1", false, "(3,)", &[0; 4]), ""),
        message(&npy("|O", false, "(3,)", b"\x80\x04"), ""),
        message(&npy("<U5", false, "(3,)", &[0; 60]), ""),
        message(&npy("<c8", false, "(1,)", &[0; 8]), ""),
        message(
            &npy_of(
                "{'descr': [('a', '<f4', (2,)), ('b', '|u1')], 'fortran_order': False, 'shape': (1,)}",
                &[],
            ),
            "",
        ),
        message(&wrong, "x"),
        message(&wrong[..60], "x"),
        message(&npz(&[("x", one())], CompressionMethod::ZSTD), "x"),
        message(&npz(&[], CompressionMethod::STORE), ""),
        message(&two, ""),
        message(&two, "z"),
        message(&tensors(short, &[0; 3]), ""),
        message(&tensors("{\"a\":", &[]), ""),
        message(&tensors(complex, &[0; 8]), ""),
    ];
    let order = |shape: &[usize]| {
        message_of(&Order::find(shape, &[3, 3, 3], Channels::Found).expect_err("a problem").into())
    };
    let orders = [order(&[28, 28]), order(&[3, 3, 3])];
    insta::assert_snapshot!([files.concat(), orders.concat()].concat());
}

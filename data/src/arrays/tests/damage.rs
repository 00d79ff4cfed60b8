//! Damaged files: a problem or an array, never a panic, and no more memory than the file's bytes justify.

use super::*;
use crate::testing::{change, changes};
use proptest::prelude::*;

/// Returns a file of each format.
fn files() -> [Vec<u8>; 4] {
    let array = || npy("<f4", true, "(2, 3)", &[0; 24]);
    let header = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    [
        array(),
        npz(&[("x", array()), ("y", array())], CompressionMethod::STORE),
        npz(&[("x", array())], CompressionMethod::DEFLATE),
        tensors(header, &[0; 4]),
    ]
}

fn look(bytes: &[u8]) {
    let file = write("array", bytes);
    for name in ["", "x"] {
        match read(&file.file, name) {
            Ok(array) => assert_eq!(array.numbers.len(), array.shape.iter().product::<usize>()),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let _ = splits(&file.file);
}

#[test]
fn a_file_cut_anywhere_is_a_problem() {
    for bytes in files() {
        for len in 0..bytes.len() {
            let found = read_bytes(&bytes[..len], "");
            assert!(found.is_err(), "{len} of {} bytes: {found:?}", bytes.len());
        }
    }
}

proptest! {
    #[test]
    fn a_changed_file_is_read_or_refused(which in 0usize..4, changes in changes()) {
        let mut bytes = files()[which].clone();
        change(&mut bytes, 0, changes);
        look(&bytes);
    }

    #[test]
    fn any_header_is_read_or_refused(header in "[{}()\\[\\]',:0-9a-zL ]{0,60}", shape in "\\([0-9, ]{0,20}\\)") {
        look(&npy_of(&header, &[0; 8]));
        look(&npy("|u1", true, &shape, &[0; 8]));
    }
}

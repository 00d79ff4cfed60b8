//! Damaged files: a problem or a scan, never a panic, and no more memory than the file's bytes justify.

use super::*;
use crate::testing::{change, changes};
use proptest::prelude::*;

fn files() -> [Vec<u8>; 4] {
    let frame = [&[1u8, 0, 0, 0, 64, 0, 0, 0][..], &[0; 56], &[253, 7]].concat();
    let item = vec![text(0x0028_1053, b"DS", "2")];
    let file = File::bytes("MONOCHROME2", 1, [2, 2], &[0, 1, 2, 3])
        .with((0x0028_9145, b"SQ", Value::Items(vec![item])))
        .with(text(0x0020_0037, b"DS", "1\\0\\0\\0\\1\\0"));
    let packed = file.clone().with((0x7fe0_0010, b"OB", Value::Parts(vec![vec![], frame]))).syntax(RLE);
    let colours = File::bytes("YBR_FULL_422", 3, [2, 2], &[7; 8]).with(text(0x0028_0008, b"IS", "1"));
    [file.clone().to_bytes(), file.syntax(IMPLICIT).to_bytes(), packed.to_bytes(), colours.to_bytes()]
}

fn look(bytes: &[u8]) {
    let written = write(bytes);
    let _ = attributes(&written.file, &["PatientID", "Rows"]);
    let _ = super::super::series(std::slice::from_ref(&written.file));
    match read(&written.file, None) {
        Ok(scan) => assert_eq!(scan.data.len(), scan.frames * scan.samples * scan.rows * scan.columns),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[test]
fn a_file_cut_anywhere_is_a_problem() {
    for bytes in files() {
        // The delimiter after compressed pixels may be missing.
        for len in 0..bytes.len() - 10 {
            let found = read_bytes(&bytes[..len], None);
            assert!(found.is_err(), "{len} of {} bytes: {found:?}", bytes.len());
        }
    }
}

proptest! {
    #[test]
    fn a_changed_file_is_read_or_refused(which in 0usize..4, changes in changes()) {
        let mut bytes = files()[which].clone();
        change(&mut bytes, 132, changes);
        look(&bytes);
    }

    #[test]
    fn any_attributes_are_read_or_refused(rest in prop::collection::vec(any::<u8>(), 0..200)) {
        look(&[&[0; 128][..], b"DICM", &rest].concat());
        look(&[&[8, 0][..], &rest].concat());
    }
}

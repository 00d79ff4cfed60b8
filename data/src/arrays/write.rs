//! Encoding of arrays as `.npy` files.

use super::Numbers;
use super::npy::MAGIC;

/// The multiple of bytes at which the numbers begin, as NumPy has them.
const ALIGNMENT: usize = 64;

/// Encodes an array as the bytes of an `.npy` file of version 1, in the order of C and little-endian.
///
/// # Panics
/// If there are not as many numbers as the shape says, or it has thousands of axes.
pub fn encode_npy(shape: &[usize], numbers: &Numbers) -> Vec<u8> {
    assert_eq!(shape.iter().product::<usize>(), numbers.len(), "numbers of an array of shape {shape:?}");
    let (descr, size) = match numbers {
        Numbers::Bytes(_) => ("|u1", 1),
        Numbers::Words(_) => ("<u2", 2),
        Numbers::Floats(_) => ("<f4", 4),
        Numbers::Doubles(_) => ("<f8", 8),
    };
    let lengths: Vec<String> = shape.iter().map(ToString::to_string).collect();
    // A tuple of one element ends in a comma.
    let comma = if shape.len() == 1 { "," } else { "" };
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}{comma}), }}", lengths.join(", "));
    // Before the text are the magic, two bytes of the version and two of the length; after it are blanks and a line's end.
    let start = (MAGIC.len() + 4 + header.len() + 1).next_multiple_of(ALIGNMENT);
    let length = start - MAGIC.len() - 4;
    let mut bytes = Vec::with_capacity(start + size * numbers.len());
    bytes.extend(MAGIC);
    bytes.extend([1, 0]);
    bytes.extend(u16::try_from(length).expect("a header of few axes").to_le_bytes());
    bytes.extend(format!("{header:<width$}\n", width = length - 1).as_bytes());
    match numbers {
        Numbers::Bytes(values) => bytes.extend(values),
        Numbers::Words(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
        Numbers::Floats(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
        Numbers::Doubles(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::{Array, read};
    use super::*;
    use std::fs;

    #[test]
    fn arrays_that_are_written_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.npy");
        for (shape, numbers) in [
            (vec![2, 3], Numbers::Bytes((0..6).collect())),
            (vec![4], Numbers::Words(vec![0, 1, 256, 65535])),
            (vec![1, 2, 2], Numbers::Floats(vec![f32::MIN_POSITIVE, -0.1, f32::INFINITY, 1e30])),
            (vec![0, 3], Numbers::Floats(vec![])),
            (vec![], Numbers::Doubles(vec![0.1])),
        ] {
            fs::write(&file, encode_npy(&shape, &numbers)).unwrap();
            assert_eq!(read(&file, "").unwrap(), Array { shape, numbers });
        }
    }

    #[test]
    fn files_are_those_of_numpy() {
        // numpy.save(file, numpy.array([[0.5, -1.0]], "float32"))
        let mut expected = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        expected.extend(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }");
        expected.resize(127, b' ');
        expected.push(b'\n');
        expected.extend([0, 0, 0, 0x3f, 0, 0, 0x80, 0xbf]);
        assert_eq!(encode_npy(&[1, 2], &Numbers::Floats(vec![0.5, -1.0])), expected);
    }
}

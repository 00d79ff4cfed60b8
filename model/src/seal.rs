//! The hashes by which a weights file shows that it is as it was saved.
//!
//! The text of its metadata begins with the version and a hash of everything after these two lines. One of the lines after them holds
//! the hash of the tensors.

use crate::hash::Hash;
use std::io::{self, Read};

/// The entry of a file's metadata that is Netwright's. There is only one, so that the same weights make the same file.
pub const ENTRY: &str = "netwright";

/// The key of the line with the hash of the tensors.
pub const BITS: &str = "bits";

const BEGINNING: &str = "version: 3\nhash: ";

/// The text of a file's metadata, as far as its first lines say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal<'t> {
    /// It is of another version, which has no hash or one that is not known.
    Other,
    /// It is as it was written: the lines after the hash.
    Whole(&'t str),
    /// It is not as it was written: the hash that it holds, and that of its lines.
    Altered([&'t str; 2], u64),
}

/// Returns lines of text with those of the version and the hash before them.
pub fn seal(lines: &str) -> String {
    format!("{BEGINNING}{:016x}\n{lines}", hash(lines))
}

/// Checks the hash of a text.
pub fn unseal(text: &str) -> Seal<'_> {
    let Some(rest) = text.strip_prefix(BEGINNING) else { return Seal::Other };
    let (found, lines) = rest.split_once('\n').unwrap_or((rest, ""));
    let expected = hash(lines);
    match found == format!("{expected:016x}") {
        true => Seal::Whole(lines),
        false => Seal::Altered([found, lines], expected),
    }
}

/// Returns true if a text begins as [`seal`] makes it begin, in whatever version.
pub fn is_sealed(text: &str) -> bool {
    let mut lines = text.split('\n');
    let mut begins = |key: &str| lines.next().is_some_and(|line| line.starts_with(key));
    begins("version: ") && begins("hash: ")
}

fn hash(lines: &str) -> u64 {
    let mut hash = Hash::default();
    hash.bytes(lines.as_bytes());
    hash.finish()
}

/// Returns the hash of a tensor: of its name, its type such as `F32`, its shape and the bytes of its numbers. The hash of several is
/// their [sum](u64::wrapping_add), whatever order a file has them in.
///
/// # Errors
/// If the numbers cannot be read.
pub fn tensor(name: &str, kind: &str, shape: &[usize], mut numbers: impl Read) -> io::Result<u64> {
    let mut hash = Hash::default();
    hash.bytes(name.as_bytes());
    hash.bytes(kind.as_bytes());
    shape.iter().for_each(|&size| hash.wide(size as u64));
    hash.word(shape.len() as u32);
    let mut bytes = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        let filled = fill(&mut numbers, &mut bytes)?;
        let (words, rest) = bytes[..filled].as_chunks::<4>();
        words.iter().for_each(|word| hash.word(u32::from_le_bytes(*word)));
        rest.iter().for_each(|&byte| hash.word(u32::from(byte)));
        length += filled as u64;
        if filled < bytes.len() {
            hash.wide(length);
            return Ok(hash.finish());
        }
    }
}

/// Reads until the buffer is full or there is nothing more; returns the number of bytes.
fn fill(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match from.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_shows_each_change() {
        let text = seal("bits: 1\nnetwork: A\n");
        assert_eq!(unseal(&text), Seal::Whole("bits: 1\nnetwork: A\n"));
        assert!(is_sealed(&text) && !is_sealed("version: 2\nnetwork: A\n") && !is_sealed(""));
        for at in 0..text.len() {
            for bit in 0..7 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let altered = String::from_utf8(bytes).unwrap();
                assert!(!matches!(unseal(&altered), Seal::Whole(_)), "{altered}");
            }
        }
        assert!(matches!(unseal(&text[..text.len() - 3]), Seal::Altered(..)));
        assert_eq!(unseal("version: 2\nnetwork: A\n"), Seal::Other);
    }

    #[test]
    fn the_hash_of_a_tensor_is_of_all_its_parts() {
        let hash = |name, kind, shape: &[usize], bytes: &[u8]| tensor(name, kind, shape, bytes).unwrap();
        let all = [
            hash("a", "F32", &[2], &[0; 8]),
            hash("b", "F32", &[2], &[0; 8]),
            hash("a", "I32", &[2], &[0; 8]),
            hash("a", "F32", &[2, 1], &[0; 8]),
            hash("a", "F32", &[1, 2], &[0; 8]),
            hash("a", "F32", &[2], &[0, 0, 0, 0x80, 0, 0, 0, 0]),
            hash("a", "F32", &[2], &[0; 9]),
            hash("a", "F32", &[2], &[0; 1 << 16]),
        ];
        for (at, hash) in all.iter().enumerate() {
            assert!(!all[..at].contains(hash), "{at}");
        }
        // Files hold it.
        assert_eq!(format!("{:016x}", all[0]), "cc4c4e0ed4237991");
    }

    #[test]
    fn pieces_of_any_length_have_one_hash() {
        struct Slow<'b>(&'b [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                let count = self.0.len().min(to.len()).min(5);
                self.0.read(&mut to[..count])
            }
        }
        let bytes: Vec<u8> = (0..200_000_u32).map(|i| (i.wrapping_mul(i) >> 3) as u8).collect();
        let whole = tensor("a", "U8", &[], &bytes[..]).unwrap();
        assert_eq!(tensor("a", "U8", &[], Slow(&bytes)).unwrap(), whole);
        assert_ne!(tensor("a", "U8", &[], &bytes[1..]).unwrap(), whole);
    }
}

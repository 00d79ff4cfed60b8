//! Bytes of a source text, which is in UTF-8.

use std::error::Error;
use std::fmt;

/// The reason why bytes are no source text; its text is the rest of a sentence that begins with the file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodingError {
    /// The text is in an encoding with more than one byte for each letter.
    Wide {
        /// The encoding.
        encoding: &'static str,
    },
    /// A byte is none of UTF-8.
    Byte {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// The byte.
        byte: u8,
    },
}

impl fmt::Display for EncodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodingError::Wide { encoding } => write!(
                f,
                "is a text in {encoding}: save it as UTF-8 (in PowerShell, write it by `Set-Content -Encoding utf8`)"
            ),
            EncodingError::Byte { line, column, byte } => write!(
                f,
                "is not a text in UTF-8: line {line}, column {column} has the byte 0x{byte:02X}; save it as UTF-8"
            ),
        }
    }
}

impl Error for EncodingError {}

/// Reads a source text.
///
/// # Errors
/// If its bytes are not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, EncodingError> {
    if let Some(encoding) = wide(&bytes) {
        return Err(EncodingError::Wide { encoding });
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let before = String::from_utf8_lossy(&bytes[..at]);
        EncodingError::Byte {
            line: 1 + before.matches('\n').count(),
            column: 1 + before.rsplit('\n').next().map_or(0, |line| line.chars().count()),
            byte: bytes[at],
        }
    })
}

/// Returns the name of an encoding with more than one byte for each letter, by its mark or by the zeros
/// beside Latin letters.
fn wide(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [0, 0, 0, _, ..] | [1..=0x7f, 0, 0, 0, ..] => Some("UTF-32"),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] | [1..=0x7f, 0, 1..=0x7f, 0, ..] => Some("UTF-16"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    const TEXT: &str = "network Toy {\n}";

    fn wide(text: &str, mark: bool, bytes: impl Fn(char) -> Vec<u8>) -> Vec<u8> {
        let mark = mark.then_some('\u{feff}');
        mark.into_iter().chain(text.chars()).flat_map(bytes).collect()
    }

    #[test]
    fn other_encodings_are_named() {
        let text = |bytes: Vec<u8>| decode(bytes).unwrap_err().to_string();
        for mark in [false, true] {
            for bytes in [
                wide(TEXT, mark, |c| (c as u16).to_le_bytes().to_vec()),
                wide(TEXT, mark, |c| (c as u16).to_be_bytes().to_vec()),
            ] {
                assert!(text(bytes).starts_with("is a text in UTF-16: save it as UTF-8"));
            }
            for bytes in [
                wide(TEXT, mark, |c| (c as u32).to_le_bytes().to_vec()),
                wide(TEXT, mark, |c| (c as u32).to_be_bytes().to_vec()),
            ] {
                assert!(text(bytes).starts_with("is a text in UTF-32: save it as UTF-8"));
            }
        }
        let latin = b"// gr\n// Gr\xf6\xdfe".to_vec();
        assert!(text(latin).starts_with("is not a text in UTF-8: line 2, column 6 has the byte 0xF6"));
        assert_eq!(decode(TEXT.into()).unwrap(), TEXT);
        assert_eq!(decode(vec![]).unwrap(), "");
    }
}

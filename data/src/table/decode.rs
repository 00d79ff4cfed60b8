//! Bytes of a file to text: UTF-8, or UTF-16 with a byte order mark.

use super::Problem;
use memchr::memchr;

/// Beginnings of files that are taken for tables by mistake.
const KINDS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a ZIP archive, such as a workbook of Excel (.xlsx)"),
    (b"\xd0\xcf\x11\xe0", "an old workbook of Excel (.xls)"),
    (b"PAR1", "a Parquet file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "an array of NumPy"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"<!DOCTYPE", "an HTML page"),
    (b"<html", "an HTML page"),
];

/// Decodes a file's bytes. The text has no byte order mark.
pub(super) fn decode(mut bytes: Vec<u8>) -> Result<String, Problem> {
    if let Some((_, kind)) = KINDS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(Problem::Kind { kind });
    }
    match *bytes.as_slice() {
        [0xff, 0xfe, ref units @ ..] => utf16(units, u16::from_le_bytes),
        [0xfe, 0xff, ref units @ ..] => utf16(units, u16::from_be_bytes),
        _ => {
            if bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            let text = String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                let bytes = error.as_bytes();
                Problem::Utf8 { line: 1 + line_ends(&bytes[..at]), byte: bytes[at] }
            })?;
            zero(text)
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Problem> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    for decoded in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        let Ok(decoded) = decoded else {
            return Err(Problem::Utf16 { line: 1 + line_ends(text.as_bytes()) });
        };
        text.push(decoded);
    }
    match rest {
        [] => zero(text),
        _ => Err(Problem::Utf16 { line: 1 + line_ends(text.as_bytes()) }),
    }
}

/// Refuses a text with a zero character, which no table has: it is UTF-16 without its mark, or no text.
fn zero(text: String) -> Result<String, Problem> {
    match memchr(0, text.as_bytes()) {
        Some(at) => Err(Problem::Utf8 { line: 1 + line_ends(&text.as_bytes()[..at]), byte: 0 }),
        None => Ok(text),
    }
}

/// Counts the ends of lines: `\n`, `\r\n` or `\r`.
pub(super) fn line_ends(bytes: &[u8]) -> u64 {
    let newlines = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let returns = bytes.iter().filter(|&&byte| byte == b'\r').count();
    let both = if returns == 0 { 0 } else { bytes.windows(2).filter(|pair| pair == b"\r\n").count() };
    (newlines + returns - both) as u64
}

//! Files: the preamble, the meta information, and what is guessed where they are missing.

use super::data_set::{DataSet, PIXEL_DATA, Parser, Tag};
use super::syntax::{Codec, Encoding, Syntax};
use super::{Problem, keywords};
use crate::Problem as FileProblem;
use crate::files::{open, unreadable};
use flate2::read::DeflateDecoder;
use std::io::Read;
use std::path::Path;

/// Bytes of a file that usually have all attributes before the pixels.
const FIRST: u64 = 1 << 18;

const TRANSFER_SYNTAX: Tag = 0x0002_0010;

/// The bytes of a file, unpacked if they are deflated.
pub(super) struct Bytes {
    bytes: Vec<u8>,
    /// The offset of the attributes.
    start: usize,
    pub(super) uid: String,
    pub(super) syntax: Syntax,
}

impl Bytes {
    /// Reads a file.
    pub(super) fn read(file: &Path) -> Result<Bytes, FileProblem> {
        let mut bytes = Vec::new();
        open(file, "scan")?.read_to_end(&mut bytes).map_err(unreadable)?;
        Bytes::of(bytes)
    }

    /// Reads as much of a file as its attributes need.
    pub(super) fn read_attributes(file: &Path) -> Result<Bytes, FileProblem> {
        let mut input = open(file, "scan")?;
        let mut bytes = Vec::new();
        input.by_ref().take(FIRST).read_to_end(&mut bytes).map_err(unreadable)?;
        if (bytes.len() as u64) < FIRST {
            return Bytes::of(bytes);
        }
        if let Ok(first) = Bytes::of(bytes.clone())
            && !first.syntax.deflated
            && first.data_set().is_ok_and(|set| set.elements.contains_key(&PIXEL_DATA))
        {
            return Ok(first);
        }
        input.read_to_end(&mut bytes).map_err(unreadable)?;
        Bytes::of(bytes)
    }

    fn of(mut bytes: Vec<u8>) -> Result<Bytes, FileProblem> {
        let start = if bytes.get(128..132) == Some(b"DICM") { 132 } else { 0 };
        let meta_follows = bytes[start..].starts_with(&[2, 0]);
        if start == 0 && !meta_follows && guess(&bytes).is_none() {
            return Err(foreign(&bytes).into());
        }
        let (uid, len) = if meta_follows {
            let mut parser = Parser::new(&bytes[start..], Encoding::EXPLICIT);
            let meta = parser.file(true)?;
            (meta.text(TRANSFER_SYNTAX), bytes.len() - start - parser.rest().len())
        } else {
            (String::new(), 0)
        };
        let start = start + len;
        let mut syntax = Syntax::of(&uid);
        if uid.is_empty() {
            let encoding = guess(&bytes[start..]).unwrap_or(Encoding::IMPLICIT);
            syntax = Syntax { encoding, deflated: false, codec: Codec::Native };
        }
        if syntax.deflated {
            let mut unpacked = Vec::new();
            let packed = DeflateDecoder::new(&bytes[start..]).read_to_end(&mut unpacked);
            packed.map_err(|cause| Problem::Deflate { cause })?;
            bytes = unpacked;
            return Ok(Bytes { bytes, start: 0, uid, syntax });
        }
        Ok(Bytes { bytes, start, uid, syntax })
    }

    /// Parses the attributes.
    pub(super) fn data_set(&self) -> Result<DataSet<'_>, Problem> {
        Parser::new(&self.bytes[self.start..], self.syntax.encoding).file(false)
    }
}

/// Guesses the encoding of attributes, which begin with one of group 8; `None` if they do not.
fn guess(bytes: &[u8]) -> Option<Encoding> {
    let [a, b, _, _, first, second, ..] = *bytes else { return None };
    let explicit = first.is_ascii_uppercase() && second.is_ascii_uppercase();
    match [a, b] {
        [8, 0] => Some(Encoding { explicit, big_endian: false }),
        [0, 8] => Some(Encoding { explicit, big_endian: true }),
        _ => None,
    }
}

fn foreign(bytes: &[u8]) -> Problem {
    Problem::Foreign { found: bytes[..bytes.len().min(8)].to_vec() }
}

/// Returns an attribute by its keyword, such as `PatientID`, or its number, such as `00100020`, as text.
pub(super) fn attribute(set: &DataSet<'_>, keyword: &str) -> Result<String, Problem> {
    let (tag, vr) = keywords::find(keyword).ok_or_else(|| Problem::Keyword { found: keyword.into() })?;
    let vr = set.elements.get(&tag).and_then(|element| element.vr).unwrap_or(vr);
    let integers = || set.integers(tag).into_iter();
    let texts: Vec<String> = match &vr {
        b"US" | b"UL" => integers().map(|number| number.to_string()).collect(),
        b"SS" => integers().map(|number| (number as u16).cast_signed().to_string()).collect(),
        b"SL" => integers().map(|number| number.cast_signed().to_string()).collect(),
        _ => set.texts(tag),
    };
    Ok(texts.join("\\"))
}

//! Tests of scans, with files that are written here byte by byte.

mod damage;
mod encodings;
mod intensities;
mod messages;
mod series;

use super::*;
use crate::testing::{self, Written};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const RLE: &str = "1.2.840.10008.1.2.5";
const LOSSLESS: &str = "1.2.840.10008.1.2.4.70";

/// The value of an attribute in a file to write.
#[derive(Clone)]
enum Value {
    U16(Vec<u16>),
    Text(String),
    Bytes(Vec<u8>),
    Items(Vec<Vec<Attribute>>),
    /// The parts of compressed pixels.
    Parts(Vec<Vec<u8>>),
}

/// An attribute: its number, its type and its value.
type Attribute = (u32, &'static [u8; 2], Value);

/// A file to write: attributes by their numbers.
#[derive(Clone)]
struct File {
    syntax: &'static str,
    attributes: Vec<Attribute>,
}

fn words(tag: u32, words: &[u16]) -> Attribute {
    (tag, b"US", Value::U16(words.into()))
}

fn text(tag: u32, vr: &'static [u8; 2], text: &str) -> Attribute {
    (tag, vr, Value::Text(text.into()))
}

impl File {
    /// Creates an image of intensities of 16 bits with a sign.
    fn grey(rows: u16, columns: u16, pixels: &[i16]) -> File {
        let bytes = pixels.iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
        File { syntax: EXPLICIT, attributes: vec![] }
            .with(text(0x0028_0004, b"CS", "MONOCHROME2"))
            .with(words(0x0028_0002, &[1]))
            .with(words(0x0028_0010, &[rows]))
            .with(words(0x0028_0011, &[columns]))
            .with(words(0x0028_0100, &[16]))
            .with(words(0x0028_0101, &[16]))
            .with(words(0x0028_0102, &[15]))
            .with(words(0x0028_0103, &[1]))
            .with((0x7fe0_0010, b"OW", Value::Bytes(bytes)))
    }

    /// Creates an image of numbers of 8 bits.
    fn bytes(photometric: &str, samples: u16, [rows, columns]: [u16; 2], pixels: &[u8]) -> File {
        File::grey(rows, columns, &[])
            .with(text(0x0028_0004, b"CS", photometric))
            .with(words(0x0028_0002, &[samples]))
            .with(words(0x0028_0100, &[8]))
            .with(words(0x0028_0101, &[8]))
            .with(words(0x0028_0102, &[7]))
            .with(words(0x0028_0103, &[0]))
            .with((0x7fe0_0010, b"OB", Value::Bytes(pixels.into())))
    }

    /// Adds an attribute, or replaces it.
    fn with(mut self, attribute: Attribute) -> File {
        self.attributes.retain(|(tag, ..)| *tag != attribute.0);
        self.attributes.push(attribute);
        self.attributes.sort_by_key(|(tag, ..)| *tag);
        self
    }

    fn without(mut self, tag: u32) -> File {
        self.attributes.retain(|(other, ..)| *other != tag);
        self
    }

    fn syntax(self, syntax: &'static str) -> File {
        File { syntax, ..self }
    }

    /// Returns the attributes alone.
    fn data_set(&self) -> Vec<u8> {
        let mut bytes = vec![];
        put(&mut bytes, &self.attributes, self.syntax != IMPLICIT, self.syntax == BIG_ENDIAN);
        bytes
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [&[0; 128][..], b"DICM"].concat();
        put(&mut bytes, &[text(0x0002_0010, b"UI", self.syntax)], true, false);
        let mut data = self.data_set();
        if self.syntax == DEFLATED {
            data = miniz(&data);
        }
        bytes.extend(data);
        bytes
    }
}

fn miniz(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::DeflateEncoder::new(vec![], flate2::Compression::default());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

/// Adds attributes.
fn put(bytes: &mut Vec<u8>, attributes: &[Attribute], explicit: bool, big_endian: bool) {
    let u16 = |number: u16| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let u32 = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let start = |bytes: &mut Vec<u8>, tag: u32| {
        bytes.extend([u16((tag >> 16) as u16), u16(tag as u16)].concat());
    };
    for (tag, vr, value) in attributes {
        let (mut contents, mut len) = (vec![], None);
        match value {
            Value::U16(words) => contents.extend(words.iter().flat_map(|&word| u16(word))),
            Value::Text(text) => contents.extend(text.as_bytes()),
            Value::Bytes(raw) => contents.extend(raw),
            Value::Items(items) => {
                for item in items {
                    start(&mut contents, 0xfffe_e000);
                    contents.extend(u32(u32::MAX));
                    put(&mut contents, item, explicit, big_endian);
                    start(&mut contents, 0xfffe_e00d);
                    contents.extend(u32(0));
                }
            }
            Value::Parts(parts) => {
                len = Some(u32::MAX);
                for part in parts {
                    start(&mut contents, 0xfffe_e000);
                    contents.extend(u32(part.len() as u32));
                    contents.extend(part);
                }
                start(&mut contents, 0xfffe_e0dd);
                contents.extend(u32(0));
            }
        }
        if contents.len() % 2 == 1 {
            contents.push(if matches!(value, Value::Text(_)) { b' ' } else { 0 });
        }
        start(bytes, *tag);
        let len = len.unwrap_or(contents.len() as u32);
        match (explicit, *vr) {
            (false, _) => bytes.extend(u32(len)),
            (true, b"OB" | b"OW" | b"SQ" | b"UN") => {
                bytes.extend_from_slice(&vr[..]);
                bytes.extend([0, 0]);
                bytes.extend(u32(len));
            }
            (true, _) => {
                bytes.extend_from_slice(&vr[..]);
                bytes.extend(u16(len as u16));
            }
        }
        bytes.extend(contents);
    }
}

fn write(bytes: &[u8]) -> Written {
    testing::write("a.dcm", bytes)
}

fn read_bytes(bytes: &[u8], window: Option<Window>) -> Result<Scan, Error> {
    read(&write(bytes).file, window)
}

fn scan(file: &File) -> Scan {
    read_bytes(&file.to_bytes(), None).expect("a scan")
}

/// Returns the intensities of a file that has no window, as the file's numbers.
fn numbers(file: &File) -> Vec<f32> {
    let wide = Window { center: 0.0, width: 262_144.0, function: Function::Exact };
    let scan = read_bytes(&file.to_bytes(), Some(wide)).expect("a scan");
    scan.data.iter().map(|number| (number - 0.5) * 262_144.0).collect()
}

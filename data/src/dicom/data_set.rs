//! Attributes of a file, parsed from its bytes.

use super::Problem;
use super::syntax::Encoding;
use std::collections::BTreeMap;

/// The number of an attribute: its group in the upper 16 bits, its element in the lower.
pub(super) type Tag = u32;

pub(super) const PIXEL_DATA: Tag = 0x7fe0_0010;
const ITEM: Tag = 0xfffe_e000;
const END_OF_ITEM: Tag = 0xfffe_e00d;
const END_OF_SEQUENCE: Tag = 0xfffe_e0dd;

/// The length of values that end at a delimiter.
const UNDEFINED: u32 = u32::MAX;

/// The deepest sequences within sequences; the standard's own are shallower.
const MOST_NESTED: usize = 32;

/// Types whose values have a length of 32 bits.
const LONG: [&[u8; 2]; 13] =
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"];

/// Attributes by their numbers.
#[derive(Clone, Debug)]
pub(super) struct DataSet<'a> {
    pub(super) elements: BTreeMap<Tag, Element<'a>>,
    pub(super) encoding: Encoding,
}

/// An attribute.
#[derive(Clone, Debug)]
pub(super) struct Element<'a> {
    /// The type, such as `US`; not known where it is implicit.
    pub(super) vr: Option<[u8; 2]>,
    pub(super) value: Value<'a>,
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Bytes(&'a [u8]),
    Items(Vec<DataSet<'a>>),
    /// The parts of compressed pixels, the first of which is a table of offsets.
    Fragments(Vec<&'a [u8]>),
}

/// A position in the bytes of a file.
pub(super) struct Parser<'a> {
    rest: &'a [u8],
    encoding: Encoding,
    /// The sequences around the position.
    depth: usize,
}

/// The first bytes of an attribute.
struct Start {
    tag: Tag,
    vr: Option<[u8; 2]>,
    len: u32,
}

impl<'a> Parser<'a> {
    pub(super) fn new(bytes: &'a [u8], encoding: Encoding) -> Parser<'a> {
        Parser { rest: bytes, encoding, depth: 0 }
    }

    /// Returns the bytes after the position.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Parses attributes up to the pixels, or to the end; only those of the first group if `meta`.
    pub(super) fn file(&mut self, meta: bool) -> Result<DataSet<'a>, Problem> {
        let mut elements = BTreeMap::new();
        while !self.rest.is_empty() {
            let before = self.rest;
            let start = self.start()?;
            if meta && start.tag >> 16 != 2 {
                self.rest = before;
                break;
            }
            let tag = start.tag;
            elements.insert(tag, self.element(start)?);
            if tag == PIXEL_DATA {
                break;
            }
        }
        Ok(DataSet { elements, encoding: self.encoding })
    }

    fn take(&mut self, tag: Tag, len: usize) -> Result<&'a [u8], Problem> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            return Err(Problem::Cut { tag, expected: len as u64, found: self.rest.len() as u64 });
        };
        self.rest = rest;
        Ok(taken)
    }

    fn u16(&mut self, tag: Tag) -> Result<u16, Problem> {
        let bytes = self.take(tag, 2)?;
        let bytes = [bytes[0], bytes[1]];
        Ok(if self.encoding.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(&mut self, tag: Tag) -> Result<u32, Problem> {
        let bytes = self.take(tag, 4)?;
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        Ok(if self.encoding.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn start(&mut self) -> Result<Start, Problem> {
        let (group, element) = (self.u16(0)?, self.u16(0)?);
        let tag = Tag::from(group) << 16 | Tag::from(element);
        // Delimiters have no type, and some writers leave it out elsewhere.
        let typed = self.encoding.explicit && group != 0xfffe;
        let vr =
            self.rest.first_chunk::<2>().filter(|vr| typed && vr.iter().all(u8::is_ascii_uppercase)).copied();
        let Some(vr) = vr else { return Ok(Start { tag, vr: None, len: self.u32(tag)? }) };
        self.take(tag, 2)?;
        let len = if LONG.contains(&&vr) {
            self.take(tag, 2)?;
            self.u32(tag)?
        } else {
            u32::from(self.u16(tag)?)
        };
        Ok(Start { tag, vr: Some(vr), len })
    }

    fn element(&mut self, Start { tag, vr, len }: Start) -> Result<Element<'a>, Problem> {
        let value = match (tag, len) {
            (PIXEL_DATA, UNDEFINED) => Value::Fragments(self.fragments()?),
            (_, UNDEFINED) => {
                let encoding = if vr == Some(*b"UN") { Encoding::IMPLICIT } else { self.encoding };
                let mut inside = Parser { rest: self.rest, encoding, depth: self.depth };
                let items = inside.items()?;
                self.rest = inside.rest;
                Value::Items(items)
            }
            // The pixels' own reader says what is missing.
            (PIXEL_DATA, _) if self.depth == 0 => {
                Value::Bytes(self.take(tag, (len as usize).min(self.rest.len()))?)
            }
            _ => Value::Bytes(self.take(tag, len as usize)?),
        };
        Ok(Element { vr, value })
    }

    /// Parses the items of a sequence to its delimiter, or to the end.
    fn items(&mut self) -> Result<Vec<DataSet<'a>>, Problem> {
        if self.depth == MOST_NESTED {
            return Err(Problem::Nested { most: MOST_NESTED });
        }
        let mut items = Vec::new();
        while !self.rest.is_empty() {
            let Start { tag, len, .. } = self.start()?;
            match tag {
                END_OF_SEQUENCE => break,
                ITEM if len == UNDEFINED => items.push(self.item()?),
                ITEM => {
                    let rest = self.take(tag, len as usize)?;
                    items.push(Parser { rest, encoding: self.encoding, depth: self.depth + 1 }.item_in()?);
                }
                _ => return Err(Problem::Delimiter { tag }),
            }
        }
        Ok(items)
    }

    fn item(&mut self) -> Result<DataSet<'a>, Problem> {
        let mut inside = Parser { rest: self.rest, encoding: self.encoding, depth: self.depth + 1 };
        let item = inside.item_in()?;
        self.rest = inside.rest;
        Ok(item)
    }

    /// Parses attributes to the delimiter of their item, or to the end.
    fn item_in(&mut self) -> Result<DataSet<'a>, Problem> {
        let mut elements = BTreeMap::new();
        while !self.rest.is_empty() {
            let start = self.start()?;
            if start.tag == END_OF_ITEM {
                break;
            }
            let tag = start.tag;
            elements.insert(tag, self.element(start)?);
        }
        Ok(DataSet { elements, encoding: self.encoding })
    }

    /// Parses the parts of compressed pixels; the end may be missing.
    fn fragments(&mut self) -> Result<Vec<&'a [u8]>, Problem> {
        let mut fragments = Vec::new();
        while !self.rest.is_empty() {
            let Start { tag, len, .. } = self.start()?;
            match tag {
                END_OF_SEQUENCE => break,
                ITEM => fragments.push(self.take(PIXEL_DATA, len as usize)?),
                _ => return Err(Problem::Delimiter { tag }),
            }
        }
        Ok(fragments)
    }
}

impl<'a> DataSet<'a> {
    /// Returns the bytes of an attribute that is no sequence and not empty.
    pub(super) fn bytes(&self, tag: Tag) -> Option<&'a [u8]> {
        match self.elements.get(&tag)?.value {
            Value::Bytes(bytes) if !bytes.is_empty() => Some(bytes),
            _ => None,
        }
    }

    /// Returns the items of a sequence; none if there is no such sequence.
    pub(super) fn items(&self, tag: Tag) -> Result<Vec<DataSet<'a>>, Problem> {
        match self.elements.get(&tag) {
            None => Ok(vec![]),
            Some(Element { value: Value::Items(items), .. }) => Ok(items.clone()),
            Some(Element { value: Value::Bytes(bytes), vr }) => {
                let encoding = if *vr == Some(*b"UN") { Encoding::IMPLICIT } else { self.encoding };
                Parser::new(bytes, encoding).items()
            }
            Some(Element { value: Value::Fragments(_), .. }) => Ok(vec![]),
        }
    }

    /// Returns the texts of an attribute, which backslashes separate, without the spaces around them.
    pub(super) fn texts(&self, tag: Tag) -> Vec<String> {
        let Some(bytes) = self.bytes(tag) else { return vec![] };
        // UTF-8 contains ASCII; what is neither is one byte a character, so that different names stay different.
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_string(),
            Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
        };
        let spaces = |c: char| c == '\0' || c.is_whitespace();
        text.trim_matches(spaces).split('\\').map(|text| text.trim_matches(spaces).to_string()).collect()
    }

    /// Returns the first text of an attribute; an empty one if there is none.
    pub(super) fn text(&self, tag: Tag) -> String {
        self.texts(tag).into_iter().next().unwrap_or_default()
    }

    /// Returns the integers of an attribute of 16 or 32 bits, as they are without a sign.
    pub(super) fn integers(&self, tag: Tag) -> Vec<u32> {
        let Some(element) = self.elements.get(&tag) else { return vec![] };
        let Some(bytes) = self.bytes(tag) else { return vec![] };
        let big_endian = self.encoding.big_endian;
        if matches!(element.vr.as_ref(), Some(b"UL" | b"SL")) {
            let (words, _) = bytes.as_chunks::<4>();
            return words
                .iter()
                .map(|&word| if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) })
                .collect();
        }
        let (words, _) = bytes.as_chunks::<2>();
        words
            .iter()
            .map(|&word| {
                u32::from(if big_endian { u16::from_be_bytes(word) } else { u16::from_le_bytes(word) })
            })
            .collect()
    }
}

//! The header of an `.npy` file: a dictionary in Python's syntax.

use super::numbers::Encoding;
use super::order::product;
use super::{Header, Kind, Problem};

/// A header as written.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// The type, such as `<f4`; of structured arrays the list of their fields.
    descr: String,
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
}

impl Written {
    /// Parses the text of a header, such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`.
    pub(super) fn parse(text: &str) -> Option<Written> {
        let mut rest = text.trim().strip_prefix('{')?.trim_start();
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        while !rest.starts_with('}') {
            let (key, after) = quoted(rest)?;
            rest = after.trim_start().strip_prefix(':')?.trim_start();
            match key {
                "descr" => {
                    let (value, after) = if rest.starts_with('[') { list(rest)? } else { quoted(rest)? };
                    (descr, rest) = (Some(value.to_string()), after);
                }
                "fortran_order" => {
                    let (value, after) = match rest.strip_prefix("True") {
                        Some(after) => (true, after),
                        None => (false, rest.strip_prefix("False")?),
                    };
                    (fortran, rest) = (Some(value), after);
                }
                "shape" => {
                    let (inside, after) = rest.strip_prefix('(')?.split_once(')')?;
                    (shape, rest) = (Some(lengths(inside)?), after);
                }
                _ => return None,
            }
            rest = rest.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        Some(Written { descr: descr?, fortran: fortran?, shape: shape? })
    }

    /// Returns the encoding of the numbers; the array's name is for the message.
    pub(super) fn encoding(&self, name: &str) -> Result<Encoding, Problem> {
        let other = || Problem::Type { name: name.into(), found: self.descr.clone() };
        if self.descr.starts_with('[') {
            return Err(Problem::Fields { name: name.into() });
        }
        let Some((order, kind)) = self.descr.split_at_checked(1) else { return Err(other()) };
        let big_endian = match order {
            ">" => true,
            "<" | "|" | "=" => false,
            _ => return Err(other()),
        };
        let kind = match kind {
            "b1" => Kind::Bool,
            "u1" => Kind::U8,
            "u2" => Kind::U16,
            "u4" => Kind::U32,
            "u8" => Kind::U64,
            "i1" => Kind::I8,
            "i2" => Kind::I16,
            "i4" => Kind::I32,
            "i8" => Kind::I64,
            "f2" => Kind::F16,
            "f4" => Kind::F32,
            "f8" => Kind::F64,
            "O" => return Err(Problem::Objects { name: name.into() }),
            text if text.starts_with(['U', 'S', 'a']) => return Err(Problem::Texts { name: name.into() }),
            _ => return Err(other()),
        };
        Ok(Encoding { kind, big_endian })
    }

    pub(super) fn public(self, name: &str) -> Result<Header, Problem> {
        let kind = self.encoding(name)?.kind;
        Ok(Header { name: name.into(), shape: self.shape, kind })
    }
}

/// Returns how many numbers an array of a shape has, and how many bytes.
pub(super) fn size(name: &str, shape: &[usize], kind: Kind) -> Result<(usize, u64), Problem> {
    let count = product(shape);
    let bytes = count.and_then(|count| u64::try_from(count).ok()?.checked_mul(kind.size() as u64));
    count.zip(bytes).ok_or_else(|| Problem::Huge { name: name.into(), shape: shape.into() })
}

/// Splits a text in quotes from what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

/// Splits a list in brackets from what follows it.
fn list(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    for (index, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' if depth <= 1 => return Some(text.split_at(index + 1)),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Parses the lengths of a tuple; Python 2 wrote `3L`.
fn lengths(inside: &str) -> Option<Vec<usize>> {
    let inside = inside.trim();
    let inside = inside.strip_suffix(',').unwrap_or(inside);
    if inside.is_empty() {
        return Some(vec![]);
    }
    inside.split(',').map(|len| len.trim().trim_end_matches('L').parse().ok()).collect()
}

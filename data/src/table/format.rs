//! The way a table is written: what stands between its cells, its decimal character and its first line.

use super::cell::{self, Kind};
use super::place::Heading;
use super::split::{Cells, split};
use super::{Problem, Recipe};
use netwright_model::Header;
use std::fmt;

/// The way a table is written, as far as it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The character between two cells; found if `None`.
    pub separator: Option<Separator>,
    /// The character between a number's whole and its fraction; found if `None`.
    pub decimal: Option<Decimal>,
    /// The first line's meaning.
    pub header: Header,
    /// Names that the columns may have: a first line with most of them is a header.
    pub names: Vec<String>,
}

impl Default for Format {
    fn default() -> Format {
        Format { separator: None, decimal: None, header: Header::Found, names: Vec::new() }
    }
}

impl Format {
    /// Reads what a recipe says.
    ///
    /// # Errors
    /// If its separator or its decimal character is none.
    pub fn of(recipe: &Recipe<'_>) -> Result<Format, Problem> {
        let option =
            |argument, expected, found: &str| Problem::Option { argument, expected, found: found.into() };
        let separator = match recipe.separator {
            "" | "found" => None,
            "tab" | "\\t" => Some(Separator::Character(b'\t')),
            "blank" | "blanks" => Some(Separator::Blanks),
            other => {
                let mut characters = other.chars();
                let first = characters.next().filter(|_| characters.next().is_none());
                let expected = "one character such as `;`, or `tab`, or `blank`";
                Some(first.and_then(Separator::of).ok_or_else(|| option("separator", expected, other))?)
            }
        };
        let decimal = match recipe.decimal {
            "" | "found" => None,
            "." => Some(Decimal::Point),
            "," => Some(Decimal::Comma),
            other => return Err(option("decimal", "`.` or `,`", other)),
        };
        Ok(Format { separator, decimal, header: recipe.header, names: Vec::new() })
    }
}

/// Anything that stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// One ASCII character.
    Character(u8),
    /// Blanks and tabs, one or more.
    Blanks,
}

impl Separator {
    /// Returns a character as a separator, if it can be one.
    pub(super) fn of(character: char) -> Option<Separator> {
        match character {
            ' ' => Some(Separator::Blanks),
            '"' | '\r' | '\n' | '\0' => None,
            _ if character.is_ascii_alphanumeric() || !character.is_ascii() => None,
            _ => Some(Separator::Character(character as u8)),
        }
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Separator::Character(b'\t') => f.write_str("tabs"),
            Separator::Character(byte) => write!(f, "`{}`", char::from(*byte)),
            Separator::Blanks => f.write_str("blanks"),
        }
    }
}

/// The character between a number's whole and its fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimal {
    /// `1.5`
    Point,
    /// `1,5`
    Comma,
}

impl Decimal {
    pub(super) fn byte(self) -> u8 {
        match self {
            Decimal::Point => b'.',
            Decimal::Comma => b',',
        }
    }
}

/// Separators in the order in which they are preferred where all else is equal.
const SEPARATORS: [Separator; 5] = [
    Separator::Character(b','),
    Separator::Character(b';'),
    Separator::Character(b'\t'),
    Separator::Character(b'|'),
    Separator::Blanks,
];

/// Bytes of the beginning that are looked at to find the separator.
const HEAD: usize = 1 << 16;

/// Finds the separator: the one that gives most lines the same number of cells, and most cells numbers.
pub(super) fn find_separator(text: &str, decimal: Option<Decimal>) -> Separator {
    let mut end = text.len();
    if end > HEAD {
        end = (0..=HEAD).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        // The last line is cut off.
        end = text[..end].rfind(['\n', '\r']).map_or(end, |at| at + 1);
    }
    let mut best = (0.0, SEPARATORS[0]);
    for separator in SEPARATORS {
        let rating = rate(&text[..end], separator, decimal);
        if rating > best.0 {
            best = (rating, separator);
        }
    }
    best.1
}

/// Rates a separator from 0 to 1; 0 if it gives one cell a line.
fn rate(head: &str, separator: Separator, decimal: Option<Decimal>) -> f64 {
    let comma = separator != Separator::Character(b',') && decimal != Some(Decimal::Point);
    let Ok(cells) = split(head.into(), separator, 1) else { return 0.0 };
    // The first lines may be comments and a header.
    let begin = (0..cells.len()).take_while(|&row| cells.cell(row, 0).starts_with('#')).count();
    let body = if begin + 1 < cells.len() { begin + 1..cells.len() } else { 0..cells.len() };
    let mut widths: Vec<usize> = body.clone().map(|row| cells.width(row)).collect();
    widths.sort_unstable();
    let Some((width, lines)) =
        widths.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).max_by_key(|&(_, lines)| lines)
    else {
        return 0.0;
    };
    if width < 2 {
        return 0.0;
    }
    let rows = body.clone().filter(|&row| cells.width(row) == width);
    let numbers = rows.flat_map(|row| cells.cells(row)).filter(|cell| {
        cell::is_number(cell, Decimal::Point)
            || comma && cell::is_number(cell, Decimal::Comma)
            || cell::is_missing(cell)
    });
    let numbers = numbers.count() as f64 / (width * lines) as f64;
    // Words count, too, but little.
    lines as f64 / body.len() as f64 * (0.1 + 0.9 * numbers)
}

/// Finds the decimal character: a comma if some column has numbers with a comma, and none has any with a point.
pub(super) fn find_decimal(
    cells: &Cells,
    separator: Separator,
    heading: impl Fn(usize) -> Heading,
    width: usize,
) -> Result<Decimal, Problem> {
    // Most tables have no comma inside a cell.
    if separator == Separator::Character(b',') && !cells.has_quotes() || !cells.has(',') {
        return Ok(Decimal::Point);
    }
    let mut with = [None, None];
    for column in 0..width {
        for (decimal, first) in [Decimal::Point, Decimal::Comma].into_iter().zip(&mut with) {
            if first.is_none()
                && let Some(example) = decimals(cells, column, decimal)
            {
                *first = Some((heading(column), example.to_owned()));
            }
        }
    }
    match with {
        [None, Some((column, found))] if separator == Separator::Character(b',') => {
            Err(Problem::CommaTwice { column, found })
        }
        [None, Some(_)] => Ok(Decimal::Comma),
        [Some(point), Some(comma)] => {
            Err(Problem::DecimalUnclear { point: Box::new(point), comma: Box::new(comma) })
        }
        [_, None] => Ok(Decimal::Point),
    }
}

/// Returns the first number with a decimal character of a column that has numbers only.
fn decimals(cells: &Cells, column: usize, decimal: Decimal) -> Option<&str> {
    let mut example = None;
    for row in 0..cells.len() {
        let cell = cells.cell(row, column);
        match cell::kind(cell, decimal) {
            Kind::Text => return None,
            Kind::Number if example.is_none() && cell.as_bytes().contains(&decimal.byte()) => {
                example = Some(cell);
            }
            _ => {}
        }
    }
    example
}

//! Places in tables, as messages name them.

use std::fmt;

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line's number in the file, counted from 1.
    pub line: u64,
    /// The cell's column.
    pub column: Heading,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}", self.line, self.column)
    }
}

/// The number and the name of a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heading {
    /// The column's number in the file, counted from 0 as in a `.net` file; messages count from 1.
    pub number: usize,
    /// The column's name; empty if it has none.
    pub name: String,
}

impl Heading {
    /// Returns the text that names the column in a `.net` file: its name, or its number counted from 0.
    pub fn argument(&self) -> String {
        match self.name.as_str() {
            "" => self.number.to_string(),
            name if is_word(name) => name.into(),
            name => format!("{name:?}"),
        }
    }
}

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}", self.number + 1)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " (`{}`)", Short(&self.name)) }
    }
}

/// Returns true if a name needs no quotes in a `.net` file.
fn is_word(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A text of a file in a message: on one line, and cut if it is long.
pub(super) struct Short<'a>(pub(super) &'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 60;
        for c in self.0.chars().take(MOST) {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        if self.0.chars().nth(MOST).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// Names in a message: the first few, and the number of the others.
pub(super) struct Names<'a>(pub(super) &'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 8;
        for (at, name) in self.0.iter().take(MOST).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}`{}`", Short(name))?;
        }
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            others => write!(f, " and {others} more"),
        }
    }
}

/// Returns the candidate that is probably meant by a name: equal but for case and blanks, or within a third of its
/// length.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let letters = |text: &str| -> Vec<char> {
        let kept = text.chars().filter(|c| !c.is_whitespace() && !"_-.".contains(*c));
        kept.flat_map(char::to_lowercase).take(64).collect()
    };
    let wanted = letters(name);
    let limit = (wanted.len() / 3).max(usize::from(wanted.len() > 1));
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &letters(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= limit && !candidate.is_empty())
        .min()
        .map(|(_, candidate)| candidate.clone())
}

/// Counts the letters to insert, remove or replace to get from one text to another.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

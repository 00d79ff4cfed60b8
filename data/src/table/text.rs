//! A table as it is written: names and cells, without a meaning.

use super::Problem;
use super::cell::{self, Kind};
use super::decode::{decode, line_ends};
use super::format::{Decimal, Format, Separator, find_decimal, find_separator};
use super::header;
use super::place::{self, Heading, Place};
use super::split::{Cells, RowCells, split};
use crate::{Error, files};
use memchr::memrchr;
use netwright_model::Column;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A table of text: lines of equally many cells, and the names of their columns if the first line has them.
///
/// Cells lie in one text, so that a table takes little more memory than its file.
#[derive(Clone, Debug)]
pub struct Text {
    file: PathBuf,
    cells: Cells,
    width: usize,
    names: Vec<String>,
    classes: Vec<String>,
    separator: Separator,
    decimal: Decimal,
}

impl Text {
    /// Reads a file, which may be gzipped.
    ///
    /// # Errors
    /// If the file cannot be read, or is no table.
    pub fn read(file: &Path, format: &Format) -> Result<Text, Error> {
        let bytes = files::read(file, "table").map_err(|problem| Error::new(file, problem))?;
        Text::parse(file, bytes, format)
    }

    /// Reads a table from the contents of a file, whose name is for messages.
    ///
    /// The text is UTF-8, or UTF-16 with a byte order mark. Its lines end with `\n`, `\r\n` or `\r`; blank ones are
    /// left out, and so are comments (`# …`) above the table. Cells may be quoted with `"`; blanks at their ends do
    /// not count. A last column without a name and without any value is a separator at each line's end, and no
    /// column.
    ///
    /// # Errors
    /// If the bytes are no table.
    pub fn parse(file: &Path, bytes: Vec<u8>, format: &Format) -> Result<Text, Error> {
        parse(bytes, format)
            .map(|text| Text { file: file.to_path_buf(), ..text })
            .map_err(|problem| Error::new(file, problem))
    }

    /// Returns the file's name.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the number of samples' lines.
    pub fn rows(&self) -> usize {
        self.cells.len()
    }

    /// Returns the number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the names of the columns; empty if the table has none.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the names of the classes that a first line as scikit-learn's has; empty if there is none.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns what stands between two cells.
    pub fn separator(&self) -> Separator {
        self.separator
    }

    /// Returns the character between a number's whole and its fraction.
    pub fn decimal(&self) -> Decimal {
        self.decimal
    }

    /// Returns a row's line in the file, counted from 1.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn line(&self, row: usize) -> u64 {
        self.cells.line(row)
    }

    /// Returns a cell without blanks at its ends.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        assert!(column < self.width, "there is no column {column}");
        self.cells.cell(row, column)
    }

    /// Returns a column's number, counted from 0.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn column(&self, column: &Column<&str>) -> Result<usize, Error> {
        self.find(column).map_err(|problem| self.error(problem))
    }

    /// Finds the columns of labels of a list whose column `file` names its samples: `count` columns at an end of the list or one, which may
    /// name the class of a network with several outputs, unless others are named.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn label_columns(
        &self,
        label: &[Column<&str>],
        file: usize,
        count: usize,
    ) -> Result<Vec<usize>, Error> {
        let width = self.width();
        let columns: Vec<usize> = match label {
            [Column::Last] if count < width => (width - count..width).collect(),
            [Column::First] if count < width => (0..count).collect(),
            [Column::Last | Column::First] => vec![],
            columns => columns.iter().map(|column| self.column(column)).collect::<Result<_, _>>()?,
        };
        Ok(if columns.is_empty() || columns.contains(&file) { vec![width - 1] } else { columns })
    }

    /// Returns a cell's place, for messages.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn place(&self, row: usize, column: usize) -> Place {
        Place { line: self.line(row), column: self.heading(column) }
    }

    pub(super) fn find(&self, column: &Column<&str>) -> Result<usize, Problem> {
        let columns = self.width;
        match *column {
            Column::First => Ok(0),
            Column::Last => Ok(columns - 1),
            Column::At(number) if number < columns => Ok(number),
            Column::At(number) => Err(Problem::ColumnNumber { number, columns }),
            Column::Named(name) if self.names.is_empty() => Err(Problem::NoNames { name: name.into() }),
            Column::Named(name) => self.names.iter().position(|other| other == name).ok_or_else(|| {
                let names = self.names.clone();
                Problem::NoColumn { name: name.into(), nearest: place::nearest(name, &names), names }
            }),
        }
    }

    #[inline]
    pub(super) fn row(&self, row: usize) -> RowCells<'_> {
        self.cells.row(row)
    }

    pub(super) fn kind(&self, row: usize, column: usize) -> Kind {
        cell::kind(self.cells.cell(row, column), self.decimal)
    }

    pub(super) fn heading(&self, column: usize) -> Heading {
        heading(&self.names, column)
    }

    pub(super) fn error(&self, problem: Problem) -> Error {
        Error::new(&self.file, problem)
    }
}

fn heading(names: &[String], column: usize) -> Heading {
    Heading { number: column, name: names.get(column).cloned().unwrap_or_default() }
}

fn parse(bytes: Vec<u8>, format: &Format) -> Result<Text, Problem> {
    let mut text = decode(bytes)?;
    let mut line = 1;
    let mut named = None;
    if let Some((separator, end)) = separator_line(&text) {
        named = Some(separator);
        text.drain(..end);
        line = 2;
    }
    let separator = format.separator.or(named).unwrap_or_else(|| find_separator(&text, format.decimal));
    check_quotes(&text, separator, line)?;
    let mut cells = split(text, separator, line)?;
    let top = header::take(&mut cells, format.header, &format.names, separator)?;
    let mut width = cells.width(0);
    check_widths(&cells, separator, top.names.len())?;
    let unnamed = top.names.last().is_none_or(String::is_empty);
    if width > 1 && unnamed && (0..cells.len()).all(|row| cells.cell(row, width - 1).is_empty()) {
        width -= 1;
    }
    let mut names = top.names;
    names.truncate(width);
    check_names(&names)?;
    let decimal = match format.decimal {
        Some(decimal) => decimal,
        None => find_decimal(&cells, separator, |column| heading(&names, column), width)?,
    };
    let classes = top.classes;
    Ok(Text { file: PathBuf::new(), cells, width, names, classes, separator, decimal })
}

/// Returns the separator that a first line such as `sep=;` names, and the line's end: Excel reads such a line, and some
/// programs write it.
fn separator_line(text: &str) -> Option<(Separator, usize)> {
    let separator = text.strip_prefix("sep=")?.chars().next()?;
    let separator = Separator::of(separator)?;
    let rest = &text[5..];
    let end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\r', '\n'])) };
    (end > 0).then_some((separator, 5 + end))
}

/// Checks that the last quote of all does not begin a cell.
fn check_quotes(text: &str, separator: Separator, first: u64) -> Result<(), Problem> {
    let bytes = text.as_bytes();
    let Some(quote) = memrchr(b'"', bytes) else { return Ok(()) };
    let begins = match (bytes[..quote].last(), separator) {
        (None | Some(b'\n' | b'\r'), _) => true,
        (Some(byte), Separator::Character(separator)) => *byte == separator,
        (Some(byte), Separator::Blanks) => b" \t".contains(byte),
    };
    // Of an even number, the others are in pairs, or stand in the middle of texts.
    if begins && bytes.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
        let begin = text[quote + 1..].lines().next().unwrap_or_default().to_owned();
        return Err(Problem::Quote { line: first + line_ends(&bytes[..quote]), begin });
    }
    Ok(())
}

/// Checks that all lines have the same number of cells.
fn check_widths(cells: &Cells, separator: Separator, names: usize) -> Result<(), Problem> {
    let expected = if names > 0 { names } else { cells.width(0) };
    let Some(row) = (0..cells.len()).find(|&row| cells.width(row) != expected) else { return Ok(()) };
    let (line, found) = (cells.line(row), cells.width(row));
    Err(Problem::Ragged { line, expected, found, separator })
}

fn check_names(names: &[String]) -> Result<(), Problem> {
    let mut seen = HashMap::new();
    for (second, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        if let Some(first) = seen.insert(name, second) {
            return Err(Problem::DuplicateName { name: name.clone(), first, second });
        }
    }
    Ok(())
}

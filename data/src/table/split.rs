//! Text to lines and cells.

use super::Problem;
use super::cell::trim;
use super::decode::line_ends;
use super::format::Separator;
use super::parts::{in_threads, parts};
use csv::{ReaderBuilder, StringRecord};
use memchr::{memchr3_iter, memrchr};
use std::ops::Range;

/// The lines of a table and their cells, all in one text: a cell takes four bytes beside its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    text: String,
    rows: Vec<Row>,
    /// The end of each cell in its line, from the line's start. The next cell begins one byte after it.
    ends: Vec<u32>,
    quotes: bool,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    /// The line's number in the file, counted from 1.
    line: u64,
    /// The line's first byte.
    start: usize,
    /// The line's first cell.
    cells: usize,
}

impl Cells {
    /// Returns the number of lines that are not blank.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the number of cells of a line.
    pub(super) fn width(&self, row: usize) -> usize {
        let end = self.rows.get(row + 1).map_or(self.ends.len(), |next| next.cells);
        end - self.rows[row].cells
    }

    /// Returns a line's number in the file, counted from 1.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.rows[row].line
    }

    /// Returns a cell without blanks at its ends.
    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        self.row(row).cell(column)
    }

    /// Returns a line, for the fast way to its cells.
    #[inline]
    pub(super) fn row(&self, row: usize) -> RowCells<'_> {
        let Row { start, cells, .. } = self.rows[row];
        RowCells { text: &self.text, start, ends: &self.ends[cells..] }
    }

    /// Returns the cells of a line.
    pub(super) fn cells(&self, row: usize) -> impl Iterator<Item = &str> {
        (0..self.width(row)).map(move |column| self.cell(row, column))
    }

    /// Returns true if a cell may have a separator inside, as the file has quotes.
    pub(super) fn has_quotes(&self) -> bool {
        self.quotes
    }

    /// Returns true if a cell, or a separator, has a character.
    pub(super) fn has(&self, character: char) -> bool {
        self.text.contains(character)
    }

    /// Removes the first lines.
    pub(super) fn skip(&mut self, rows: usize) {
        self.rows.drain(..rows);
    }

    /// Adds a line whose cells' ends were pushed since the last one.
    fn push(&mut self, line: u64, bytes: Range<usize>, cells: usize) -> Result<(), Problem> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Problem::LongLine { line });
        }
        self.rows.push(Row { line, start: bytes.start, cells });
        Ok(())
    }
}

/// A line of cells.
#[derive(Clone, Copy)]
pub(super) struct RowCells<'a> {
    text: &'a str,
    start: usize,
    ends: &'a [u32],
}

impl<'a> RowCells<'a> {
    /// Returns a cell without blanks at its ends.
    #[inline]
    pub(super) fn cell(&self, column: usize) -> &'a str {
        let begin = if column == 0 { 0 } else { self.ends[column - 1] as usize + 1 };
        trim(&self.text[self.start + begin..self.start + self.ends[column] as usize])
    }
}

/// Splits a text, whose first line has the number `line`; blank lines are left out.
pub(super) fn split(mut text: String, separator: Separator, line: u64) -> Result<Cells, Problem> {
    let Some(quote) = memrchr(b'"', text.as_bytes()) else { return unquoted(text, separator, line) };
    // Often only the names are quoted. After the last quote no state is kept but the position.
    let rest = text.split_off(end_of_line(text.as_bytes(), quote));
    let mut found = quoted(&text, separator, line)?;
    let line = line + line_ends(text.as_bytes());
    drop(text);
    let mut rest = unquoted(rest, separator, line)?;
    for row in &mut rest.rows {
        row.start += found.text.len();
        row.cells += found.ends.len();
    }
    found.rows.append(&mut rest.rows);
    found.ends.append(&mut rest.ends);
    found.text.push_str(&rest.text);
    Ok(found)
}

fn unquoted(text: String, separator: Separator, line: u64) -> Result<Cells, Problem> {
    match separator {
        Separator::Character(byte) => plain(text, byte, line),
        Separator::Blanks => blanks(text, line),
    }
}

/// Bytes of a short cell, with its separator.
const SHORT: usize = 5;

/// Bytes of a file that are worth a thread.
const WORTH: usize = 1 << 21;

fn plain(text: String, separator: u8, line: u64) -> Result<Cells, Problem> {
    let bytes = text.as_bytes();
    let mut ends: Vec<usize> =
        parts(bytes.len(), WORTH).iter().map(|part| end_of_line(bytes, part.end)).collect();
    ends.dedup();
    plain_parts(text, separator, line, &ends)
}

/// Returns the first byte after the line that a byte is in.
pub(super) fn end_of_line(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at.min(bytes.len())..];
    let Some(len) = rest.iter().position(|byte| b"\r\n".contains(byte)) else { return bytes.len() };
    at + len + if rest[len..].starts_with(b"\r\n") { 2 } else { 1 }
}

/// Splits a text in parts, whose ends are given: they are ends of lines.
pub(super) fn plain_parts(
    text: String,
    separator: u8,
    mut line: u64,
    ends: &[usize],
) -> Result<Cells, Problem> {
    let mut begin = 0;
    let ranges = ends.iter().map(|&end| std::mem::replace(&mut begin, end)..end).collect();
    let parts = in_threads(ranges, |range| plain_part(&text, range, separator));
    let mut found = Cells::default();
    for Part { mut cells, lines, long } in parts {
        if let Some(long) = long {
            return Err(Problem::LongLine { line: line + long });
        }
        for row in &mut cells.rows {
            row.line += line;
            row.cells += found.ends.len();
        }
        // The first part, often the only one, needs no copy.
        if found.rows.is_empty() {
            found = cells;
        } else {
            found.rows.append(&mut cells.rows);
            found.ends.append(&mut cells.ends);
        }
        line += lines;
    }
    found.text = text;
    Ok(found)
}

/// A part of a table.
#[derive(Default)]
struct Part {
    /// The cells; their lines are counted from 0.
    cells: Cells,
    lines: u64,
    /// The first line that is too long.
    long: Option<u64>,
}

impl Part {
    /// Adds a line unless it is blank; the ends of its cells but the last were pushed before.
    fn end_line(&mut self, text: &str, line: Range<usize>, cells: usize) {
        let found = &mut self.cells;
        if found.ends.len() > cells || !trim(&text[line.clone()]).is_empty() {
            found.ends.push(line.len() as u32);
            if found.push(self.lines, line, cells).is_err() {
                self.long.get_or_insert(self.lines);
            }
        }
        self.lines += 1;
    }
}

fn plain_part(text: &str, range: Range<usize>, separator: u8) -> Part {
    let bytes = text.as_bytes();
    let mut part = Part::default();
    // Memory that is not written to is not taken: cells are rarely shorter.
    part.cells.ends.reserve(range.len() / SHORT);
    let (mut start, mut cells) = (range.start, 0);
    for at in memchr3_iter(separator, b'\n', b'\r', &bytes[range.clone()]) {
        let at = range.start + at;
        if bytes[at] == separator {
            part.cells.ends.push((at - start) as u32);
        } else if bytes[at] == b'\n' && at > range.start && bytes[at - 1] == b'\r' {
            start = at + 1;
        } else {
            part.end_line(text, start..at, cells);
            (start, cells) = (at + 1, part.cells.ends.len());
        }
    }
    if start < range.end {
        part.end_line(text, start..range.end, cells);
    }
    part
}

fn blanks(text: String, mut line: u64) -> Result<Cells, Problem> {
    let mut found = Cells::default();
    let mut start = 0;
    while start < text.len() {
        let rest = &text.as_bytes()[start..];
        let len = rest.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(rest.len());
        let cells = found.ends.len();
        let mut inside = false;
        for (at, byte) in rest[..len].iter().enumerate() {
            let blank = b" \t".contains(byte);
            if blank && inside {
                found.ends.push(at as u32);
            }
            inside = !blank;
        }
        if inside {
            found.ends.push(len as u32);
        }
        if found.ends.len() > cells {
            found.push(line, start..start + len, cells)?;
        }
        line += 1;
        start += len + if rest[len..].starts_with(b"\r\n") { 2 } else { 1 };
    }
    found.text = text;
    Ok(found)
}

/// Splits a text that has quotes.
pub(super) fn quoted(text: &str, separator: Separator, first: u64) -> Result<Cells, Problem> {
    let mut found = Cells { quotes: true, ..Cells::default() };
    let tabs;
    let (text, delimiter) = match separator {
        Separator::Character(byte) => (text, byte),
        Separator::Blanks => {
            tabs = text.replace('\t', " ");
            (tabs.as_str(), b' ')
        }
    };
    let bytes = text.as_bytes();
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut record = StringRecord::new();
    let (mut at, mut line) = (0, first);
    loop {
        // A record's own position is before the empty lines that are skipped.
        let start = reader.position().byte() as usize;
        let start = start + bytes[start..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
        // The text is valid, and so are its parts.
        if !reader.read_record(&mut record).unwrap_or(false) {
            return Ok(found);
        }
        line += line_ends(&bytes[at..start]);
        at = start;
        if record.len() == 1 && !record[0].is_empty() && trim(&record[0]).is_empty() {
            continue;
        }
        let (begin, cells) = (found.text.len(), found.ends.len());
        for cell in &record {
            if separator == Separator::Blanks && cell.is_empty() {
                continue;
            }
            found.text.push_str(cell);
            found.ends.push((found.text.len() - begin) as u32);
            found.text.push('\n');
        }
        if found.ends.len() > cells {
            found.push(line, begin..found.text.len(), cells)?;
        }
    }
}

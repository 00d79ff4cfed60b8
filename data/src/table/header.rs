//! The first lines of a table: comments, names of columns, or a sample.

use super::Problem;
use super::cell::{self, Kind};
use super::format::{Decimal, Separator};
use super::split::Cells;
use netwright_model::Header;
use std::collections::HashSet;

/// Names that stand above the samples.
#[derive(Debug, Default)]
pub(super) struct Top {
    /// The names of the columns; empty if there are none.
    pub(super) names: Vec<String>,
    /// The names of the classes; empty if there are none.
    pub(super) classes: Vec<String>,
}

/// Lines that are looked at to tell a header from a sample.
const LOOKED_AT: usize = 1000;

/// Removes everything above the samples.
pub(super) fn take(
    cells: &mut Cells,
    header: Header,
    known: &[String],
    separator: Separator,
) -> Result<Top, Problem> {
    skip_comments(cells);
    if cells.len() == 0 {
        return Err(Problem::Empty { header: false });
    }
    if header == Header::None {
        return Ok(Top::default());
    }
    if let Some((expected, classes)) = scikit_learn(cells) {
        let found = cells.len() - 1;
        if expected != found {
            return Err(Problem::Rows { expected, found });
        }
        cells.skip(1);
        return Ok(Top { names: Vec::new(), classes });
    }
    let is_header = match header {
        Header::Names => true,
        _ => holds(cells, known) || is_header(cells, separator)?,
    };
    if !is_header {
        return Ok(Top::default());
    }
    let (line, found) = (cells.line(0), cells.width(0));
    let mut names: Vec<String> = cells.cells(0).map(String::from).collect();
    // NumPy's `savetxt` writes `# ` before the first name.
    if let Some(name) = names[0].strip_prefix('#').map(str::trim)
        && !name.is_empty()
    {
        names[0] = name.into();
    }
    cells.skip(1);
    if cells.len() == 0 {
        return Err(Problem::Empty { header: true });
    }
    let expected = cells.width(0);
    if expected != found && (0..cells.len()).all(|row| cells.width(row) == expected) {
        return Err(Problem::HeaderWidth { line, expected, found });
    }
    Ok(Top { names, classes: Vec::new() })
}

/// Removes first lines that begin with `#`, unless they have as many cells as the lines below them.
fn skip_comments(cells: &mut Cells) {
    let comments = (0..cells.len()).take_while(|&row| cells.cell(row, 0).starts_with('#')).count();
    if comments == cells.len() {
        return;
    }
    let width = cells.width(comments);
    let others = (0..comments).take_while(|&row| cells.width(row) != width || width == 1).count();
    cells.skip(others);
}

/// Returns the number of rows and the classes' names, if the first line is such a header for the second, as
/// scikit-learn's data sets have it: `569,30,malignant,benign`.
fn scikit_learn(cells: &Cells) -> Option<(usize, Vec<String>)> {
    if cells.len() < 2 || cells.width(0) < 3 {
        return None;
    }
    let rows = cells.cell(0, 0).parse().ok()?;
    let features: usize = cells.cell(0, 1).parse().ok()?;
    let classes: Vec<String> = cells.cells(0).skip(2).map(String::from).collect();
    // A single class is nothing to tell apart: `1,2,rose` is a sample.
    let named =
        classes.len() > 1 && classes.iter().all(|name| cell::kind(name, Decimal::Point) == Kind::Text);
    // In samples with texts after two numbers the next line has texts, too.
    let numbers = cells.cells(1).skip(2).all(|cell| cell::is_number(cell, Decimal::Point));
    (named && numbers && Some(cells.width(1)) == features.checked_add(1)).then_some((rows, classes))
}

/// Returns true if the first line has at least half of the names that the columns may have.
fn holds(cells: &Cells, known: &[String]) -> bool {
    let first: HashSet<&str> = cells.cells(0).collect();
    let found = known.iter().filter(|name| first.contains(name.as_str())).count();
    found > 0 && 2 * found >= known.len()
}

/// Returns true if the first line has no number where the lines below have numbers.
fn is_header(cells: &Cells, separator: Separator) -> Result<bool, Problem> {
    let kind = |cell: &str| match cell::kind(cell, Decimal::Point) {
        Kind::Text if separator != Separator::Character(b',') => cell::kind(cell, Decimal::Comma),
        kind => kind,
    };
    let first: Vec<(&str, Kind)> = cells.cells(0).map(|cell| (cell, kind(cell))).collect();
    let any = |wanted| first.iter().any(|(_, kind)| *kind == wanted);
    let below = 1..cells.len().min(LOOKED_AT);
    let below = |column: usize| {
        let rows = below.clone().filter(move |&row| column < cells.width(row));
        rows.map(move |row| cells.cell(row, column))
    };
    if below(0).next().is_none() {
        return Ok(!any(Kind::Number) && any(Kind::Text));
    }
    let [mut names, mut numbers] = [false, false];
    for (column, (_, of_first)) in first.iter().enumerate() {
        let mut kinds = below(column).map(kind).filter(|kind| *kind != Kind::Missing).peekable();
        if kinds.peek().is_some() && kinds.all(|kind| kind == Kind::Number) {
            names |= *of_first == Kind::Text;
            numbers |= *of_first == Kind::Number;
        }
    }
    match (names, numbers) {
        // A text in a column of numbers is no sample, whatever the other names look like.
        (true, _) => Ok(true),
        (false, true) => match looks_like_names(cells, &first) {
            Some((from, to)) => Err(Problem::HeaderUnclear { line: cells.line(0), from, to }),
            None => Ok(false),
        },
        // Without any numbers, a line whose texts occur below is a sample.
        (false, false) => {
            let occurs = |(column, (cell, _)): (usize, &(&str, Kind))| {
                !cell.is_empty() && below(column).any(|other| other == *cell)
            };
            Ok(any(Kind::Text) && !any(Kind::Number) && !first.iter().enumerate().any(occurs))
        }
    }
}

/// Returns the first and the last number of a line that counts columns, as pandas does from 0, or years.
fn looks_like_names(cells: &Cells, first: &[(&str, Kind)]) -> Option<(String, String)> {
    let (from, to, len) = consecutive(first.iter().map(|(cell, _)| *cell))?;
    let least = if len < first.len() { 2 } else { 3 };
    // Samples of a few small numbers are common, too.
    let usual = from == 0 || from == 1 && len >= 5 || (1800..=2200).contains(&from);
    let below = cells.len() > 1 && consecutive(cells.cells(1)).is_some_and(|(_, _, len)| len >= 3);
    (usual && len >= least && !below).then(|| (from.to_string(), to.to_string()))
}

/// Returns the first and the last whole number of a line, and their count, if each is one more than that before it.
fn consecutive<'a>(cells: impl Iterator<Item = &'a str>) -> Option<(i64, i64, usize)> {
    let mut found: Option<(i64, i64, usize)> = None;
    for cell in cells.filter(|cell| cell::is_number(cell, Decimal::Point)) {
        let number: i64 = cell.parse().ok()?;
        found = match found {
            None => Some((number, number, 1)),
            Some((from, last, len)) if last.checked_add(1) == Some(number) => Some((from, number, len + 1)),
            Some(_) => return None,
        };
    }
    found
}

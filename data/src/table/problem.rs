//! Problems of tables: the place, the expectation, the finding, and the fix.

use super::format::Separator;
use super::learn::MOST_CATEGORIES;
use super::place::{Heading, Names, Place, Short, nearest};
use thiserror::Error;

/// The problem with a table.
#[derive(Clone, Debug, PartialEq, Error)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Problem {
    #[error("expected a table of text, found {kind}")]
    Kind { kind: &'static str },
    #[error("line {line}: is not text in UTF-8: found the byte {byte:#04x}")]
    Utf8 { line: u64, byte: u8 },
    #[error("line {line}: is not text in UTF-16, as the file's first two bytes say")]
    Utf16 { line: u64 },
    #[error("holds no samples{}", if *.header { ": it has only a line of names" } else { "" })]
    Empty { header: bool },
    #[error("line {line}: is longer than 4 GB")]
    LongLine { line: u64 },
    #[error(
        "line {line}: expected {expected} columns, separated by {separator}, as in the lines before; found {found}"
    )]
    Ragged { line: u64, expected: usize, found: usize, separator: Separator },
    #[error("line {line}: unterminated quote before `{}`", Short(.begin))]
    Quote { line: u64, begin: String },
    #[error("line {line}: has {found} names, and the lines below it have {expected} columns")]
    HeaderWidth { line: u64, expected: usize, found: usize },
    #[error("line {line}: the numbers from {from} to {to} may be the names of columns, or a sample")]
    HeaderUnclear { line: u64, from: String, to: String },
    #[error("the first line says {expected} rows, and there are {found}")]
    Rows { expected: usize, found: usize },
    #[error("columns {} and {} are both named `{}`", .first + 1, .second + 1, Short(.name))]
    DuplicateName { name: String, first: usize, second: usize },
    #[error("the decimal character is unclear: {} has `{}`, and {} has `{}`", .point.0, .point.1, .comma.0, .comma.1)]
    DecimalUnclear { point: Box<(Heading, String)>, comma: Box<(Heading, String)> },
    #[error(
        "{column}: the comma in `{found}` may separate a fraction, or thousands; commas also separate the columns"
    )]
    CommaTwice { column: Heading, found: String },
    #[error("`{argument}` is {found:?}, expected {expected}")]
    Option { argument: &'static str, expected: &'static str, found: String },

    #[error("has no column `{}`", Short(.name))]
    NoColumn { name: String, nearest: Option<String>, names: Vec<String> },
    #[error("has no names of columns, so none is `{}`", Short(.name))]
    NoNames { name: String },
    #[error("has no column {number}: its columns are 0 to {}", .columns - 1)]
    ColumnNumber { number: usize, columns: usize },
    #[error("expected {expected} for the label, found {found}")]
    LabelColumns { expected: String, found: String },
    #[error("`{argument}` names {column} twice")]
    Twice { column: Heading, argument: &'static str },
    #[error("{column} is both {one} and {other}")]
    Overlap { column: Heading, one: &'static str, other: &'static str },
    #[error("has no column for the inputs: each one is a label, a group or left out")]
    NoInputs,
    #[error(
        "{column} has no name of its own and numbers the lines from {from}, as the index that pandas and R write"
    )]
    Index { column: Heading, from: i64 },
    #[error("{column} has no name, and the other columns have names")]
    Unnamed { column: Heading },
    #[error("{place}: expected a number, found `{}`", Short(.found))]
    Number { place: Place, found: String },
    #[error("{place}: expected a finite number, found `{}`", Short(.found))]
    Finite { place: Place, found: String },
    #[error(
        "{place}: expected a number, as in {numbers} other line{} of the column; found `{}`, {}",
        plural(*.numbers),
        Short(.found),
        first_of(*.texts)
    )]
    Mixed { place: Place, found: String, numbers: usize, texts: usize },
    #[error("values are missing: {}; the first in line {line}", counts(.columns))]
    Missing { columns: Vec<(Heading, usize)>, line: u64 },
    #[error("{place}: the {what} is missing")]
    MissingLabel { place: Place, what: &'static str },
    #[error("{column} has no value in any line{}", if *.training { " to train with" } else { "" })]
    AllMissing { column: Heading, training: bool },
    #[error("all {lines} lines are left out, as each has a missing value")]
    AllLeftOut { lines: usize },
    #[error("{column} has {} different texts in {rows} lines, such as `{}`", many(*.categories), Short(.found))]
    Categories { column: Heading, categories: usize, rows: usize, found: String },

    #[error("has no column `{}`, which the network was trained with", Short(.name))]
    MissingColumn { name: String, nearest: Option<String>, names: Vec<String> },
    #[error(
        "expected {expected}, found {found}; the columns have no names {}, so their number decides",
        if *.named { "here" } else { "in the training table" }
    )]
    Columns { expected: String, found: usize, named: bool },
    #[error("{place}: `{}` is not among the {} categories of the training table", Short(.found), .known.len())]
    Category { place: Place, found: String, known: Vec<String> },
    #[error(
        "has {found} lines{}, expected at least {expected}: a window of {window}{}",
        if *.groups { " in its longest group" } else { "" },
        target(*.ahead)
    )]
    Short { found: usize, expected: usize, window: usize, ahead: Option<usize>, groups: bool },
    #[error("{samples} samples of {numbers} numbers do not fit into memory")]
    Memory { samples: usize, numbers: usize },
    #[error("the description of the training table's columns is damaged: `{}`", Short(.found))]
    Layout { found: String },
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn many(categories: usize) -> String {
    if categories > MOST_CATEGORIES { format!("more than {MOST_CATEGORIES}") } else { categories.to_string() }
}

fn first_of(texts: usize) -> String {
    if texts == 1 { "the only text".into() } else { format!("the first of {texts} texts") }
}

fn counts(columns: &[(Heading, usize)]) -> String {
    const MOST: usize = 8;
    let mut texts: Vec<String> =
        columns.iter().take(MOST).map(|(column, count)| format!("{count} in {column}")).collect();
    if columns.len() > MOST {
        let rest: usize = columns[MOST..].iter().map(|(_, count)| count).sum();
        let others = columns.len() - MOST;
        texts.push(format!("{rest} in {others} other column{}", plural(others)));
    }
    texts.join(", ")
}

fn target(ahead: Option<usize>) -> String {
    ahead.map_or(String::new(), |ahead| format!(" and its target {ahead} line{} after it", plural(ahead)))
}

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Problem::Kind { .. } => {
                "save the table as text with a separator (.csv), for example as \"CSV UTF-8\" in Excel".into()
            }
            Problem::Utf8 { byte: 0, .. } => {
                "the file is no text, or UTF-16 without a byte order mark: save the table as UTF-8".into()
            }
            Problem::Utf8 { byte, .. } => {
                let latin = char::from(*byte);
                let letter = if *byte >= 0xa0 { format!("; as Latin-1 it is `{latin}`") } else { String::new() };
                format!("save the table as UTF-8, in Excel as \"CSV UTF-8\"{letter}")
            }
            Problem::Utf16 { .. } => "save the table as UTF-8".into(),
            Problem::Ragged { expected, found, .. } if *found == expected + 1 => {
                "quote a text that contains the separator; R's `write.table` needs `row.names=FALSE`".into()
            }
            Problem::Ragged { found: 1, .. } => {
                "remove the line if it is a remark; if the separator is another one, write `separator=\";\"`".into()
            }
            Problem::Ragged { .. } => {
                "add the missing separator, or quote a text that contains the separator".into()
            }
            Problem::Quote { .. } => "close the quote with `\"`; write `\"\"` for a quote inside a text".into(),
            Problem::HeaderWidth { expected, found, .. } if *expected == found + 1 => {
                "name all columns; R's `write.table` needs `row.names=FALSE`".into()
            }
            Problem::HeaderWidth { .. } => "name all columns, or write `header=none`".into(),
            Problem::HeaderUnclear { .. } => {
                "write `header=names` if they are names, `header=none` if they are a sample".into()
            }
            Problem::Rows { .. } => "the file was not copied or downloaded completely: fetch it again".into(),
            Problem::DuplicateName { .. } => "give each column its own name".into(),
            Problem::DecimalUnclear { .. } => {
                "write `decimal=\".\"` or `decimal=\",\"`; the other column's values are then texts".into()
            }
            Problem::CommaTwice { .. } => {
                "write `decimal=\",\"` if it separates a fraction; remove separators of thousands".into()
            }
            Problem::NoColumn { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Problem::NoColumn { names, .. } => format!("its columns are {}", Names(names)),
            Problem::NoNames { .. } => {
                "write the column's number, counted from 0; if the first line has names, write `header=names`"
                    .into()
            }
            Problem::ColumnNumber { .. } => "columns are counted from 0".into(),
            Problem::LabelColumns { .. } => "change the network's last layer, or name the columns in `label=[…]`".into(),
            Problem::Twice { .. } => "name it once".into(),
            Problem::Overlap { .. } => "name it in one of the two only".into(),
            Problem::NoInputs => "name the columns of the inputs in `columns=[…]`".into(),
            Problem::Index { column, .. } => format!(
                "write the table with `index=False`, or leave the column out: `drop=[{}]`",
                column.argument()
            ),
            Problem::Unnamed { column } => format!(
                "name it in the first line, or leave it out: `drop=[{}]`",
                column.argument()
            ),
            Problem::Number { place, found } if found.contains([',', '.']) => format!(
                "separators of thousands are not read: remove them; or leave {} out of the inputs",
                place.column
            ),
            Problem::Number { .. } => "the column had only numbers in training: correct the value".into(),
            Problem::Finite { .. } => {
                "remove the line, or replace the value: a network cannot learn from it".into()
            }
            Problem::Mixed { place, texts: 1, .. } if place.line == 1 => {
                "write `header=names` if the first line has the names of columns; else correct the value".into()
            }
            Problem::Mixed { found, .. } if found.contains(',') && found.contains(|c: char| c.is_ascii_digit()) => {
                "separators of thousands are not read: remove them".into()
            }
            Problem::Mixed { place, .. } => {
                let name = place.column.argument();
                format!(
                    "correct it, or empty the cell if the value is missing; if the numbers are names of categories, \
                     train with `categories=[{name}]`"
                )
            }
            Problem::Missing { .. } => {
                "write `missing=mean`, `missing=median` or a number to fill them in, `missing=drop` to leave out these \
                 lines; or leave out a column: `drop=[…]`"
                    .into()
            }
            Problem::MissingLabel { .. } => "fill it in, or leave out such lines: `missing=drop`".into(),
            Problem::AllMissing { column, .. } => {
                format!("leave the column out: `drop=[{}]`", column.argument())
            }
            Problem::AllLeftOut { .. } => "write `missing=mean` or `missing=median`, or leave out a column".into(),
            Problem::Categories { column, .. } => format!(
                "an input for each text would not generalise: leave the column out with `drop=[{}]`",
                column.argument()
            ),
            Problem::MissingColumn { nearest: Some(nearest), .. } => {
                format!("rename `{nearest}` if that is the column")
            }
            Problem::MissingColumn { names, .. } => format!("its columns are {}", Names(names)),
            Problem::Columns { .. } => "name the columns in the first line, or bring them to that number".into(),
            Problem::Category { found, known, .. } => match nearest(found, known) {
                Some(nearest) => format!("did you mean `{}`?", Short(&nearest)),
                None => format!("the network knows {}; train it with lines of the new category", Names(known)),
            },
            Problem::Short { .. } => "add lines, or make `window` or `ahead` smaller".into(),
            Problem::Memory { .. } => "make `window` smaller or `step` larger, or take fewer lines".into(),
            Problem::Layout { .. } => "train the network again".into(),
            Problem::Empty { header: true } => "if that line is a sample, write `header=none`".into(),
            Problem::Empty { header: false } | Problem::LongLine { .. } | Problem::Option { .. } => return None,
        })
    }
}

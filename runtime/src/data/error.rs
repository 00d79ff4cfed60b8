//! Errors of data: the place, what was expected, what was found, and the fix.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file that cannot be used.
#[derive(Debug, Error)]
#[error("{}: {problem}", .file.display())]
#[non_exhaustive]
pub struct Error {
    /// The file, or the folder that it was looked for in.
    pub file: PathBuf,
    /// The problem.
    #[source]
    pub problem: Problem,
}

impl Error {
    pub(crate) fn new(file: &Path, problem: Problem) -> Error {
        Error { file: file.to_path_buf(), problem }
    }

    /// Returns advice that fixes the error, if there is any.
    pub fn help(&self) -> Option<String> {
        self.problem.help()
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The number of a record, counted from 0.
    Record(usize),
    /// A cell of a table, counted from 1, and the name of its column if the table has names.
    Cell {
        /// The line's number in the file, from 1.
        line: u64,
        /// The column's number in the line, from 1.
        column: usize,
        /// The column's name in the first line, if it has one.
        name: Option<String>,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Record(record) => write!(f, "record {record}"),
            Place::Cell { line, column, name: None } => write!(f, "line {line}, column {column}"),
            Place::Cell { line, column, name: Some(name) } => {
                write!(f, "line {line}, column {column} (`{name}`)")
            }
        }
    }
}

/// The problem with a file.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Problem {
    #[error("there is no such {what}{}", list(.looked_for))]
    Missing { what: &'static str, looked_for: Vec<PathBuf> },
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    #[error("is damaged: its gzip data cannot be unpacked ({0})")]
    Gzip(#[source] io::Error),
    #[error("is not an IDX file of {what}: expected it to begin with {expected:#010x}, found {found:#010x}")]
    Magic { what: &'static str, expected: u32, found: u32 },
    #[error("ends in record {record}: expected {expected} bytes for {records} records, found {found}")]
    Truncated { record: usize, records: usize, expected: u64, found: u64 },
    #[error("ends in its header: expected {expected} bytes, found {found}")]
    Header { expected: usize, found: usize },
    #[error("continues after its last record: expected {expected} bytes")]
    TooLong { expected: u64 },
    #[error("has {found} labels, and {} has {expected} images", .images.display())]
    Count { images: PathBuf, expected: usize, found: usize },
    #[error("holds samples of shape {found:?}, and the network takes {expected:?}")]
    Shape { expected: Vec<usize>, found: Vec<usize> },
    #[error("{place}: expected a class from 0 to {}, found `{found}`", .classes - 1)]
    Label { place: Place, classes: usize, found: String },
    #[error("{place}: expected a target from 0 to 1, found `{found}`")]
    Unit { place: Place, found: String },
    #[error("{place}: expected a number, found `{found}`")]
    Number { place: Place, found: String },
    #[error("{place}: expected a finite number, found `{found}`")]
    Finite { place: Place, found: String },
    #[error("line {line}: expected {expected} columns, {meaning}; found {found}")]
    Columns { line: u64, expected: usize, meaning: String, found: usize },
    #[error("line {line}: expected {expected} columns, as in the lines before; found {found}")]
    Ragged { line: u64, expected: usize, found: usize },
    #[error("the label is said to begin at column {at}, counted from 0, and there are {columns} columns")]
    LabelColumn { at: usize, columns: usize },
    #[error("the first line says {expected} rows, and there are {found}")]
    Rows { expected: usize, found: usize },
    #[error("line {line}: is not text in UTF-8")]
    NotText { line: u64 },
    #[error("holds no samples")]
    Empty,
    #[error("holding out {held} of {samples} sample{} leaves none to train with", plural(*.samples))]
    TooFew { samples: usize, held: usize },
    #[error(
        "has one label per sample, but the network's output of shape {output:?} needs one for each place"
    )]
    Dense { output: Vec<usize> },
    #[error("holds no targets to compare with: its lines have the network's inputs only")]
    Unlabelled,
    #[error("cannot be read as an image: {0}")]
    Image(#[source] image::ImageError),
    #[error("cannot be written: {0}")]
    Write(#[source] image::ImageError),
    #[error("is an image, and the network takes inputs of shape {expected:?}")]
    NoImage { expected: Vec<usize> },
    #[error("{inputs} numbers and {targets} targets do not make samples of {len} numbers")]
    Lengths { inputs: usize, targets: usize, len: usize },
}

const DOWNLOAD: &str = "the file was not copied or downloaded completely: fetch it again";

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Problem::Missing { what: "folder" | "IDX file", .. } => {
                "MNIST's four files (train and t10k, images and labels) are at \
                 https://storage.googleapis.com/cvdf-datasets/mnist/; paths are relative to the .net file"
                    .into()
            }
            Problem::Missing { what: "table", .. } => "paths are relative to the .net file".into(),
            Problem::Gzip(_) | Problem::Truncated { .. } | Problem::Header { .. } | Problem::Rows { .. } => {
                DOWNLOAD.into()
            }
            Problem::Magic { found: 0x0801, .. } => {
                "this is a file of labels: were the two exchanged?".into()
            }
            Problem::Magic { found: 0x0803, .. } => {
                "this is a file of images: were the two exchanged?".into()
            }
            Problem::Magic { .. } => "only IDX files of unsigned bytes can be read, as MNIST has them".into(),
            Problem::Count { .. } => "take both files from the same data set".into(),
            Problem::Shape { found, .. } => {
                format!("write `input {found:?}` in the network, or bring the samples to its size")
            }
            Problem::Label { .. } => {
                "classes are numbered from 0, and the network's output has one number a class".into()
            }
            Problem::Unit { .. } => {
                "this loss compares probabilities; use `loss mse` for other numbers".into()
            }
            Problem::Number { found, .. } if found.is_empty() => {
                "fill in the missing value, or remove the line".into()
            }
            Problem::Number { .. } => {
                "remove the column or give its values numbers; a first line of names only is skipped".into()
            }
            Problem::Finite { .. } => {
                "remove the line, or replace the value: a network cannot learn from it".into()
            }
            Problem::Columns { .. } => {
                "change the network's `input` or last layer, or remove the columns that it shall not see"
                    .into()
            }
            Problem::Ragged { .. } => "is a separator missing, or a text with a comma not quoted?".into(),
            Problem::LabelColumn { .. } => "columns are counted from 0; `label=last` is the default".into(),
            Problem::TooFew { samples: 0 | 1, .. } => {
                "add samples, or hold out nothing: remove `validate`".into()
            }
            Problem::TooFew { samples, .. } => {
                let most = 100.0 * (samples - 1) as f64 / *samples as f64;
                format!("hold out less: `validate` can be at most {}%", (most * 10.0).floor() / 10.0)
            }
            Problem::Dense { .. } => {
                "end the network with `flatten` and `dense`, or train it from a program".into()
            }
            Problem::Unlabelled => "add the targets' columns".into(),
            Problem::Image(_) => "PNG and JPEG files can be read".into(),
            Problem::NoImage { .. } => "give a CSV file with a line for each sample".into(),
            Problem::NotText { .. } => "a table is text with commas between its columns".into(),
            Problem::Missing { .. }
            | Problem::Read(_)
            | Problem::Write(_)
            | Problem::TooLong { .. }
            | Problem::Empty
            | Problem::Lengths { .. } => {
                return None;
            }
        })
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn list(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return String::new();
    }
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    format!("; looked for {}", paths.join(" and "))
}

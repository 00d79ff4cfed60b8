//! Errors of data: the place, what was expected, what was found, and the fix.

use crate::samples::Indivisible;
use std::fmt;
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

impl From<netwright_data::Problem> for Problem {
    fn from(problem: netwright_data::Problem) -> Problem {
        Problem::File(Box::new(problem))
    }
}

impl From<netwright_data::Error> for Error {
    fn from(error: netwright_data::Error) -> Error {
        Error { file: error.file, problem: error.problem.into() }
    }
}

impl Error {
    #[doc(hidden)]
    pub fn new(file: &Path, problem: impl Into<Problem>) -> Error {
        Error { file: file.to_path_buf(), problem: problem.into() }
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
    /// The label of a sample.
    Label {
        /// The place of the sample, such as `line 3`, or a file.
        of: String,
        /// The column's name, if it has one.
        column: Option<String>,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Record(record) => write!(f, "record {record}"),
            Place::Label { of, column: None } => f.write_str(of),
            Place::Label { of, column: Some(column) } => write!(f, "{of}, column `{column}`"),
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
    #[error(transparent)]
    File(Box<netwright_data::Problem>),
    #[error("has {} class{}, {}, and the network's output has {expected} numbers", .found.len(), if .found.len() == 1 { "" } else { "es" }, some(.found))]
    Classes { expected: usize, found: Vec<String> },
    #[error("{place}: expected one of the classes {}; found `{found}`", some(.known))]
    UnknownClass { place: Place, known: Vec<String>, found: String },
    #[error("{}expected two different labels, a no and a yes; found {}", heading(.column), some(.found))]
    YesOrNo { column: String, found: Vec<String> },
    #[error("expected {expected} columns of labels, found {found}")]
    LabelColumns { expected: usize, found: usize },
    #[error("has no mask of {}", .of.display())]
    NoMask { of: PathBuf },
    #[error("is a mask, and the network's output of shape {output:?} has no places")]
    NoPlaces { output: Vec<usize> },
    #[error("expected masks with classes from 0 to {}, found {found}", .classes - 1)]
    PixelClass { classes: usize, found: String },
    #[error("holds {found} target{}, and there are {expected} samples", plural(*.found))]
    Samples { expected: usize, found: usize },
    #[error("sample {sample}: expected finite numbers, found `{found}`")]
    NotFinite { sample: usize, found: String },
    #[error("cannot be read: this program was compiled without the feature `{feature}` of `netwright`")]
    Feature { feature: &'static str },
    #[error("{first}; {more} more file{} cannot be used", plural(*.more))]
    Several { first: Box<Problem>, more: usize },
    #[error("holds no samples")]
    Empty,
    #[error("has {}{}, and the network takes {}", shape(&.0.found), .0.labels, shape(&.0.expected))]
    Features(Box<Features>),
    #[error("holds {found}, and the network was trained with {expected}")]
    OtherKind { expected: String, found: String },
    #[error(transparent)]
    Unjoined(#[from] super::Unjoined),
    #[error(transparent)]
    Indivisible(#[from] Indivisible),
    #[error(
        "has one label per sample, but the network's output of shape {output:?} needs one for each place"
    )]
    Dense { output: Vec<usize> },
    #[error("holds no targets to compare with: its lines have the network's inputs only")]
    Unlabelled,
    #[cfg(any(feature = "dicom", feature = "nifti"))]
    #[error(transparent)]
    Scans(#[from] super::ScanProblem),
    #[cfg(any(feature = "pictures", feature = "arrays"))]
    #[error("decoded samples cannot be kept in this folder: {0}")]
    Cache(#[source] std::io::Error),
    #[error("cannot be written: {0}")]
    Write(#[source] std::io::Error),
    #[error("is an image, and the network takes inputs of shape {expected:?}")]
    NoImage { expected: Vec<usize> },
    #[error("cannot show samples of shape {found:?}, which are no pictures")]
    NoSheet { found: Vec<usize> },
    #[error("{inputs} numbers and {targets} targets do not make samples of {len} numbers")]
    Lengths { inputs: usize, targets: usize, len: usize },
}

/// The inputs of a table that are not those of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// The shape of the network's input.
    pub expected: Vec<usize>,
    /// The shape of the table's samples.
    pub found: Vec<usize>,
    /// The names of the features.
    pub columns: Vec<String>,
    /// The description of the columns that are labels: ` beside the class`.
    pub labels: String,
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
            Problem::Truncated { .. } | Problem::Header { .. } => {
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
            Problem::Number { .. } => {
                "this loss compares numbers; for classes write `loss cross_entropy` with an output for each".into()
            }
            Problem::File(problem) => return problem.help(),
            Problem::Several { first, .. } => return first.help(),
            Problem::Classes { found, .. } if found.len() < 2 => "a network tells classes apart, at least two of them".into(),
            Problem::Classes { found, .. } => {
                format!("end the network with `dense({}) softmax`, or remove what is no class", found.len())
            }
            Problem::UnknownClass { .. } => {
                "all classes must be in the training data, and are written alike".into()
            }
            Problem::YesOrNo { .. } => {
                "for more classes write `loss cross_entropy` with an output for each of them".into()
            }
            Problem::LabelColumns { .. } => {
                "name as many columns by `label=[...]` as the network has outputs".into()
            }
            Problem::PixelClass { .. } => {
                "the network's output has one channel for each class; `ignore_index` names a class that does not count".into()
            }
            Problem::Features(features) => {
                let Features { expected, found, columns, .. } = &**features;
                let input = format!("write `input {found:?}` in the network");
                match found.iter().product::<usize>() > expected.iter().product() {
                    true => format!("{input}, or leave some out by `drop=[...]`: {}", some(columns)),
                    false => input,
                }
            }
            Problem::Samples { .. } => "take both arrays from the same data set".into(),
            Problem::NotFinite { .. } => "remove the sample, or replace the number: a network cannot learn from it".into(),
            Problem::Feature { feature } => {
                format!("write `features = [\"{feature}\"]` for `netwright` in Cargo.toml")
            }
            Problem::NoMask { .. } => "a mask has the name of its picture or volume, whatever the ending".into(),
            Problem::NoPlaces { .. } => {
                "a network for masks ends with channels, height and width, such as `conv(1, 1x1) sigmoid`".into()
            }
            Problem::OtherKind { .. } => "give samples of that kind, or train the network with these".into(),
            Problem::Indivisible(problem) => problem.help(),
            Problem::Unjoined(problem) => problem.help(),
            Problem::Dense { .. } => {
                "end the network with `flatten` and `dense`, or train it from a program".into()
            }
            Problem::Unlabelled => "add the targets' columns".into(),
            Problem::NoSheet { .. } => "remove `--output`: the report itself needs no pictures".into(),
            Problem::NoImage { .. } => "give a CSV file with a line for each sample".into(),
            #[cfg(any(feature = "dicom", feature = "nifti"))]
            Problem::Scans(problem) => return problem.help(),
            #[cfg(any(feature = "pictures", feature = "arrays"))]
            Problem::Cache(_) => {
                "let the variable NETWRIGHT_HOME name a folder with room for them, or write `cache=none` to decode them in each epoch".into()
            }
            Problem::Write(_) => return None,
            Problem::Missing { .. }
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

/// Returns the beginning of a message on a column, if it has a name.
fn heading(column: &str) -> String {
    if column.is_empty() { String::new() } else { format!("column `{column}`: ") }
}

/// Describes the shape of samples of a table.
fn shape(sizes: &[usize]) -> String {
    match sizes {
        [1] => "1 feature".into(),
        [features] => format!("{features} features"),
        sizes => format!("samples of shape {sizes:?}"),
    }
}

/// Lists the first of some names as code: `` `a`, `b` and 3 more ``.
fn some(names: &[String]) -> String {
    listed(names.iter().map(|name| format!("`{name}`")), 8)
}

/// Lists items, `most` of them by name: `a, b and 3 more`.
pub fn listed<T: ToString>(items: impl ExactSizeIterator<Item = T>, most: usize) -> String {
    let more = items.len().saturating_sub(most);
    let named = items.take(most).map(|item| item.to_string()).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

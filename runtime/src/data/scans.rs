//! Labels of scans and volumes: names of folders, or lines of a table.

use super::inputs::samples_at_once;
use super::{Error, Interface, targets};
use crate::recipe::{Column, Loss};
use netwright_data::label::{Label, Values};
use netwright_data::table::{Format, Text};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use thiserror::Error as ThisError;

/// The problem with a folder of scans or volumes, or with the table of their labels.
#[derive(Debug, ThisError)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Problem {
    #[error("has no folder for each class: there {} in it", are(*.found, .what))]
    NoClasses { what: &'static str, found: usize },
    #[error("has {} beside the folders of classes, such as `{first}`", are_found(*.found, .what))]
    Beside { what: &'static str, found: usize, first: String },
    #[error("has no line in {}: there is none for {tried}", .table.display())]
    NoLine { table: PathBuf, tried: String },
    #[error("line {second}: `{key}` is in line {first}, too")]
    Twice { key: String, first: u64, second: u64 },
    #[error("has no columns of labels beside `{key}`")]
    NoLabels { key: String },
    #[error(
        "has a mask of {found:?} voxels to the right, to the front and up, expected {expected:?} as the volume has"
    )]
    Mask { expected: [usize; 3], found: [usize; 3] },
    #[error("has a mask of {found} channels, expected one")]
    MaskChannels { found: usize },
    #[error("has a voxel of {found}, expected finite intensities")]
    NotFinite { found: f32 },
    #[error("is a volume of {slices} slices, expected single images")]
    Frames { slices: usize },
}

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Problem::NoClasses { .. } => {
                "put the files of each class into a folder of its name, or name a table by `labels=\"labels.csv\"`".into()
            }
            Problem::Beside { .. } => "move them into the folder of their class".into(),
            Problem::NoLine { .. } => {
                "add a line, or move the file out of the folder; `key=` names the table's column that says which scan a line is about".into()
            }
            Problem::Twice { .. } => "keep one line for each scan, or name another column by `key=`".into(),
            Problem::NoLabels { .. } => "add a column with the label of each line".into(),
            Problem::Mask { .. } => "write the mask on the grid of its volume".into(),
            Problem::MaskChannels { .. } => "write a mask with a class for each voxel".into(),
            Problem::NotFinite { .. } => {
                "replace it, as by `numpy.nan_to_num`, or leave such volumes out with `damaged=skip`".into()
            }
            Problem::Frames { .. } => "write a network with `input [channels, depth, height, width]`".into(),
        })
    }
}

fn are_found(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn are(count: usize, what: &str) -> String {
    format!("{} {}", if count == 1 { "is" } else { "are" }, are_found(count, what))
}

/// Returns the class of each file: the name of the folder that it is in, inside of `folder`.
pub(super) fn classes(folder: &Path, files: &[PathBuf], what: &'static str) -> Result<Vec<String>, Error> {
    let class = |file: &PathBuf| {
        let mut parts = file.strip_prefix(folder).ok()?.components();
        let class = parts.next()?.as_os_str().to_string_lossy().into_owned();
        parts.next().map(|_| class)
    };
    let classes: Vec<Option<String>> = files.iter().map(class).collect();
    let found = classes.iter().filter(|class| class.is_none()).count();
    let Some(first) = classes.iter().position(Option::is_none) else {
        return Ok(classes.into_iter().flatten().collect());
    };
    let problem = match found == files.len() {
        true => Problem::NoClasses { what, found },
        false => {
            let first = files[first].file_name().unwrap_or_default().to_string_lossy().into_owned();
            Problem::Beside { what, found, first }
        }
    };
    Err(Error::new(folder, problem))
}

/// Returns classes as a label.
pub(super) fn label_of(classes: Vec<String>) -> Vec<Label> {
    vec![Label { name: String::new(), values: Values::Texts(classes) }]
}

/// Names by which a line of a table may speak of a scan: kinds of names, and the names of each kind from the best to the least.
pub(super) type Names = Vec<(String, Vec<String>)>;

/// Returns names of a file: its path in `folder` or beside the table, its own name, each also without its ending, the folders it is in, and
/// the part of its name before an underscore, as that of `sub-01_T1w.nii.gz`.
pub(super) fn file_names(file: &Path, folder: &Path, table: &Path) -> (String, Vec<String>) {
    let slashed = |path: &Path| {
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    };
    let inside = file.strip_prefix(folder).unwrap_or(file);
    let beside = file.strip_prefix(table.parent().unwrap_or(Path::new(""))).unwrap_or(inside);
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names: Vec<String> = [slashed(inside), slashed(beside), name.clone()]
        .into_iter()
        .flat_map(|name| [without_ending(&name).to_string(), name].into_iter().rev())
        .collect();
    let folders = inside.parent().into_iter().flat_map(Path::components);
    names.extend(folders.rev().map(|part| part.as_os_str().to_string_lossy().into_owned()));
    names.extend(name.split_once('_').map(|(first, _)| first.to_string()));
    ("file name".into(), names)
}

/// Returns a name without its ending, of which `.gz` is a part.
pub(super) fn without_ending(name: &str) -> &str {
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let start = stem.rfind('/').map_or(0, |slash| slash + 1);
    match stem[start..].rfind('.') {
        Some(dot) if dot > 0 => &stem[..start + dot],
        _ => stem,
    }
}

/// A table of labels, whose lines are found by a key.
pub(super) struct Lines {
    text: Text,
    key: usize,
    rows: HashMap<String, usize>,
}

impl Lines {
    /// Reads a table; its key is the first column if none is named.
    pub(super) fn read(file: &Path, key: &[Column]) -> Result<Lines, Error> {
        let text = Text::read(file, &Format::default())?;
        let key = key.first().map(|column| text.column(column)).transpose()?.unwrap_or(0);
        let keys = text.texts(key, "key").map_err(|problem| of_table(&text, problem))?;
        let mut rows: HashMap<String, usize> = HashMap::new();
        for (row, key) in keys.into_iter().enumerate() {
            if let Some(&first) = rows.get(&key) {
                let (first, second) = (text.line(first), text.line(row));
                return Err(Error::new(file, Problem::Twice { key, first, second }));
            }
            rows.insert(key, row);
        }
        Ok(Lines { text, key, rows })
    }

    /// Returns the name of the key's column; empty if it has none.
    pub(super) fn key(&self) -> &str {
        self.text.names().get(self.key).map_or("", String::as_str)
    }

    #[cfg(feature = "dicom")]
    /// Finds a column by its name or number.
    pub(super) fn column(&self, column: &Column) -> Option<usize> {
        self.text.column(column).ok()
    }

    /// Finds a column, or says which there are.
    pub(super) fn named(&self, column: &Column) -> Result<usize, Error> {
        Ok(self.text.column(column)?)
    }

    /// Finds the line of each scan by the first kind of names by which all scans have one.
    pub(super) fn find(&self, scans: &[(&Path, Names)]) -> Result<Vec<usize>, Error> {
        let kinds = scans.first().map_or(0, |(_, names)| names.len());
        let row = |names: &[String]| names.iter().find_map(|name| self.rows.get(name).copied());
        let rows = |kind: usize| scans.iter().map(move |(_, names)| row(&names[kind].1));
        if let Some(kind) = (0..kinds).find(|&kind| rows(kind).all(|row| row.is_some())) {
            return Ok(rows(kind).flatten().collect());
        }
        // The kind that finds the most is the one that was meant.
        let best = (0..kinds).rev().max_by_key(|&kind| rows(kind).flatten().count()).unwrap_or(0);
        let some = rows(best).flatten().next().is_some();
        let missing = rows(best).position(|row| row.is_none()).unwrap_or(0);
        let Some((file, names)) = scans.get(missing) else { return Ok(vec![]) };
        let tried = |(kind, names): &(String, Vec<String>)| match names.iter().find(|name| !name.is_empty()) {
            Some(name) => Some(format!("its {kind} `{name}`")),
            None => some.then(|| format!("it, which has no {kind}")),
        };
        let tried = match some {
            true => tried(&names[best]).unwrap_or_default(),
            false => names.iter().filter_map(tried).collect::<Vec<_>>().join(", "),
        };
        let table = self.text.file().to_path_buf();
        Err(Error::new(file, Problem::NoLine { table, tried }))
    }

    /// Returns the labels of lines: as many columns as the network's loss compares, or one, which may name the class of a network with
    /// several outputs. The column of groups is none of them unless it is named.
    pub(super) fn labels(
        &self,
        rows: &[usize],
        columns: &[Column],
        by: Option<usize>,
        interface: &Interface<'_>,
    ) -> Result<Vec<Label>, Error> {
        let (count, width) = (targets::width(interface), self.text.width());
        let free: Vec<usize> =
            (0..width).filter(|&column| column != self.key && Some(column) != by).collect();
        let Some(&last) = free.last() else {
            return Err(Error::new(self.text.file(), Problem::NoLabels { key: self.key().into() }));
        };
        let columns: Vec<usize> = match *columns {
            [Column::Last] if count <= free.len() => free[free.len() - count..].to_vec(),
            [Column::First] if count <= free.len() => free[..count].to_vec(),
            [Column::First] => vec![free[0]],
            [Column::Last] => vec![last],
            ref columns => columns.iter().map(|column| self.named(column)).collect::<Result<_, _>>()?,
        };
        columns.into_iter().map(|column| Ok(picked(self.label(column)?, rows))).collect()
    }

    fn label(&self, column: usize) -> Result<Label, Error> {
        self.text.label(column).map_err(|problem| of_table(&self.text, problem))
    }

    /// Returns the cells of a column for lines.
    pub(super) fn groups(&self, rows: &[usize], column: usize) -> Result<Vec<String>, Error> {
        let cells = self.text.texts(column, "group").map_err(|problem| of_table(&self.text, problem))?;
        Ok(rows.iter().map(|&row| cells[row].clone()).collect())
    }

    /// Says how many lines speak of no scan, if some do.
    pub(super) fn unused(&self, rows: &[usize]) -> Option<String> {
        let used: HashSet<usize> = rows.iter().copied().collect();
        let count = self.text.rows() - used.len();
        let lines = if count == 1 { "line speaks" } else { "lines speak" };
        (count > 0)
            .then(|| format!("{}: {count} {lines} of no scan in the folder", self.text.file().display()))
    }
}

fn of_table(text: &Text, problem: netwright_data::table::Problem) -> Error {
    Error::new(text.file(), netwright_data::Problem::from(problem))
}

fn picked(label: Label, rows: &[usize]) -> Label {
    let values = match label.values {
        Values::Numbers(numbers) => Values::Numbers(rows.iter().map(|&row| numbers[row]).collect()),
        Values::Texts(texts) => Values::Texts(rows.iter().map(|&row| texts[row].clone()).collect()),
    };
    Label { values, ..label }
}

/// Repeats each item as often as its count says: once for each sample of a file.
pub(super) fn repeated<T: Clone>(items: &[T], counts: &[usize]) -> Vec<T> {
    items.iter().zip(counts).flat_map(|(item, &count)| std::iter::repeat_n(item.clone(), count)).collect()
}

/// Repeats the labels of files for each of their samples.
pub(super) fn labels_of_samples(labels: Vec<Label>, counts: &[usize]) -> Vec<Label> {
    let each = |label: Label| Label {
        values: match label.values {
            Values::Numbers(numbers) => Values::Numbers(repeated(&numbers, counts)),
            Values::Texts(texts) => Values::Texts(repeated(&texts, counts)),
        },
        ..label
    };
    labels.into_iter().map(each).collect()
}

/// Returns the number of files that are read at once, of one sample of `len` numbers each.
pub(super) fn files_at_once(len: usize) -> usize {
    const MOST: usize = 64;
    samples_at_once(len).min(MOST.max(rayon::current_num_threads()))
}

/// Returns the interface of a network whose labels do not matter.
pub(super) fn without_labels(input: &[usize]) -> Interface<'_> {
    Interface { input, output: &[], loss: Loss::MSE, to_input: true }
}

/// Describes the range of lengths: `20`, or `20 to 24`.
pub(super) fn range(numbers: impl Iterator<Item = f64>) -> String {
    let text = |number: f64| {
        let text = format!("{number:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    let (least, most) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), number| {
        (least.min(number), most.max(number))
    });
    match text(least) == text(most) {
        true => text(least),
        false => format!("{} to {}", text(least), text(most)),
    }
}

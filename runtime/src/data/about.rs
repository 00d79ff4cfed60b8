//! Knowledge about data that goes with a network: the names of classes and columns, and where samples come from.

use super::sight::{Scans, Volumes};
use crate::weights::Metadata;
use netwright_data::table::Layout;
use std::fmt;
#[cfg(feature = "train")]
use std::path::Path;
use std::path::PathBuf;

/// Knowledge about the data that a network was trained with; its weights file keeps it for predictions and evaluations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Names of the classes, in their order; empty if the data gave none.
    pub classes: Vec<String>,
    /// The kind of the samples.
    pub kind: Kind,
    /// The names of the classes of further losses, for a network with several.
    pub further: Vec<Vec<String>>,
    /// The kinds of the samples of further inputs, for a network with several.
    pub beside: Vec<Kind>,
}

impl About {
    /// Returns what a weights file knows about the data; `None` if its lines are damaged.
    pub fn of(metadata: &Metadata) -> Option<About> {
        let mut parts = metadata.data.split(|line| line == NEXT);
        let kind = Kind::from_lines(parts.next()?)?;
        let mut about = About { classes: metadata.classes.clone(), kind, ..About::default() };
        for part in parts {
            match part {
                // What is of no input is of a further loss.
                [first, classes @ ..] if first == CLASSES => {
                    let classes = classes.iter().map(|class| class.strip_prefix(CLASS).map(String::from));
                    about.further.push(classes.collect::<Option<_>>()?);
                }
                lines => about.beside.push(Kind::from_lines(lines)?),
            }
        }
        Some(about)
    }

    /// Puts the knowledge into the metadata of a weights file.
    pub fn keep(&self, metadata: &mut Metadata) {
        metadata.classes.clone_from(&self.classes);
        metadata.data = self.kind.lines();
        for kind in &self.beside {
            metadata.data.push(NEXT.into());
            metadata.data.extend(kind.lines());
        }
        for classes in &self.further {
            metadata.data.extend([NEXT.to_string(), CLASSES.to_string()]);
            metadata.data.extend(classes.iter().map(|class| format!("{CLASS}{class}")));
        }
    }

    /// Returns the knowledge about the samples of the input of this number, whose labels `classes` are.
    #[doc(hidden)]
    pub fn part(&self, part: usize, classes: &[String]) -> About {
        let kind = if part == 0 { Some(&self.kind) } else { self.beside.get(part - 1) };
        About { classes: classes.to_vec(), kind: kind.cloned().unwrap_or_default(), ..About::default() }
    }

    /// Returns the names of the classes that the loss of this number compares.
    #[doc(hidden)]
    pub fn classes_of(&self, loss: usize) -> &[String] {
        if loss == 0 { &self.classes } else { self.further.get(loss - 1).map_or(&[], |classes| classes) }
    }
}

/// The line before what is known of a further input or loss.
const NEXT: &str = "and";
/// The line before the classes of a loss.
const CLASSES: &str = "classes";
/// The beginning of a line with a class.
const CLASS: &str = "class ";

/// The kind of samples, which decides in which files others of them can be.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// Unknown, as of samples that a program made, or of a weights file of an older version.
    #[default]
    Unknown,
    /// Pictures, whose numbers are from 0 to 1.
    Pictures,
    /// Lines of a table with these columns.
    Table(Layout),
    /// Arrays of numbers.
    Arrays,
    /// Scans of DICOM, whose intensities go through a window.
    Scans(Scans),
    /// Volumes of NIfTI.
    Volumes(Volumes),
}

impl Kind {
    /// Returns lines of text that [`from_lines`](Kind::from_lines) reads.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Kind::Unknown => vec![],
            Kind::Pictures => vec!["pictures".into()],
            Kind::Arrays => vec!["arrays".into()],
            Kind::Table(layout) => std::iter::once("table".into()).chain(layout.lines()).collect(),
            Kind::Scans(scans) => std::iter::once("scans".into()).chain(scans.lines()).collect(),
            Kind::Volumes(volumes) => std::iter::once("volumes".into()).chain(volumes.lines()).collect(),
        }
    }

    /// Reads the lines of [`lines`](Kind::lines); `None` if they are others.
    pub(crate) fn from_lines(lines: &[String]) -> Option<Kind> {
        match lines.split_first() {
            None => Some(Kind::Unknown),
            Some((kind, [])) if kind == "pictures" => Some(Kind::Pictures),
            Some((kind, [])) if kind == "arrays" => Some(Kind::Arrays),
            Some((kind, columns)) if kind == "table" => Layout::from_lines(columns).ok().map(Kind::Table),
            Some((kind, lines)) if kind == "scans" => Scans::from_lines(lines).map(Kind::Scans),
            Some((kind, lines)) if kind == "volumes" => Volumes::from_lines(lines).map(Kind::Volumes),
            Some(_) => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Unknown => "samples of an unknown kind",
            Kind::Pictures => "pictures",
            Kind::Table(_) => "lines of a table",
            Kind::Arrays => "arrays of numbers",
            Kind::Scans(_) => "scans of DICOM",
            Kind::Volumes(_) => "volumes of NIfTI",
        })
    }
}

/// The places that samples come from, for messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Origins {
    /// Nothing is known.
    #[default]
    Unknown,
    /// The numbers of lines in a file, from 1.
    Lines(Vec<u64>),
    /// A file for each sample.
    Files(Vec<PathBuf>),
    /// A file for each sample, and the number of the sample in it, from 0.
    Slices(Vec<(PathBuf, usize)>),
}

impl Origins {
    /// Returns the file of a sample, and the word for samples of the file and the sample's number in it, if it may have several. `asked`
    /// is the file that all `of` samples were asked for by.
    #[cfg(feature = "train")]
    pub fn place<'a>(
        &'a self,
        asked: &'a Path,
        at: usize,
        of: usize,
    ) -> (&'a Path, Option<(&'static str, u64)>) {
        match self {
            Origins::Files(files) => (&files[at], None),
            Origins::Slices(slices) => (&slices[at].0, Some(("slice", slices[at].1 as u64))),
            Origins::Lines(lines) => (asked, Some(("line", lines[at]))),
            Origins::Unknown => (asked, (of > 1).then_some(("sample", at as u64))),
        }
    }

    /// Returns the places of these samples.
    pub(crate) fn of(&self, samples: &[u32]) -> Origins {
        match self {
            Origins::Unknown => Origins::Unknown,
            Origins::Lines(lines) => {
                Origins::Lines(samples.iter().map(|&sample| lines[sample as usize]).collect())
            }
            Origins::Files(files) => {
                Origins::Files(samples.iter().map(|&sample| files[sample as usize].clone()).collect())
            }
            Origins::Slices(slices) => {
                Origins::Slices(samples.iter().map(|&sample| slices[sample as usize].clone()).collect())
            }
        }
    }

    /// Returns the place of a sample in words.
    pub fn name(&self, sample: usize) -> String {
        match self {
            Origins::Unknown => format!("sample {sample}"),
            Origins::Lines(lines) => format!("line {}", lines[sample]),
            Origins::Files(files) => files[sample].display().to_string(),
            Origins::Slices(slices) => {
                let (file, slice) = &slices[sample];
                format!("slice {slice} of {}", file.display())
            }
        }
    }
}

//! Samples to predict for: those of one file, or of many files, of which some are in memory at a time.

use super::Error;
use super::about::Origins;
use super::damage::{self, Failed};
use super::join;
use super::numbers::Numbers;
use super::read::{Affine, Read};
use crate::recipe::Damaged;
use crate::weights::Normalization;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// Numbers of samples that are read at once: 16 MB in 32 bits.
#[cfg_attr(
    not(any(feature = "pictures", feature = "arrays", feature = "dicom", feature = "nifti")),
    expect(dead_code, reason = "tables are read whole")
)]
pub(super) const NUMBERS_AT_ONCE: usize = 1 << 22;

/// Returns the number of samples of `len` numbers each that are read at once: some for each thread.
#[cfg(any(feature = "pictures", feature = "dicom", feature = "nifti"))]
pub(super) fn samples_at_once(len: usize) -> usize {
    (NUMBERS_AT_ONCE / len.max(1)).max(rayon::current_num_threads())
}

/// Samples to predict for. Those of folders are read when they are needed, some at a time.
#[derive(Debug)]
pub struct Inputs {
    content: Content,
    /// Numbers of a sample.
    len: usize,
    notes: Vec<String>,
}

#[derive(Debug)]
enum Content {
    Whole(Part),
    #[cfg_attr(
        not(any(feature = "pictures", feature = "dicom", feature = "nifti")),
        expect(dead_code, reason = "tables and arrays are one file")
    )]
    Files {
        files: Box<dyn Files>,
        /// Files that are known to be damaged already.
        failed: Vec<Failed>,
        damaged: Damaged,
    },
}

/// Files with samples to predict for.
pub(super) trait Files: fmt::Debug {
    /// Returns the number of files, or of series of files.
    fn count(&self) -> usize;

    /// Returns the number of files that are read at once.
    fn at_once(&self) -> usize;

    /// Returns all files, those of series included.
    fn paths(&self) -> Vec<PathBuf>;

    /// Returns the origins of the samples, if each file is known to have one.
    fn origins(&self) -> Option<Origins>;

    /// Reads some files by all threads; and says which cannot be used.
    fn read(&self, files: Range<usize>) -> (Read, Vec<Failed>);
}

impl Inputs {
    /// Creates the samples of one file that was read.
    pub(super) fn whole(read: Read, len: usize) -> Inputs {
        let notes = read.notes.clone();
        Inputs { content: Content::Whole(Part::of(read, len)), len, notes }
    }

    /// Creates samples of `len` numbers each of files that are not read yet; others are known to be damaged.
    #[cfg(any(feature = "pictures", feature = "dicom", feature = "nifti"))]
    pub(super) fn of_files(
        files: impl Files + 'static,
        failed: Vec<Failed>,
        damaged: Damaged,
        len: usize,
    ) -> Inputs {
        let files = Box::new(files);
        Inputs { content: Content::Files { files, failed, damaged }, len, notes: vec![] }
    }

    /// Returns remarks for people on what is known before samples are read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns the number of files, or of series of files.
    #[doc(hidden)]
    pub fn file_count(&self) -> usize {
        match &self.content {
            Content::Whole(_) => 1,
            Content::Files { files, .. } => files.count(),
        }
    }

    /// Returns the files that samples are read from, if they are not those that were asked for.
    #[doc(hidden)]
    pub fn paths(&self) -> Vec<PathBuf> {
        match &self.content {
            Content::Whole(_) => vec![],
            Content::Files { files, .. } => files.paths(),
        }
    }

    /// Returns the origins of all samples and their number, if they are known before the samples are read.
    #[doc(hidden)]
    pub fn expected(&self) -> Option<(Origins, usize)> {
        match &self.content {
            Content::Whole(part) => Some((part.origins.clone(), part.len())),
            Content::Files { files, .. } => Some((files.origins()?, files.count())),
        }
    }

    /// Calls `work` with the samples of some files after others, scaled; returns remarks for people, such as on files that were left out.
    ///
    /// # Errors
    /// If a file cannot be used, and is not to be left out, or `work` fails.
    ///
    /// # Panics
    /// If the statistics are of samples of another size.
    pub fn each<E: From<Error>>(
        self,
        normalization: &Normalization,
        mut work: impl FnMut(&Part) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        let (files, mut all_failed, damaged) = match self.content {
            Content::Whole(part) => {
                work(&part.scaled(normalization)?)?;
                return Ok(vec![]);
            }
            Content::Files { files, failed, damaged } => (files, failed, damaged),
        };
        let mut are_others = false;
        let at_once = files.at_once().max(1);
        for first in (0..files.count()).step_by(at_once) {
            let (read, failed) = files.read(first..(first + at_once).min(files.count()));
            all_failed.extend(failed);
            // The error says how many files cannot be used, so the others are looked at.
            let is_refused = !all_failed.is_empty() && damaged != Damaged::Skip;
            let part = Part::of(read, self.len);
            if !is_refused && !part.is_empty() {
                are_others = true;
                work(&part.scaled(normalization)?)?;
            }
        }
        let failed = damage::admitted(all_failed, are_others, damaged)?;
        Ok(Vec::from_iter(damage::left_out(&failed)))
    }

    /// Returns all samples at once, scaled.
    ///
    /// # Errors
    /// If a file cannot be used, and is not to be left out.
    ///
    /// # Panics
    /// If the statistics are of samples of another size.
    pub fn all(self, normalization: &Normalization) -> Result<Part, Error> {
        let mut all = Part::default();
        self.each(normalization, |part| all.append(part))?;
        Ok(all)
    }
}

/// Some of the samples to predict for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    numbers: Numbers,
    /// Numbers of a sample.
    len: usize,
    origins: Origins,
    affines: Vec<Affine>,
    /// The key of each sample, by which it is joined with samples of other files; empty if there are none.
    keys: Vec<String>,
}

impl Part {
    fn of(read: Read, len: usize) -> Part {
        let Read { numbers, origins, affines, keys, .. } = read;
        Part { numbers, len, origins, affines, keys }
    }

    /// Appends further samples of the same size, which are scaled as these are.
    #[doc(hidden)]
    pub fn append(&mut self, others: &Part) -> Result<(), Error> {
        self.len = others.len;
        self.numbers.as_mut()?.extend_from_slice(others.inputs());
        self.origins.append(others.origins.clone());
        self.affines.extend_from_slice(&others.affines);
        self.keys.extend_from_slice(&others.keys);
        Ok(())
    }

    /// Scales the numbers, which have 32 bits then.
    fn scaled(mut self, normalization: &Normalization) -> Result<Part, Error> {
        if !self.numbers.normalize(normalization) {
            normalization.apply(self.numbers.as_mut()?);
        }
        self.numbers.as_mut()?;
        Ok(self)
    }

    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        self.numbers.len() / self.len.max(1)
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.numbers.len() == 0
    }

    /// Returns the inputs, sample after sample.
    pub fn inputs(&self) -> &[f32] {
        match &self.numbers {
            Numbers::Single(numbers) => numbers,
            Numbers::Double { .. } | Numbers::Bytes(_) | Numbers::Streamed(_) => {
                unreachable!("they were scaled")
            }
        }
    }

    /// Returns the key of each sample: that of a table's line, or the name of a picture; empty if there are none.
    #[doc(hidden)]
    pub fn keys(&self) -> Vec<String> {
        match &self.origins {
            Origins::Files(files) if self.keys.is_empty() => {
                files.iter().map(|file| join::stem(file)).collect()
            }
            Origins::Unknown | Origins::Files(_) | Origins::Lines(_) | Origins::Slices(_) => {
                self.keys.clone()
            }
        }
    }

    /// Returns the place of each sample in the patient, if they are volumes of NIfTI.
    #[doc(hidden)]
    pub fn affines(&self) -> &[Affine] {
        &self.affines
    }

    /// Returns where the samples come from.
    #[doc(hidden)]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// Returns the lines that the samples stand in, for a table; empty for others.
    pub fn lines(&self) -> &[u64] {
        match &self.origins {
            Origins::Lines(lines) => lines,
            Origins::Unknown | Origins::Files(_) | Origins::Slices(_) => &[],
        }
    }

    /// Returns the file and the number of each sample in it, for slices of volumes and frames of scans; empty for others.
    pub fn slices(&self) -> &[(PathBuf, usize)] {
        match &self.origins {
            Origins::Slices(slices) => slices,
            Origins::Unknown | Origins::Files(_) | Origins::Lines(_) => &[],
        }
    }

    /// Returns the file of each sample, if each is one; empty for others.
    pub fn files(&self) -> &[PathBuf] {
        match &self.origins {
            Origins::Files(files) => files,
            Origins::Unknown | Origins::Lines(_) | Origins::Slices(_) => &[],
        }
    }
}

impl Origins {
    /// Appends the origins of further samples of the same kind.
    #[doc(hidden)]
    pub fn append(&mut self, others: Origins) {
        *self = match (std::mem::take(self), others) {
            (Origins::Unknown, others) => others,
            (all, Origins::Unknown) => all,
            (Origins::Lines(mut all), Origins::Lines(others)) => {
                all.extend(others);
                Origins::Lines(all)
            }
            (Origins::Files(mut all), Origins::Files(others)) => {
                all.extend(others);
                Origins::Files(all)
            }
            // Some files have several samples.
            (all, others) => Origins::Slices(all.in_files().chain(others.in_files()).collect()),
        };
    }

    /// Returns the file of each sample, and the number of the sample in it.
    fn in_files(self) -> impl Iterator<Item = (PathBuf, usize)> {
        let (files, slices) = match self {
            Origins::Files(files) => (files, vec![]),
            Origins::Slices(slices) => (vec![], slices),
            Origins::Unknown | Origins::Lines(_) => (vec![], vec![]),
        };
        files.into_iter().map(|file| (file, 0)).chain(slices)
    }
}

//! Data sets: samples in memory or streamed, from files that are checked against the network before any training.

mod about;
mod ahead;
#[cfg(feature = "arrays")]
mod arrays;
mod augmentable;
mod batches;
#[cfg(any(feature = "pictures", feature = "arrays"))]
mod cache;
mod damage;
#[cfg(feature = "dicom")]
mod dicom;
mod error;
mod fingerprint;
mod idx;
mod inputs;
mod join;
mod joined;
#[cfg(feature = "pictures")]
mod masks;
#[cfg(feature = "nifti")]
mod nifti;
mod numbers;
#[cfg(feature = "pictures")]
mod pictures;
#[cfg_attr(not(feature = "pictures"), expect(dead_code, reason = "only masks are streamed"))]
mod places;
mod read;
mod scaling;
#[cfg(any(feature = "dicom", feature = "nifti"))]
mod scans;
mod sight;
mod sources;
mod split;
#[cfg_attr(
    not(any(feature = "pictures", feature = "arrays")),
    expect(dead_code, reason = "only pictures and arrays are streamed")
)]
mod streamed;
#[doc(hidden)]
pub mod survey;
mod table;
mod targets;
mod weights;

pub use crate::samples::{SampleWeights, TargetsRef};
#[doc(hidden)]
pub use about::Origins;
pub use about::{About, Kind};
pub use batches::{Batch, Batches};
#[doc(hidden)]
pub use error::listed;
pub use error::{Error, Features, Place, Problem};
#[doc(hidden)]
pub use fingerprint::samples;
pub use inputs::{Inputs, Part};
pub use join::Unjoined;
#[doc(hidden)]
pub use join::places;
pub use places::Places;
#[doc(hidden)]
pub use read::Affine;
#[cfg(any(feature = "dicom", feature = "nifti"))]
pub use scans::Problem as ScanProblem;
pub use sight::{Scans, Volumes};

use crate::augment::Rows;
use crate::recipe::Loss;
use crate::samples;
use crate::weights::Normalization;
use joined::Joined;
use numbers::Numbers;
use std::borrow::Cow;
use std::ops::Range;

/// Description of the data that a network takes: its shapes, channels first, and its loss.
#[derive(Clone, Copy, Debug)]
pub struct Interface<'a> {
    /// The shape of one input, channels first.
    pub input: &'a [usize],
    /// The shape of one output, channels first.
    pub output: &'a [usize],
    /// The loss that compares the output with the targets.
    pub loss: Loss,
    /// True if the output is compared with the input, so that labels are neither needed nor read.
    pub to_input: bool,
}

impl Interface<'_> {
    /// Returns the number of elements of one input.
    pub fn inputs(&self) -> usize {
        self.input.iter().product()
    }

    /// Returns the number of elements of one output.
    pub fn outputs(&self) -> usize {
        self.output.iter().product()
    }
}

/// Samples with what is to be learned about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    shape: Vec<usize>,
    inputs: Numbers,
    targets: Targets,
    /// The length of a one-hot vector, if classes are compared as one.
    one_hot: Option<usize>,
    about: About,
    origins: Origins,
    /// The group of each sample, as a patient's; empty if there are none.
    groups: Vec<u32>,
    /// The rows of the table that each sample is made of, until missing values are replaced; empty if they do not matter.
    rows: Vec<usize>,
    notes: Vec<String>,
    /// The scaling of batches.
    later: Normalization,
    /// The samples of further inputs, and further targets, if there are any.
    joined: Option<Box<Joined>>,
}

/// The targets of the samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Classes, counted from 0: one for each sample, or one for each place of its output.
    Classes(Vec<u32>),
    /// Some numbers for each sample, sample after sample.
    Values(Vec<f32>),
    /// A class or a number for each place of each sample, which are read when they are needed.
    Streamed(Places),
    /// The samples themselves, as an autoencoder learns to make them again.
    Inputs,
}

impl Dataset {
    /// Creates a data set of samples of this shape, one after another and each with its channels first.
    ///
    /// # Errors
    /// If the inputs are no whole number of samples, or there are not as many targets.
    pub fn new(shape: &[usize], inputs: Vec<f32>, targets: Targets) -> Result<Dataset, Problem> {
        Dataset::of_numbers(shape, inputs.into(), targets)
    }

    fn of_numbers(shape: &[usize], inputs: Numbers, targets: Targets) -> Result<Dataset, Problem> {
        let len = shape.iter().product::<usize>();
        let numbers = inputs.len();
        let count = match &targets {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.len(),
            Targets::Streamed(places) => places.len(),
            Targets::Inputs => numbers,
        };
        let samples = numbers.checked_div(len).unwrap_or(0);
        let fits = match &targets {
            Targets::Inputs => true,
            Targets::Classes(_) | Targets::Values(_) | Targets::Streamed(_) => {
                (samples == 0 && count == 0) || (samples > 0 && count > 0 && count.is_multiple_of(samples))
            }
        };
        if len == 0 || !numbers.is_multiple_of(len) || !fits {
            return Err(Problem::Lengths { inputs: numbers, targets: count, len });
        }
        Ok(Dataset {
            shape: shape.to_vec(),
            inputs,
            targets,
            one_hot: None,
            about: About::default(),
            origins: Origins::Unknown,
            groups: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
            later: Normalization::default(),
            joined: None,
        })
    }

    /// Trains a network of `outputs` outputs, whose loss compares numbers, with 1 for a sample's class and 0 for
    /// others.
    #[must_use]
    pub fn one_hot(self, outputs: usize) -> Dataset {
        Dataset { one_hot: Some(outputs), ..self }
    }

    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        self.inputs.len() / self.sample_len()
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.inputs.len() == 0
    }

    /// Returns the shape of one sample, channels first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the number of elements of one sample.
    pub fn sample_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns true if the inputs are not in memory: they are read when they are needed.
    pub fn is_streamed(&self) -> bool {
        self.parts().any(|part| part.inputs.streamed().is_some())
    }

    /// Returns the inputs, sample after sample; they are copied where memory holds bytes, and read where they are
    /// [streamed](Dataset::is_streamed): [`read`](Dataset::read) takes memory for some only.
    ///
    /// # Panics
    /// If a sample is streamed and cannot be read any more.
    pub fn inputs(&self) -> Cow<'_, [f32]> {
        self.inputs.in_32_bits().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the inputs of the first `count` samples, or of all if there are fewer.
    #[doc(hidden)]
    pub fn first_inputs(&self, count: usize) -> Result<Vec<f32>, Error> {
        let mut inputs = vec![];
        let samples: Vec<u32> = (0..count.min(self.len()) as u32).collect();
        self.inputs.append(self.sample_len(), &samples, &mut inputs)?;
        Ok(inputs)
    }

    /// Returns the inputs, to change; from here on they are in memory.
    ///
    /// # Panics
    /// If a sample is streamed and cannot be read any more.
    pub fn inputs_mut(&mut self) -> &mut [f32] {
        self.inputs.as_mut().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Puts the scaled inputs of a range of samples in place of what `to` holds; of several inputs all samples of one stand before those
    /// of the next.
    ///
    /// # Errors
    /// If a sample is [streamed](Dataset::is_streamed) and cannot be read any more.
    pub fn read(&self, samples: Range<usize>, to: &mut Vec<f32>) -> Result<(), Error> {
        match self.beside() {
            [] => self.read_own(samples, to),
            _ => self.read_all(samples, to),
        }
    }

    /// Puts the scaled inputs of a range of samples in place of what `to` holds, of several inputs those of the first.
    ///
    /// # Errors
    /// As [`read`](Dataset::read).
    #[doc(hidden)]
    pub fn read_own(&self, samples: Range<usize>, to: &mut Vec<f32>) -> Result<(), Error> {
        to.clear();
        let samples: Vec<u32> = (samples.start as u32..samples.end as u32).collect();
        self.inputs.append(self.sample_len(), &samples, to)?;
        self.later.apply(to);
        Ok(())
    }

    /// Returns the targets, sample after sample, of several losses those of the first; `None` where outputs are compared with the inputs,
    /// and where targets are masks that are not in memory.
    pub fn targets(&self) -> Option<TargetsRef<'_>> {
        match &self.leading().targets {
            Targets::Classes(classes) => Some(TargetsRef::Classes(classes)),
            Targets::Values(values) => Some(TargetsRef::Values(values)),
            Targets::Streamed(_) | Targets::Inputs => None,
        }
    }

    /// Returns true if outputs are compared with the inputs, of several losses those of the first.
    #[doc(hidden)]
    pub fn is_of_inputs(&self) -> bool {
        match &self.joined {
            Some(joined) => joined.compares_first_with_input(),
            None => matches!(self.targets, Targets::Inputs),
        }
    }

    /// Returns true if targets are classes.
    pub(crate) fn is_of_classes(&self) -> bool {
        match &self.targets {
            Targets::Classes(_) => true,
            Targets::Streamed(places) => places.are_classes(),
            Targets::Values(_) | Targets::Inputs => false,
        }
    }

    /// Returns the targets of a range of samples, of several losses those of the first; `room` gives memory for those that are not in
    /// memory. `None` where outputs are compared with the inputs.
    ///
    /// # Errors
    /// If a mask cannot be read any more.
    #[doc(hidden)]
    pub fn targets_of<'a>(
        &'a self,
        samples: Range<usize>,
        room: &'a mut Rows,
    ) -> Result<Option<TargetsRef<'a>>, Error> {
        self.leading().own_targets_of(samples, room)
    }

    pub(super) fn own_targets_of<'a>(
        &'a self,
        samples: Range<usize>,
        room: &'a mut Rows,
    ) -> Result<Option<TargetsRef<'a>>, Error> {
        let all = match &self.targets {
            Targets::Classes(classes) => TargetsRef::Classes(classes),
            Targets::Values(values) => TargetsRef::Values(values),
            Targets::Streamed(places) => {
                let samples: Vec<u32> = (samples.start as u32..samples.end as u32).collect();
                places.read(&samples, &mut room.classes, &mut room.values)?;
                return Ok(Some(match places.are_classes() {
                    true => TargetsRef::Classes(&room.classes),
                    false => TargetsRef::Values(&room.values),
                }));
            }
            Targets::Inputs => return Ok(None),
        };
        Ok(Some(all.of_samples(samples, self.len())))
    }

    /// Returns the names of the classes, in their order, of several losses those of the first; empty if the data gives none.
    pub fn classes(&self) -> &[String] {
        &self.about.classes
    }

    /// Returns what the data says of itself, for networks that are trained with it.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Returns remarks for people, such as on files that were left out.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns the place of a sample in words: the file or the line that it is from, of several inputs the picture's.
    #[doc(hidden)]
    pub fn name(&self, sample: usize) -> String {
        self.pictures().origins.name(sample)
    }

    /// Keeps the first `count` samples.
    pub fn truncate(&mut self, count: usize) {
        let keep = count.min(self.len());
        self.keep(&(0..keep as u32).collect::<Vec<_>>());
    }

    /// Returns the length of the one-hot vectors that classes are compared as, if they are.
    pub(crate) fn one_hot_len(&self) -> Option<usize> {
        self.one_hot
    }

    /// Returns the number of elements of one sample's target, as they are kept.
    fn target_len(&self) -> usize {
        let count = match &self.targets {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.len(),
            Targets::Streamed(places) => places.len(),
            Targets::Inputs => return self.sample_len(),
        };
        count.checked_div(self.len()).unwrap_or(1)
    }

    fn copy(&self, samples: &[u32]) -> Dataset {
        let target_len = self.target_len();
        Dataset {
            shape: self.shape.clone(),
            inputs: self.inputs.copied(self.sample_len(), samples),
            targets: match &self.targets {
                Targets::Classes(classes) => Targets::Classes(copied(classes, target_len, samples)),
                Targets::Values(values) => Targets::Values(copied(values, target_len, samples)),
                Targets::Streamed(places) => Targets::Streamed(places.copied(samples)),
                Targets::Inputs => Targets::Inputs,
            },
            one_hot: self.one_hot,
            about: self.about.clone(),
            origins: self.origins.of(samples),
            groups: if self.groups.is_empty() { vec![] } else { copied(&self.groups, 1, samples) },
            rows: Vec::new(),
            notes: Vec::new(),
            later: self.later.clone(),
            joined: self.joined.as_ref().map(|joined| Box::new(joined.copy(samples))),
        }
    }

    /// Keeps these samples, which ascend, and moves them to the front: a second copy of all would be too much memory.
    fn keep(&mut self, samples: &[u32]) {
        if let Some(joined) = &mut self.joined {
            joined.keep(samples);
        }
        let target_len = self.target_len();
        let len = self.sample_len();
        self.inputs.keep(len, samples);
        match &mut self.targets {
            Targets::Classes(classes) => compact(classes, target_len, samples),
            Targets::Values(values) => compact(values, target_len, samples),
            Targets::Streamed(places) => *places = places.copied(samples),
            Targets::Inputs => {}
        }
        self.origins = self.origins.of(samples);
        if !self.groups.is_empty() {
            compact(&mut self.groups, 1, samples);
        }
    }
}

fn copied<T: Copy>(from: &[T], len: usize, rows: &[u32]) -> Vec<T> {
    let mut to = Vec::with_capacity(rows.len() * len);
    samples::gather(from, len, rows, &mut to);
    to
}

fn compact<T: Copy>(data: &mut Vec<T>, len: usize, rows: &[u32]) {
    for (to, &from) in rows.iter().enumerate() {
        let from = from as usize;
        data.copy_within(from * len..(from + 1) * len, to * len);
    }
    data.truncate(rows.len() * len);
}

#[cfg(test)]
mod tests;

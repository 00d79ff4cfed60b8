//! Data sets: samples in memory, from files that are checked against the network before any training.

mod augmentable;
mod batches;
mod csv;
mod error;
mod fingerprint;
mod idx;
mod image;
mod labels;
mod numbers;
mod scaling;
mod weights;

pub use crate::samples::{SampleWeights, TargetsRef};
pub use batches::{Batch, Batches};
pub use error::{Error, Place, Problem};
#[doc(hidden)]
pub use fingerprint::samples;

use crate::recipe::{Column, Loss, Source};
use crate::samples;
use crate::weights::Normalization;
use idx::Part;
use numbers::Numbers;
use std::path::Path;

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
    /// Names of the classes, if the data gives any.
    classes: Vec<String>,
    /// The names of a table's input columns; empty for images.
    columns: Vec<String>,
    /// The scaling of batches.
    later: Normalization,
}

/// The targets of the samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// A class for each sample, counted from 0.
    Classes(Vec<u32>),
    /// Some numbers for each sample, sample after sample.
    Values(Vec<f32>),
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
        let numbers = inputs.as_slice().len();
        let count = match &targets {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.len(),
            Targets::Inputs => numbers,
        };
        let samples = numbers.checked_div(len).unwrap_or(0);
        let fits = match &targets {
            Targets::Inputs => true,
            Targets::Classes(_) => count == samples,
            Targets::Values(_) => {
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
            classes: Vec::new(),
            columns: Vec::new(),
            later: Normalization::default(),
        })
    }

    /// Trains a network of `outputs` outputs, whose loss compares numbers, with 1 for a sample's class and 0 for
    /// others.
    #[must_use]
    pub fn one_hot(self, outputs: usize) -> Dataset {
        Dataset { one_hot: Some(outputs), ..self }
    }

    /// Loads the training samples; paths are relative to `root`.
    ///
    /// # Errors
    /// If a file is missing or damaged, or its samples do not fit the network.
    pub fn training(source: &Source, root: &Path, interface: &Interface<'_>) -> Result<Dataset, Error> {
        match *source {
            Source::Idx { path } => idx::load(&root.join(path), "train", Part::ALL, interface),
            Source::IdxPart { path, only, first } => {
                idx::load(&root.join(path), "train", Part { only, first }, interface)
            }
            Source::Csv { path, label } => csv::load(&root.join(path), label, interface),
        }
    }

    /// Loads the test samples: the data's own test set, or else those of `test`.
    ///
    /// # Errors
    /// If a file is missing or damaged, or its samples do not fit the network.
    pub fn testing(
        source: &Source,
        test: Option<&Source>,
        root: &Path,
        interface: &Interface<'_>,
    ) -> Result<Option<Dataset>, Error> {
        match (test, source) {
            (Some(Source::Csv { path, label }), _) => {
                csv::load(&root.join(path), *label, interface).map(Some)
            }
            (Some(Source::Idx { path }), _) | (None, Source::Idx { path }) => {
                idx::load(&root.join(path), "t10k", Part::ALL, interface).map(Some)
            }
            (Some(Source::IdxPart { path, only, .. }), _) | (None, Source::IdxPart { path, only, .. }) => {
                idx::load(&root.join(path), "t10k", Part { only, first: None }, interface).map(Some)
            }
            (None, Source::Csv { .. }) => Ok(None),
        }
    }

    /// Loads one image, or the lines of a table, with or without the targets' columns.
    ///
    /// # Errors
    /// If the file is missing or damaged, or does not fit the network.
    pub fn to_predict(file: &Path, source: &Source, interface: &Interface<'_>) -> Result<Inputs, Error> {
        let label = source.label().unwrap_or(Column::Last);
        if image::is_image(file) {
            image::load(file, interface)
        } else {
            csv::load_to_predict(file, label, interface)
        }
    }

    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        self.inputs().len() / self.sample_len()
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.inputs().is_empty()
    }

    /// Returns the shape of one sample, channels first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the number of elements of one sample.
    pub fn sample_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns the inputs, sample after sample.
    pub fn inputs(&self) -> &[f32] {
        self.inputs.as_slice()
    }

    /// Returns the inputs, to change.
    pub fn inputs_mut(&mut self) -> &mut [f32] {
        self.inputs.as_mut_slice()
    }

    /// Returns the targets, sample after sample.
    pub fn targets(&self) -> TargetsRef<'_> {
        match &self.targets {
            Targets::Classes(classes) => TargetsRef::Classes(classes),
            Targets::Values(values) => TargetsRef::Values(values),
            Targets::Inputs => TargetsRef::Values(self.inputs()),
        }
    }

    /// Returns true if outputs are compared with the inputs.
    pub(crate) fn is_its_own_target(&self) -> bool {
        self.targets == Targets::Inputs
    }

    /// Returns the names of the classes, in their order; empty if the data gives none.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Keeps the first `count` samples.
    pub fn truncate(&mut self, count: usize) {
        let keep = count.min(self.len());
        self.keep(&(0..keep as u32).collect::<Vec<_>>());
    }

    /// Divides the samples into those to train with and those held out, a `fraction` of all.
    ///
    /// Which are held out is a function of the seed and the number of samples; both parts keep the samples' order. Another
    /// number of samples leads to another division: [`samples()`] records which they were, and [`find`](Dataset::find) finds them.
    ///
    /// # Errors
    /// If one of the parts would be empty although samples are to be held out.
    pub fn split(mut self, fraction: f64, seed: u64) -> Result<(Dataset, Dataset), Problem> {
        let count = self.len();
        let training_samples = samples::split(count, fraction, seed);
        let (rest, held) = training_samples.map_err(|held| Problem::TooFew { samples: count, held })?;
        let held_out = self.copy(&held);
        self.keep(&rest);
        Ok((self, held_out))
    }

    /// Returns the length of the one-hot vectors that classes are compared as, if they are.
    pub(crate) fn one_hot_len(&self) -> Option<usize> {
        self.one_hot
    }

    /// Returns the number of elements of one sample's target, as they are kept.
    fn target_len(&self) -> usize {
        match &self.targets {
            Targets::Classes(_) => 1,
            Targets::Values(values) => values.len().checked_div(self.len()).unwrap_or(1),
            Targets::Inputs => self.sample_len(),
        }
    }

    fn copy(&self, samples: &[u32]) -> Dataset {
        Dataset {
            shape: self.shape.clone(),
            inputs: self.inputs.copied(self.sample_len(), samples),
            targets: match &self.targets {
                Targets::Classes(classes) => Targets::Classes(copied(classes, 1, samples)),
                Targets::Values(values) => Targets::Values(copied(values, self.target_len(), samples)),
                Targets::Inputs => Targets::Inputs,
            },
            one_hot: self.one_hot,
            classes: self.classes.clone(),
            columns: self.columns.clone(),
            later: self.later.clone(),
        }
    }

    /// Keeps these samples, which ascend, and moves them to the front: a second copy of all would be too much memory.
    fn keep(&mut self, samples: &[u32]) {
        let target_len = self.target_len();
        let len = self.sample_len();
        self.inputs.keep(len, samples);
        match &mut self.targets {
            Targets::Classes(classes) => compact(classes, 1, samples),
            Targets::Values(values) => compact(values, target_len, samples),
            Targets::Inputs => {}
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

/// Samples to predict for.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    numbers: Numbers,
    lines: Vec<u64>,
}

impl Inputs {
    /// Returns the numbers, sample after sample.
    pub fn inputs(&self) -> &[f32] {
        self.numbers.as_slice()
    }

    /// Returns the lines that the samples stand in, for a table; empty for an image.
    pub fn lines(&self) -> &[u64] {
        &self.lines
    }

    /// Scales all inputs.
    ///
    /// # Panics
    /// If the statistics are of samples of another size.
    pub fn normalize(&mut self, normalization: &Normalization) {
        self.numbers.normalize(normalization);
    }
}

#[cfg(test)]
mod tests;

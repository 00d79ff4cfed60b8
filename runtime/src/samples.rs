//! Samples in memory: which are held out, in what order the others are trained with, and what outputs are compared with.

mod split;

pub use crate::recipe::SampleWeights;
pub use split::{Indivisible, split};

use crate::rng;
use thiserror::Error;

/// The targets of a batch, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetsRef<'a> {
    /// A class for each sample, counted from 0.
    Classes(&'a [u32]),
    /// Some numbers for each sample, sample after sample.
    Values(&'a [f32]),
}

impl<'a> TargetsRef<'a> {
    /// Returns the classes.
    ///
    /// # Panics
    /// If the targets are numbers: data is checked when it is loaded.
    pub fn classes(self) -> &'a [u32] {
        match self {
            TargetsRef::Classes(classes) => classes,
            TargetsRef::Values(_) => {
                panic!("the network's loss compares classes, and the targets are numbers")
            }
        }
    }

    /// Returns the numbers, `N` per sample.
    ///
    /// # Panics
    /// If the targets are classes, or not `N` per sample.
    pub fn values<const N: usize>(self) -> &'a [[f32; N]] {
        match self {
            TargetsRef::Values(values) => rows(values),
            TargetsRef::Classes(_) => {
                panic!("the network's loss compares numbers, and the targets are classes")
            }
        }
    }
}

impl<'a> TargetsRef<'a> {
    /// Returns the targets of the samples in a range, where these are the targets of `of` samples.
    #[cfg(feature = "train")]
    #[doc(hidden)]
    pub fn of_samples(self, samples: std::ops::Range<usize>, of: usize) -> TargetsRef<'a> {
        let range = |len: usize| samples.start * (len / of)..samples.end * (len / of);
        match self {
            TargetsRef::Classes(classes) => TargetsRef::Classes(&classes[range(classes.len())]),
            TargetsRef::Values(values) => TargetsRef::Values(&values[range(values.len())]),
        }
    }
}

/// Returns numbers as rows of `N`.
///
/// # Panics
/// If a row is incomplete.
pub fn rows<const N: usize>(numbers: &[f32]) -> &[[f32; N]] {
    let (rows, rest) = numbers.as_chunks();
    assert!(rest.is_empty(), "{} numbers are no rows of {N}", numbers.len());
    rows
}

/// Returns how often each number occurs.
pub fn counts(numbers: &[u32]) -> Vec<usize> {
    let mut counts = vec![0; numbers.iter().max().map_or(0, |&most| most as usize + 1)];
    numbers.iter().for_each(|&number| counts[number as usize] += 1);
    counts
}

/// Returns the classes of values that are a 0 or 1, or a -1 or 1, for each of `count` samples; `None` if they are anything else.
pub fn yes_or_no(values: &[f32], count: usize) -> Option<Vec<u32>> {
    let is_sign = |value: &f32| [-1.0, 0.0, 1.0].contains(value);
    let fits = values.len() == count && values.iter().all(is_sign);
    fits.then(|| values.iter().map(|&value| u32::from(value > 0.0)).collect())
}

/// Order of an epoch's samples, some at a time. Its memory is taken once.
#[derive(Clone, Debug)]
pub struct Order {
    /// The samples, in their original order.
    samples: Vec<u32>,
    shuffled: Vec<u32>,
    /// The first that was not handed out yet.
    next: usize,
    size: usize,
    /// The fewest samples of a batch.
    least: usize,
}

impl Order {
    /// Returns the order of these samples, in batches of `size`; the last one of an epoch may be smaller.
    ///
    /// # Panics
    /// If the size is 0.
    pub fn new(samples: Vec<u32>, size: usize) -> Order {
        assert!(size > 0, "a batch has at least one sample");
        Order { shuffled: Vec::with_capacity(samples.len()), samples, next: 0, size, least: 1 }
    }

    /// Leaves no batch with fewer than `least` samples, one or two: a last batch of one takes a sample from the one before it.
    ///
    /// # Errors
    /// If the samples cannot be divided like this.
    pub fn at_least(self, least: usize) -> Result<Order, LoneSample> {
        let (samples, batch) = (self.len(), self.size);
        let rest = samples % batch;
        let is_small = (1..least).contains(&rest);
        if batch < least || (is_small && (samples < batch || batch + rest < 2 * least)) {
            return Err(LoneSample { samples, batch });
        }
        Ok(Order { least, ..self })
    }

    /// Returns the number of samples of a batch.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the number of samples of an epoch.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Returns the number of batches of an epoch.
    pub fn count(&self) -> usize {
        self.samples.len().div_ceil(self.size)
    }

    /// Begins an epoch. The order is a function of the seed, the epoch and the number of samples.
    pub fn shuffle(&mut self, seed: u64, epoch: usize) {
        self.shuffled.clone_from(&self.samples);
        rng::shuffle(seed, epoch as u64, &mut self.shuffled);
        self.next = 0;
    }

    /// Returns the next samples of the epoch; `None` at its end.
    #[allow(clippy::should_implement_trait, reason = "a batch borrows the order, as no iterator's item can")]
    pub fn next(&mut self) -> Option<&[u32]> {
        let (first, left) = (self.next, self.shuffled.len() - self.next);
        let leaves_too_few = left > self.size && left < self.size + self.least;
        self.next += if leaves_too_few { left - self.least } else { left.min(self.size) };
        (first < self.next).then(|| &self.shuffled[first..self.next])
    }

    /// Passes over the next `batches` batches of the epoch.
    pub fn skip(&mut self, batches: usize) {
        for _ in 0..batches {
            self.next();
        }
    }

    /// Returns true if the epoch has no more samples.
    pub fn is_done(&self) -> bool {
        self.next == self.shuffled.len()
    }
}

/// The last batch of an epoch would be a single sample, which has no variance for a batch norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a batch norm needs two samples in every batch, and {samples} in batches of {batch} leave one alone")]
#[non_exhaustive]
pub struct LoneSample {
    /// Samples to train with.
    pub samples: usize,
    /// Samples of a batch.
    pub batch: usize,
}

impl LoneSample {
    /// Returns advice that fixes the error.
    pub fn help(&self) -> String {
        match self {
            LoneSample { samples, batch } if samples >= batch => {
                format!("write `batch {}`, or train with one sample more or less", batch + 1)
            }
            LoneSample { .. } => "train with more samples".into(),
        }
    }
}

/// Puts copies of these rows, of `len` items each, in place of what `to` holds.
pub fn gather<T: Copy>(from: &[T], len: usize, rows: &[u32], to: &mut Vec<T>) {
    to.clear();
    for &row in rows {
        to.extend_from_slice(&from[row as usize * len..][..len]);
    }
}

/// Writes the one-hot vector of each class, `outputs` numbers long.
pub fn one_hot(classes: &[u32], outputs: usize, values: &mut Vec<f32>) {
    values.clear();
    values.resize(classes.len() * outputs, 0.0);
    for (row, &class) in values.chunks_exact_mut(outputs).zip(classes) {
        row[class as usize] = 1.0;
    }
}

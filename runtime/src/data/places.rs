//! Targets for each place of outputs that stay outside of memory: masks.

use super::Error;
use super::streamed::{self, Streamed};
use super::targets::in_memory;
use netwright_model::Hash;

/// Targets outside of memory: a class or a number for each place of an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    samples: Streamed,
    of_classes: bool,
}

impl Places {
    pub(super) fn new(samples: Streamed, of_classes: bool) -> Places {
        Places { samples, of_classes }
    }

    /// Returns true if they are classes.
    pub(super) fn are_classes(&self) -> bool {
        self.of_classes
    }

    /// Returns the number of places of all samples.
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Returns these samples of them.
    pub(super) fn copied(&self, samples: &[u32]) -> Places {
        Places { samples: self.samples.copied(samples), of_classes: self.of_classes }
    }

    /// Returns the hash of a sample's inputs and targets.
    pub(super) fn hash(&self, sample: usize) -> Hash {
        self.samples.hash(sample)
    }

    /// Returns a reader for one thread.
    pub(super) fn reader(&self) -> Reader {
        Reader { samples: self.samples.reader(), of_classes: self.of_classes, numbers: vec![] }
    }

    /// Puts the targets of these samples in place of what is there: classes, or else numbers.
    ///
    /// # Errors
    /// If a mask cannot be read any more.
    pub(super) fn read(
        &self,
        samples: &[u32],
        classes: &mut Vec<u32>,
        values: &mut Vec<f32>,
    ) -> Result<(), Error> {
        let mut numbers = vec![];
        self.samples.append(samples, &mut numbers)?;
        put(&numbers, self.of_classes, classes, values);
        Ok(())
    }

    /// Calls `work` with the numbers of some samples after others.
    ///
    /// # Errors
    /// If a mask cannot be read any more.
    pub(super) fn each(&self, work: impl FnMut(&[f32])) -> Result<(), Error> {
        self.samples.each(work)
    }
}

/// Reader of targets for one thread.
#[derive(Debug)]
pub(super) struct Reader {
    samples: streamed::Reader,
    of_classes: bool,
    numbers: Vec<f32>,
}

impl Reader {
    /// Puts the targets of these samples in place of what is there: classes, or else numbers.
    ///
    /// # Errors
    /// If a mask cannot be read any more.
    pub(super) fn read(
        &mut self,
        samples: &[u32],
        classes: &mut Vec<u32>,
        values: &mut Vec<f32>,
    ) -> Result<(), Error> {
        self.samples.read(samples, &mut self.numbers)?;
        put(&self.numbers, self.of_classes, classes, values);
        Ok(())
    }
}

fn put(numbers: &[f32], of_classes: bool, classes: &mut Vec<u32>, values: &mut Vec<f32>) {
    match of_classes {
        true => {
            classes.clear();
            classes.extend(numbers.iter().map(|&number| in_memory(f64::from(number))));
        }
        false => {
            values.clear();
            values.extend_from_slice(numbers);
        }
    }
}

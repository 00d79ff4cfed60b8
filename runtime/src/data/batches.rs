//! Samples in a new order each epoch, some at a time.

use super::{Dataset, TargetsRef};
use crate::rng;

/// Hands out a data set's samples, each once an epoch. Its memory is taken once.
#[derive(Debug)]
pub struct Batches<'a> {
    data: &'a Dataset,
    size: usize,
    order: Vec<u32>,
    next: usize,
    inputs: Vec<f32>,
    classes: Vec<u32>,
    values: Vec<f32>,
}

/// Some samples.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// How many.
    pub len: usize,
    /// Sample after sample.
    pub inputs: &'a [f32],
    /// Sample after sample.
    pub targets: TargetsRef<'a>,
}

impl<'a> Batches<'a> {
    /// Batches of `size` samples; the last one of an epoch may be smaller.
    ///
    /// # Panics
    /// If the size is 0.
    pub fn new(data: &'a Dataset, size: usize) -> Batches<'a> {
        assert!(size > 0, "a batch has at least one sample");
        let most = size.min(data.len());
        let (classes, values) = match data.targets() {
            TargetsRef::Classes(_) => (most, most * data.one_hot.unwrap_or(0)),
            TargetsRef::Values(_) => (0, most * data.target_len()),
        };
        Batches {
            data,
            size,
            order: Vec::with_capacity(data.len()),
            next: 0,
            inputs: Vec::with_capacity(most * data.sample_len()),
            classes: Vec::with_capacity(classes),
            values: Vec::with_capacity(values),
        }
    }

    /// How many batches an epoch has.
    pub fn count(&self) -> usize {
        self.data.len().div_ceil(self.size)
    }

    /// Begins an epoch. The order is a function of the seed, the epoch and the number of samples.
    pub fn shuffle(&mut self, seed: u64, epoch: usize) {
        self.order.clear();
        self.order.extend(0..self.data.len() as u32);
        rng::shuffle(seed, epoch as u64, &mut self.order);
        self.next = 0;
    }

    /// The next samples of the epoch; `None` at its end.
    #[allow(
        clippy::should_implement_trait,
        reason = "a batch borrows the buffers, as no iterator's item can"
    )]
    pub fn next(&mut self) -> Option<Batch<'_>> {
        let end = self.order.len().min(self.next + self.size);
        let rows = &self.order[self.next..end];
        if rows.is_empty() {
            return None;
        }
        gather(&self.data.inputs, self.data.sample_len(), rows, &mut self.inputs);
        let targets = match self.data.targets() {
            TargetsRef::Classes(classes) => {
                gather(classes, 1, rows, &mut self.classes);
                match self.data.one_hot {
                    None => TargetsRef::Classes(&self.classes),
                    Some(outputs) => {
                        one_hot(&self.classes, outputs, &mut self.values);
                        TargetsRef::Values(&self.values)
                    }
                }
            }
            TargetsRef::Values(values) => {
                gather(values, self.data.target_len(), rows, &mut self.values);
                TargetsRef::Values(&self.values)
            }
        };
        self.next = end;
        Some(Batch { len: rows.len(), inputs: &self.inputs, targets })
    }
}

fn gather<T: Copy>(from: &[T], len: usize, rows: &[u32], to: &mut Vec<T>) {
    to.clear();
    for &row in rows {
        to.extend_from_slice(&from[row as usize * len..][..len]);
    }
}

/// For each class, 1 in its place of `outputs` and 0 in the others.
pub(crate) fn one_hot(classes: &[u32], outputs: usize, values: &mut Vec<f32>) {
    values.clear();
    values.resize(classes.len() * outputs, 0.0);
    for (row, &class) in values.chunks_exact_mut(outputs).zip(classes) {
        row[class as usize] = 1.0;
    }
}

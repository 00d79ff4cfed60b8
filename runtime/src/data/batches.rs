//! Samples in a new order each epoch, some at a time.

use super::ahead::{Ahead, Preparation};
use super::joined::Gathered;
use super::streamed::Streamed;
use super::{Dataset, Error, SampleWeights, Targets, TargetsRef};
use crate::augment::{self, Augmentation, Augmenter, Rows};
use crate::parallel;
use crate::samples::{LoneSample, Order, gather, one_hot};
use crate::weights::Normalization;

/// Source of a data set's samples in batches, each sample once per epoch. Its memory is taken once.
#[derive(Debug)]
pub struct Batches<'a> {
    data: &'a Dataset,
    /// Samples that are not on their way yet.
    order: Order,
    /// The batch that was handed out last, with the seed and epoch of the next one.
    current: Rows,
    /// The threads that read and augment samples before they are handed out, where there is something to do.
    ahead: Option<Ahead>,
    /// The weight of each sample; empty if all are equal.
    weights: Vec<f32>,
    /// The weights of the samples handed out last.
    current_weights: Vec<f32>,
    /// The batches of further inputs, in the same order.
    beside: Vec<Batches<'a>>,
    /// The targets handed out last that no part has itself, one for each loss.
    further: Vec<Gathered>,
}

/// A batch of samples.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The number of samples.
    pub len: usize,
    /// The inputs, sample after sample; of several inputs those of the first.
    pub inputs: &'a [f32],
    /// The targets, sample after sample; of several losses those of the first.
    pub targets: TargetsRef<'a>,
    /// The weight of each sample; empty if all are equal.
    pub weights: &'a [f32],
    all: &'a Batches<'a>,
}

impl<'a> Batches<'a> {
    /// Creates batches of `size` samples; the last one of an epoch may be smaller.
    ///
    /// # Panics
    /// If the size is 0.
    pub fn new(data: &'a Dataset, size: usize) -> Batches<'a> {
        Batches {
            data,
            order: Order::new((0..data.len() as u32).collect(), size),
            current: Rows::default(),
            ahead: data.is_read_ahead().then(|| Ahead::new(parallel::readers(), || data.preparation())),
            weights: vec![],
            current_weights: vec![],
            beside: data.beside().iter().map(|part| Batches::new(part, size)).collect(),
            further: vec![],
        }
    }

    /// Sets the least number of samples of a batch, as [`Order::at_least`] does.
    ///
    /// # Errors
    /// If the samples cannot be divided like this.
    pub fn at_least(self, least: usize) -> Result<Batches<'a>, LoneSample> {
        let beside = self.beside.into_iter().map(|part| part.at_least(least)).collect::<Result<_, _>>()?;
        Ok(Batches { order: self.order.at_least(least)?, beside, ..self })
    }

    /// Hands out the samples' weights too.
    pub fn weighed(self, weights: SampleWeights) -> Batches<'a> {
        let weights = self.data.sample_weights(weights);
        let current_weights = Vec::with_capacity(if weights.is_empty() { 0 } else { self.order.size() });
        Batches { weights, current_weights, ..self }
    }

    /// Augments the samples before they are scaled, on other threads while the caller is busy with a batch.
    ///
    /// # Errors
    /// If the samples are none that can be augmented like this.
    pub fn augmented(self, augmentation: Augmentation) -> Result<Batches<'a>, augment::Error> {
        let threads = |data: &Dataset| {
            if data.is_read_ahead() { parallel::readers() } else { parallel::beside() }
        };
        if self.data.joined.is_none() {
            let threads = threads(self.data);
            return self.augmented_by(augmentation, threads);
        }
        // The same happens to all pictures of a sample; what is no picture stays as it is.
        let change = |batches: Batches<'a>| -> Result<Batches<'a>, augment::Error> {
            if batches.data.shape().len() != 3 {
                return Ok(batches);
            }
            let threads = threads(batches.data);
            let augmentation = batches.data.augmentation_of_part(augmentation);
            batches.augmented_by(augmentation, threads)
        };
        let mut batches = self;
        let beside = std::mem::take(&mut batches.beside);
        batches = change(batches)?;
        batches.beside = beside.into_iter().map(change).collect::<Result<_, _>>()?;
        Ok(batches)
    }

    /// Augments the samples by `threads` other threads.
    pub(crate) fn augmented_by(
        self,
        augmentation: Augmentation,
        threads: usize,
    ) -> Result<Batches<'a>, augment::Error> {
        if augmentation.is_none() {
            return Ok(self);
        }
        let shape = augmentation.check(self.data)?;
        let target_len = self.data.number_len();
        let augmenter = || Augmenter::new(augmentation, shape, target_len);
        let make = || Preparation { augmenter: Some(augmenter()), ..self.data.preparation() };
        Ok(Batches { ahead: Some(Ahead::new(threads, make)), ..self })
    }

    /// Returns the number of batches of an epoch.
    pub fn count(&self) -> usize {
        self.order.count()
    }

    /// Begins an epoch. The order is a function of the seed, the epoch and the number of samples.
    pub fn shuffle(&mut self, seed: u64, epoch: usize) {
        self.order.shuffle(seed, epoch);
        (self.current.seed, self.current.epoch) = (seed, epoch as u64);
        self.beside.iter_mut().for_each(|part| part.shuffle(seed, epoch));
        if let Some(ahead) = &mut self.ahead {
            ahead.clear();
        }
    }

    /// Passes over the next `batches` batches of an epoch that has just begun.
    pub fn skip(&mut self, batches: usize) {
        self.order.skip(batches);
        self.beside.iter_mut().for_each(|part| part.skip(batches));
    }

    /// Returns the next samples of the epoch; `None` at its end.
    ///
    /// # Errors
    /// If a sample is read from a file, and cannot be any more.
    #[allow(
        clippy::should_implement_trait,
        reason = "a batch borrows the buffers, as no iterator's item can"
    )]
    pub fn next(&mut self) -> Result<Option<Batch<'_>>, Error> {
        if !self.advance()? {
            return Ok(None);
        }
        // The order is a function of seed, epoch and number: it is the same for all parts.
        for part in &mut self.beside {
            part.advance()?;
        }
        if let Some(joined) = &self.data.joined {
            let mut further = std::mem::take(&mut self.further);
            joined.gather(self.data, &self.current.rows, |part| &self.part(part).current, &mut further);
            self.further = further;
        }
        if !self.weights.is_empty() {
            gather(&self.weights, 1, &self.current.rows, &mut self.current_weights);
        }
        Ok(Some(Batch {
            len: self.current.rows.len(),
            inputs: &self.current.inputs,
            targets: self.target(0),
            weights: &self.current_weights,
            all: self,
        }))
    }

    /// Makes the next samples the current ones; returns false if there are none.
    fn advance(&mut self) -> Result<bool, Error> {
        let (seed, epoch) = (self.current.seed, self.current.epoch);
        match &mut self.ahead {
            None => {
                let Some(rows) = self.order.next() else { return Ok(false) };
                self.data.gather(rows, &mut self.current)?;
                self.data.later.apply(&mut self.current.inputs);
            }
            Some(ahead) => {
                // The threads go on with what comes next while the caller uses what is taken here.
                while !self.order.is_done()
                    && let Some(mut batch) = ahead.free()
                    && let Some(rows) = self.order.next()
                {
                    // What is streamed is read by the threads.
                    match self.data.inputs.streamed().is_some() {
                        true => self.data.gather_targets(rows, &mut batch),
                        false => self.data.gather(rows, &mut batch)?,
                    }
                    (batch.seed, batch.epoch) = (seed, epoch);
                    ahead.give(batch);
                }
                return ahead.take(&mut self.current);
            }
        }
        Ok(true)
    }

    /// Returns the current targets of a loss.
    fn target(&self, loss: usize) -> TargetsRef<'_> {
        let own = |part: usize| &self.part(part).current;
        match &self.data.joined {
            None => self.data.targets_in(&self.current, &self.current.inputs),
            Some(joined) => joined.target(self.data, loss, own, |part| &own(part).inputs[..], &self.further),
        }
    }

    /// Returns the batches of an input.
    fn part(&self, part: usize) -> &Batches<'a> {
        if part == 0 { self } else { &self.beside[part - 1] }
    }
}

impl<'a> Batch<'a> {
    /// Returns the samples of the input of this number, sample after sample.
    ///
    /// # Panics
    /// If there is no such input.
    pub fn input(&self, input: usize) -> &'a [f32] {
        &self.all.part(input).current.inputs
    }

    /// Returns the targets of the loss of this number, sample after sample.
    ///
    /// # Panics
    /// If there is no such loss.
    pub fn target(&self, loss: usize) -> TargetsRef<'a> {
        self.all.target(loss)
    }
}

impl Dataset {
    /// Returns the targets of samples that were gathered, whose inputs `inputs` are.
    pub(super) fn targets_in<'b>(&self, gathered: &'b Rows, inputs: &'b [f32]) -> TargetsRef<'b> {
        match &self.targets {
            // Targets change as the inputs do.
            Targets::Inputs => TargetsRef::Values(inputs),
            Targets::Classes(_) if self.one_hot.is_none() => TargetsRef::Classes(&gathered.classes),
            Targets::Streamed(places) if places.are_classes() => TargetsRef::Classes(&gathered.classes),
            Targets::Classes(_) | Targets::Values(_) | Targets::Streamed(_) => {
                TargetsRef::Values(&gathered.values)
            }
        }
    }

    /// Returns the number of elements that a sample's output is compared with; 0 where that is one class, or
    /// the sample itself.
    #[doc(hidden)]
    pub fn number_len(&self) -> usize {
        match &self.targets {
            // One class for a sample is no number to be moved; one for each place is.
            Targets::Classes(classes) if classes.len() > self.len() => self.target_len(),
            Targets::Classes(_) => self.one_hot.unwrap_or(0),
            Targets::Values(_) | Targets::Streamed(_) => self.target_len(),
            Targets::Inputs => 0,
        }
    }

    /// Returns true if threads read inputs or targets of batches.
    fn is_read_ahead(&self) -> bool {
        self.inputs.streamed().is_some() || matches!(self.targets, Targets::Streamed(_))
    }

    /// Returns what there is to do for each batch but for augmentation.
    fn preparation(&self) -> Preparation {
        let reader = self.inputs.streamed().map(Streamed::reader);
        let targets = match &self.targets {
            Targets::Streamed(places) => Some(places.reader()),
            Targets::Classes(_) | Targets::Values(_) | Targets::Inputs => None,
        };
        Preparation { reader, targets, augmenter: None, normalization: self.later.clone() }
    }

    /// Copies these samples with their targets, in the form that losses take.
    ///
    /// # Errors
    /// If a sample cannot be read.
    #[doc(hidden)]
    pub fn gather(&self, rows: &[u32], to: &mut Rows) -> Result<(), Error> {
        to.inputs.clear();
        self.inputs.append(self.sample_len(), rows, &mut to.inputs)?;
        self.gather_targets(rows, to);
        Ok(())
    }

    /// Copies the targets of these samples.
    pub(super) fn gather_targets(&self, rows: &[u32], to: &mut Rows) {
        to.rows.clear();
        to.rows.extend_from_slice(rows);
        match &self.targets {
            Targets::Classes(classes) => {
                gather(classes, self.target_len(), rows, &mut to.classes);
                if let Some(outputs) = self.one_hot {
                    one_hot(&to.classes, outputs, &mut to.values);
                }
            }
            Targets::Values(values) => gather(values, self.target_len(), rows, &mut to.values),
            // Threads read them.
            Targets::Streamed(_) | Targets::Inputs => {}
        }
    }
}

impl Dataset {
    /// Returns the data with features in place of inputs: `len` numbers each, which `work` computes from at
    /// most `size` samples at a time.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(crate) fn with_features(
        &self,
        size: usize,
        len: usize,
        mut work: impl FnMut(&[f32], &mut [f32]),
    ) -> Result<Dataset, Error> {
        let rows: Vec<u32> = (0..self.len() as u32).collect();
        let (mut batch, mut features) = (Rows::default(), vec![0.0; self.len() * len]);
        for (rows, features) in rows.chunks(size).zip(features.chunks_mut(size * len)) {
            self.gather(rows, &mut batch)?;
            self.later.apply(&mut batch.inputs);
            work(&batch.inputs, features);
        }
        Ok(Dataset {
            shape: vec![len],
            inputs: features.into(),
            targets: self.targets.clone(),
            one_hot: self.one_hot,
            about: self.about.clone(),
            origins: self.origins.clone(),
            groups: self.groups.clone(),
            rows: Vec::new(),
            notes: Vec::new(),
            later: Normalization::default(),
            joined: None,
        })
    }
}

//! Training: the loop, and the pieces that it is made of.

#[cfg(feature = "train")]
mod assess;
mod best;
#[cfg(feature = "train")]
mod board;
#[cfg(feature = "train")]
mod columns;
mod error;
#[cfg(feature = "train")]
mod features;
#[cfg(feature = "train")]
mod json;
mod log;
mod program;
mod resumable;
mod run;
#[cfg(feature = "train")]
mod terminal;

pub use crate::recipe::{
    Answer, Answers, Arrays, Cache, Channels, Column, Compared, Damaged, Dicom, EarlyStop, Fit, Header,
    HeldOut, Joint, Loss, Missing, Nifti, Part, Pictures, Plane, Pointwise, RateError, Recipe, Rename, Save,
    Scaling, Source, Start, Table, Watch,
};
pub use crate::samples::{SampleWeights, TargetsRef};
#[cfg(feature = "stress")]
#[doc(hidden)]
pub use assess::assess_changed;
#[cfg(feature = "train")]
#[doc(hidden)]
pub use assess::{Assessment, Piece, assess, assess_with};
#[cfg(feature = "train")]
pub use assess::{evaluate, measure};
use best::Best;
#[cfg(feature = "train")]
pub use board::TensorBoard;
#[cfg(feature = "train")]
#[doc(hidden)]
pub use columns::Columns;
pub use error::Error;
#[cfg(feature = "train")]
#[doc(hidden)]
pub use features::{Featured, features};
#[cfg(feature = "train")]
pub use json::JsonLines;
#[cfg(feature = "train")]
#[doc(hidden)]
pub use json::is_log;
pub use log::{Epoch, Log};
#[doc(hidden)]
pub use program::{check_classes, score, split};
pub use resumable::Resumable;
#[doc(hidden)]
pub use run::{Moment, Run, Saver, State};
#[cfg(feature = "train")]
pub use terminal::Terminal;

#[cfg(feature = "train")]
use crate::data::{Batches, Dataset};
use crate::storage::Parameters;

/// A network's training step with its memory.
///
/// Generated trainers implement it; a type of your own may, too.
pub trait Trainer: Resumable {
    /// The learned parameters.
    type Params: Parameters + Clone;
    /// The fewest samples of a step: 2 where a batch norm would have a single number to take its statistics of.
    const LEAST: usize = 1;
    /// Starts from these parameters; `seed` is that of dropout.
    fn new(params: Self::Params, seed: u64) -> Self;
    /// Runs one step; returns the batch's mean loss before it, with penalties.
    ///
    /// Inputs are sample after sample, channels first; there are at most as many as the recipe's `batch`.
    fn step(&mut self, inputs: &[f32], targets: TargetsRef<'_>, rate: f32) -> f32;
    /// Runs a step with a weight for each sample; none if all weights are equal. A trainer whose recipe has
    /// equal weights ignores them.
    fn step_weighed(&mut self, inputs: &[f32], targets: TargetsRef<'_>, _weights: &[f32], rate: f32) -> f32 {
        self.step(inputs, targets, rate)
    }
    /// Updates with what steps have gathered since the last update, if there is anything: at the end of an epoch, by a recipe
    /// that accumulates gradients. Others update in every step.
    fn finish(&mut self, _rate: f32) {}
    /// Returns the parameters to predict with and to keep: their average by a recipe that has one, or else
    /// the parameters.
    fn result(&self) -> &Self::Params {
        self.params()
    }
    /// Returns the parameters as they are now.
    fn params(&self) -> &Self::Params;
    /// Returns the parameters, to be changed from outside.
    fn params_mut(&mut self) -> &mut Self::Params;
}

/// A network that predicts.
///
/// Generated models implement it; a type of your own may, too.
pub trait Predict {
    /// The learned parameters.
    type Params: Parameters + Clone;
    /// Numbers of one output; of several outputs, of all of them.
    const OUTPUT: usize;
    /// Prepares these parameters for prediction.
    fn new(params: Self::Params) -> Self;
    /// Computes the outputs for any number of inputs, both sample after sample and channels first. Of several inputs or outputs, all samples
    /// of one stand before those of the next.
    fn predict(&self, inputs: &[f32], outputs: &mut [f32]);
    /// Computes the outputs, and the logits they are made from if training computes the loss from those;
    /// `logits` is left empty if the loss compares the outputs themselves. Of several outputs, each has as many numbers there as outputs.
    fn predict_with_logits(&self, inputs: &[f32], outputs: &mut [f32], logits: &mut Vec<f32>) {
        logits.clear();
        self.predict(inputs, outputs);
    }
}

/// The result of a training.
#[derive(Clone, Debug)]
pub struct Trained<P> {
    /// The best ones if the recipe stops early, the last ones otherwise.
    pub params: P,
    /// The number of epochs run.
    pub epochs: usize,
    /// The epoch of the parameters, counted from 1, if they are the best; `None` if they are the last.
    pub best: Option<usize>,
}

#[cfg(feature = "train")]
/// Trains a network by a recipe on `training`, and watches it on `held_out`, which may be empty.
///
/// The result is a function of recipe, parameters and data: it does not depend on the number of threads.
///
/// # Errors
/// If the samples cannot be read or augmented as the recipe says, nothing can be learned at its rates, or the loss becomes NaN or infinite.
pub fn train<T: Trainer, M: Predict<Params = T::Params>>(
    recipe: &Recipe,
    params: T::Params,
    training: &Dataset,
    held_out: &Dataset,
    log: &mut dyn Log,
) -> Result<Trained<T::Params>, Error> {
    let mut batches = Batches::new(training, recipe.batch)
        .at_least(T::LEAST)?
        .weighed(recipe.weights)
        .augmented(recipe.augment)?;
    let mut run = Run::new(recipe, batches.count(), &params, log)?;
    let mut trainer = T::new(params, recipe.seed);
    run.resume(&mut trainer)?;
    while run.begins_epoch(recipe.epochs) {
        batches.shuffle(recipe.seed, run.epoch());
        batches.skip(run.batches());
        while let Some(batch) = batches.next()? {
            let loss = trainer.step_weighed(batch.inputs, batch.targets, batch.weights, run.rate());
            run.end_step(loss, batch.len, &trainer)?;
        }
        trainer.finish(run.last_rate());
        let watched = measure::<M>(trainer.result(), held_out, recipe)?;
        run.end_epoch(watched, training.len(), trainer.result(), &trainer)?;
    }
    Ok(run.finish(trainer.result()))
}

/// Parts numbers of several inputs or outputs: of each, those of all samples.
///
/// # Panics
/// If there are fewer numbers.
#[doc(hidden)]
pub fn parted<const N: usize>(mut numbers: &[f32], samples: usize, sizes: [usize; N]) -> [&[f32]; N] {
    sizes.map(|size| {
        let (part, rest) = numbers.split_at(samples * size);
        numbers = rest;
        part
    })
}

/// Like [`parted`], of numbers that are written.
///
/// # Panics
/// If there are fewer numbers.
#[doc(hidden)]
pub fn parted_mut<const N: usize>(
    mut numbers: &mut [f32],
    samples: usize,
    sizes: [usize; N],
) -> [&mut [f32]; N] {
    sizes.map(|size| {
        let (part, rest) = std::mem::take(&mut numbers).split_at_mut(samples * size);
        numbers = rest;
        part
    })
}

/// Returns the outputs for `count` inputs, sample after sample.
pub fn predict<M: Predict>(model: &M, inputs: &[f32], count: usize) -> Vec<f32> {
    let mut outputs = vec![0.0; count * M::OUTPUT];
    model.predict(inputs, &mut outputs);
    outputs
}

#[cfg(all(test, feature = "train"))]
mod tests;

//! Training: the loop, and the pieces that it is made of.

mod best;
mod error;
mod features;
mod json;
mod log;
mod recipe;
#[cfg(test)]
pub(crate) mod testing;

pub use crate::schedule::Watch;
pub use best::Best;
pub use error::Error;
pub use features::{Featured, features};
pub use json::JsonLines;
pub(crate) use json::is_log;
pub use log::{Epoch, Log, Terminal};
pub(crate) use recipe::Answers;
pub use recipe::{Column, EarlyStop, Loss, Recipe, Scaling, Source, Start};

use crate::data::{Batches, Dataset, TargetsRef};
use crate::metrics::{Evaluation, Mean, Measure, Measured};
use crate::schedule::Plateau;
use crate::storage::Parameters;
use std::time::Instant;

/// A network's training step with its memory.
pub trait Trainer {
    /// What it learns.
    type Params: Parameters + Clone;
    /// Starts from these parameters; `seed` is that of dropout.
    fn new(params: Self::Params, seed: u64) -> Self;
    /// One step; returns the batch's mean loss before it, with penalties.
    ///
    /// Inputs are sample after sample, channels first; there are at most as many as the recipe's `batch`.
    fn step(&mut self, inputs: &[f32], targets: TargetsRef<'_>, rate: f32) -> f32;
    /// The same for samples with weights, of which there are none where all count the same. What is trained with all the same
    /// pays no heed to them.
    fn step_weighed(&mut self, inputs: &[f32], targets: TargetsRef<'_>, _weights: &[f32], rate: f32) -> f32 {
        self.step(inputs, targets, rate)
    }
    /// Updates with what steps have gathered since the last update, if there is anything: at the end of an epoch, by a recipe
    /// that accumulates gradients. Others update in every step.
    fn finish(&mut self, _rate: f32) {}
    /// The parameters to predict with and to keep: their average by a recipe that has one, or else the parameters.
    fn result(&self) -> &Self::Params {
        self.params()
    }
    /// The parameters as they are now.
    fn params(&self) -> &Self::Params;
    /// The parameters, to be changed from outside.
    fn params_mut(&mut self) -> &mut Self::Params;
}

/// A network that predicts.
pub trait Predict {
    /// What it has learned.
    type Params: Parameters + Clone;
    /// Numbers of one output.
    const OUTPUT: usize;
    /// Prepares these parameters for prediction.
    fn new(params: Self::Params) -> Self;
    /// The outputs for any number of inputs, both sample after sample and channels first.
    fn predict(&mut self, inputs: &[f32], outputs: &mut [f32]);
}

/// What a training has led to.
#[derive(Clone, Debug)]
pub struct Trained<P> {
    /// The best ones if the recipe stops early, the last ones otherwise.
    pub params: P,
    /// How many epochs there were.
    pub epochs: usize,
    /// The epoch of the parameters, counted from 1.
    pub best: usize,
}

/// Trains a network by a recipe on `training`, and watches it on `held_out`, which may be empty.
///
/// The result is a function of recipe, parameters and data: it does not depend on the number of threads.
///
/// # Errors
/// If the samples cannot be augmented as the recipe says, or the loss is no number any more.
pub fn train<T: Trainer, M: Predict<Params = T::Params>>(
    recipe: &Recipe,
    params: T::Params,
    training: &Dataset,
    held_out: &Dataset,
    log: &mut dyn Log,
) -> Result<Trained<T::Params>, Error> {
    let mut best = Best::new(recipe.stop, &params);
    let mut plateau = Plateau::new(&recipe.schedule);
    let mut trainer = T::new(params, recipe.seed);
    let mut batches =
        Batches::new(training, recipe.batch).weighed(recipe.weights).augmented(recipe.augment)?;
    let steps = batches.count();
    let mut step = 0;
    let mut epoch = 0;
    let mut stop = false;
    while epoch < recipe.epochs && !stop {
        epoch += 1;
        let start = Instant::now();
        let (mut mean, mut rate) = (Mean::default(), 0.0);
        log.begin(epoch, recipe.epochs, steps);
        batches.shuffle(recipe.seed, epoch);
        while let Some(batch) = batches.next() {
            rate = recipe.rate(step, steps) * plateau.factor();
            let loss = trainer.step_weighed(batch.inputs, batch.targets, batch.weights, rate);
            if !loss.is_finite() {
                return Err(Error::Diverged { epoch, step, loss, rate });
            }
            mean.add(loss, batch.len);
            step += 1;
            log.step(mean.value());
        }
        trainer.finish(rate);
        let seconds = start.elapsed().as_secs_f64();
        let watched = measure::<M>(trainer.result(), held_out, recipe);
        stop = best.update(epoch, watched.as_ref(), trainer.result());
        plateau.update(watched.as_ref());
        log.end(&Epoch {
            epoch,
            epochs: recipe.epochs,
            loss: mean.value(),
            held_out: watched,
            samples: training.len(),
            seconds,
            best: best.epoch(),
        });
    }
    Ok(best.finish(trainer.result(), epoch))
}

/// Compares a network's outputs for a data set with its targets; `None` if it holds no samples.
pub fn evaluate<M: Predict>(params: &M::Params, data: &Dataset, loss: Loss) -> Option<Evaluation> {
    if data.is_empty() {
        return None;
    }
    let outputs = predict(&mut M::new(params.clone()), data.inputs(), data.len());
    Some(evaluation(loss, &outputs, data))
}

/// The same, with what the recipe's `metrics` ask for.
pub fn measure<M: Predict>(params: &M::Params, data: &Dataset, recipe: &Recipe) -> Option<Measured> {
    if data.is_empty() {
        return None;
    }
    let outputs = predict(&mut M::new(params.clone()), data.inputs(), data.len());
    Some(measured(recipe, &outputs, data))
}

/// What outputs for samples are worth, of which there are some.
pub(crate) fn measured(recipe: &Recipe, outputs: &[f32], data: &Dataset) -> Measured {
    let mut measure = Measure::new(recipe.metrics, recipe.loss);
    measure.add(outputs, data.targets());
    Measured { evaluation: evaluation(recipe.loss, outputs, data), scores: measure.finish() }
}

fn evaluation(loss: Loss, outputs: &[f32], data: &Dataset) -> Evaluation {
    let evaluation = Evaluation::new(loss, outputs, data.targets());
    // What resembles its input is not right or wrong.
    let accuracy = evaluation.accuracy.filter(|_| !data.is_its_own_target());
    Evaluation { accuracy, ..evaluation }
}

/// The outputs for `count` inputs, sample after sample.
pub fn predict<M: Predict>(model: &mut M, inputs: &[f32], count: usize) -> Vec<f32> {
    let mut outputs = vec![0.0; count * M::OUTPUT];
    model.predict(inputs, &mut outputs);
    outputs
}

#[cfg(test)]
mod tests;

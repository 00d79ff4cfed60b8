//! Training: the loop, and the pieces that it is made of.

mod best;
mod error;
#[cfg(feature = "train")]
mod features;
#[cfg(feature = "train")]
mod json;
mod log;
mod program;
#[cfg(feature = "train")]
mod terminal;
#[cfg(all(test, feature = "train"))]
pub(crate) mod testing;

pub use crate::recipe::{
    Answers, Arrays, Cache, Channels, Column, Damaged, Dicom, EarlyStop, Fit, Header, HeldOut, Loss, Missing,
    Nifti, Pictures, Plane, Pointwise, RateError, Recipe, Rename, Scaling, Source, Start, Table, Watch,
};
pub use crate::samples::{SampleWeights, TargetsRef};
#[doc(hidden)]
pub use best::Best;
pub use error::Error;
#[cfg(feature = "train")]
#[doc(hidden)]
pub use features::{Featured, features};
#[cfg(feature = "train")]
pub use json::JsonLines;
#[cfg(feature = "train")]
pub(crate) use json::is_log;
pub use log::{Epoch, Log};
#[doc(hidden)]
pub use program::{check_classes, score, split};
#[cfg(feature = "train")]
pub use terminal::Terminal;

#[cfg(feature = "train")]
use crate::data::{self, Batches, Dataset};
#[cfg(feature = "train")]
use crate::metrics::{Evaluation, Evaluator, Mean, Measure, Measured, Metrics, count_nan};
#[cfg(feature = "train")]
use crate::schedule::Plateau;
use crate::storage::Parameters;
#[cfg(feature = "train")]
use std::time::Instant;

/// A network's training step with its memory.
///
/// Generated trainers implement it; a type of your own may, too.
pub trait Trainer {
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
    /// Numbers of one output.
    const OUTPUT: usize;
    /// Prepares these parameters for prediction.
    fn new(params: Self::Params) -> Self;
    /// Computes the outputs for any number of inputs, both sample after sample and channels first.
    fn predict(&self, inputs: &[f32], outputs: &mut [f32]);
    /// Computes the outputs, and the logits they are made from if training computes the loss from those;
    /// `logits` is left empty if the loss compares the outputs themselves.
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
    let mut best = Best::new(recipe.stop, &params);
    let mut plateau = Plateau::new(&recipe.schedule);
    let mut trainer = T::new(params, recipe.seed);
    let mut batches = Batches::new(training, recipe.batch)
        .at_least(T::LEAST)?
        .weighed(recipe.weights)
        .augmented(recipe.augment)?;
    let steps = batches.count();
    recipe.check_rates(steps)?;
    let mut step = 0;
    let mut epoch = 0;
    let mut stop = false;
    while epoch < recipe.epochs && !stop {
        epoch += 1;
        let start = Instant::now();
        let (mut mean, mut rate) = (Mean::default(), 0.0);
        log.begin(epoch, recipe.epochs, steps);
        batches.shuffle(recipe.seed, epoch);
        while let Some(batch) = batches.next()? {
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
        let watched = measure::<M>(trainer.result(), held_out, recipe)?;
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

#[cfg(feature = "train")]
/// Compares a network's outputs for a data set with its targets; `None` if it holds no samples.
///
/// The loss is computed from what training computes it from, logits or outputs, and is NaN where these are.
///
/// # Errors
/// If a sample is [streamed](Dataset::is_streamed) and cannot be read any more.
pub fn evaluate<M: Predict>(
    params: &M::Params,
    data: &Dataset,
    loss: Loss,
) -> Result<Option<Evaluation>, data::Error> {
    let measured = assess(&M::new(params.clone()), data, loss, Metrics::NONE, |_, _| {})?;
    Ok(measured.map(|measured| measured.evaluation))
}

#[cfg(feature = "train")]
/// Like [`evaluate`], with the metrics of the recipe.
///
/// # Errors
/// If a sample is [streamed](Dataset::is_streamed) and cannot be read any more.
pub fn measure<M: Predict>(
    params: &M::Params,
    data: &Dataset,
    recipe: &Recipe,
) -> Result<Option<Measured>, data::Error> {
    assess(&M::new(params.clone()), data, recipe.loss, recipe.metrics, |_, _| {})
}

#[cfg(feature = "train")]
/// Numbers of the outputs that are in memory at once, beside those of [`SAMPLES_AT_ONCE`] samples.
const NUMBERS_AT_ONCE: usize = 1 << 22;
#[cfg(feature = "train")]
/// Samples that are predicted together at least, so that every thread has some.
const SAMPLES_AT_ONCE: usize = 64;

#[cfg(feature = "train")]
/// Measures the outputs for a data set a part at a time, and hands them to `show`.
pub(crate) fn assess<M: Predict>(
    model: &M,
    data: &Dataset,
    loss: Loss,
    metrics: Metrics,
    mut show: impl FnMut(&[f32], TargetsRef<'_>),
) -> Result<Option<Measured>, data::Error> {
    let mut assessment = Assessment::new(loss, metrics);
    assess_with(model, data, |outputs, logits, targets| {
        assessment.add(outputs, logits, targets, M::OUTPUT);
        show(outputs, targets);
    })?;
    Ok(assessment.finish(data.is_of_inputs()))
}

#[cfg(feature = "train")]
/// Hands the outputs for a data set a part at a time to `show`, with the logits they are made from and the targets.
pub(crate) fn assess_with<M: Predict>(
    model: &M,
    data: &Dataset,
    mut show: impl FnMut(&[f32], &[f32], TargetsRef<'_>),
) -> Result<(), data::Error> {
    if data.is_empty() {
        return Ok(());
    }
    let (mut outputs, mut logits, mut piece_logits) = (Vec::new(), Vec::new(), Vec::new());
    // Sums are those of parts, whose length must not depend on where samples are.
    let part = (NUMBERS_AT_ONCE / M::OUTPUT).max(SAMPLES_AT_ONCE).min(data.len());
    // Inputs that are targets, too, are needed for the whole part; then they are no larger than the outputs.
    let at_once = match data.is_streamed() && !data.is_of_inputs() {
        true => (NUMBERS_AT_ONCE / data.sample_len()).max(SAMPLES_AT_ONCE).min(part),
        false => part,
    };
    let (mut first, mut inputs, mut room) = (0, Vec::new(), crate::augment::Rows::default());
    while first < data.len() {
        let count = part.min(data.len() - first);
        outputs.resize(count * M::OUTPUT, 0.0);
        logits.clear();
        for (piece, outputs) in outputs.chunks_mut(at_once * M::OUTPUT).enumerate() {
            let begin = first + piece * at_once;
            data.read(begin..begin + outputs.len() / M::OUTPUT, &mut inputs)?;
            model.predict_with_logits(&inputs, outputs, &mut piece_logits);
            logits.extend_from_slice(&piece_logits);
        }
        let targets = data.targets_of(first..first + count, &mut room)?;
        let targets = targets.unwrap_or(TargetsRef::Values(&inputs));
        show(&outputs, &logits, targets);
        first += count;
    }
    Ok(())
}

#[cfg(feature = "train")]
/// Measurements of outputs that come in parts.
pub(crate) struct Assessment {
    evaluator: Evaluator,
    measure: Measure,
    samples: usize,
    nan_samples: usize,
}

#[cfg(feature = "train")]
impl Assessment {
    /// Measures nothing yet.
    pub(crate) fn new(loss: Loss, metrics: Metrics) -> Assessment {
        let (evaluator, measure) = (Evaluator::new(loss), Measure::new(metrics, loss));
        Assessment { evaluator, measure, samples: 0, nan_samples: 0 }
    }

    /// Adds outputs, `len` numbers for each sample.
    pub(crate) fn add(&mut self, outputs: &[f32], logits: &[f32], targets: TargetsRef<'_>, len: usize) {
        self.evaluator.add_samples(outputs, logits, targets, len);
        self.measure.add(outputs, targets);
        self.samples += outputs.len() / len;
        self.nan_samples += count_nan(outputs, len);
    }

    /// Returns what was measured; `None` if there were no samples. An output that resembles its input (`to_input`) is not right or
    /// wrong.
    pub(crate) fn finish(self, to_input: bool) -> Option<Measured> {
        let Assessment { evaluator, measure, samples, nan_samples } = self;
        if samples == 0 {
            return None;
        }
        let evaluation = evaluator.finish();
        let accuracy = evaluation.accuracy.filter(|_| !to_input);
        let evaluation = Evaluation { accuracy, ..evaluation };
        Some(Measured { evaluation, scores: measure.finish(), samples, nan_samples })
    }
}

/// Returns the outputs for `count` inputs, sample after sample.
pub fn predict<M: Predict>(model: &M, inputs: &[f32], count: usize) -> Vec<f32> {
    let mut outputs = vec![0.0; count * M::OUTPUT];
    model.predict(inputs, &mut outputs);
    outputs
}

#[cfg(all(test, feature = "train"))]
mod tests;

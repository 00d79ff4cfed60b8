//! Measuring a network on data sets.

use super::{Loss, Predict, Recipe, TargetsRef};
use crate::augment::Rows;
use crate::data::{self, Dataset};
use crate::metrics::{Evaluation, Evaluator, Measure, Measured, Metrics, count_nan};
use crate::recipe::Joint;

/// Compares a network's outputs for a data set with its targets; `None` if it holds no samples.
///
/// The loss is computed from what training computes it from, logits or outputs, and is NaN where these are. Of several losses it is the
/// weighted sum, and the accuracy is that of the first.
///
/// # Errors
/// If a sample is [streamed](Dataset::is_streamed) and cannot be read any more.
pub fn evaluate<M: Predict>(
    params: &M::Params,
    data: &Dataset,
    loss: Loss,
) -> Result<Option<Evaluation>, data::Error> {
    let measured = assess(&M::new(params.clone()), data, loss, Metrics::NONE, |_| {})?;
    Ok(measured.map(|measured| measured.evaluation))
}

/// Like [`evaluate`], with the metrics of the recipe.
///
/// # Errors
/// If a sample is [streamed](Dataset::is_streamed) and cannot be read any more.
pub fn measure<M: Predict>(
    params: &M::Params,
    data: &Dataset,
    recipe: &Recipe,
) -> Result<Option<Measured>, data::Error> {
    assess(&M::new(params.clone()), data, recipe.loss, recipe.metrics, |_| {})
}

/// Numbers of the outputs that are in memory at once, beside those of [`SAMPLES_AT_ONCE`] samples.
const NUMBERS_AT_ONCE: usize = 1 << 22;
/// Samples that are predicted together at least, so that every thread has some.
const SAMPLES_AT_ONCE: usize = 64;

/// Outputs of some samples that a loss compares.
pub struct Piece<'a> {
    /// The outputs, sample after sample.
    pub outputs: &'a [f32],
    /// The logits that the outputs are made from, if the loss is computed from these.
    pub logits: &'a [f32],
    /// The targets of the samples.
    pub targets: TargetsRef<'a>,
    /// The number of numbers of an output.
    pub len: usize,
}

/// Measures the outputs for a data set a part at a time, and hands what each loss compares to `show`.
pub fn assess<M: Predict>(
    model: &M,
    data: &Dataset,
    loss: Loss,
    metrics: Metrics,
    mut show: impl FnMut(&[Piece<'_>]),
) -> Result<Option<Measured>, data::Error> {
    let mut assessment = Assessment::new(loss, metrics, data.joint());
    assess_with(model, data, |pieces| {
        assessment.add(pieces);
        show(pieces);
    })?;
    Ok(assessment.finish(data.is_of_inputs()))
}

/// Measures the outputs for a data set of one input, whose samples `change` may change before; it gets the number of the first one.
#[cfg(feature = "stress")]
pub fn assess_changed<M: Predict>(
    model: &M,
    data: &Dataset,
    (loss, metrics): (Loss, Metrics),
    change: impl FnMut(usize, &mut [f32]),
) -> Result<Option<Measured>, data::Error> {
    let mut assessment = Assessment::new(loss, metrics, None);
    if !data.is_empty() {
        of_one(model, data, change, |pieces| assessment.add(pieces))?;
    }
    Ok(assessment.finish(data.is_of_inputs()))
}

/// Hands what each loss compares for a data set a part at a time to `show`.
pub fn assess_with<M: Predict>(
    model: &M,
    data: &Dataset,
    show: impl FnMut(&[Piece<'_>]),
) -> Result<(), data::Error> {
    match data.joint() {
        _ if data.is_empty() => Ok(()),
        None => of_one(model, data, |_, _| (), show),
        Some(joint) => of_several(model, data, joint, show),
    }
}

fn of_one<M: Predict>(
    model: &M,
    data: &Dataset,
    mut change: impl FnMut(usize, &mut [f32]),
    mut show: impl FnMut(&[Piece<'_>]),
) -> Result<(), data::Error> {
    let (mut outputs, mut logits, mut piece_logits) = (Vec::new(), Vec::new(), Vec::new());
    // Sums are those of parts, whose length must not depend on where samples are.
    let part = (NUMBERS_AT_ONCE / M::OUTPUT).max(SAMPLES_AT_ONCE).min(data.len());
    // Inputs that are targets, too, are needed for the whole part; then they are no larger than the outputs.
    let at_once = match data.is_streamed() && !data.is_of_inputs() {
        true => (NUMBERS_AT_ONCE / data.sample_len()).max(SAMPLES_AT_ONCE).min(part),
        false => part,
    };
    let (mut first, mut inputs, mut room) = (0, Vec::new(), Rows::default());
    while first < data.len() {
        let count = part.min(data.len() - first);
        outputs.resize(count * M::OUTPUT, 0.0);
        logits.clear();
        for (piece, outputs) in outputs.chunks_mut(at_once * M::OUTPUT).enumerate() {
            let begin = first + piece * at_once;
            data.read(begin..begin + outputs.len() / M::OUTPUT, &mut inputs)?;
            change(begin, &mut inputs);
            model.predict_with_logits(&inputs, outputs, &mut piece_logits);
            logits.extend_from_slice(&piece_logits);
        }
        let targets = data.targets_of(first..first + count, &mut room)?;
        let targets = targets.unwrap_or(TargetsRef::Values(&inputs));
        show(&[Piece { outputs: &outputs, logits: &logits, targets, len: M::OUTPUT }]);
        first += count;
    }
    Ok(())
}

/// The same for a network with several inputs, outputs or losses.
fn of_several<M: Predict>(
    model: &M,
    data: &Dataset,
    joint: &'static Joint,
    mut show: impl FnMut(&[Piece<'_>]),
) -> Result<(), data::Error> {
    let part = (NUMBERS_AT_ONCE / M::OUTPUT.max(joint.input_len())).max(SAMPLES_AT_ONCE).min(data.len());
    let (mut outputs, mut logits, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    let mut first = 0;
    while first < data.len() {
        let count = part.min(data.len() - first);
        outputs.resize(count * M::OUTPUT, 0.0);
        data.read(first..first + count, &mut inputs)?;
        model.predict_with_logits(&inputs, &mut outputs, &mut logits);
        data.with_targets(first..first + count, &inputs, |targets| {
            let pieces = joint.measured().iter().zip(targets).map(|(loss, targets)| Piece {
                outputs: joint.output(loss.output, &outputs, count),
                logits: if loss.logits { joint.output(loss.output, &logits, count) } else { &[] },
                targets: *targets,
                len: joint.output_len(loss.output),
            });
            show(&pieces.collect::<Vec<_>>());
        });
        first += count;
    }
    Ok(())
}

/// Measurements of outputs that come in parts.
pub struct Assessment {
    evaluator: Evaluator,
    measure: Measure,
    /// The weight of the first loss, and the others with theirs.
    weight: f64,
    others: Vec<(f64, Evaluator)>,
    samples: usize,
    nan_samples: usize,
}

impl Assessment {
    /// Measures nothing yet.
    pub fn new(loss: Loss, metrics: Metrics, joint: Option<&Joint>) -> Assessment {
        let (evaluator, measure) = (Evaluator::new(loss), Measure::new(metrics, loss));
        let losses = joint.map_or(&[][..], Joint::measured);
        let weight = losses.first().map_or(1.0, |loss| loss.weight);
        let others = losses.iter().skip(1).map(|other| (other.weight, Evaluator::new(other.loss))).collect();
        Assessment { evaluator, measure, weight, others, samples: 0, nan_samples: 0 }
    }

    /// Adds what each loss compares.
    pub fn add(&mut self, pieces: &[Piece<'_>]) {
        let [first, others @ ..] = pieces else { return };
        let &Piece { outputs, logits, targets, len } = first;
        self.evaluator.add_samples(outputs, logits, targets, len);
        self.measure.add(outputs, targets);
        self.samples += outputs.len() / len;
        self.nan_samples += count_nan(outputs, len);
        for ((_, evaluator), piece) in self.others.iter_mut().zip(others) {
            evaluator.add_samples(piece.outputs, piece.logits, piece.targets, piece.len);
        }
    }

    /// Returns what was measured; `None` if there were no samples. An output that resembles its input (`to_input`) is not right or
    /// wrong.
    pub fn finish(self, to_input: bool) -> Option<Measured> {
        let Assessment { evaluator, measure, weight, others, samples, nan_samples } = self;
        if samples == 0 {
            return None;
        }
        let Evaluation { loss, accuracy } = evaluator.finish();
        let others = others.iter().map(|(weight, evaluator)| weight * evaluator.finish().loss);
        let loss = others.fold(weight * loss, |sum, loss| sum + loss);
        let evaluation = Evaluation { loss, accuracy: accuracy.filter(|_| !to_input) };
        Some(Measured { evaluation, scores: measure.finish(), samples, nan_samples })
    }
}

//! Losses and accuracy of outputs, in 64 bits. Losses are means, with PyTorch's definitions.

use super::rows::{self, Classes};
use super::{class_of, width};
use crate::kernels::loss::{Overlap, measure};
use crate::recipe::{Answers, Loss};
use crate::samples::{TargetsRef, one_hot};
use std::borrow::Cow;
use std::fmt;

/// The least logarithm of a probability, as in PyTorch: a wrong certainty costs much, but not everything. It is only for
/// probabilities of which no logits are known.
const LEAST_LOG: f64 = -100.0;

/// Returns the logarithm of a probability, at least [`LEAST_LOG`]; NaN of NaN.
pub(super) fn log(p: f64) -> f64 {
    let log = p.ln();
    if log < LEAST_LOG { LEAST_LOG } else { log }
}

/// Loss and accuracy of a network's outputs for a data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss, without penalties; NaN where outputs are.
    pub loss: f64,
    /// The share of samples, or of yes-or-no answers, that is right; `None` where outputs are just numbers. NaN is never
    /// right.
    pub accuracy: Option<f64>,
}

impl Evaluation {
    /// Compares outputs, sample after sample, with their targets.
    ///
    /// # Panics
    /// If there are no targets, or the outputs are not a whole number for each.
    pub fn new(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Evaluation {
        let mut evaluator = Evaluator::new(loss);
        evaluator.add(outputs, &[], targets);
        evaluator.finish()
    }

    /// Compares outputs of a shape, sample after sample and each with its channels first, with their targets; classes may
    /// be those of pixels. The loss is computed from `logits` as in [`Evaluator::add`].
    ///
    /// # Panics
    /// As [`Evaluation::new`].
    pub fn of_shape(
        loss: Loss,
        shape: &[usize],
        outputs: &[f32],
        logits: &[f32],
        targets: TargetsRef<'_>,
    ) -> Evaluation {
        let mut evaluator = Evaluator::new(loss);
        evaluator.add_samples(outputs, logits, targets, shape.iter().product());
        evaluator.finish()
    }
}

/// Returns the numbers of a place side by side, as those of a sample.
fn channels_last<'a>(shape: &[usize], numbers: &'a [f32]) -> Cow<'a, [f32]> {
    let (channels, pixels) = (shape[0], shape[1..].iter().product::<usize>());
    if pixels == 1 {
        return Cow::Borrowed(numbers);
    }
    let places = (0..numbers.len()).map(|i| {
        let (sample, place) = (i / (channels * pixels), i % (channels * pixels));
        numbers[sample * channels * pixels + place % channels * pixels + place / channels]
    });
    Cow::Owned(places.collect())
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {:.4}", self.loss)?;
        match self.accuracy {
            Some(share) => write!(f, ", accuracy {:.2}%", 100.0 * share),
            None => Ok(()),
        }
    }
}

/// Sums of losses and right answers over parts of a data set.
#[derive(Clone, Copy, Debug)]
pub struct Evaluator {
    loss: Loss,
    sum: Sum,
    right: usize,
    answers: usize,
}

/// A sum of losses and the weight of its terms.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) loss: f64,
    pub(super) weight: f64,
}

impl Evaluator {
    /// Returns an evaluator of outputs that this loss compares, before the first.
    pub fn new(loss: Loss) -> Evaluator {
        Evaluator { loss, sum: Sum::default(), right: 0, answers: 0 }
    }

    /// Adds outputs, sample after sample, with their targets.
    ///
    /// Where the loss is one of logits in training, `logits` are those that the outputs were made from: the logarithm of a
    /// rounded probability is not the loss. They are empty where the loss compares the outputs themselves.
    ///
    /// # Panics
    /// If there are no targets, or the outputs are not a whole number for each.
    pub fn add(&mut self, outputs: &[f32], logits: &[f32], targets: TargetsRef<'_>) {
        let (loss, compared) = match self.loss.of_logits() {
            Some(of_logits) if !logits.is_empty() => (of_logits, logits),
            _ => (self.loss, outputs),
        };
        let sum = sum(loss, compared, targets);
        self.sum.loss += sum.loss;
        self.sum.weight += sum.weight;
        let (right, answers) = right(self.loss, outputs, targets);
        self.right += right;
        self.answers += answers;
    }

    /// Adds outputs of `len` numbers, sample after sample and each with its channels first; classes may be those of places.
    #[doc(hidden)]
    pub fn add_samples(&mut self, outputs: &[f32], logits: &[f32], targets: TargetsRef<'_>, len: usize) {
        let places = match targets {
            TargetsRef::Classes(classes) => classes.len() / (outputs.len() / len),
            TargetsRef::Values(_) => 1,
        };
        let shape = [len / places, places];
        self.add(&channels_last(&shape, outputs), &channels_last(&shape, logits), targets);
    }

    /// Returns the means over all that was added.
    pub fn finish(&self) -> Evaluation {
        Evaluation { loss: self.sum.mean(), accuracy: share(self.right, self.answers) }
    }
}

impl Sum {
    /// Returns the mean; 0 where nothing counts, as in training.
    fn mean(self) -> f64 {
        if self.weight == 0.0 { 0.0 * self.loss } else { self.loss / self.weight }
    }
}

/// Returns the sum of the losses of outputs, which are logits where the loss says so.
fn sum(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Sum {
    match (loss, targets) {
        (Loss::CrossEntropy { logits }, TargetsRef::Classes(classes)) => {
            width(outputs.len(), classes.len());
            Classes { logits, weights: &[], smoothing: 0.0 }.of_classes(outputs, classes, None)
        }
        (Loss::WeightedCrossEntropy { logits, weights, smoothing, ignore }, TargetsRef::Classes(classes)) => {
            width(outputs.len(), classes.len());
            Classes { logits, weights, smoothing }.of_classes(outputs, classes, ignore)
        }
        (_, TargetsRef::Values(values)) => of_values(loss, outputs, values),
        (_, TargetsRef::Classes(classes)) => {
            let mut values = Vec::new();
            one_hot(classes, width(outputs.len(), classes.len()), &mut values);
            of_values(loss, outputs, &values)
        }
    }
}

/// Returns the sum of a loss that compares with numbers.
fn of_values(loss: Loss, outputs: &[f32], values: &[f32]) -> Sum {
    assert!(!values.is_empty() && outputs.len() == values.len(), "an output for each target");
    match loss {
        Loss::Each(of) => Sum { loss: measure(of, outputs, values), weight: values.len() as f64 },
        Loss::SoftCrossEntropy { logits, classes, weights, smoothing } => {
            Classes { logits, weights, smoothing }.of_shares(outputs, values, classes)
        }
        Loss::KlDivergence { logits, classes } => rows::kl_divergence(outputs, values, classes, logits),
        Loss::Cosine { outputs: width } => rows::cosine(outputs, values, width),
        Loss::Overlap { places, alpha, beta, smooth } => {
            rows::overlap(Overlap { alpha, beta, smooth }, outputs, values, places)
        }
        Loss::CrossEntropy { .. } | Loss::WeightedCrossEntropy { .. } => {
            panic!("`cross_entropy` compares classes")
        }
    }
}

/// Returns the mean of `-ln p` of the right class, from probabilities or logits.
pub fn cross_entropy(outputs: &[f32], classes: &[u32], logits: bool) -> f64 {
    sum(Loss::CrossEntropy { logits }, outputs, TargetsRef::Classes(classes)).mean()
}

/// Returns the mean of `-(t ln p + (1 - t) ln(1 - p))` over all elements, from probabilities or logits.
pub fn binary_cross_entropy(outputs: &[f32], targets: &[f32], logits: bool) -> f64 {
    of_values(Loss::binary_cross_entropy(logits), outputs, targets).mean()
}

/// Returns the mean of squared differences over all elements.
pub fn mse(outputs: &[f32], targets: &[f32]) -> f64 {
    of_values(Loss::MSE, outputs, targets).mean()
}

/// Returns the share of right answers: classes by the largest output, yes-or-no answers by which side of 1/2
/// they are on. `None` for other numbers, or if there is no answer to count. NaN is never right.
pub fn accuracy(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Option<f64> {
    let (right, answers) = right(loss, outputs, targets);
    share(right, answers)
}

/// Returns the number of right answers, and the number of answers.
fn right(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> (usize, usize) {
    match (loss.answers(), targets) {
        (_, TargetsRef::Classes(classes)) => {
            let rows = outputs.chunks_exact(width(outputs.len(), classes.len()));
            let counted = rows.zip(classes).filter(|(_, class)| !loss.ignores(**class));
            count(counted.map(|(row, &class)| class_of(row) == Some(class as usize)))
        }
        (Answers::Classes { .. }, TargetsRef::Values(shares)) => {
            let Some(width) = loss.classes() else { return (0, 0) };
            let rows = outputs.chunks_exact(width).zip(shares.chunks_exact(width));
            count(
                rows.map(|(row, shares)| class_of(row).is_some_and(|class| Some(class) == class_of(shares))),
            )
        }
        (Answers::YesOrNo { border, .. }, TargetsRef::Values(values)) => {
            count(outputs.iter().zip(values).map(|(&x, &t)| !x.is_nan() && (x > border) == (t > 0.5)))
        }
        _ => (0, 0),
    }
}

fn count(answers: impl Iterator<Item = bool>) -> (usize, usize) {
    answers.fold((0, 0), |(right, count), answer| (right + usize::from(answer), count + 1))
}

fn share(right: usize, answers: usize) -> Option<f64> {
    (answers > 0).then(|| right as f64 / answers as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, want: f64) {
        assert!((found - want).abs() < 1e-6, "{found} is not {want}");
    }

    #[test]
    fn losses_are_their_definitions() {
        let probabilities = [0.7, 0.2, 0.1, 0.25, 0.25, 0.5];
        let want = -(0.7f64.ln() + 0.5f64.ln()) / 2.0;
        close(cross_entropy(&probabilities, &[0, 2], false), want);
        let logits = probabilities.map(|p: f32| p.ln() + 80.0);
        assert!((cross_entropy(&logits, &[0, 2], true) - want).abs() < 1e-5);
        let want = -(0.8f64.ln() + 0.9f64.ln() + 0.25 * 0.3f64.ln() + 0.75 * 0.7f64.ln()) / 3.0;
        close(binary_cross_entropy(&[0.8, 0.1, 0.3], &[1.0, 0.0, 0.25], false), want);
        let logits = [0.8f32, 0.1, 0.3].map(|p| (p / (1.0 - p)).ln());
        close(binary_cross_entropy(&logits, &[1.0, 0.0, 0.25], true), want);
        close(mse(&[1.0, 2.0, 3.0, 4.0], &[1.0, 0.0, 3.0, 3.0]), 1.25);
    }

    #[test]
    fn certainty_costs_no_infinity() {
        assert_eq!(cross_entropy(&[0.0, 1.0], &[0], false), 100.0);
        assert_eq!(binary_cross_entropy(&[1.0, 0.0], &[0.0, 1.0], false), 100.0);
        assert_eq!(binary_cross_entropy(&[1.0, 0.0], &[1.0, 0.0], false), 0.0);
        assert_eq!(binary_cross_entropy(&[1e4, -1e4], &[1.0, 1.0], true), 5e3);
        close(cross_entropy(&[1e4, -1e4], &[1], true), 2e4);
    }

    const CE: Loss = Loss::CrossEntropy { logits: false };
    const BCE: Loss = Loss::binary_cross_entropy(false);

    #[test]
    fn accuracy_counts_right_answers() {
        let outputs = [0.1, 0.6, 0.3, 0.5, 0.5, 0.0, 0.2, 0.2, 0.6];
        assert_eq!(accuracy(CE, &outputs, TargetsRef::Classes(&[1, 0, 1])), Some(2.0 / 3.0));
        let answers = TargetsRef::Values(&[1.0, 0.0, 1.0, 0.0]);
        assert_eq!(accuracy(BCE, &[0.6, 0.5, 0.4, 0.1], answers), Some(0.75));
        let logits = Loss::binary_cross_entropy(true);
        assert_eq!(accuracy(logits, &[0.6, 0.5, 0.4, -0.1], answers), Some(0.75));
        assert_eq!(accuracy(Loss::MSE, &[0.6, 0.5, 0.4, 0.1], answers), None);
    }

    #[test]
    fn classes_are_compared_as_numbers_where_the_loss_wants_them() {
        let outputs = [0.5, 0.5, 0.0, 1.0];
        let evaluation = Evaluation::new(Loss::MSE, &outputs, TargetsRef::Classes(&[0, 1]));
        assert_eq!(evaluation, Evaluation { loss: 0.125, accuracy: Some(1.0) });
        assert_eq!(evaluation.to_string(), "loss 0.1250, accuracy 100.00%");
        assert_eq!(Evaluation { accuracy: None, ..evaluation }.to_string(), "loss 0.1250");
    }

    #[test]
    fn classes_of_pixels_are_compared_pixel_by_pixel() {
        // Two samples of two classes and three pixels.
        let outputs = [0.9, 0.2, 0.6, 0.1, 0.8, 0.4, 0.3, 0.5, 1.0, 0.7, 0.5, 0.0];
        let classes = TargetsRef::Classes(&[0, 1, 1, 1, 0, 0]);
        let evaluation = Evaluation::of_shape(CE, &[2, 1, 3], &outputs, &[], classes);
        let right = [0.9f64, 0.8, 0.4, 0.7, 0.5, 1.0];
        close(evaluation.loss, -right.iter().map(|p| p.ln()).sum::<f64>() / 6.0);
        assert_eq!(evaluation.accuracy, Some(5.0 / 6.0));
        let numbers = TargetsRef::Values(&outputs);
        assert_eq!(Evaluation::of_shape(Loss::MSE, &[2, 1, 3], &outputs, &[], numbers).loss, 0.0);
    }
}

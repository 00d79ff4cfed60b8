//! Losses and accuracy of outputs, in 64 bits. Losses are means, with PyTorch's definitions.

use super::rows::{self, Classes};
use super::{class_of, log_sum_exp, width};
use crate::kernels::loss::{
    BinaryCrossEntropy, Elementwise, Focal, Hinge, Huber, Mae, Overlap, PoissonNll, SmoothL1,
};
use crate::samples::{TargetsRef, one_hot};
use crate::train::{Answers, Loss};
use std::fmt;

/// The logarithm of a probability is no less, as PyTorch has it: a wrong certainty costs much, but not everything.
pub(super) const LEAST_LOG: f64 = -100.0;

/// What a network's outputs for a data set are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss, without penalties.
    pub loss: f64,
    /// The share of samples, or of yes-or-no answers, that is right; `None` where outputs are just numbers.
    pub accuracy: Option<f64>,
}

impl Evaluation {
    /// Compares outputs of a shape, sample after sample and each with its channels first, with their targets; classes may
    /// be those of pixels.
    ///
    /// # Panics
    /// As [`Evaluation::new`].
    pub fn of_shape(loss: Loss, shape: &[usize], outputs: &[f32], targets: TargetsRef<'_>) -> Evaluation {
        let pixels: usize = shape[1..].iter().product();
        if pixels == 1 || matches!(targets, TargetsRef::Values(_)) {
            return Evaluation::new(loss, outputs, targets);
        }
        // The classes' numbers of a pixel side by side, as those of a sample.
        let places = (0..outputs.len()).map(|i| {
            let (sample, place) = (i / (shape[0] * pixels), i % (shape[0] * pixels));
            outputs[sample * shape[0] * pixels + place % shape[0] * pixels + place / shape[0]]
        });
        Evaluation::new(loss, &places.collect::<Vec<f32>>(), targets)
    }

    /// Compares outputs, sample after sample, with their targets.
    ///
    /// # Panics
    /// If there are no targets, or the outputs are not a whole number for each.
    pub fn new(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Evaluation {
        let mean = match (loss, targets) {
            (Loss::CrossEntropy { logits }, TargetsRef::Classes(classes)) => {
                cross_entropy(outputs, classes, logits)
            }
            (
                Loss::WeightedCrossEntropy { logits, weights, smoothing, ignore },
                TargetsRef::Classes(classes),
            ) => {
                width(outputs.len(), classes.len());
                Classes { logits, weights, smoothing }.of_classes(outputs, classes, ignore)
            }
            (_, TargetsRef::Values(values)) => of_values(loss, outputs, values),
            (_, TargetsRef::Classes(classes)) => {
                let mut values = Vec::new();
                one_hot(classes, width(outputs.len(), classes.len()), &mut values);
                let evaluation = Evaluation::new(loss, outputs, TargetsRef::Values(&values));
                return Evaluation { accuracy: accuracy(loss, outputs, targets), ..evaluation };
            }
        };
        Evaluation { loss: mean, accuracy: accuracy(loss, outputs, targets) }
    }
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

/// The mean of a loss that compares with numbers.
fn of_values(loss: Loss, outputs: &[f32], values: &[f32]) -> f64 {
    match loss {
        Loss::Mse => mse(outputs, values),
        Loss::Mae => elementwise(Mae, outputs, values),
        Loss::Huber { delta } => elementwise(Huber { delta }, outputs, values),
        Loss::SmoothL1 { beta } => elementwise(SmoothL1 { beta }, outputs, values),
        Loss::Hinge => elementwise(Hinge, outputs, values),
        Loss::PoissonNll { log_input, full, eps } => {
            elementwise(PoissonNll { log_input, full, eps }, outputs, values)
        }
        Loss::BinaryCrossEntropy { logits, pos_weight } => {
            elementwise(BinaryCrossEntropy { logits, pos_weight }, outputs, values)
        }
        Loss::Focal { logits, gamma, alpha } => elementwise(Focal { logits, gamma, alpha }, outputs, values),
        Loss::SoftCrossEntropy { logits, classes, weights, smoothing } => {
            alike(outputs, values);
            Classes { logits, weights, smoothing }.of_shares(outputs, values, classes)
        }
        Loss::KlDivergence { logits, classes } => {
            alike(outputs, values);
            rows::kl_divergence(outputs, values, classes, logits)
        }
        Loss::Cosine { outputs: width } => {
            alike(outputs, values);
            rows::cosine(outputs, values, width)
        }
        Loss::Overlap { places, alpha, beta, smooth } => {
            alike(outputs, values);
            rows::overlap(Overlap { alpha, beta, smooth }, outputs, values, places)
        }
        Loss::CrossEntropy { .. } | Loss::WeightedCrossEntropy { .. } => {
            panic!("`cross_entropy` compares classes")
        }
    }
}

fn alike(outputs: &[f32], targets: &[f32]) {
    assert!(!targets.is_empty() && outputs.len() == targets.len(), "an output for each target");
}

fn elementwise(loss: impl Elementwise, outputs: &[f32], targets: &[f32]) -> f64 {
    mean(outputs, targets, |y, t| loss.loss(y, t))
}

/// The mean of `-ln p` of the right class, from probabilities or logits.
pub fn cross_entropy(outputs: &[f32], classes: &[u32], logits: bool) -> f64 {
    let width = width(outputs.len(), classes.len());
    let sum: f64 = outputs
        .chunks_exact(width)
        .zip(classes)
        .map(|(row, &class)| {
            let right = f64::from(row[class as usize]);
            if logits { log_sum_exp(row) - right } else { -right.ln().max(LEAST_LOG) }
        })
        .sum();
    sum / classes.len() as f64
}

/// The mean of `-(t ln p + (1 - t) ln(1 - p))` over all elements, from probabilities or logits.
pub fn binary_cross_entropy(outputs: &[f32], targets: &[f32], logits: bool) -> f64 {
    elementwise(BinaryCrossEntropy { logits, pos_weight: 1.0 }, outputs, targets)
}

/// The mean of squared differences over all elements.
pub fn mse(outputs: &[f32], targets: &[f32]) -> f64 {
    mean(outputs, targets, |x, t| (x - t).powi(2))
}

/// The share of right answers: classes by the largest output, yes-or-no answers by which side of 1/2 they are on.
/// `None` for other numbers, or if there is no answer to count.
pub fn accuracy(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Option<f64> {
    match (loss.answers(), targets) {
        (_, TargetsRef::Classes(classes)) => {
            let rows = outputs.chunks_exact(width(outputs.len(), classes.len()));
            let counted = rows.zip(classes).filter(|(_, class)| Some(**class as usize) != loss.ignored());
            share(counted.map(|(row, &class)| class_of(row) == class as usize))
        }
        (Answers::Classes { .. }, TargetsRef::Values(shares)) => {
            let width = loss.classes()?;
            let rows = outputs.chunks_exact(width).zip(shares.chunks_exact(width));
            share(rows.map(|(row, shares)| class_of(row) == class_of(shares)))
        }
        (Answers::YesOrNo { border, .. }, TargetsRef::Values(values)) => {
            share(outputs.iter().zip(values).map(|(&x, &t)| (x > border) == (t > 0.5)))
        }
        _ => None,
    }
}

fn mean(outputs: &[f32], targets: &[f32], loss: impl Fn(f64, f64) -> f64) -> f64 {
    alike(outputs, targets);
    let pairs = outputs.iter().zip(targets);
    pairs.map(|(&x, &t)| loss(f64::from(x), f64::from(t))).sum::<f64>() / targets.len() as f64
}

fn share(answers: impl Iterator<Item = bool>) -> Option<f64> {
    let (mut right, mut count) = (0_usize, 0_usize);
    for answer in answers {
        right += usize::from(answer);
        count += 1;
    }
    (count > 0).then(|| right as f64 / count as f64)
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
    const BCE: Loss = Loss::BinaryCrossEntropy { logits: false, pos_weight: 1.0 };

    #[test]
    fn accuracy_counts_right_answers() {
        let outputs = [0.1, 0.6, 0.3, 0.5, 0.5, 0.0, 0.2, 0.2, 0.6];
        assert_eq!(accuracy(CE, &outputs, TargetsRef::Classes(&[1, 0, 1])), Some(2.0 / 3.0));
        let answers = TargetsRef::Values(&[1.0, 0.0, 1.0, 0.0]);
        assert_eq!(accuracy(BCE, &[0.6, 0.5, 0.4, 0.1], answers), Some(0.75));
        let logits = Loss::BinaryCrossEntropy { logits: true, pos_weight: 1.0 };
        assert_eq!(accuracy(logits, &[0.6, 0.5, 0.4, -0.1], answers), Some(0.75));
        assert_eq!(accuracy(Loss::Mse, &[0.6, 0.5, 0.4, 0.1], answers), None);
    }

    #[test]
    fn classes_are_compared_as_numbers_where_the_loss_wants_them() {
        let outputs = [0.5, 0.5, 0.0, 1.0];
        let evaluation = Evaluation::new(Loss::Mse, &outputs, TargetsRef::Classes(&[0, 1]));
        assert_eq!(evaluation, Evaluation { loss: 0.125, accuracy: Some(1.0) });
        assert_eq!(evaluation.to_string(), "loss 0.1250, accuracy 100.00%");
        assert_eq!(Evaluation { accuracy: None, ..evaluation }.to_string(), "loss 0.1250");
    }

    #[test]
    fn classes_of_pixels_are_compared_pixel_by_pixel() {
        // Two samples of two classes and three pixels.
        let outputs = [0.9, 0.2, 0.6, 0.1, 0.8, 0.4, 0.3, 0.5, 1.0, 0.7, 0.5, 0.0];
        let classes = TargetsRef::Classes(&[0, 1, 1, 1, 0, 0]);
        let evaluation = Evaluation::of_shape(CE, &[2, 1, 3], &outputs, classes);
        let right = [0.9f64, 0.8, 0.4, 0.7, 0.5, 1.0];
        close(evaluation.loss, -right.iter().map(|p| p.ln()).sum::<f64>() / 6.0);
        assert_eq!(evaluation.accuracy, Some(5.0 / 6.0));
        let numbers = TargetsRef::Values(&outputs);
        assert_eq!(Evaluation::of_shape(Loss::Mse, &[2, 1, 3], &outputs, numbers).loss, 0.0);
    }
}

//! How good outputs are, in 64 bits. Losses are means, with PyTorch's definitions.

use crate::data::{TargetsRef, one_hot};
use crate::train::Loss;
use std::fmt;

/// The logarithm of a probability is no less, as PyTorch has it: a wrong certainty costs much, but not everything.
const LEAST_LOG: f64 = -100.0;

/// A mean of numbers that come in batches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    /// Adds a mean over `count` samples.
    pub fn add(&mut self, mean: f32, count: usize) {
        self.sum += f64::from(mean) * count as f64;
        self.count += count;
    }

    /// The mean over all samples; 0 before the first.
    pub fn value(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }
}

/// What a network's outputs for a data set are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The mean loss, without penalties.
    pub loss: f64,
    /// The share of samples, or of yes-or-no answers, that is right; `None` where outputs are just numbers.
    pub accuracy: Option<f64>,
}

impl Evaluation {
    /// Compares outputs, sample after sample, with their targets.
    ///
    /// # Panics
    /// If there are no targets, or the outputs are not a whole number for each.
    pub fn new(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Evaluation {
        let mean = match (loss, targets) {
            (Loss::CrossEntropy { logits }, TargetsRef::Classes(classes)) => {
                cross_entropy(outputs, classes, logits)
            }
            (Loss::BinaryCrossEntropy { logits }, TargetsRef::Values(values)) => {
                binary_cross_entropy(outputs, values, logits)
            }
            (Loss::Mse, TargetsRef::Values(values)) => mse(outputs, values),
            (Loss::CrossEntropy { .. }, TargetsRef::Values(_)) => panic!("`cross_entropy` compares classes"),
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
    mean(outputs, targets, |x, t| {
        if logits {
            x.max(0.0) - x * t + (-x.abs()).exp().ln_1p()
        } else {
            -(t * x.ln().max(LEAST_LOG) + (1.0 - t) * (-x).ln_1p().max(LEAST_LOG))
        }
    })
}

/// The mean of squared differences over all elements.
pub fn mse(outputs: &[f32], targets: &[f32]) -> f64 {
    mean(outputs, targets, |x, t| (x - t).powi(2))
}

/// The share of right answers: classes by the largest output, yes-or-no answers by which side of 1/2 they are on.
/// `None` for other numbers.
pub fn accuracy(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Option<f64> {
    match (loss, targets) {
        (_, TargetsRef::Classes(classes)) => {
            let rows = outputs.chunks_exact(width(outputs.len(), classes.len()));
            Some(share(rows.zip(classes).map(|(row, &class)| class_of(row) == class as usize)))
        }
        (Loss::BinaryCrossEntropy { logits }, TargetsRef::Values(values)) => {
            let border = if logits { 0.0 } else { 0.5 };
            Some(share(outputs.iter().zip(values).map(|(&x, &t)| (x > border) == (t > 0.5))))
        }
        _ => None,
    }
}

/// The class with the largest output; the first of several.
pub fn class_of<T: PartialOrd>(row: &[T]) -> usize {
    row.iter().enumerate().fold(0, |best, (class, x)| if *x > row[best] { class } else { best })
}

/// The outputs of one sample as probabilities: themselves, or what logits mean.
pub fn probabilities(loss: Loss, row: &[f32]) -> Vec<f64> {
    let numbers = row.iter().map(|&x| f64::from(x));
    match loss {
        Loss::CrossEntropy { logits: true } => {
            let total = log_sum_exp(row);
            numbers.map(|x| (x - total).exp()).collect()
        }
        Loss::BinaryCrossEntropy { logits: true } => numbers.map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
        Loss::CrossEntropy { .. } | Loss::BinaryCrossEntropy { .. } | Loss::Mse => numbers.collect(),
    }
}

/// How often samples of a class were taken for each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<usize>,
}

impl Confusion {
    /// Counts the answers of a network that tells classes apart: two or more outputs with classes, or one with a yes or no.
    /// `None` for other networks.
    pub fn new(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Option<Confusion> {
        match (loss, targets) {
            (_, TargetsRef::Classes(classes)) => {
                let width = width(outputs.len(), classes.len());
                let found = outputs.chunks_exact(width).map(class_of);
                Some(Confusion::count(width, classes.iter().map(|&class| class as usize).zip(found)))
            }
            (Loss::BinaryCrossEntropy { logits }, TargetsRef::Values(values))
                if values.len() == outputs.len() =>
            {
                let border = if logits { 0.0 } else { 0.5 };
                let answers = outputs.iter().map(|&x| usize::from(x > border));
                Some(Confusion::count(2, values.iter().map(|&t| usize::from(t > 0.5)).zip(answers)))
            }
            _ => None,
        }
    }

    fn count(classes: usize, pairs: impl Iterator<Item = (usize, usize)>) -> Confusion {
        let mut counts = vec![0; classes * classes];
        for (class, found) in pairs {
            counts[class * classes + found] += 1;
        }
        Confusion { classes, counts }
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How often samples of `class` were taken for each class.
    pub fn row(&self, class: usize) -> &[usize] {
        &self.counts[class * self.classes..][..self.classes]
    }
}

fn log_sum_exp(row: &[f32]) -> f64 {
    let most = row.iter().fold(f32::NEG_INFINITY, |most, &x| most.max(x));
    let most = f64::from(most);
    most + row.iter().map(|&x| (f64::from(x) - most).exp()).sum::<f64>().ln()
}

fn mean(outputs: &[f32], targets: &[f32], loss: impl Fn(f64, f64) -> f64) -> f64 {
    assert!(!targets.is_empty() && outputs.len() == targets.len(), "an output for each target");
    let pairs = outputs.iter().zip(targets);
    pairs.map(|(&x, &t)| loss(f64::from(x), f64::from(t))).sum::<f64>() / targets.len() as f64
}

fn share(right: impl ExactSizeIterator<Item = bool>) -> f64 {
    let count = right.len();
    right.filter(|&right| right).count() as f64 / count as f64
}

/// Outputs of one sample.
fn width(outputs: usize, samples: usize) -> usize {
    assert!(
        samples > 0 && outputs > 0 && outputs.is_multiple_of(samples),
        "{outputs} outputs for {samples} samples"
    );
    outputs / samples
}

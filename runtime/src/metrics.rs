//! Metrics of outputs, computed in 64 bits.
//!
//! Each measure can be used by itself. Those that are counts or sums take sample after sample and keep no samples:
//! `Confusion` and `Labels` for classes, `Segmentation` for images of them, `TopK`, `Regression`. A `Ranking`
//! keeps the scores. `Measure` does for a network's outputs what the `metrics` of a recipe ask for.
//!
//! Definitions and edge cases are those of scikit-learn 1.9, and `None` is its `nan`. Without the feature `train` there is
//! [`Evaluation`] alone.
//!
#![cfg_attr(feature = "train", doc = "```")]
#![cfg_attr(not(feature = "train"), doc = "```ignore")]
//! use netwright::metrics::{Average, Confusion};
//!
//! let mut confusion = Confusion::empty(3);
//! for (class, answer) in [(0, 0), (0, 1), (1, 1), (2, 2)] {
//!     confusion.add(class, answer);
//! }
//! assert_eq!(confusion.accuracy(), Some(0.75));
//! let classes = confusion.per_class();
//! assert_eq!(classes.each(|class| class.recall()), [Some(0.5), Some(1.0), Some(1.0)]);
//! assert_eq!(classes.mean(|class| class.recall()), Some(2.5 / 3.0));
//! ```

#[cfg(feature = "train")]
mod classes;
#[cfg(feature = "train")]
mod classification;
#[cfg(feature = "train")]
mod confusion;
mod evaluation;
#[cfg(feature = "train")]
mod measure;
mod measured;
#[cfg(feature = "train")]
mod ranking;
#[cfg(feature = "train")]
mod regression;
mod rows;
#[cfg(feature = "train")]
mod scores;
#[cfg(feature = "train")]
mod segmentation;

pub use crate::recipe::Metrics;
#[cfg(feature = "train")]
pub use classes::ClassCounts;
#[cfg(feature = "train")]
pub use classification::{Counts, Labels, PerClass, TopK};
#[cfg(feature = "train")]
pub use confusion::Confusion;
pub use evaluation::{Evaluation, Evaluator, accuracy, binary_cross_entropy, cross_entropy, mse};
#[cfg(feature = "train")]
pub use measure::Measure;
pub use measured::Measured;
#[doc(hidden)]
pub use measured::count_nan;
pub use netwright_model::{Average, Metric};
#[cfg(feature = "train")]
pub use ranking::{Ranking, average_precision, roc_auc};
#[cfg(feature = "train")]
pub use regression::Regression;
#[cfg(feature = "train")]
pub use scores::{Scores, Value};
#[cfg(feature = "train")]
pub use segmentation::Segmentation;

use crate::recipe::{Answers, Loss};
use crate::state::{Carried, carried};
use std::cmp::Ordering;

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

    /// Returns the mean over all samples; 0 before the first.
    pub fn value(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }
}

impl Carried for Mean {
    carried!(sum, count);
}

/// Returns the class with the largest output; the first of several. `None` if an output is NaN: nothing can
/// be compared with it.
pub fn class_of<T: PartialOrd>(row: &[T]) -> Option<usize> {
    let mut best = 0;
    for (class, x) in row.iter().enumerate() {
        match x.partial_cmp(&row[best]) {
            Some(Ordering::Greater) => best = class,
            Some(_) => {}
            None => return None,
        }
    }
    (!row.is_empty()).then_some(best)
}

/// Returns the outputs of one sample as probabilities; logits are converted.
pub fn probabilities(loss: Loss, row: &[f32]) -> Vec<f64> {
    let numbers = row.iter().map(|&x| f64::from(x));
    match loss.answers() {
        Answers::Classes { logits: true } => {
            let log = log_softmax(row);
            row.iter().map(|&x| log(x).exp()).collect()
        }
        Answers::YesOrNo { logits: true, .. } => numbers.map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
        Answers::Classes { .. } | Answers::YesOrNo { .. } | Answers::Numbers => numbers.collect(),
    }
}

/// Returns the logarithm of softmax at `x`, one of the row's logits.
///
/// Distances are taken from the largest logit: beside 10³⁸ the logarithm of a sum would be lost.
fn log_softmax(row: &[f32]) -> impl Fn(f32) -> f64 {
    let most = row.iter().fold(f32::NEG_INFINITY, |most, &x| most.max(x));
    let most = f64::from(most);
    let rest = row.iter().map(|&x| (f64::from(x) - most).exp()).sum::<f64>().ln();
    move |x| f64::from(x) - most - rest
}

/// Returns the number of outputs of one sample.
fn width(outputs: usize, samples: usize) -> usize {
    assert!(
        samples > 0 && outputs > 0 && outputs.is_multiple_of(samples),
        "{outputs} outputs for {samples} samples"
    );
    outputs / samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_become_probabilities() {
        let p = probabilities(Loss::CrossEntropy { logits: true }, &[1000.0, 1000.0]);
        p.into_iter().for_each(|p| assert!((p - 0.5).abs() < 1e-6));
        assert_eq!(probabilities(Loss::binary_cross_entropy(true), &[0.0]), [0.5]);
        assert_eq!(probabilities(Loss::MSE, &[3.0]), [3.0]);
        assert_eq!(class_of(&[0.0, 1.0, 1.0]), Some(1));
        assert_eq!(
            [class_of(&[0.0, f32::NAN, 1.0]), class_of(&[f32::NAN, 0.0]), class_of::<f32>(&[])],
            [None; 3]
        );
    }

    #[test]
    fn a_mean_weighs_batches_by_their_size() {
        let mut mean = Mean::default();
        assert_eq!(mean.value(), 0.0);
        mean.add(1.0, 3);
        mean.add(5.0, 1);
        assert_eq!(mean.value(), 2.0);
    }
}

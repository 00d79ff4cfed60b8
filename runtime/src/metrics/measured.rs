//! Measurements on held-out samples.

use super::Evaluation;
#[cfg(feature = "train")]
use super::{Scores, Value};
use crate::recipe::Watch;

/// The loss and the recipe's metrics, measured on some samples.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Measured {
    /// The loss, and the accuracy where there is one.
    pub evaluation: Evaluation,
    /// The recipe's `metrics`.
    #[cfg(feature = "train")]
    pub scores: Scores,
    /// Samples that were measured.
    pub samples: usize,
    /// Samples with an output that is NaN.
    pub nan_samples: usize,
}

impl Measured {
    /// Creates the measurements of `samples` samples from their evaluation alone.
    pub fn new(evaluation: Evaluation, samples: usize, nan_samples: usize) -> Measured {
        Measured {
            evaluation,
            #[cfg(feature = "train")]
            scores: Scores::default(),
            samples,
            nan_samples,
        }
    }

    /// Returns what is watched, as a number that falls when it becomes better. Where there is no accuracy, the loss is
    /// watched; a metric that is not defined is NaN.
    pub fn watched(&self, watch: Watch) -> f64 {
        let Measured { evaluation, .. } = self;
        match (watch, evaluation.accuracy) {
            (Watch::ValAccuracy, Some(accuracy)) => -accuracy,
            (Watch::ValAccuracy, None) | (Watch::ValLoss, _) => evaluation.loss,
            #[cfg(not(feature = "train"))]
            (Watch::Val(_), _) => f64::NAN,
            #[cfg(feature = "train")]
            (Watch::Val(metric), _) => {
                let number = self.scores.get(metric).and_then(Value::number).unwrap_or(f64::NAN);
                if metric.falls() { number } else { -number }
            }
        }
    }

    /// Returns a sentence that says how many outputs are NaN, if some are.
    pub fn warning(&self) -> Option<String> {
        let Measured { nan_samples, samples, .. } = self;
        (*nan_samples > 0).then(|| {
            format!(
                "the network's outputs are NaN for {nan_samples} of {samples} samples: \
                 its weights are NaN, or numbers became too large"
            )
        })
    }
}

/// Returns the number of samples with an output that is NaN; `len` is the length of one output.
pub fn count_nan(outputs: &[f32], len: usize) -> usize {
    outputs.chunks_exact(len).filter(|sample| sample.iter().any(|x| x.is_nan())).count()
}

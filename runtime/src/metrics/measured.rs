//! What a network is worth on held-out samples.

use super::Evaluation;
#[cfg(feature = "train")]
use super::Scores;

/// What outputs are worth: the loss, and the recipe's measures.
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
    /// The evaluation of so many samples, and nothing besides.
    pub fn new(evaluation: Evaluation, samples: usize, nan_samples: usize) -> Measured {
        Measured {
            evaluation,
            #[cfg(feature = "train")]
            scores: Scores::default(),
            samples,
            nan_samples,
        }
    }

    /// A sentence that says how many outputs are NaN, if some are.
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

/// The samples with an output that is NaN; `len` is that of one output.
pub(crate) fn count_nan(outputs: &[f32], len: usize) -> usize {
    outputs.chunks_exact(len).filter(|sample| sample.iter().any(|x| x.is_nan())).count()
}

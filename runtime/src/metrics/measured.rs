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
}

/// Nothing was measured besides the loss and the accuracy.
impl From<Evaluation> for Measured {
    fn from(evaluation: Evaluation) -> Measured {
        Measured {
            evaluation,
            #[cfg(feature = "train")]
            scores: Scores::default(),
        }
    }
}

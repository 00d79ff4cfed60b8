//! Losses.

mod pointwise;

pub use pointwise::Pointwise;

use crate::emit::emitted;

emitted! {
    /// A loss function; each is a mean over samples or outputs.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Loss<L> {
        /// Mean over all outputs of a loss of one number.
        Each(of: Pointwise),
        /// Cross-entropy of the probabilities or logits of classes, with the index of a class as target.
        CrossEntropy {
            /// Outputs are logits.
            logits: bool,
        },
        /// Cross-entropy in which classes have different weights.
        WeightedCrossEntropy {
            /// Outputs are logits.
            logits: bool,
            /// The weight of each class; all 1 if empty.
            weights: L,
            /// The part of each target that is spread over all classes.
            smoothing: f64,
            /// The label whose samples or pixels do not count (PyTorch's `ignore_index`).
            ignore: Option<i32>,
        },
        /// Cross-entropy of the probabilities or logits of classes, with a share for each class as target.
        SoftCrossEntropy {
            /// Outputs are logits.
            logits: bool,
            /// The number of classes.
            classes: usize,
            /// The weight of each class; all 1 if empty.
            weights: L,
            /// The part of each target that is spread over all classes.
            smoothing: f64,
        },
        /// Kullback-Leibler divergence of the classes' probabilities from the targets.
        KlDivergence {
            /// Outputs are logits.
            logits: bool,
            /// The number of classes.
            classes: usize,
        },
        /// Cosine distance: one less the cosine of the angle between output and target.
        Cosine {
            /// Numbers of one output.
            outputs: usize,
        },
        /// Tversky's distance: one less the overlap's share of itself and what is wrong.
        Overlap {
            /// Numbers that are compared as one region.
            places: usize,
            /// The weight of what is there and should not be.
            alpha: f64,
            /// The weight of what is not there and should be.
            beta: f64,
            /// The number that is added to both sides of the fraction.
            smooth: f64,
        },
    }
}

/// The meaning of a network's outputs, as its loss defines it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answers {
    /// A probability or a logit for each class.
    Classes {
        /// Outputs are logits.
        logits: bool,
    },
    /// A yes for each output above a border, else a no.
    YesOrNo {
        /// The border: 0 or 1/2.
        border: f32,
        /// Outputs are logits.
        logits: bool,
    },
    /// Numbers, as in a regression.
    Numbers,
}

impl<L> Loss<L> {
    /// Squared differences.
    pub const MSE: Loss<L> = Loss::Each(Pointwise::Mse);

    /// Returns the binary cross-entropy of logits, or of probabilities.
    pub const fn binary_cross_entropy(logits: bool) -> Loss<L> {
        Loss::Each(Pointwise::binary_cross_entropy(logits))
    }
}

impl<L: Clone> Loss<L> {
    /// Returns the same loss computed from logits; `None` if it takes logits already or has no such form.
    pub fn of_logits(&self) -> Option<Loss<L>> {
        let mut loss = self.clone();
        match &mut loss {
            Loss::Each(of) => of.of_logits().filter(|of_logits| of_logits != of).map(Loss::Each),
            Loss::CrossEntropy { logits }
            | Loss::WeightedCrossEntropy { logits, .. }
            | Loss::SoftCrossEntropy { logits, .. }
            | Loss::KlDivergence { logits, .. } => {
                let of_probabilities = !std::mem::replace(logits, true);
                of_probabilities.then_some(loss)
            }
            Loss::Cosine { .. } | Loss::Overlap { .. } => None,
        }
    }

    /// Returns the meaning of the outputs.
    pub fn answers(&self) -> Answers {
        match *self {
            Loss::CrossEntropy { logits }
            | Loss::WeightedCrossEntropy { logits, .. }
            | Loss::SoftCrossEntropy { logits, .. }
            | Loss::KlDivergence { logits, .. } => Answers::Classes { logits },
            Loss::Each(of) => of.answers(),
            Loss::Overlap { .. } => Answers::YesOrNo { border: 0.5, logits: false },
            Loss::Cosine { .. } => Answers::Numbers,
        }
    }

    /// Returns true if targets are indices of classes.
    pub fn of_indices(&self) -> bool {
        matches!(self, Loss::CrossEntropy { .. } | Loss::WeightedCrossEntropy { .. })
    }

    /// Returns true if targets are numbers from 0 to 1.
    pub fn of_shares(&self) -> bool {
        match self {
            Loss::Each(of) => of.of_shares(),
            Loss::SoftCrossEntropy { .. } | Loss::KlDivergence { .. } | Loss::Overlap { .. } => true,
            Loss::CrossEntropy { .. } | Loss::WeightedCrossEntropy { .. } | Loss::Cosine { .. } => false,
        }
    }

    /// Returns the label whose samples or pixels do not count, if there is one.
    pub fn ignored(&self) -> Option<i32> {
        if let Loss::WeightedCrossEntropy { ignore, .. } = *self { ignore } else { None }
    }

    /// Returns true if samples or pixels of a class do not count. In memory, classes have no sign: a negative label is its two's complement,
    /// so that -100 is 4294967196.
    pub fn ignores(&self, class: u32) -> bool {
        self.ignored() == Some(class as i32)
    }

    /// Returns the number of classes of which each target has a share; `None` for losses without such
    /// targets.
    pub fn classes(&self) -> Option<usize> {
        match *self {
            Loss::SoftCrossEntropy { classes, .. } | Loss::KlDivergence { classes, .. } => Some(classes),
            _ => None,
        }
    }
}

//! Losses.

use crate::emit::emitted;

emitted! {
    /// A loss function; each is a mean over samples or outputs.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Loss<L> {
        /// Squared differences.
        Mse,
        /// Absolute differences.
        Mae,
        /// Huber loss: half the squared difference up to `delta`, a straight line beyond.
        Huber {
            /// The difference at which the line begins, and its slope.
            delta: f64,
        },
        /// Huber's divided by `beta`.
        SmoothL1 {
            /// The difference at which the line begins; its slope is 1.
            beta: f64,
        },
        /// Hinge loss: how far an output falls short of 1 where the target is above 0, or exceeds -1
        /// elsewhere.
        Hinge,
        /// Negative log likelihood of Poisson distributions, from their rates or the rates' logarithms.
        PoissonNll {
            /// Outputs are logarithms of rates.
            log_input: bool,
            /// Stirling's approximation of the target's factorial is added.
            full: bool,
            /// The number that is added to a rate before its logarithm.
            eps: f64,
        },
        /// Binary cross-entropy of probabilities or logits, with targets from 0 to 1.
        BinaryCrossEntropy {
            /// Outputs are logits.
            logits: bool,
            /// The weight of a yes relative to a no.
            pos_weight: f64,
        },
        /// Binary cross-entropy that gives less weight to outputs that are right already.
        Focal {
            /// Outputs are logits.
            logits: bool,
            /// The exponent of the distance to the right answer.
            gamma: f64,
            /// The weight of a yes; that of a no is the rest to 1.
            alpha: f64,
        },
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
            ignore: Option<usize>,
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

impl<L: Clone> Loss<L> {
    /// Returns the same loss computed from logits; `None` if it takes logits already or has no such form.
    pub fn of_logits(&self) -> Option<Loss<L>> {
        let mut loss = self.clone();
        match &mut loss {
            Loss::CrossEntropy { logits }
            | Loss::WeightedCrossEntropy { logits, .. }
            | Loss::SoftCrossEntropy { logits, .. }
            | Loss::KlDivergence { logits, .. }
            | Loss::BinaryCrossEntropy { logits, .. }
            | Loss::Focal { logits, .. } => {
                let of_probabilities = !std::mem::replace(logits, true);
                of_probabilities.then_some(loss)
            }
            _ => None,
        }
    }

    /// Returns the meaning of the outputs.
    pub fn answers(&self) -> Answers {
        match *self {
            Loss::CrossEntropy { logits }
            | Loss::WeightedCrossEntropy { logits, .. }
            | Loss::SoftCrossEntropy { logits, .. }
            | Loss::KlDivergence { logits, .. } => Answers::Classes { logits },
            Loss::BinaryCrossEntropy { logits, .. } | Loss::Focal { logits, .. } => {
                Answers::YesOrNo { border: if logits { 0.0 } else { 0.5 }, logits }
            }
            Loss::Hinge => Answers::YesOrNo { border: 0.0, logits: false },
            Loss::Overlap { .. } => Answers::YesOrNo { border: 0.5, logits: false },
            Loss::Mse
            | Loss::Mae
            | Loss::Huber { .. }
            | Loss::SmoothL1 { .. }
            | Loss::PoissonNll { .. }
            | Loss::Cosine { .. } => Answers::Numbers,
        }
    }

    /// Returns true if targets are indices of classes.
    pub fn of_indices(&self) -> bool {
        matches!(self, Loss::CrossEntropy { .. } | Loss::WeightedCrossEntropy { .. })
    }

    /// Returns true if targets are numbers from 0 to 1.
    pub fn of_shares(&self) -> bool {
        matches!(
            self,
            Loss::BinaryCrossEntropy { .. }
                | Loss::Focal { .. }
                | Loss::SoftCrossEntropy { .. }
                | Loss::KlDivergence { .. }
                | Loss::Overlap { .. }
        )
    }

    /// Returns the label whose samples or pixels do not count, if there is one.
    pub fn ignored(&self) -> Option<usize> {
        if let Loss::WeightedCrossEntropy { ignore, .. } = *self { ignore } else { None }
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

//! Losses of one output and one target.

use super::Answers;
use crate::emit::emitted;

emitted! {
    /// A loss of one output and one target; a network's loss is the mean over all outputs.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Pointwise {
        /// Squared difference.
        Mse,
        /// Absolute difference.
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
        /// Pinball loss: `q` times what an output lacks, or `1 - q` times what it exceeds.
        Quantile {
            /// The share of targets that lie below the best output.
            q: f64,
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
    }
}

impl Pointwise {
    /// Returns the binary cross-entropy of logits, or of probabilities.
    pub const fn binary_cross_entropy(logits: bool) -> Pointwise {
        Pointwise::BinaryCrossEntropy { logits, pos_weight: 1.0 }
    }

    /// Returns true if outputs are logits, false if they are probabilities; `None` if they are neither.
    pub fn logits(&self) -> Option<bool> {
        match *self {
            Pointwise::BinaryCrossEntropy { logits, .. } | Pointwise::Focal { logits, .. } => Some(logits),
            Pointwise::Mse
            | Pointwise::Mae
            | Pointwise::Huber { .. }
            | Pointwise::SmoothL1 { .. }
            | Pointwise::Quantile { .. }
            | Pointwise::Hinge
            | Pointwise::PoissonNll { .. } => None,
        }
    }

    /// Returns the same loss of logits; `None` if it is never of logits.
    pub fn of_logits(&self) -> Option<Pointwise> {
        let mut of_logits = *self;
        match &mut of_logits {
            Pointwise::BinaryCrossEntropy { logits, .. } | Pointwise::Focal { logits, .. } => *logits = true,
            _ => return None,
        }
        Some(of_logits)
    }

    /// Returns the meaning of the outputs.
    pub fn answers(&self) -> Answers {
        match (self, self.logits()) {
            (_, Some(logits)) => Answers::YesOrNo { border: if logits { 0.0 } else { 0.5 }, logits },
            (Pointwise::Hinge, None) => Answers::YesOrNo { border: 0.0, logits: false },
            (_, None) => Answers::Numbers,
        }
    }

    /// Returns true if targets are numbers from 0 to 1.
    pub fn of_shares(&self) -> bool {
        self.logits().is_some()
    }
}

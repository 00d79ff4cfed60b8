//! What outputs are measured by.

use crate::emit::emitted;

emitted! {
    /// What a network is measured by; all are means.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Loss<L> {
        /// Squared differences.
        Mse,
        /// Absolute differences.
        Mae,
        /// Half the squared differences up to `delta`, straight lines beyond.
        Huber {
            /// Where the lines begin, and their slope.
            delta: f64,
        },
        /// Huber's divided by `beta`.
        SmoothL1 {
            /// Where the lines begin; their slope is 1.
            beta: f64,
        },
        /// What an output falls short of 1 where the target is above 0, or exceeds -1 elsewhere.
        Hinge,
        /// Of the rates of Poisson distributions, or of their logarithms.
        PoissonNll {
            /// Whether outputs are logarithms.
            log_input: bool,
            /// Whether Stirling's approximation of the target's factorial is added.
            full: bool,
            /// Added to a rate before its logarithm.
            eps: f64,
        },
        /// Of probabilities or logits, with targets from 0 to 1.
        BinaryCrossEntropy {
            /// Whether outputs are logits.
            logits: bool,
            /// How much more a yes counts than a no.
            pos_weight: f64,
        },
        /// Binary cross entropy that counts what is right already less.
        Focal {
            /// Whether outputs are logits.
            logits: bool,
            /// The power of the distance to the right answer.
            gamma: f64,
            /// The weight of a yes; that of a no is the rest to 1.
            alpha: f64,
        },
        /// Of the probabilities or logits of classes.
        CrossEntropy {
            /// Whether outputs are logits.
            logits: bool,
        },
        /// The same, in which classes count differently.
        WeightedCrossEntropy {
            /// Whether outputs are logits.
            logits: bool,
            /// How much each class counts; all the same if empty.
            weights: L,
            /// The part of each target that is spread over all classes.
            smoothing: f64,
            /// The label that stands for no class.
            ignore: Option<usize>,
        },
        /// Of the probabilities or logits of classes, with a share for each class as target.
        SoftCrossEntropy {
            /// Whether outputs are logits.
            logits: bool,
            /// How many classes.
            classes: usize,
            /// How much each class counts; all the same if empty.
            weights: L,
            /// The part of each target that is spread over all classes.
            smoothing: f64,
        },
        /// The information by which classes' probabilities differ from the targets.
        KlDivergence {
            /// Whether outputs are logits.
            logits: bool,
            /// How many classes.
            classes: usize,
        },
        /// One less the cosine of the angle between output and target.
        Cosine {
            /// Numbers of one output.
            outputs: usize,
        },
        /// One less the overlap's share of itself and what is wrong.
        Overlap {
            /// Numbers that are compared as one region.
            places: usize,
            /// The weight of what is there and should not be.
            alpha: f64,
            /// The weight of what is not there and should be.
            beta: f64,
            /// Added to both sides of the fraction.
            smooth: f64,
        },
    }
}

/// What a network's outputs are, by its loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answers {
    /// A probability or a logit for each class.
    Classes {
        /// Whether they are logits.
        logits: bool,
    },
    /// Each a yes if it is above a border, else a no.
    YesOrNo {
        /// 0 or 1/2.
        border: f32,
        /// Whether they are logits.
        logits: bool,
    },
    /// Just numbers.
    Numbers,
}

impl<L: Clone> Loss<L> {
    /// The same loss of the logits that outputs are made from; `None` where it is of logits already, or never.
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

    /// What the outputs are.
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

    /// Whether it compares with the index of a class, rather than with numbers.
    pub fn of_indices(&self) -> bool {
        matches!(self, Loss::CrossEntropy { .. } | Loss::WeightedCrossEntropy { .. })
    }

    /// Whether its targets are numbers from 0 to 1.
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

    /// The label that stands for no class.
    pub fn ignored(&self) -> Option<usize> {
        if let Loss::WeightedCrossEntropy { ignore, .. } = *self { ignore } else { None }
    }

    /// How many classes its targets have a share for.
    pub fn classes(&self) -> Option<usize> {
        match *self {
            Loss::SoftCrossEntropy { classes, .. } | Loss::KlDivergence { classes, .. } => Some(classes),
            _ => None,
        }
    }
}

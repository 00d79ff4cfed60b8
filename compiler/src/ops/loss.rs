//! Losses.

mod catalogue;

pub(crate) use catalogue::LOSSES;

use super::{Activation, Operator, Text, kind_of, plain_text};
use crate::ops::Misfit;

/// Which loss; all are means, as PyTorch's default.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// Mean of squared differences over batch and elements.
    Mse,
    /// Mean of absolute differences over batch and elements.
    Mae,
    /// Squares of differences up to `delta`, straight lines beyond; mean over batch and elements.
    Huber {
        /// Where the lines begin, and their slope.
        delta: f64,
    },
    /// Huber's divided by `beta`.
    SmoothL1 {
        /// Where the lines begin; their slope is 1.
        beta: f64,
    },
    /// `max(0, 1 - y)` where the target is above 0, else `max(0, 1 + y)`; mean over batch and elements.
    Hinge,
    /// The negative logarithm of a Poisson distribution's probability of the target; mean over batch and elements.
    PoissonNll {
        /// Whether the value is the logarithm of the rate, rather than the rate.
        log_input: bool,
        /// Whether Stirling's approximation of the target's factorial is added.
        full: bool,
        /// Added to the rate before its logarithm.
        eps: f64,
    },
    /// Of probabilities, or of logits; mean over batch and elements. Targets are 0 to 1, one for each output.
    BinaryCrossEntropy {
        /// Whether the value is a logit, rather than a probability.
        logits: bool,
        /// How much more a yes counts than a no.
        pos_weight: f64,
    },
    /// Binary cross entropy that counts what is right already less; mean over batch and elements.
    Focal {
        /// Whether the value is a logit, rather than a probability.
        logits: bool,
        /// The power of the distance to the right answer.
        gamma: f64,
        /// The weight of a yes; that of a no is the rest to 1.
        alpha: f64,
    },
    /// Of one class index a sample (a pixel, when the output is an image); mean over them.
    CrossEntropy {
        /// Whether the value is logits, rather than probabilities.
        logits: bool,
    },
}

/// What a loss compares outputs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// The index of a class for each sample, or each pixel.
    Class,
    /// A number from 0 to 1 for each output.
    Share,
    /// Any number for each output.
    Number,
}

impl Loss {
    /// Of logits, or of probabilities.
    pub const fn binary_cross_entropy(logits: bool) -> Loss {
        Loss::BinaryCrossEntropy { logits, pos_weight: 1.0 }
    }

    /// Of one class index a sample, from logits or from probabilities.
    pub const fn cross_entropy(logits: bool) -> Loss {
        Loss::CrossEntropy { logits }
    }

    /// Its name in the language.
    pub fn kind(&self) -> &'static str {
        match self {
            Loss::Mse => "mse",
            Loss::Mae => "mae",
            Loss::Huber { .. } => "huber",
            Loss::SmoothL1 { .. } => "smooth_l1",
            Loss::Hinge => "hinge",
            Loss::PoissonNll { .. } => "poisson_nll",
            Loss::BinaryCrossEntropy { .. } => "binary_cross_entropy",
            Loss::Focal { .. } => "focal",
            Loss::CrossEntropy { .. } => "cross_entropy",
        }
    }

    /// What it compares outputs with.
    pub fn targets(&self) -> TargetKind {
        match self {
            Loss::CrossEntropy { .. } => TargetKind::Class,
            Loss::BinaryCrossEntropy { .. } | Loss::Focal { .. } => TargetKind::Share,
            Loss::Mse
            | Loss::Mae
            | Loss::Huber { .. }
            | Loss::SmoothL1 { .. }
            | Loss::Hinge
            | Loss::PoissonNll { .. } => TargetKind::Number,
        }
    }

    /// As one would write it, without defaults: `cross_entropy(logits=true)`.
    pub fn text(&self) -> String {
        let text = Text::new(self.kind());
        let logits = |text: Text, logits: &bool| text.option("logits", logits, &false, plain_text);
        match self {
            Loss::Mse | Loss::Mae | Loss::Hinge => text,
            Loss::Huber { delta } => text.option("delta", delta, &1.0, plain_text),
            Loss::SmoothL1 { beta } => text.option("beta", beta, &1.0, plain_text),
            Loss::PoissonNll { log_input, full, eps } => text
                .option("log_input", log_input, &true, plain_text)
                .option("full", full, &false, plain_text)
                .option("eps", eps, &1e-8, plain_text),
            Loss::BinaryCrossEntropy { logits: of_logits, pos_weight } => {
                logits(text, of_logits).option("pos_weight", pos_weight, &1.0, plain_text)
            }
            Loss::Focal { logits: of_logits, gamma, alpha } => logits(
                text.option("gamma", gamma, &2.0, plain_text).option("alpha", alpha, &0.25, plain_text),
                of_logits,
            ),
            Loss::CrossEntropy { logits: of_logits } => logits(text, of_logits),
        }
        .finish()
    }

    /// The operator whose results it is of: probabilities, so none where it is of logits or of any numbers.
    pub fn needs(&self) -> Option<Operator> {
        match self {
            Loss::CrossEntropy { logits: false } => Some(Operator::Softmax),
            Loss::BinaryCrossEntropy { logits: false, .. } | Loss::Focal { logits: false, .. } => {
                Some(Operator::Activation(Activation::Sigmoid))
            }
            _ => None,
        }
    }

    /// What applies itself to logits, where it is of logits.
    pub fn applies(&self) -> Option<Operator> {
        match self {
            Loss::CrossEntropy { logits: true } => Some(Operator::Softmax),
            Loss::BinaryCrossEntropy { logits: true, .. } | Loss::Focal { logits: true, .. } => {
                Some(Operator::Activation(Activation::Sigmoid))
            }
            _ => None,
        }
    }

    /// The same loss, of the logits of the probabilities that it is of.
    #[must_use]
    pub fn of_logits(&self) -> Loss {
        let mut loss = self.clone();
        match &mut loss {
            Loss::CrossEntropy { logits }
            | Loss::BinaryCrossEntropy { logits, .. }
            | Loss::Focal { logits, .. } => *logits = true,
            _ => {}
        }
        loss
    }

    /// Whether it can be computed of values of this shape.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, shape: &[usize]) -> Result<(), Misfit> {
        match (self, shape) {
            (Loss::CrossEntropy { .. }, [1, ..]) => Err(Misfit::new(
                "E0406",
                format!("`{}` tells classes apart, and there is only one", self.kind()),
                format!("{} of shape {shape:?}", kind_of(shape)),
            )
            .help("for two classes, give the last layer 2 outputs")
            .help("or keep one output, the probability of the second class: `sigmoid` and `loss binary_cross_entropy`")),
            _ => Ok(()),
        }
    }
}

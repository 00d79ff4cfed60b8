//! Losses.

mod catalogue;
mod pointwise;

pub(crate) use catalogue::losses;

use super::rank::kind_of;
use super::text::{Text, plain_text};
use super::{Activation, Misfit, Operator};
use netwright_model::Answers;
pub use netwright_model::Pointwise;

/// Loss of the network; each is a mean, as PyTorch's default.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// A loss of one output and one target; mean over batch and elements.
    Each(Pointwise),
    /// Cross-entropy of classes for each sample (each pixel, when the output is an image); mean over them.
    CrossEntropy(CrossEntropy),
    /// Kullback-Leibler divergence of the classes' probabilities from the targets; mean over samples and
    /// pixels.
    KlDivergence {
        /// True if the value is logits, false if it is probabilities.
        logits: bool,
    },
    /// Cosine distance: one less the cosine of the angle between output and target; mean over samples and
    /// pixels.
    Cosine,
    /// Dice loss: one less twice the overlap's share of output and target; mean over samples and channels.
    Dice {
        /// The number that is added to both sides of the fraction.
        smooth: f64,
    },
    /// Jaccard loss: one less the overlap's share of the union; mean over samples and channels.
    Iou {
        /// The number that is added to both sides of the fraction.
        smooth: f64,
    },
    /// Tversky loss: one less the overlap's share of itself and what is wrong, each kind with a weight; mean
    /// over samples and channels.
    Tversky {
        /// The weight of what is there and should not be.
        alpha: f64,
        /// The weight of what is not there and should be.
        beta: f64,
        /// The number that is added to both sides of the fraction.
        smooth: f64,
    },
}

/// A cross-entropy's options.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossEntropy {
    /// True if the value is logits, false if it is probabilities.
    pub logits: bool,
    /// True if targets are a share for each class, false if they are the index of one.
    pub shares: bool,
    /// The weight of each class; all 1 if empty.
    pub weights: Vec<f64>,
    /// The part of each target that is spread over all classes.
    pub label_smoothing: f64,
    /// The label that stands for no class; it may be negative.
    pub ignore_index: Option<i32>,
}

impl CrossEntropy {
    /// Returns a cross-entropy without options.
    pub const fn plain(logits: bool) -> CrossEntropy {
        CrossEntropy { logits, shares: false, weights: vec![], label_smoothing: 0.0, ignore_index: None }
    }

    /// Returns true if the mean is over something else than all samples and pixels.
    pub fn is_weighted(&self) -> bool {
        !self.shares && (!self.weights.is_empty() || self.ignore_index.is_some())
    }

    /// Returns true if a target stands for no class. Targets have no sign: a negative label is its two's complement in 32 bits.
    pub fn ignores(&self, target: usize) -> bool {
        self.ignore_index.is_some_and(|label| label as u32 as usize == target)
    }

    /// Returns true if the loss has no option.
    pub fn is_plain(&self) -> bool {
        *self == CrossEntropy::plain(self.logits)
    }
}

const SOFTMAX: &[Operator] = &[Operator::Softmax];
const SIGMOID: &[Operator] = &[Operator::Activation(Activation::Sigmoid)];
const EITHER: &[Operator] = &[Operator::Activation(Activation::Sigmoid), Operator::Softmax];

/// Targets that a loss compares outputs with.
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
    /// Squared differences.
    pub const MSE: Loss = Loss::Each(Pointwise::Mse);

    /// Returns the binary cross-entropy of logits, or of probabilities.
    pub const fn binary_cross_entropy(logits: bool) -> Loss {
        Loss::Each(Pointwise::binary_cross_entropy(logits))
    }

    /// Returns the cross-entropy of one class index per sample, from logits or from probabilities.
    pub const fn cross_entropy(logits: bool) -> Loss {
        Loss::CrossEntropy(CrossEntropy::plain(logits))
    }

    /// Returns the name in the language.
    pub fn kind(&self) -> &'static str {
        match self {
            Loss::Each(of) => pointwise::text(*of).name(),
            Loss::CrossEntropy(_) => "cross_entropy",
            Loss::KlDivergence { .. } => "kl_divergence",
            Loss::Cosine => "cosine",
            Loss::Dice { .. } => "dice",
            Loss::Iou { .. } => "iou",
            Loss::Tversky { .. } => "tversky",
        }
    }

    /// Returns true if an output is one of two sides, so that nothing between them is a target.
    pub fn takes_sides(&self) -> bool {
        matches!(self, Loss::Each(of) if !of.of_shares() && of.answers() != Answers::Numbers)
    }

    /// Returns the kind of the targets.
    pub fn targets(&self) -> TargetKind {
        match self {
            Loss::CrossEntropy(CrossEntropy { shares: false, .. }) => TargetKind::Class,
            Loss::CrossEntropy(_)
            | Loss::KlDivergence { .. }
            | Loss::Dice { .. }
            | Loss::Iou { .. }
            | Loss::Tversky { .. } => TargetKind::Share,
            Loss::Each(of) if of.of_shares() => TargetKind::Share,
            Loss::Each(_) | Loss::Cosine => TargetKind::Number,
        }
    }

    /// Returns the text that describes the loss, without defaults: `cross_entropy(logits=true)`.
    pub fn text(&self) -> String {
        let text = Text::new(self.kind());
        let logits = |text: Text, logits: &bool| text.option("logits", logits, plain_text);
        match self {
            Loss::Each(of) => pointwise::text(*of),
            Loss::Cosine => text,
            Loss::CrossEntropy(ce) => logits(text, &ce.logits)
                .option("targets", &ce.shares, |shares| if *shares { "shares" } else { "classes" }.into())
                .unless("weights", &ce.weights, &vec![], |weights| format!("{weights:?}"))
                .option("label_smoothing", &ce.label_smoothing, plain_text)
                .unless("ignore_index", &ce.ignore_index, &None, |index| {
                    index.map_or_else(String::new, |index| index.to_string())
                }),
            Loss::KlDivergence { logits: of_logits } => logits(text, of_logits),
            Loss::Dice { smooth } | Loss::Iou { smooth } => text.option("smooth", smooth, plain_text),
            Loss::Tversky { alpha, beta, smooth } => text
                .option("alpha", alpha, plain_text)
                .option("beta", beta, plain_text)
                .option("smooth", smooth, plain_text),
        }
        .finish()
    }

    /// Returns the operators whose results the loss can be computed from: those that give probabilities, or
    /// any if it takes logits or any numbers.
    pub fn needs(&self) -> &'static [Operator] {
        match self {
            Loss::CrossEntropy(CrossEntropy { logits: false, .. }) | Loss::KlDivergence { logits: false } => {
                SOFTMAX
            }
            Loss::Each(of) if of.logits() == Some(false) => SIGMOID,
            Loss::Dice { .. } | Loss::Iou { .. } | Loss::Tversky { .. } => EITHER,
            _ => &[],
        }
    }

    /// Returns the activation that the loss applies to its value, if that is logits.
    pub fn applies(&self) -> Option<Operator> {
        match self {
            Loss::CrossEntropy(CrossEntropy { logits: true, .. }) | Loss::KlDivergence { logits: true } => {
                Some(Operator::Softmax)
            }
            Loss::Each(of) if of.logits() == Some(true) => Some(Operator::Activation(Activation::Sigmoid)),
            _ => None,
        }
    }

    /// Returns the same loss of logits; `None` if it is never of logits.
    pub fn of_logits(&self) -> Option<Loss> {
        let mut loss = self.clone();
        match &mut loss {
            Loss::CrossEntropy(CrossEntropy { logits, .. }) | Loss::KlDivergence { logits } => *logits = true,
            Loss::Each(of) => *of = of.of_logits()?,
            _ => return None,
        }
        Some(loss)
    }

    /// Returns the loss as Tversky's: the weights of both kinds of wrong and what is added to both sides of
    /// the fraction.
    pub fn overlap(&self) -> Option<[f64; 3]> {
        match *self {
            Loss::Dice { smooth } => Some([0.5, 0.5, smooth / 2.0]),
            Loss::Iou { smooth } => Some([1.0, 1.0, smooth]),
            Loss::Tversky { alpha, beta, smooth } => Some([alpha, beta, smooth]),
            _ => None,
        }
    }

    /// Checks that the loss can be computed of values of this shape.
    ///
    /// # Errors
    /// If it cannot; the misfit gives the reason.
    pub fn check(&self, shape: &[usize]) -> Result<(), Misfit> {
        match (self, shape) {
            (Loss::CrossEntropy(_) | Loss::KlDivergence { .. }, [1, ..]) => Err(Misfit::new(
                "E0406",
                format!("`{}` tells classes apart, and there is only one", self.kind()),
                format!("{} of shape {shape:?}", kind_of(shape)),
            )
            .help("for two classes, give the last layer 2 outputs")
            .help("or keep one output, the probability of the second class: `sigmoid` and `loss binary_cross_entropy`")),
            (Loss::CrossEntropy(ce), [classes, ..])
                if !ce.weights.is_empty() && ce.weights.len() != *classes =>
            {
                let count = ce.weights.len();
                let found = format!("{count} weights for {} of shape {shape:?}", kind_of(shape));
                Err(Misfit::new("E0408", "`weights` needs a weight for each class", found)
                    .help(format!("write {classes} weights, in the order of the classes")))
            }
            (Loss::Cosine, [1, ..]) => Err(Misfit::new(
                "E0406",
                "`cosine` compares directions, and one number has none but its sign",
                format!("{} of shape {shape:?}", kind_of(shape)),
            )
            .help("for single numbers write `loss mse`")),
            _ => Ok(()),
        }
    }
}

//! Losses.

use super::kind_of;
use crate::args::{Args, Signature};
use crate::ops::Misfit;

/// Which loss; all are means, as PyTorch's default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Mean of squared differences over batch and elements.
    Mse,
    /// Of probabilities, or of logits; mean over batch and elements. Targets are 0 to 1, one for each output.
    BinaryCrossEntropy {
        /// Whether the value is a logit, rather than a probability.
        logits: bool,
    },
    /// Of one class index a sample (a pixel, when the output is an image); mean over them.
    CrossEntropy {
        /// Whether the value is logits, rather than probabilities.
        logits: bool,
    },
}

/// A loss's name, arguments and how to read them.
pub(crate) struct LossEntry {
    pub(crate) signature: Signature<'static>,
    read: fn(&mut Args<'_>) -> Loss,
}

impl LossEntry {
    /// The loss that these arguments describe; meaningless if reading them failed.
    pub(crate) fn read(&self, args: &mut Args<'_>) -> Loss {
        (self.read)(args)
    }
}

/// The default of `on`, as signatures show it.
const LAST: Option<&str> = Some("the current value");

/// Every loss.
pub(crate) const LOSSES: &[LossEntry] = &[
    LossEntry {
        signature: Signature { name: "mse", positional: 0, params: &[("on", LAST)] },
        read: |_| Loss::Mse,
    },
    LossEntry {
        signature: Signature {
            name: "binary_cross_entropy",
            positional: 0,
            params: &[("logits", Some("false")), ("on", LAST)],
        },
        read: |args| Loss::BinaryCrossEntropy { logits: args.flag("logits", false) },
    },
    LossEntry {
        signature: Signature {
            name: "cross_entropy",
            positional: 0,
            params: &[("logits", Some("false")), ("on", LAST)],
        },
        read: |args| Loss::CrossEntropy { logits: args.flag("logits", false) },
    },
];

impl Loss {
    /// Its name in the language.
    pub fn kind(&self) -> &'static str {
        match self {
            Loss::Mse => "mse",
            Loss::BinaryCrossEntropy { .. } => "binary_cross_entropy",
            Loss::CrossEntropy { .. } => "cross_entropy",
        }
    }

    /// As one would write it, without defaults: `cross_entropy(logits=true)`.
    pub fn text(&self) -> String {
        match self {
            Loss::BinaryCrossEntropy { logits: true } | Loss::CrossEntropy { logits: true } => {
                format!("{}(logits=true)", self.kind())
            }
            _ => self.kind().to_string(),
        }
    }

    /// Whether it can be computed of values of this shape.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, shape: &[usize]) -> Result<(), Misfit> {
        match (self, shape) {
            (Loss::CrossEntropy { .. }, [1, ..]) => Err(Misfit::new(
                "E0406",
                "`cross_entropy` tells classes apart, and there is only one",
                format!("{} of shape {shape:?}", kind_of(shape)),
            )
            .help("for two classes, give the last layer 2 outputs")
            .help("or keep one output, the probability of the second class: `sigmoid` and `loss binary_cross_entropy`")),
            _ => Ok(()),
        }
    }
}

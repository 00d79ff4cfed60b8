//! What can be written behind `loss`.

use super::Loss;
use crate::args::{Args, Signature};

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

/// The argument that every loss has.
const ON: (&str, Option<&str>) = ("on", Some("the current value"));
const LOGITS: (&str, Option<&str>) = ("logits", Some("false"));

/// Every loss.
pub(crate) const LOSSES: &[LossEntry] = &[
    LossEntry { signature: Signature { name: "mse", positional: 0, params: &[ON] }, read: |_| Loss::Mse },
    LossEntry { signature: Signature { name: "mae", positional: 0, params: &[ON] }, read: |_| Loss::Mae },
    LossEntry {
        signature: Signature { name: "huber", positional: 1, params: &[("delta", Some("1")), ON] },
        read: |args| Loss::Huber { delta: args.positive("delta", 1.0) },
    },
    LossEntry {
        signature: Signature { name: "smooth_l1", positional: 1, params: &[("beta", Some("1")), ON] },
        read: |args| Loss::SmoothL1 { beta: args.positive("beta", 1.0) },
    },
    LossEntry { signature: Signature { name: "hinge", positional: 0, params: &[ON] }, read: |_| Loss::Hinge },
    LossEntry {
        signature: Signature {
            name: "poisson_nll",
            positional: 0,
            params: &[("log_input", Some("true")), ("full", Some("false")), ("eps", Some("1e-8")), ON],
        },
        read: |args| {
            let log_input = args.flag("log_input", true);
            if log_input && args.given("eps") {
                args.reject(
                    "E0309",
                    "eps",
                    "`eps` says nothing where outputs are logarithms already",
                    "`log_input` is true",
                    "leave `eps` out, or write `log_input=false` if the outputs are rates",
                );
            }
            Loss::PoissonNll { log_input, full: args.flag("full", false), eps: args.positive("eps", 1e-8) }
        },
    },
    LossEntry {
        signature: Signature {
            name: "binary_cross_entropy",
            positional: 0,
            params: &[LOGITS, ("pos_weight", Some("1")), ON],
        },
        read: |args| Loss::BinaryCrossEntropy {
            logits: args.flag("logits", false),
            pos_weight: args.positive("pos_weight", 1.0),
        },
    },
    LossEntry {
        signature: Signature {
            name: "focal",
            positional: 0,
            params: &[("gamma", Some("2")), ("alpha", Some("0.25")), LOGITS, ON],
        },
        read: |args| Loss::Focal {
            gamma: args.not_negative("gamma", 2.0),
            alpha: args.fraction("alpha", 0.25),
            logits: args.flag("logits", false),
        },
    },
    LossEntry {
        signature: Signature { name: "cross_entropy", positional: 0, params: &[LOGITS, ON] },
        read: |args| Loss::CrossEntropy { logits: args.flag("logits", false) },
    },
];

//! The losses of the language, as `loss` takes them.

use super::{CrossEntropy, Loss};
use crate::args::{Args, MAX_SIZE, Signature};

/// A loss's name, arguments and how to read them.
pub(crate) struct LossEntry {
    pub(crate) signature: Signature<'static>,
    read: fn(&mut Args<'_>) -> Loss,
}

impl LossEntry {
    /// Reads the arguments of the loss; the result is meaningless if that failed.
    pub(crate) fn read(&self, args: &mut Args<'_>) -> Loss {
        (self.read)(args)
    }
}

/// The arguments that every loss has.
const ON: (&str, Option<&str>) = ("on", Some("the current value"));
const TO: (&str, Option<&str>) = ("to", Some("targets"));
const WEIGHT: (&str, Option<&str>) = ("weight", Some("1"));
const LOGITS: (&str, Option<&str>) = ("logits", Some("false"));

const SMOOTH: (&str, Option<&str>) = ("smooth", Some("1"));

/// Every loss.
pub(crate) const LOSSES: &[LossEntry] = &[
    LossEntry {
        signature: Signature { name: "mse", positional: 0, params: &[ON, TO, WEIGHT] },
        read: |_| Loss::Mse,
    },
    LossEntry {
        signature: Signature { name: "mae", positional: 0, params: &[ON, TO, WEIGHT] },
        read: |_| Loss::Mae,
    },
    LossEntry {
        signature: Signature {
            name: "huber",
            positional: 1,
            params: &[("delta", Some("1")), ON, TO, WEIGHT],
        },
        read: |args| Loss::Huber { delta: args.positive("delta") },
    },
    LossEntry {
        signature: Signature {
            name: "smooth_l1",
            positional: 1,
            params: &[("beta", Some("1")), ON, TO, WEIGHT],
        },
        read: |args| Loss::SmoothL1 { beta: args.positive("beta") },
    },
    LossEntry {
        signature: Signature { name: "hinge", positional: 0, params: &[ON, TO, WEIGHT] },
        read: |_| Loss::Hinge,
    },
    LossEntry {
        signature: Signature {
            name: "poisson_nll",
            positional: 0,
            params: &[
                ("log_input", Some("true")),
                ("full", Some("false")),
                ("eps", Some("1e-8")),
                ON,
                TO,
                WEIGHT,
            ],
        },
        read: |args| {
            let log_input = args.flag("log_input");
            if log_input && args.given("eps") {
                args.reject(
                    "E0309",
                    "eps",
                    "`eps` says nothing where outputs are logarithms already",
                    "`log_input` is true",
                    "leave `eps` out, or write `log_input=false` if the outputs are rates",
                );
            }
            Loss::PoissonNll { log_input, full: args.flag("full"), eps: args.positive("eps") }
        },
    },
    LossEntry {
        signature: Signature {
            name: "binary_cross_entropy",
            positional: 0,
            params: &[LOGITS, ("pos_weight", Some("1")), ON, TO, WEIGHT],
        },
        read: |args| Loss::BinaryCrossEntropy {
            logits: args.flag("logits"),
            pos_weight: args.positive("pos_weight"),
        },
    },
    LossEntry {
        signature: Signature {
            name: "focal",
            positional: 0,
            params: &[("gamma", Some("2")), ("alpha", Some("0.25")), LOGITS, ON, TO, WEIGHT],
        },
        read: |args| Loss::Focal {
            gamma: args.not_negative("gamma"),
            alpha: args.fraction("alpha"),
            logits: args.flag("logits"),
        },
    },
    LossEntry {
        signature: Signature {
            name: "cross_entropy",
            positional: 0,
            params: &[
                LOGITS,
                ("targets", Some("classes")),
                ("weights", Some("all the same")),
                ("label_smoothing", Some("0")),
                ("ignore_index", Some("none")),
                ON,
                TO,
                WEIGHT,
            ],
        },
        read: |args| Loss::CrossEntropy(cross_entropy(args)),
    },
    LossEntry {
        signature: Signature { name: "kl_divergence", positional: 0, params: &[LOGITS, ON, TO, WEIGHT] },
        read: |args| Loss::KlDivergence { logits: args.flag("logits") },
    },
    LossEntry {
        signature: Signature { name: "cosine", positional: 0, params: &[ON, TO, WEIGHT] },
        read: |_| Loss::Cosine,
    },
    LossEntry {
        signature: Signature { name: "dice", positional: 0, params: &[SMOOTH, ON, TO, WEIGHT] },
        read: |args| Loss::Dice { smooth: args.not_negative("smooth") },
    },
    LossEntry {
        signature: Signature { name: "iou", positional: 0, params: &[SMOOTH, ON, TO, WEIGHT] },
        read: |args| Loss::Iou { smooth: args.not_negative("smooth") },
    },
    LossEntry {
        signature: Signature {
            name: "tversky",
            positional: 0,
            params: &[("alpha", Some("0.5")), ("beta", Some("0.5")), SMOOTH, ON, TO, WEIGHT],
        },
        read: |args| Loss::Tversky {
            alpha: args.positive("alpha"),
            beta: args.positive("beta"),
            smooth: args.not_negative("smooth"),
        },
    },
];

fn cross_entropy(args: &mut Args<'_>) -> CrossEntropy {
    let shares = args.choice("targets", &[("classes", false), ("shares", true)]);
    if shares && args.given("ignore_index") {
        args.reject(
            "E0309",
            "ignore_index",
            "`ignore_index` says nothing where targets are shares of all classes",
            "`targets` is `shares`",
            "leave it out, or write `targets=classes`",
        );
    }
    let weights = args.numbers("weights");
    let wrong = match weights.iter().find(|weight| **weight < 0.0) {
        Some(weight) => Some(format!("one is {weight}")),
        None => (!weights.is_empty() && weights.iter().all(|weight| *weight == 0.0))
            .then(|| "no class would count".to_string()),
    };
    if let Some(wrong) = wrong {
        let message = "`weights` of `cross_entropy` is out of range";
        args.reject("E0306", "weights", message, wrong, "write numbers of at least 0, and one above it");
    }
    CrossEntropy {
        logits: args.flag("logits"),
        shares,
        weights,
        label_smoothing: args.fraction("label_smoothing"),
        ignore_index: args.given("ignore_index").then(|| args.whole("ignore_index", 0..=MAX_SIZE)),
    }
}

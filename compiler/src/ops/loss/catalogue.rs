//! The losses of the language, as `loss` takes them.

use super::pointwise::POINTWISE;
use super::{CrossEntropy, Loss};
use crate::args::{Args, Signature};

/// A loss's name, arguments and how to read them.
pub(crate) struct LossEntry {
    pub(crate) signature: Signature<'static>,
    pub(super) read: fn(&mut Args<'_>) -> Loss,
}

impl LossEntry {
    /// Reads the arguments of the loss; the result is meaningless if that failed.
    pub(crate) fn read(&self, args: &mut Args<'_>) -> Loss {
        (self.read)(args)
    }
}

/// The arguments that every loss has.
pub(super) const ON: (&str, Option<&str>) = ("on", Some("the current value"));
pub(super) const TO: (&str, Option<&str>) = ("to", Some("targets"));
pub(super) const WEIGHT: (&str, Option<&str>) = ("weight", Some("1"));
pub(super) const LOGITS: (&str, Option<&str>) = ("logits", Some("false"));

const SMOOTH: (&str, Option<&str>) = ("smooth", Some("1"));

/// Returns every loss.
pub(crate) fn losses() -> impl Iterator<Item = &'static LossEntry> {
    POINTWISE.iter().chain(OF_SEVERAL)
}

/// Losses that compare several numbers of an output at once.
const OF_SEVERAL: &[LossEntry] = &[
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
        ignore_index: args.given("ignore_index").then(|| args.label("ignore_index")),
    }
}

//! Losses of one output and one target: names, arguments and texts.

use super::catalogue::{LOGITS, LossEntry, ON, TO, WEIGHT};
use super::{Loss, Pointwise, Text, plain_text};
use crate::args::{Args, Signature};

/// Every loss of one output and one target.
pub(super) const POINTWISE: &[LossEntry] = &[
    LossEntry {
        signature: Signature { name: "mse", positional: 0, params: &[ON, TO, WEIGHT] },
        read: |_| Loss::MSE,
    },
    LossEntry {
        signature: Signature { name: "mae", positional: 0, params: &[ON, TO, WEIGHT] },
        read: |_| Loss::Each(Pointwise::Mae),
    },
    LossEntry {
        signature: Signature {
            name: "huber",
            positional: 1,
            params: &[("delta", Some("1")), ON, TO, WEIGHT],
        },
        read: |args| Loss::Each(Pointwise::Huber { delta: args.positive("delta") }),
    },
    LossEntry {
        signature: Signature {
            name: "smooth_l1",
            positional: 1,
            params: &[("beta", Some("1")), ON, TO, WEIGHT],
        },
        read: |args| Loss::Each(Pointwise::SmoothL1 { beta: args.positive("beta") }),
    },
    LossEntry {
        signature: Signature {
            name: "quantile",
            positional: 1,
            params: &[("q", Some("0.5")), ON, TO, WEIGHT],
        },
        read: |args| Loss::Each(quantile(args)),
    },
    LossEntry {
        signature: Signature { name: "hinge", positional: 0, params: &[ON, TO, WEIGHT] },
        read: |_| Loss::Each(Pointwise::Hinge),
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
        read: |args| Loss::Each(poisson_nll(args)),
    },
    LossEntry {
        signature: Signature {
            name: "binary_cross_entropy",
            positional: 0,
            params: &[LOGITS, ("pos_weight", Some("1")), ON, TO, WEIGHT],
        },
        read: |args| {
            Loss::Each(Pointwise::BinaryCrossEntropy {
                logits: args.flag("logits"),
                pos_weight: args.positive("pos_weight"),
            })
        },
    },
    LossEntry {
        signature: Signature {
            name: "focal",
            positional: 0,
            params: &[("gamma", Some("2")), ("alpha", Some("0.25")), LOGITS, ON, TO, WEIGHT],
        },
        read: |args| {
            Loss::Each(Pointwise::Focal {
                gamma: args.not_negative("gamma"),
                alpha: args.fraction("alpha"),
                logits: args.flag("logits"),
            })
        },
    },
];

fn quantile(args: &mut Args<'_>) -> Pointwise {
    let q = args.fraction("q");
    if q == 0.0 || q == 1.0 {
        args.reject(
            "E0306",
            "q",
            "`q` of `quantile` must lie between 0 and 1",
            if q == 0.0 { "no output would be too low" } else { "no output would be too high" },
            "0.9 is the number that 90% of the targets lie below, 0.5 the median",
        );
    }
    Pointwise::Quantile { q }
}

fn poisson_nll(args: &mut Args<'_>) -> Pointwise {
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
    Pointwise::PoissonNll { log_input, full: args.flag("full"), eps: args.positive("eps") }
}

/// Returns the text that describes a loss, without defaults.
pub(super) fn text(of: Pointwise) -> Text {
    match of {
        Pointwise::Mse => Text::new("mse"),
        Pointwise::Mae => Text::new("mae"),
        Pointwise::Huber { delta } => Text::new("huber").option("delta", &delta, plain_text),
        Pointwise::SmoothL1 { beta } => Text::new("smooth_l1").option("beta", &beta, plain_text),
        Pointwise::Quantile { q } => Text::new("quantile").option("q", &q, plain_text),
        Pointwise::Hinge => Text::new("hinge"),
        Pointwise::PoissonNll { log_input, full, eps } => Text::new("poisson_nll")
            .option("log_input", &log_input, plain_text)
            .option("full", &full, plain_text)
            .option("eps", &eps, plain_text),
        Pointwise::BinaryCrossEntropy { logits, pos_weight } => Text::new("binary_cross_entropy")
            .option("logits", &logits, plain_text)
            .option("pos_weight", &pos_weight, plain_text),
        Pointwise::Focal { logits, gamma, alpha } => Text::new("focal")
            .option("gamma", &gamma, plain_text)
            .option("alpha", &alpha, plain_text)
            .option("logits", &logits, plain_text),
    }
}

//! Lints on activations.

use super::View;
use crate::advice;
use crate::ops::{Activation, Operator};
use crate::sink::Sink;

/// The number of saturating activations in sequence that is too many.
const TOO_DEEP: usize = 4;

/// Counts sigmoids and tanhs on the way from an input; where ways join, the shortest counts, since the gradient takes it.
pub(super) fn vanishing_gradient(view: &View<'_>, sink: &mut Sink) {
    let mut depths = vec![0; view.graph.values.len()];
    for node in &view.graph.nodes {
        let before = node.inputs.iter().map(|input| depths[input.0]).min().unwrap_or(0);
        let slope = match node.op {
            Operator::Activation(activation) => activation.vanishing_slope(),
            _ => None,
        };
        let depth = before + usize::from(slope.is_some() && !view.is_output(node.output));
        depths[node.output.0] = depth;
        if let (TOO_DEEP, Some(slope)) = (depth, slope.filter(|_| before < TOO_DEEP)) {
            sink.push(
                advice::VANISHING_GRADIENT
                    .at(view.span(node), "gradients vanish in a deep stack of sigmoids and tanhs")
                    .here(format!("the {TOO_DEEP}th in sequence"))
                    .help(slope)
                    .help(
                        "use `relu` in hidden layers, or let values skip layers by `branch { {...} {} } add`",
                    ),
            );
        }
    }
}

/// Reports an activation of an activation's output.
pub(super) fn activation_twice(view: &View<'_>, sink: &mut Sink) {
    let passes = |op: &Operator| matches!(op, Operator::Flatten | Operator::Noise(_));
    let sources = view.sources(passes);
    for node in &view.graph.nodes {
        if !node.op.facts().activation {
            continue;
        }
        let Some(before) = sources.before(node) else { continue };
        if !before.op.facts().activation {
            continue;
        }
        let reason = match (&before.op, &node.op) {
            (first, second) if first == second && first.kind() == "relu" => {
                "the second changes nothing; remove one of the two".to_string()
            }
            (Operator::Activation(Activation::Relu), Operator::Softmax) => {
                "`relu` makes all negative scores equal, so that `softmax` cannot tell them apart; remove `relu`"
                    .to_string()
            }
            (Operator::Activation(Activation::Relu), Operator::Activation(Activation::Sigmoid)) => {
                "after `relu`, `sigmoid` never gives less than 0.5; remove `relu`".to_string()
            }
            (first, second) => format!(
                "`{}` of `{}` only narrows the range of values; remove one of the two",
                second.kind(),
                first.kind()
            ),
        };
        sink.push(
            advice::ACTIVATION_TWICE
                .at(
                    view.span(node),
                    format!("`{}` follows `{}` with no layer between them", node.op.kind(), before.op.kind()),
                )
                .also(view.span(before), "the first")
                .help(reason),
        );
    }
}

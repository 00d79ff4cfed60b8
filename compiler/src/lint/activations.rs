//! Lints on activations.

use super::View;
use crate::advice;
use crate::ops::{Across, Activation, Operator};
use crate::sink::Sink;

/// The number of saturating activations in sequence that is too many.
const TOO_DEEP: usize = 4;

/// Counts sigmoids and tanhs on the way from an input; where ways join, the shortest counts, since the gradient takes it.
pub(super) fn vanishing_gradient(view: &View<'_>, sink: &mut Sink) {
    let mut depths = vec![0; view.graph.values.len()];
    for node in &view.graph.nodes {
        let before = node.inputs.iter().map(|input| depths[input.0]).min().unwrap_or(0);
        let slope = match node.op {
            Operator::Activation(activation) => vanishing_slope(activation),
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

/// Returns the reason why the gradient shrinks after an activation that saturates on both sides.
fn vanishing_slope(activation: Activation) -> Option<&'static str> {
    match activation {
        Activation::Sigmoid => Some(
            "the slope of `sigmoid` is at most 1/4, so after four of them at most 1/256 of the gradient is left",
        ),
        Activation::HardSigmoid => Some(
            "the slope of `hard_sigmoid` is at most 1/6, so after four of them less than 1/1000 of the gradient is left",
        ),
        Activation::Tanh => Some(
            "the slope of `tanh` is below 1 everywhere but at 0, so the gradient shrinks with each of them",
        ),
        Activation::Softsign => Some(
            "the slope of `softsign` is below 1 everywhere but at 0, so the gradient shrinks with each of them",
        ),
        _ => None,
    }
}

/// Reports an activation of an activation's output.
pub(super) fn activation_twice(view: &View<'_>, sink: &mut Sink) {
    let passes = |op: &Operator| matches!(op, Operator::Flatten | Operator::Dropout(_) | Operator::Noise(_));
    let sources = view.sources(passes);
    for node in &view.graph.nodes {
        if !is_activation(&node.op) {
            continue;
        }
        let Some(before) = sources.before(node) else { continue };
        if !is_activation(&before.op) {
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

pub(super) fn is_activation(op: &Operator) -> bool {
    let part = matches!(op, Operator::Activation(Activation::Power(_) | Activation::Root { .. }));
    !part
        && matches!(
            op,
            Operator::Activation(_)
                | Operator::Prelu(_)
                | Operator::Softmax
                | Operator::Across(Across::LogSoftmax)
        )
}

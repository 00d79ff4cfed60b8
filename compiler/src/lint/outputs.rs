//! Lints on outputs and losses.

use super::View;
use crate::advice;
use crate::ops::{Activation, Group, Loss, Operator};
use crate::sink::Sink;
use std::collections::BTreeSet;

/// Reports dropout with no layer after it that could learn to live with it.
pub(super) fn dropout_at_end(view: &View<'_>, sink: &mut Sink) {
    let mut seen = BTreeSet::new();
    for (output, _) in view.graph.all_outputs() {
        let mut value = output;
        // Another output has been followed from here on already.
        while seen.insert(value)
            && let Some(node) = view.graph.producer(value)
        {
            let facts = node.op.facts();
            if facts.group == Group::Noise {
                sink.push(
                    advice::DROPOUT_AT_END
                        .at(
                            view.span(node),
                            format!(
                                "`{}` after the last layer changes the network's own answers",
                                node.op.kind()
                            ),
                        )
                        .help("put it before the last layer with weights"),
                );
                break;
            }
            if !facts.activation && node.op != Operator::Flatten {
                break;
            }
            value = node.inputs[0];
        }
    }
}

/// Reports a softmax of one number, which is 1.
pub(super) fn softmax_of_one(view: &View<'_>, sink: &mut Sink) {
    for node in view.graph.nodes.iter().filter(|node| node.op == Operator::Softmax) {
        if view.input_shape(node).first() == Some(&1) {
            sink.push(
                advice::SOFTMAX_OF_ONE.at(view.span(node), "the softmax of one number is always 1")
                    .help("for a probability write `sigmoid` and `loss binary_cross_entropy`, for classes give the last layer one output each"),
            );
        }
    }
}

/// Reports a softmax or sigmoid before a loss that applies it itself.
pub(super) fn softmax_before_loss(view: &View<'_>, sink: &mut Sink) {
    for loss in &view.graph.losses {
        let Some(node) = view.graph.producer(loss.value) else { continue };
        let Some(applied) = loss.loss.applies().filter(|applied| *applied == node.op) else { continue };
        let twice = applied.kind();
        sink.push(
            advice::SOFTMAX_BEFORE_LOSS
                .at(loss.span, format!("with `logits=true` this loss applies `{twice}` a second time"))
                .also(view.span(node), "the first")
                .help("the network would train, only slowly and to worse results")
                .help("remove `logits=true`: the compiler then joins both into one step"),
        );
    }
}

/// Reports outputs that cannot reach what the loss asks for.
pub(super) fn output_does_not_fit_loss(view: &View<'_>, sink: &mut Sink) {
    for loss in &view.graph.losses {
        let Some(node) = view.graph.producer(loss.value) else { continue };
        let of = loss.loss.applies();
        let (message, help) = match (&loss.loss, &node.op) {
            (&Loss::MSE, Operator::Softmax) if view.input_shape(node).first() != Some(&1) => (
                "`mse` of `softmax` learns classes slowly",
                "write `loss cross_entropy`: its gradient does not vanish where the network is surely wrong",
            ),
            (_, Operator::Activation(activation)) if of.is_some() && *activation != Activation::Sigmoid => (
                "logits should be free to take any value",
                "remove the activation after the last layer: it cuts off or squeezes what the loss needs",
            ),
            (_, Operator::Activation(_)) if of == Some(Operator::Softmax) => (
                "logits should be free to take any value",
                "write `softmax` and `loss cross_entropy` instead of `sigmoid` and `logits=true`",
            ),
            (_, Operator::Softmax) if of.is_some_and(|of| of != Operator::Softmax) => (
                "this loss takes each number as a logit of its own",
                "for one class of several write `loss cross_entropy`",
            ),
            _ => continue,
        };
        sink.push(
            advice::OUTPUT_DOES_NOT_FIT_LOSS
                .at(loss.span, message)
                .also(view.span(node), "the output comes from here")
                .help(help),
        );
    }
}

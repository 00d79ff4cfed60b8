//! Lints on layers and what stands before them.

use super::View;
use crate::advice;
use crate::graph::Node;
use crate::ops::{Group, Init, Noise, Operator};
use crate::sink::Sink;
use std::collections::BTreeSet;

/// Reports a bias that the normalisation takes away again.
pub(super) fn bias_before_batch_norm(view: &View<'_>, sink: &mut Sink) {
    for node in view.graph.nodes.iter().filter(|node| matches!(node.op, Operator::BatchNorm(_))) {
        let Some(before) = view.before(node) else { continue };
        let has_bias = before.op.facts().weights.is_some_and(|weights| {
            // A bias for each number of a row is more than one for each channel, which is what the norm subtracts.
            weights.bias && !(weights.rows && view.input_shape(before).len() > 1)
        });
        if has_bias && view.is_used_once(before.output) {
            sink.push(
                advice::BIAS_BEFORE_BATCH_NORM
                    .at(view.span(before), format!("the bias of this `{}` has no effect", before.op.kind()))
                    .also(view.span(node), "subtracts the mean, and the bias with it")
                    .help("write `bias=false`: `batch_norm` adds a bias of its own"),
            );
        }
    }
}

/// Reports dropout before a batch norm: it changes the variance in training only, which the running
/// statistics then get wrong.
pub(super) fn dropout_before_batch_norm(view: &View<'_>, sink: &mut Sink) {
    let passes = |op: &Operator| match op.facts().group {
        Group::Dense | Group::Convolution | Group::Pool | Group::Activation | Group::Move => true,
        Group::Norm | Group::Noise | Group::Across | Group::Join => false,
    };
    let sources = view.sources(passes);
    for node in view.graph.nodes.iter().filter(|node| matches!(node.op, Operator::BatchNorm(_))) {
        let Some(before) = sources.before(node) else { continue };
        if matches!(before.op, Operator::Noise(Noise::Dropout(_) | Noise::SpatialDropout(_))) {
            sink.push(
                advice::DROPOUT_BEFORE_BATCH_NORM
                    .at(view.span(before), "dropout before a batch norm falsifies its statistics")
                    .also(view.span(node), "measures the variance with dropout, and is used without")
                    .help("put the dropout after the last `batch_norm`, or leave it out"),
            );
        }
    }
}

/// Reports two linear maps in a row, which are one.
pub(super) fn linear_layers_in_a_row(view: &View<'_>, sink: &mut Sink) {
    let sources = view.sources(|op: &Operator| op.facts().affine);
    for node in view.graph.nodes.iter().filter(|node| is_linear(&node.op)) {
        let Some(before) = sources.before(node) else { continue };
        if !is_linear(&before.op) || is_factored(view, before, node) {
            continue;
        }
        sink.push(
            advice::LINEAR_LAYERS_IN_A_ROW
                .at(
                    view.span(node),
                    format!(
                        "`{}` follows `{}` with no activation between them",
                        node.op.kind(),
                        before.op.kind()
                    ),
                )
                .also(view.span(before), "the first")
                .help(
                    "two linear layers in a row can express no more than one: put an activation such as `relu` between them",
                ),
        );
    }
}

/// Reports hidden layers whose units all begin with the same weights. The last layer of a branch may: `add` gives it gradients of its
/// own, and the weights after it train.
pub(super) fn zero_initialised_hidden_layer(view: &View<'_>, sink: &mut Sink) {
    let passes = |op: &Operator| match op.facts().group {
        Group::Pool | Group::Norm | Group::Noise | Group::Activation | Group::Across | Group::Move => true,
        Group::Dense | Group::Convolution | Group::Join => false,
    };
    let sources = view.sources(passes);
    let mut told = BTreeSet::new();
    for node in view.graph.nodes.iter().filter(|node| node.op.facts().weights.is_some()) {
        let Some(before) = sources.before(node) else { continue };
        let several =
            before.op.facts().weights.and_then(|weights| weights.outputs).is_some_and(|units| units > 1);
        let Some(weight) = before.params.first().map(|&id| view.graph.param(id)) else { continue };
        let equal = match weight.init {
            Init::Zeros | Init::Ones | Init::Constant(_) => true,
            Init::Uniform { .. }
            | Init::Normal { .. }
            | Init::TruncatedNormal { .. }
            | Init::Scaled(_)
            | Init::Orthogonal { .. }
            | Init::Identity { .. } => false,
        };
        if !several || !equal || weight.frozen || !told.insert(before.layer) {
            continue;
        }
        sink.push(
            advice::ZERO_INITIALISED_HIDDEN_LAYER
                .at(
                    view.span(before),
                    format!("all units of this `{}` begin with the same weights", before.op.kind()),
                )
                .here(format!("`init={}`", weight.init.text()))
                .also(view.span(node), "gets equal numbers from them")
                .help("leave `init` out, or take another such as `init=he_normal`, which draws each weight"),
        );
    }
}

/// Reports layers whose arguments or place leave them without effect.
pub(super) fn does_nothing(view: &View<'_>, sink: &mut Sink) {
    for node in &view.graph.nodes {
        let Some(reason) = node.op.does_nothing(view.input_shape(node)) else { continue };
        sink.push(
            advice::DOES_NOTHING
                .at(view.span(node), format!("this `{}` does nothing", node.op.kind()))
                .here(reason)
                .help("remove it"),
        );
    }
}

/// Returns true if the operator multiplies all of its input by one matrix.
fn is_linear(op: &Operator) -> bool {
    op.facts().weights.is_some_and(|weights| !weights.rows)
}

/// Pairs that are meant to be linear: a depthwise and a 1x1 convolution, or a narrow layer between wide ones.
fn is_factored(view: &View<'_>, first: &Node, second: &Node) -> bool {
    let grouped = |node: &Node| node.op.facts().weights.is_some_and(|weights| weights.groups.are_apart());
    if grouped(first) || grouped(second) {
        return true;
    }
    let width = |node: &Node| node.op.facts().weights.and_then(|weights| weights.outputs).unwrap_or(0);
    let narrow = width(first);
    let input = view.input_shape(first).first().copied().unwrap_or(0);
    first.op.kind() == second.op.kind() && narrow < input && narrow < width(second)
}

//! Lints on layers and what stands before them.

use super::View;
use crate::advice;
use crate::graph::Node;
use crate::ops::{AdaptivePool, DenseAxis, Noise, Operator, Reduction};
use crate::sink::Sink;

/// Reports a bias that the normalisation takes away again.
pub(super) fn bias_before_batch_norm(view: &View<'_>, sink: &mut Sink) {
    for node in view.graph.nodes.iter().filter(|node| matches!(node.op, Operator::BatchNorm(_))) {
        let Some(before) = view.before(node) else { continue };
        let has_bias = match &before.op {
            Operator::Conv(conv) => conv.bias,
            Operator::ConvTranspose(conv) => conv.bias,
            Operator::DepthwiseConv(conv) => conv.bias,
            Operator::Dense(dense) => dense.bias && view.input_shape(before).len() == 1,
            Operator::Signal(op) => op.bias(),
            Operator::Volume(op) => op.bias(),
            _ => false,
        };
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
    let passes = |op: &Operator| {
        matches!(
            op,
            Operator::Dense(_)
                | Operator::Conv(_)
                | Operator::ConvTranspose(_)
                | Operator::DepthwiseConv(_)
                | Operator::Upsample(_)
                | Operator::Move(_)
                | Operator::Activation(_)
                | Operator::Prelu(_)
                | Operator::Flatten
                | Operator::MaxPool(_)
                | Operator::AvgPool(_)
                | Operator::GlobalAvgPool
                | Operator::GlobalMaxPool
                | Operator::AdaptivePool(_)
                | Operator::Signal(_)
                | Operator::Volume(_)
        )
    };
    let sources = view.sources(passes);
    for node in view.graph.nodes.iter().filter(|node| matches!(node.op, Operator::BatchNorm(_))) {
        let Some(before) = sources.before(node) else { continue };
        if matches!(before.op, Operator::Dropout(_) | Operator::Noise(Noise::SpatialDropout(_))) {
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
    let passes = |op: &Operator| {
        matches!(
            op,
            Operator::Flatten
                | Operator::Move(_)
                | Operator::Dropout(_)
                | Operator::Noise(_)
                | Operator::BatchNorm(_)
                | Operator::AvgPool(_)
                | Operator::AdaptivePool(AdaptivePool { reduction: Reduction::Mean, .. })
                | Operator::Upsample(_)
        )
    };
    let sources = view.sources(passes);
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

/// Reports layers whose arguments or place leave them without effect.
pub(super) fn does_nothing(view: &View<'_>, sink: &mut Sink) {
    for node in &view.graph.nodes {
        let shape = view.input_shape(node);
        let one = [1, 1];
        let reason = match &node.op {
            Operator::Move(moved) => match moved.does_nothing(shape) {
                Some(reason) => reason,
                None => continue,
            },
            Operator::Signal(op) => match op.does_nothing(shape) {
                Some(reason) => reason,
                None => continue,
            },
            Operator::Volume(op) => match op.does_nothing(shape) {
                Some(reason) => reason,
                None => continue,
            },
            Operator::Flatten if shape.len() == 1 => "its input is a list of features already",
            Operator::Dropout(p) if *p == 0.0 => "it drops nothing",
            Operator::Noise(noise) if noise.amount() == 0.0 => "it drops nothing",
            Operator::MaxPool(pool) if pool.window == one && pool.stride == one => "its window is 1x1",
            Operator::AvgPool(pool) if pool.window == one && pool.stride == one => "its window is 1x1",
            Operator::Upsample(op) if op.scale == one => "its scale is 1",
            Operator::GlobalAvgPool | Operator::GlobalMaxPool
                if shape.iter().skip(1).all(|size| *size == 1) =>
            {
                "each channel has one number already"
            }
            Operator::AdaptivePool(pool) if shape.get(1..) == Some(&pool.size[..]) => {
                "the image has this size already"
            }
            _ => continue,
        };
        sink.push(
            advice::DOES_NOTHING
                .at(view.span(node), format!("this `{}` does nothing", node.op.kind()))
                .here(reason)
                .help("remove it"),
        );
    }
}

fn is_linear(op: &Operator) -> bool {
    match op {
        Operator::Dense(dense) => dense.axis == DenseAxis::Features,
        Operator::Conv(_) | Operator::ConvTranspose(_) | Operator::DepthwiseConv(_) => true,
        Operator::Signal(op) => op.is_linear(),
        Operator::Volume(op) => op.is_linear(),
        _ => false,
    }
}

/// Pairs that are meant to be linear: a depthwise and a 1x1 convolution, or a narrow layer between wide ones.
fn is_factored(view: &View<'_>, first: &Node, second: &Node) -> bool {
    let grouped = |node: &Node| match &node.op {
        Operator::Conv(conv) => conv.groups > 1,
        Operator::ConvTranspose(conv) => conv.groups > 1,
        Operator::DepthwiseConv(_) => true,
        Operator::Signal(op) => op.channels().1,
        Operator::Volume(op) => op.channels().1,
        _ => false,
    };
    if grouped(first) || grouped(second) {
        return true;
    }
    let width = |node: &Node| match &node.op {
        Operator::Dense(dense) => dense.units,
        Operator::Conv(conv) => conv.channels,
        Operator::ConvTranspose(conv) => conv.channels,
        Operator::Signal(op) => op.channels().0,
        Operator::Volume(op) => op.channels().0,
        _ => 0,
    };
    let narrow = width(first);
    let input = view.input_shape(first).first().copied().unwrap_or(0);
    first.op.kind() == second.op.kind() && narrow < input && narrow < width(second)
}

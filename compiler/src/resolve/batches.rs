//! Checks that a recipe's batches are large enough for the network, and that their means can be put together.

use crate::graph::Graph;
use crate::ops::Loss;
use crate::recipe::Recipe;
use crate::sink::Sink;
use netwright_grammar::ast::Train;
use netwright_grammar::{Diagnostic, Span};

pub(super) fn check(train: &Train, graph: &Graph, recipe: &Recipe, sink: &mut Sink) {
    let place = |key: &str| {
        let setting = train.settings.iter().find(|setting| setting.key.node == key);
        setting.map_or(train.network.span, |setting| setting.span)
    };
    single_samples(graph, recipe, place("batch"), sink);
    different_means(graph, recipe, place("accumulate"), sink);
}

/// Reports batches of one sample where a batch norm takes its statistics of a single number, whose variance
/// is 0.
fn single_samples(graph: &Graph, recipe: &Recipe, place: Span, sink: &mut Sink) {
    if recipe.batch > 1 {
        return;
    }
    if let Some(layer) = recipe.needs_several_samples(graph) {
        let layer = graph.layer(layer);
        sink.push(
            Diagnostic::error("E0506", place, "a batch of one sample has no variance")
                .also(
                    layer.span,
                    format!("`{}` normalises each number by its variance over the batch", layer.name),
                )
                .help("write a larger `batch`, such as 32, or use `layer_norm`"),
        );
    }
}

/// Reports losses whose means are over different things: their gradients cannot be put together after they
/// were added up.
fn different_means(graph: &Graph, recipe: &Recipe, place: Span, sink: &mut Sink) {
    if recipe.accumulate == 1 || graph.losses.len() == 1 {
        return;
    }
    let weighted = |loss: &Loss| matches!(loss, Loss::CrossEntropy(ce) if ce.is_weighted());
    if let Some(used) = graph.losses.iter().find(|used| weighted(&used.loss)) {
        sink.push(
            Diagnostic::error(
                "E0506",
                place,
                "`accumulate` needs losses that are means over the same samples",
            )
            .also(used.span, "a mean over the weights of its targets, by `weights` or `ignore_index`")
            .help("remove `accumulate` and write a larger `batch`, or train with this loss alone"),
        );
    }
}

//! Checks that samples can be weighed as a recipe says.

use crate::graph::Graph;
use crate::ops::{Loss, TargetKind};
use crate::recipe::{Recipe, Weights};
use crate::sink::Sink;
use netwright_grammar::ast::Train;
use netwright_grammar::{Diagnostic, Span};

/// Notes in the graph that its losses are weighed; reports what speaks against it.
pub(super) fn check(train: &Train, graph: &mut Graph, recipe: &Recipe, sink: &mut Sink) {
    let Some(weights) = &recipe.weights else { return };
    let find = |key: &str| train.settings.iter().find(|setting| setting.key.node == key);
    let Some(place) = find("weights").map(|setting| setting.span) else { return };
    graph.weighed = true;
    let before = sink.errors();
    summed_by_class(graph, place, sink);
    match (weights, find("data")) {
        (Weights::Given, Some(data)) => sink.push(
            Diagnostic::error("E0506", place, "this data gives no weights")
                .also(data.span, "the data")
                .help("write `weights balanced`, or a list with a number for each class"),
        ),
        (Weights::Balanced | Weights::Classes(_), None) => sink.push(
            Diagnostic::error("E0506", place, "there is no data whose classes could be counted")
                .help("write `weights given`: a program then gives each sample's weight to `train` or `Trainer::step`"),
        ),
        _ => {}
    }
    if sink.errors() > before || *weights == Weights::Given {
        return;
    }
    if let Some(mixing) = recipe.augment.iter().find(|augment| augment.operation.mixes()) {
        sink.push(
            Diagnostic::error("E0506", place, "mixed samples have more than one class")
                .also(mixing.span, "mixes them")
                .help("remove one of the two"),
        );
    }
    let Some(used) = graph.losses.first() else { return };
    let shape = &graph.value(used.value).shape;
    let pixels: usize = shape[1..].iter().product();
    let classes = match used.loss.targets() {
        TargetKind::Class if pixels == 1 => shape[0],
        TargetKind::Share if pixels * shape[0] == 1 => 2,
        _ => {
            let help = match pixels {
                1 => "weights by class are for a class, or a yes or no, as each sample's target",
                _ => "write `cross_entropy(weights=[...])`, which weighs each pixel by its class",
            };
            sink.push(
                Diagnostic::error("E0506", place, "these samples have no class")
                    .also(used.span, "the loss compares with something else")
                    .help(help),
            );
            return;
        }
    };
    if let Weights::Classes(weights) = weights
        && weights.len() != classes
    {
        sink.push(
            Diagnostic::error(
                "E0506",
                place,
                format!("there are {} weights for {classes} classes", weights.len()),
            )
            .also(used.span, "the loss")
            .help("write one for each class; of a yes or no, first that of a no"),
        );
    }
}

/// Reports sample weights with a mean over the classes' weights, which knows no samples.
fn summed_by_class(graph: &Graph, place: Span, sink: &mut Sink) {
    for used in &graph.losses {
        if let Loss::CrossEntropy(ce) = &used.loss
            && ce.is_weighted()
        {
            sink.push(
                Diagnostic::error("E0506", place, "this loss has a mean of its own, over classes")
                    .also(used.span, "by `weights` or `ignore_index`")
                    .help("remove one of the two"),
            );
        }
    }
}

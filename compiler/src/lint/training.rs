//! Lints on recipes.

use crate::graph::{Graph, Param};
use crate::recipe::{Optimizer, Recipe};
use crate::resolve::sink::Sink;
use netwright_grammar::Diagnostic;
use netwright_grammar::ast::Train;

/// A network whose parameters are all frozen, or that has none.
pub(super) fn nothing_to_train(graph: &Graph, train: &Train, sink: &mut Sink) {
    if graph.params.iter().any(Param::is_learned) {
        return;
    }
    let help = match graph.learned() {
        0 => "no layer of the network has weights; `dense` and `conv` have",
        _ => "`freeze` names every layer that has weights: leave at least the last one free",
    };
    sink.push(
        Diagnostic::warning(
            "nothing-to-train",
            train.network.span,
            format!("training `{}` changes nothing", graph.name),
        )
        .help(help),
    );
}

/// Adam divides the penalty's gradient by the size of the loss's.
pub(super) fn l2_under_adam(recipe: &Recipe, train: &Train, sink: &mut Sink) {
    if recipe.penalty.l2 == 0.0 || !matches!(recipe.optimizer, Optimizer::Adam { .. }) {
        return;
    }
    let setting = train.settings.iter().find(|setting| setting.key.node == "regularize");
    let place = setting.map_or(recipe.span, |setting| setting.span);
    sink.push(
        Diagnostic::warning("l2-under-adam", place, "`l2` does not decay weights evenly under `adam`")
            .help("Adam divides the penalty's gradient by the gradient's usual size, so that the weights that learn most decay least")
            .help("weight decay decoupled from the gradient (AdamW) mends this and is not supported yet; use `sgd(lr=0.01, momentum=0.9)` with `l2`, or `dropout` with `adam`"),
    );
}

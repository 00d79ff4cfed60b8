//! Lints on recipes.

use crate::advice;
use crate::graph::{Graph, Param};
use crate::recipe::Recipe;
use crate::sink::Sink;
use netwright_grammar::ast::Train;

/// Reports a network whose parameters are all frozen, or that has none.
pub(super) fn nothing_to_train(graph: &Graph, train: &Train, sink: &mut Sink) {
    if graph.params.iter().any(Param::is_learned) {
        return;
    }
    let help = match graph.learned() {
        0 => "no layer of the network has weights; `dense` and `conv` have",
        _ => "`freeze` names every layer that has weights: leave at least the last one free",
    };
    sink.push(
        advice::NOTHING_TO_TRAIN
            .at(train.network.span, format!("training `{}` changes nothing", graph.name))
            .help(help),
    );
}

/// Reports an L2 penalty under Adam and its kin, which divide the penalty's gradient by the size of the
/// loss's.
pub(super) fn l2_under_adam(recipe: &Recipe, sink: &mut Sink) {
    let l2 = recipe.penalties.iter().find(|penalty| penalty.l2 > 0.0);
    let Some(penalty) = l2.filter(|_| recipe.optimizer.is_adaptive()) else { return };
    let name = recipe.optimizer.name();
    sink.push(
        advice::L2_UNDER_ADAM.at(penalty.span, format!("`l2` does not decay weights evenly under `{name}`"))
            .help(format!("`{name}` divides the penalty's gradient by the gradient's usual size, so that the weights that learn most decay least"))
            .help("decay that is decoupled from the gradient mends this: write `optimizer adamw(weight_decay=0.01)` without `l2`"),
    );
}

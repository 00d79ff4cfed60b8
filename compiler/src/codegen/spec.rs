//! The network and its updates as lines of text, by which a training knows its own checkpoints. The rest of the recipe is a constant of
//! the program.

use crate::graph::{Graph, LossUse, Node, Param, ValueId};
use crate::program::Model;
use crate::recipe::{Recipe, Terms};

/// Returns a line for each layer and each setting of the updates, with all defaults.
pub(super) fn lines(model: &Model, recipe: &Recipe) -> Vec<String> {
    layers(&model.graph).into_iter().chain(updates(&model.graph, recipe)).collect()
}

/// Describes the layers, with blocks and repeats unfolded, and the losses.
fn layers(graph: &Graph) -> Vec<String> {
    let input = |id: &ValueId| {
        let value = graph.value(*id);
        format!("input {} {:?}", value.name, value.shape)
    };
    let node = |node: &Node| {
        let from: Vec<&str> = node.inputs.iter().map(|id| graph.value(*id).name.as_str()).collect();
        let (name, to) = (&graph.layer(node.layer).name, graph.value(node.output));
        format!("{name}: {} of {} as {} {:?}", node.op.text(), from.join(", "), to.name, to.shape)
    };
    let loss = |used: &LossUse| format!("loss {}", graph.loss_text(used));
    let inputs = graph.inputs.iter().map(input);
    inputs.chain(graph.nodes.iter().map(node)).chain(graph.losses.iter().map(loss)).collect()
}

/// Describes how the parameters are updated.
fn updates(graph: &Graph, recipe: &Recipe) -> Vec<String> {
    let mut lines = vec![format!("optimizer {:?}", recipe.optimizer)];
    lines.extend(recipe.clip.map(|clip| format!("clip {clip:?}")));
    lines.extend((recipe.accumulate > 1).then(|| format!("accumulate {}", recipe.accumulate)));
    lines.extend(recipe.ema.map(|ema| format!("ema {ema}")));
    // Parameters of the same terms share a line.
    let mut groups: Vec<(Terms, Vec<&str>)> = vec![];
    for param in graph.params.iter().filter(|param| param.is_learned()) {
        let terms = recipe.terms(param);
        match groups.iter_mut().find(|(other, _)| *other == terms) {
            Some((_, names)) => names.push(&param.name),
            None => groups.push((terms, vec![&param.name])),
        }
    }
    lines.extend(groups.iter().map(|(terms, names)| format!("{terms:?}: {}", names.join(", "))));
    let frozen = |is_frozen: &dyn Fn(usize, &Param) -> bool| {
        let params = graph.params.iter().enumerate().filter(|(at, param)| is_frozen(*at, param));
        params.map(|(_, param)| param.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let begins_frozen = frozen(&|_, param| param.frozen);
    lines.extend((!begins_frozen.is_empty()).then(|| format!("frozen: {begins_frozen}")));
    let phases = recipe.phases.iter();
    lines.extend(
        phases.map(|phase| format!("after {}, frozen: {}", phase.after, frozen(&|at, _| phase.frozen[at]))),
    );
    lines
}

//! The layer in whose outputs a training has diverged: with 64 bits, the reference interpreter sees how large they would be.

use super::Training;
use super::looked::{self, Looked};
use netwright_interpreter::Mode;

/// Says which layer it was; `None` if the training has not diverged in its outputs, or the samples that were kept do not show it.
pub(super) fn layer(training: &Training<'_>) -> Option<String> {
    let graph = &training.model.graph;
    let params = looked::diverged(graph, training.facts)?;
    let Looked { values, .. } = looked::run(training, params, Mode::Training).ok()?;
    let largest = |node: &netwright_compiler::graph::Node| {
        let sizes = values[node.output.0].iter().map(|x| x.abs());
        sizes.fold(0.0, |most: f64, x| if x.is_nan() || x > most { x } else { most })
    };
    let too_large = |size: &f64| size.is_nan() || *size > f64::from(f32::MAX);
    let (node, size) =
        graph.nodes.iter().map(|node| (node, largest(node))).find(|(_, size)| too_large(size))?;
    let name = &graph.layer(node.layer).name;
    Some(match size.is_finite() {
        true => format!(
            "`{name}` is the first layer whose outputs are too large: {size:.0e}, where 32 bits hold 3e38"
        ),
        false => format!("`{name}` is the first layer whose outputs are not finite"),
    })
}

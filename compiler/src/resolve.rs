//! Conversion of text to graphs: names, blocks, repeats and defaults are resolved, shapes are found, recipes
//! are read.

mod augment;
mod batches;
mod cycles;
mod data;
mod eval;
mod factors;
mod files;
mod frame;
mod labels;
mod layers;
pub(crate) mod library;
mod linear;
#[cfg(test)]
mod long;
mod metrics;
mod naming;
mod network;
mod optimizers;
pub(crate) mod options;
#[cfg(test)]
mod ranges;
mod recipe;
mod schedules;
mod section;
pub(crate) mod set;
mod settings;
mod sources;
mod unfold;
mod weights;

use crate::graph::Graph;
use crate::recipe::Recipe;
use crate::sink::Sink;
pub(crate) use files::read;
pub(crate) use library::Library;
use netwright_grammar::ast::{Network, Train};

/// A network and its recipe, with names, shapes and settings found.
pub(crate) struct Resolved {
    pub(crate) graph: Graph,
    /// The recipe; `None` without a `train` block, or if that has errors.
    pub(crate) recipe: Option<Recipe>,
    /// The graph in which parameters that no phase of the training learns are frozen.
    pub(crate) learning: Graph,
    /// True if the training has no errors.
    pub(crate) is_sound: bool,
}

/// Returns the text's own networks in source order, then imported ones that it trains; each with its
/// training.
pub(crate) fn networks<'a>(library: &Library<'a>, sink: &mut Sink) -> Vec<(&'a Network, Option<&'a Train>)> {
    let trains = recipe::assign(library, sink);
    let mut networks: Vec<&Network> = library.own_networks().collect();
    for (network, _) in &trains {
        if networks.iter().all(|known| known.span != network.span) {
            networks.push(network);
        }
    }
    naming::check_modules(&networks, sink);
    let train = |network: &Network| {
        trains.iter().find(|(trained, _)| trained.span == network.span).map(|(_, train)| *train)
    };
    networks.into_iter().map(|network| (network, train(network))).collect()
}

/// Resolves a network and its recipe; `None` if the network has errors.
pub(crate) fn resolve(
    network: &Network,
    train: Option<&Train>,
    library: &Library<'_>,
    sink: &mut Sink,
) -> Option<Resolved> {
    sink.mark(network.name.span);
    let graph = network::build(network, library, sink);
    let Some(train) = train else {
        let graph = graph?;
        return Some(Resolved { learning: graph.clone(), graph, recipe: None, is_sound: true });
    };
    let mut recipe = recipe::read(train, library, sink);
    let mut graph = graph?;
    let before = sink.errors();
    let phases =
        labels::freeze(train, library, &mut graph, recipe.as_ref().map(|recipe| recipe.epochs), sink);
    let learning = labels::never_learned(&graph, &phases);
    if let Some(recipe) = &mut recipe {
        recipe.phases = phases;
    }
    recipe::check_loss(train, &graph, sink);
    data::check(train, &graph, recipe.as_ref(), sink);
    if let Some(recipe) = &recipe {
        data::check_scaling(train, &graph, recipe, sink);
        data::check_pictures(train, &graph, recipe, sink);
        batches::check(train, &graph, recipe, sink);
        labels::check(recipe, &learning, sink);
        augment::check(recipe, &graph, sink);
        metrics::check(train, &graph, recipe, sink);
        weights::check(train, &mut graph, recipe, sink);
    }
    let is_sound = sink.errors() == before;
    Some(Resolved { graph, recipe: recipe.filter(|_| is_sound), learning, is_sound })
}

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
use netwright_grammar::ast::{Ident, Network, Train};

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

/// A network to compile.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) network: &'a Network,
    /// The network's own name, or that of the recipe.
    pub(crate) name: &'a Ident,
    pub(crate) train: Option<&'a Train>,
}

/// Returns the text's own networks in source order, then imported ones that it trains, then those that are trained under other names; each
/// with its training.
pub(crate) fn targets<'a>(library: &Library<'a>, sink: &mut Sink) -> Vec<Target<'a>> {
    let trains = recipe::assign(library, sink);
    let mut networks: Vec<&Network> = library.own_networks().collect();
    for (network, train) in &trains {
        if train.name.is_none() && networks.iter().all(|known| known.span != network.span) {
            networks.push(network);
        }
    }
    let train = |network: &Network| {
        let is_own =
            |(trained, train): &&(&Network, &Train)| trained.span == network.span && train.name.is_none();
        trains.iter().find(is_own).map(|(_, train)| *train)
    };
    let plain =
        networks.into_iter().map(|network| Target { network, name: &network.name, train: train(network) });
    let named = trains.iter().filter_map(|(network, train)| {
        let name = train.name.as_ref()?;
        Some(Target { network, name, train: Some(train) })
    });
    let targets: Vec<Target<'_>> = plain.chain(named).collect();
    naming::check_modules(targets.iter().map(|target| target.name), sink);
    targets
}

/// Resolves a network and its recipe; `None` if the network has errors.
pub(crate) fn resolve(target: Target<'_>, library: &Library<'_>, sink: &mut Sink) -> Option<Resolved> {
    let Target { network, name, train } = target;
    sink.mark(network.name.span);
    let graph =
        network::build(network, library, sink).map(|graph| Graph { name: name.node.clone(), ..graph });
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

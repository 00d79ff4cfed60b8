//! From text to graphs: names, blocks, repeats and defaults are resolved, shapes are found, recipes are read.

mod augment;
mod batches;
mod cycles;
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
mod settings;
pub(crate) mod sink;
mod unfold;
mod weights;

use crate::{Diagnostic, Loader, Model, Program, budget, lint};
use library::Library;
use netwright_grammar::ast::{Network, Train};
use sink::Sink;

/// Everything that a source text describes, and everything there is to say about it.
///
/// The program holds those networks that have no error, if the text could be read at all: the text's own in source order, then imported ones that
/// it trains; a recipe is left out if it has an error. Diagnostics stand in the order of their places. It never fails and never panics; time and memory
/// are bounded for any text.
pub fn parse_program(name: &str, text: &str, loader: &dyn Loader) -> (Program, Vec<Diagnostic>) {
    let mut sink = Sink::default();
    let files = files::read(name, text, loader, &mut sink);
    let readable = sink.errors() == 0;
    let allowed = lint::allowed(&files.trees, &mut sink);
    let library = Library::new(&files, &mut sink);
    let trains = recipe::assign(&library, &mut sink);
    let mut networks: Vec<&Network> = library.own_networks().collect();
    for (network, _) in &trains {
        if networks.iter().all(|known| known.span != network.span) {
            networks.push(network);
        }
    }
    naming::check_modules(&networks, &mut sink);
    let mut models = vec![];
    for network in networks {
        let train = trains.iter().find(|(trained, _)| trained.span == network.span).map(|(_, train)| *train);
        let model = model(network, train, &library, &mut sink);
        models.extend(model.filter(|_| readable));
    }
    if sink.errors() == 0 {
        lint::source(&library, &mut sink);
    }
    let mut found = sink.finish();
    found.retain(|diagnostic| !allowed.silences(diagnostic));
    (Program { sources: files.sources.clone(), models }, found)
}

fn model(network: &Network, train: Option<&Train>, library: &Library<'_>, sink: &mut Sink) -> Option<Model> {
    sink.mark(network.name.span);
    let graph = network::build(network, library, sink);
    let Some(train) = train else {
        let graph = graph?;
        lint::graph(&graph, sink);
        return Some(Model { graph, recipe: None });
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
    recipe::check_data(train, &graph, sink);
    if let Some(recipe) = &recipe {
        recipe::check_scaling(train, &graph, recipe, sink);
        batches::check(train, &graph, recipe, sink);
        labels::check(recipe, &learning, sink);
    }
    lint::graph(&graph, sink);
    if let Some(recipe) = &recipe {
        augment::check(recipe, &graph, sink);
        metrics::check(train, &graph, recipe, sink);
        weights::check(train, &mut graph, recipe, sink);
    }
    let recipe = recipe.filter(|_| sink.errors() == before);
    if let Some(recipe) = &recipe {
        lint::recipe(&learning, recipe, train, sink);
    }
    let model = Model { graph, recipe };
    if sink.errors() == before
        && let Some(over) = budget::check(&model)
    {
        sink.push(over);
    }
    Some(model)
}

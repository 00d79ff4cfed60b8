//! Reads a file, shows what there is to say about it, and finds the network that a command is for.

use crate::args;
use crate::error::Error;
use crate::headers::{self, Absent};
use netwright_build::Source;
use netwright_compiler::render::{Colour, render};
use netwright_compiler::{Diagnostic, Model, Overrides};
use std::path::Path;

/// Reads a file and shows its diagnostics on standard error.
pub(crate) fn read(file: &Path) -> Result<Source, Error> {
    shown(Source::read(file)?)
}

/// Reads a file as [`read`] does, with settings of the command line.
pub(crate) fn read_recipe(recipe: &args::Recipe) -> Result<Source, Error> {
    let args::Recipe { network: args::Network { file, network }, set } = recipe;
    shown(Source::read_with(file, &Overrides { network: network.clone(), settings: set.clone() })?)
}

/// Checks that a text has no errors, and shows those that it has.
pub(crate) fn checked(source: Source) -> Result<Source, Error> {
    // Its advice was given when it was trained.
    if source.has_errors() { shown(source) } else { Ok(source) }
}

fn shown(source: Source) -> Result<Source, Error> {
    let shown = render(&source.diagnostics, &source.program.sources, Colour::Ansi);
    if !shown.is_empty() {
        anstream::eprintln!("{shown}");
    }
    if !source.has_errors() {
        return Ok(source);
    }
    let count = source.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    Err(errors(source.name, count))
}

fn errors(file: String, count: usize) -> Error {
    let count = if count == 1 { "an error".to_string() } else { format!("{count} errors") };
    Error::Source { file, count }
}

/// Compares the data of networks with them, and shows what does not fit.
pub(crate) fn look_at_data(source: &Source, models: &[&Model], absent: Absent) -> Result<(), Error> {
    let root = headers::root(Path::new(&source.name));
    let found: Vec<Diagnostic> =
        models.iter().flat_map(|model| headers::check(model, &root, absent)).collect();
    if found.is_empty() {
        return Ok(());
    }
    anstream::eprintln!("{}", render(&found, &source.program.sources, Colour::Ansi));
    Err(errors(source.name.clone(), found.len()))
}

/// Returns the network that is asked for, or else the only one, or else the only one with a `train` block.
pub(crate) fn network<'a>(source: &'a Source, wanted: &args::Network) -> Result<&'a Model, Error> {
    let models = &source.program.models;
    let names = || models.iter().map(|model| model.graph.name.as_str()).collect::<Vec<_>>().join(", ");
    let unfit = |message, help| Err(Error::Unfit { message, help });
    if let Some(name) = &wanted.network {
        return match models.iter().find(|model| model.graph.name == *name) {
            Some(model) => Ok(model),
            None => unfit(format!("{} has no network `{name}`", source.name), format!("it has: {}", names())),
        };
    }
    let mut trained = models.iter().filter(|model| model.recipe.is_some());
    match (&models[..], trained.next(), trained.next()) {
        ([model], ..) | (_, Some(model), None) => Ok(model),
        ([], ..) => unfit(
            format!("{} describes no network", source.name),
            "write one as `network Name { input [...] ... }`".into(),
        ),
        _ => unfit(
            format!("{} describes several networks", source.name),
            format!("choose one by `--network NAME`: {}", names()),
        ),
    }
}

/// Returns the network that is asked for, if `netwright train` can train it.
pub(crate) fn trainable<'a>(source: &'a Source, wanted: &args::Network) -> Result<&'a Model, Error> {
    let model = network(source, wanted)?;
    let name = &model.graph.name;
    let problem = match &model.recipe {
        None => Some((
            format!("`{name}` has no `train` block"),
            format!("write `train {name} {{ data ... }}`; for samples in memory, call the generated `train` from a program"),
        )),
        Some(recipe) if recipe.data.is_none() => Some((
            format!("the `train` block of `{name}` has no data"),
            "add a line such as `data csv(\"table.csv\")`; for samples in memory, call the generated `train` from a program"
                .into(),
        )),
        Some(_) => None,
    };
    match problem {
        Some((message, help)) => Err(Error::Unfit { message, help }),
        None => Ok(model),
    }
}

/// Returns the network that is asked for, if `netwright predict` can use it.
pub(crate) fn predictable<'a>(source: &'a Source, wanted: &args::Network) -> Result<&'a Model, Error> {
    let model = network(source, wanted)?;
    let graph = &model.graph;
    let inputs: Vec<&str> = graph.inputs.iter().map(|&input| graph.value(input).name.as_str()).collect();
    let outputs: Vec<&str> = graph.output_names.iter().map(String::as_str).collect();
    if model.has_data() {
        return Ok(model);
    }
    let several = [("inputs", inputs), ("outputs", outputs)].into_iter().find(|(_, names)| names.len() > 1);
    match several {
        Some((what, names)) => Err(Error::Unfit {
            message: format!(
                "`{}` has {} {what} ({}) and no `data`, which says how samples of several are read",
                graph.name,
                names.len(),
                names.join(", ")
            ),
            help: "add a `train` block with `data`, or call the generated `predict` from a program".into(),
        }),
        None => Ok(model),
    }
}

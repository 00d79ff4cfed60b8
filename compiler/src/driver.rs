//! The stages of a compilation, in their order. Each is a module; none calls a later one.
//!
//! | stage | module | makes |
//! | --- | --- | --- |
//! | parse | `netwright-grammar`, [`resolve::read`] | syntax trees of the text and of what it imports |
//! | set, search | [`resolve::set`], [`search`] | the same with settings of the command line; ranges are refused |
//! | resolve | [`resolve`] | graphs and recipes: names, blocks, repeats, defaults and shapes are found |
//! | lint | [`lint`] | advice about what compiles |
//! | plan | [`passes`](crate::passes) | kernel calls, phases and memory |
//! | budget | [`budget`] | an error where a training takes more memory than its recipe allows |
//! | emit | [`generate`](crate::generate) | Rust |

use crate::program::{Loader, Model, Overrides, Program};
use crate::resolve::{self, Library};
use crate::sink::Sink;
use crate::{budget, lint, search};
use netwright_grammar::Diagnostic;

/// Compiles a source text to its networks and all diagnostics about it.
///
/// The program holds those networks that have no error, if the text could be read at all: the text's own in source order, then imported ones that
/// it trains, then those that are trained under other names; a recipe is left out if it has an error. Diagnostics stand in the order of their places. It never fails and never panics; time and memory
/// are bounded for any text.
pub fn parse_program(name: &str, text: &str, loader: &dyn Loader) -> (Program, Vec<Diagnostic>) {
    parse_program_with(name, text, loader, &Overrides::default())
}

/// Compiles a source text as [`parse_program`] does, with some settings of its `train` blocks replaced. Diagnostics about one of these stand in
/// a text of their own.
pub fn parse_program_with(
    name: &str,
    text: &str,
    loader: &dyn Loader,
    overrides: &Overrides,
) -> (Program, Vec<Diagnostic>) {
    let mut sink = Sink::default();
    let mut files = resolve::read(name, text, loader, &mut sink);
    if sink.errors() == 0 {
        resolve::set::apply(&mut files, overrides, &mut sink);
    }
    search::refuse(&files.trees, &files.sources, &mut sink);
    let readable = sink.errors() == 0;
    let allowed = lint::allowed(&files.trees, &mut sink);
    let library = Library::new(&files, &mut sink);
    let mut models = vec![];
    for target in resolve::targets(&library, &mut sink) {
        let Some(resolved) = resolve::resolve(target, &library, &mut sink) else { continue };
        lint::network(&resolved, target.train, &mut sink);
        let model = Model { graph: resolved.graph, recipe: resolved.recipe };
        if resolved.is_sound {
            budget::check(&model).into_iter().for_each(|over| sink.push(over));
        }
        models.extend(Some(model).filter(|_| readable));
    }
    if sink.errors() == 0 {
        lint::source(&library, &mut sink);
    }
    let mut found = sink.finish();
    found.retain(|diagnostic| !allowed.silences(diagnostic));
    (Program { sources: files.sources.clone(), models }, found)
}

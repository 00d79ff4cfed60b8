//! The check that a training fits into the memory that its recipe allows.

use crate::args::list;
use crate::bytes::size;
use crate::codegen::{self, Options};
use crate::graph::{Graph, Param};
use crate::kernels::tape::Element;
use crate::passes::{Home, Plan};
use crate::program::Model;
use crate::recipe::{Budget, Recipe};
use netwright_grammar::Diagnostic;
use std::cmp::Reverse;

/// The number of tensors that an error names, the largest ones.
const NAMED: usize = 3;

/// Bytes that a training holds, its data apart.
struct Needs {
    parameters: usize,
    gradients: usize,
    /// The optimizer's.
    state: usize,
    /// Copies of the parameters: their average, and the best ones so far.
    copies: usize,
    /// Bytes of the values that a step computes.
    values: usize,
    /// The bytes of each tensor, the largest first.
    tensors: Vec<(String, usize)>,
}

/// Returns the error for a training that needs more than its recipe allows.
pub(crate) fn check(model: &Model) -> Option<Diagnostic> {
    let recipe = model.recipe.as_ref()?;
    let Budget { bytes, span } = recipe.memory?;
    let needs = Needs::of(&model.graph, recipe)?;
    if needs.sum() <= bytes {
        return None;
    }
    let parts = [
        (needs.parameters, "parameters"),
        (needs.gradients, "gradients"),
        (needs.state, "the optimizer's state"),
        (needs.copies, "copies of the parameters"),
        (needs.values, "the values of a step"),
    ];
    let parts = parts.into_iter().filter(|(bytes, _)| *bytes > 0);
    let parts: Vec<String> = parts.map(|(bytes, what)| format!("{} for {what}", size(bytes))).collect();
    let largest = needs.tensors.iter().take(NAMED);
    let largest: Vec<String> = largest.map(|(name, bytes)| format!("`{name}` {}", size(*bytes))).collect();
    let message = format!("training `{}` takes {}", model.graph.name, size(needs.sum()));
    let diagnostic = Diagnostic::error("E0512", span, message)
        .here(format!("{} are allowed", size(bytes)))
        .help(list(&parts, "and"))
        .help(format!("most of it is of {}", list(&largest, "and")));
    Some(match fitting_batch(&model.graph, recipe, bytes) {
        Some((batch, least)) => diagnostic.help(format!("with `batch {batch}` it takes {}", size(least))),
        None => diagnostic.help("no smaller batch would do: the parameters themselves must become fewer"),
    })
}

/// Returns the largest half, quarter or so on of the batch that fits, with its bytes.
fn fitting_batch(graph: &Graph, recipe: &Recipe, bytes: usize) -> Option<(usize, usize)> {
    let mut smaller = recipe.clone();
    while smaller.batch > 1 {
        smaller.batch /= 2;
        let least = Needs::of(graph, &smaller)?.sum();
        if least <= bytes {
            return Some((smaller.batch, least));
        }
    }
    None
}

impl Needs {
    /// Returns the needs of the phase that needs most.
    fn of(graph: &Graph, recipe: &Recipe) -> Option<Needs> {
        let model = Model { graph: graph.clone(), recipe: Some(recipe.clone()) };
        let later = recipe.phases.iter().filter_map(|phase| Needs::of_phase(&model.in_phase(phase), recipe));
        later.chain(Needs::of_phase(&model, recipe)).max_by_key(Needs::sum)
    }

    fn of_phase(model: &Model, recipe: &Recipe) -> Option<Needs> {
        let graph = &model.graph;
        let plan = codegen::training_plan(model, &Options::default())?;
        let numbers = |chosen: &dyn Fn(&Param) -> bool| {
            graph.params.iter().filter(|param| chosen(param)).map(Param::len).sum::<usize>()
        };
        let all = 4 * numbers(&|_| true);
        let learned = 4 * numbers(&Param::is_learned);
        let remembered = |param: &Param| 4 * codegen::remembered(&recipe.optimizer, param);
        let sums = 1 + usize::from(recipe.accumulate > 1);
        let copies = usize::from(recipe.ema.is_some()) + usize::from(recipe.stop.is_some());
        let mut tensors = values(&plan);
        tensors.extend(graph.params.iter().map(|param| {
            let kept = if param.is_learned() { 4 * sums * param.len() + remembered(param) } else { 0 };
            (param.name.clone(), 4 * param.len() * (1 + copies) + kept)
        }));
        tensors.sort_by_key(|(_, bytes)| Reverse(*bytes));
        Some(Needs {
            parameters: all,
            gradients: sums * learned,
            state: graph.params.iter().filter(|param| param.is_learned()).map(remembered).sum(),
            copies: copies * all,
            values: plan.memory.bytes(&plan.place),
            tensors,
        })
    }

    fn sum(&self) -> usize {
        self.parameters + self.gradients + self.state + self.copies + self.values
    }
}

/// Returns the bytes of each value of a step; some share their memory with others.
fn values(plan: &Plan) -> Vec<(String, usize)> {
    let place = &plan.place;
    let slots = plan.memory.slots.iter().zip(&plan.tape.values);
    let bytes = slots.filter_map(|(slot, value)| {
        let slot = slot.as_ref()?;
        let times = match slot.home {
            Home::Tile => place.lanes * place.tile,
            Home::Lane => place.lanes * place.lane,
            Home::Partial => place.lanes,
            Home::Batch => place.batch,
            Home::Whole => 1,
        };
        let each = if value.element == Element::Byte { 1 } else { 4 };
        Some((value.name.clone(), times * slot.len * each))
    });
    bytes.collect()
}

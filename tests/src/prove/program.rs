//! The programs that run the cases.

use super::{Extent, Trial, is_random};
use crate::golden::{self, Case};
use crate::project::Project;
use crate::trial::{self, End, Given, Steps};
use netwright_compiler::graph::Graph;
use netwright_compiler::ops::{Noise, Operator};
use netwright_compiler::recipe::Recipe;
use netwright_compiler::{Model, Options, generate, pretty};
use std::fmt::Write as _;

/// Returns a program's name.
pub(super) fn name(program: usize) -> String {
    format!("part{program}")
}

/// Writes a program and what it reads.
pub(super) fn write<'a>(project: &Project, program: usize, trials: impl Iterator<Item = &'a Trial>) {
    let folder = format!("src/bin/{}", name(program));
    let mut main = trial::PRELUDE.to_string();
    let mut calls = String::new();
    for Trial { case, extent } in trials {
        let name = &case.name;
        let (modules, body) = trial_of(case, *extent);
        for (module, model) in modules {
            let options = Options { input_gradient: true, ..Options::default() };
            let code = pretty(generate(&model, &options)).expect("generated code is Rust");
            project.write(&format!("{folder}/{module}.rs"), &code);
            let _ = writeln!(main, "mod {module};");
        }
        let _ = writeln!(main, "fn run_{name}() {{\n{body}}}");
        let _ = writeln!(calls, "    run_{name}();");
        project.write(&format!("{name}.txt"), &numbers(case));
    }
    let _ = writeln!(main, "fn run() {{\n{calls}}}\n{MAIN}");
    project.write(&format!("{folder}/main.rs"), &main);
}

/// Returns a case's networks with their names, and the code that runs them.
fn trial_of(case: &Case, extent: Extent) -> (Vec<(String, Model)>, String) {
    let name = &case.name;
    let Model { graph, recipe } = case.model();
    let graph = if is_random(case) { graph } else { without_noise(graph) };
    let own = recipe.is_some();
    let batch = case.arrays("inputs")[0].shape()[0];
    let descent = Recipe { batch, ..golden::descent() };
    let recipe = recipe.unwrap_or_else(|| descent.clone());
    let mut modules = vec![(name.clone(), Model { graph: graph.clone(), recipe: Some(recipe.clone()) })];
    let mut body = trial::start(name, name, &graph);
    if extent == Extent::Whole {
        body += &trial::predict(name, &graph);
    }
    if is_random(case) {
        return (modules, body);
    }
    match (extent, changes_a_step(&recipe)) {
        (Extent::Steps, _) => (),
        (Extent::Whole, true) => {
            let once = format!("{name}_once");
            modules.push((once.clone(), Model { graph: graph.clone(), recipe: Some(descent) }));
            body += &format!("{{\n{}{}}}\n", trial::start(&once, name, &graph), trial::step(&once, &graph));
        }
        (Extent::Whole, false) => body += &format!("{{\n{}}}\n", trial::step(name, &graph)),
    }
    if own || case.find("after_100").is_some() {
        let steps = Steps {
            count: if own { case.numbers("losses").len() } else { golden::STEPS },
            rate: recipe.optimizer.rate(),
            parts: case.parts(),
            end: End { accumulates: recipe.accumulate > 1, averages: recipe.ema.is_some() },
        };
        body += &trial::steps(name, &graph, &steps);
    }
    (modules, body)
}

/// Returns true if one step on the whole batch would change the loss's gradients or what they are gradients
/// of.
fn changes_a_step(recipe: &Recipe) -> bool {
    recipe.accumulate > 1 || recipe.clip.is_some() || !recipe.max_norms.is_empty() || recipe.ema.is_some()
}

/// Removes the noise of a network: PyTorch's has none either, because the case is about the other layers.
fn without_noise(mut graph: Graph) -> Graph {
    const NEVER: f64 = 1e-9;
    for node in &mut graph.nodes {
        if let Operator::Noise(noise) = &mut node.op {
            let (Noise::Dropout(p)
            | Noise::SpatialDropout(p)
            | Noise::StochasticDepth(p)
            | Noise::AlphaDropout(p)
            | Noise::Gaussian(p)) = noise;
            *p = NEVER;
        }
    }
    graph
}

fn numbers(case: &Case) -> String {
    let graph = case.model().graph;
    let seen = if case.find("running").is_some() { case.named("running") } else { vec![] };
    let given = Given {
        params: &case.params(&graph),
        seen: &seen,
        inputs: &case.arrays("inputs"),
        targets: &case.targets(&graph),
        weights: &case.weights().unwrap_or_default(),
    };
    trial::numbers(&graph, &given)
}

/// A `main` that runs everything once with each instruction set.
const MAIN: &str = "
fn main() {
    use netwright::__private::isa::Isa;
    for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
        if Isa::limit(isa) == isa {
            println!(\"isa {isa:?}\");
            run();
        }
    }
}
";

//! Whole trainings: the reference trainer ends where PyTorch ends, and generated code ends where the reference trainer ends.

use ndarray::ArrayD;
use netwright_compiler::graph::Graph;
use netwright_compiler::ops::TargetKind;
use netwright_compiler::{Model, Options, generate, pretty};
use netwright_tests::golden::{self, Case};
use netwright_tests::project::Project;
use netwright_tests::random::{self, Random, recipes};
use netwright_tests::samples::{Samples, samples};
use netwright_tests::trial::{self, Given};
use netwright_tests::{oracle, programs};
use std::collections::HashMap;

/// Both are in 64 bits, and the files have eleven digits.
const RELATIVE: f64 = 1e-8;
const ABSOLUTE: f64 = 1e-9;

fn close(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() <= RELATIVE * wanted.abs() + ABSOLUTE
}

/// Compares a training of the reference trainer with PyTorch's numbers.
fn check(case: &Case) {
    let model = case.model();
    let graph = &model.graph;
    let samples = |inputs: &str, targets: &str| Samples {
        params: case.params(graph),
        inputs: case.arrays(inputs),
        targets: case.targets_of(targets, graph),
    };
    let training = samples("inputs", "targets");
    let held_out = samples("held_inputs", "held_targets");
    let is_held_out = held_out.inputs[0].shape()[0] > 0;
    let orders: Vec<Vec<usize>> = case
        .get("orders")
        .as_array()
        .expect("a list")
        .iter()
        .map(|order| {
            order
                .as_array()
                .expect("a list")
                .iter()
                .map(|row| row.as_u64().expect("a row") as usize)
                .collect()
        })
        .collect();
    let outcome =
        oracle::train(&model, &training, is_held_out.then_some(&held_out), |epoch| orders[epoch - 1].clone());
    let name = &case.name;
    assert_eq!(outcome.epochs as f64, case.number("epochs"), "{name}: epochs");
    assert_eq!(outcome.best as f64, case.number("best"), "{name}: the best epoch");
    for (epoch, (found, wanted)) in outcome.held_out.iter().zip(case.numbers("held_out")).enumerate() {
        assert!(
            close(*found, wanted),
            "{name}: the held-out loss of epoch {epoch} is {found}, but PyTorch says {wanted}"
        );
    }
    for (tensor, wanted) in case.named("trained") {
        let found = param(&model, &outcome.params, tensor);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!(close(*found, *wanted), "{name}: {tensor} has {found}, but PyTorch says {wanted}");
        }
    }
}

fn param<'a>(model: &Model, params: &'a [ArrayD<f64>], name: &str) -> &'a ArrayD<f64> {
    let at = model.graph.params.iter().position(|param| param.name == name);
    &params[at.unwrap_or_else(|| panic!("there is no {name}"))]
}

#[test]
fn the_reference_trainer_agrees_with_pytorch() {
    let cases = golden::trainings();
    assert!(cases.len() >= 12, "only {} trainings", cases.len());
    cases.iter().for_each(check);
}

/// Random networks with random recipes.
const NETWORKS: usize = 40;

/// Largest difference of a trained tensor from the reference trainer's, relative to how far training moved it or, where it
/// hardly moved, to a hundredth of the farthest.
const TOLERANCE: f64 = 2e-3;

/// A training of one network.
struct Trial {
    text: String,
    model: Model,
    training: Samples,
    held_out: Option<Samples>,
}

/// Returns networks that files could train, with one to three full batches and a rest of any size.
fn trials() -> impl Iterator<Item = Trial> {
    (0..).filter_map(|seed| {
        let text = random::network_without_dropout(seed);
        let graph = programs::model(&text).graph;
        if graph.inputs.len() > 1 || graph.outputs.len() > 1 || graph.losses.len() > 1 {
            return None;
        }
        // A data set has a class for each sample, and not for each pixel.
        let used = &graph.losses[0];
        let pixels: usize = graph.value(used.value).shape[1..].iter().product();
        if used.loss.targets() == TargetKind::Class && pixels > 1 {
            return None;
        }
        let mut random = Random::new(seed);
        let (network, train) = text.split_once("train Random {\n").expect("a recipe");
        let batch = train.lines().next().expect("the batch comes first");
        let recipe = recipes::recipe(&graph, text.contains("stem:"), &mut random);
        let text = format!("{network}train Random {{\n{batch}\n{recipe}}}\n");
        let model = programs::model(&text);
        let recipe = model.recipe.as_ref().expect("a recipe");
        // A batch norm takes its statistics of at least four numbers, for which a rest may be too small.
        let rest = if oracle::has_batch_statistics(&graph) { 0 } else { random.whole(0, recipe.batch - 1) };
        let count = recipe.batch * random.whole(1, 3) + rest;
        let training = samples(&graph, count, seed);
        let held_out = (!recipe.held_out.is_none()).then(|| samples(&graph, random.whole(1, 5), seed + 1));
        Some(Trial { text, model, training, held_out })
    })
}

#[test]
fn generated_trainings_agree_with_the_reference_trainer() {
    let trials: Vec<Trial> = trials().take(NETWORKS).collect();
    let project = Project::new(env!("CARGO_TARGET_TMPDIR"), "trainings", &["train"]);
    let mut main = format!("{}{PROGRAM}", trial::PRELUDE);
    let mut calls = String::new();
    let options = Options { training_loop: true, ..Options::default() };
    for (i, Trial { model, training, held_out, .. }) in trials.iter().enumerate() {
        let code = pretty(generate(model, &options)).expect("generated code is Rust");
        project.write(&format!("src/net{i}.rs"), &code);
        project.write(&format!("net{i}.txt"), &numbers(model, training));
        if let Some(held_out) = held_out {
            project.write(&format!("net{i}_held_out.txt"), &numbers(model, held_out));
        }
        main += &format!("mod net{i};\n");
        let held_out = held_out.as_ref().map(|_| format!("net{i}_held_out"));
        let (shape, kind) = (&model.graph.value(model.graph.inputs[0]).shape, kind(&model.graph));
        calls += &format!("    train!(net{i}, \"net{i}\", {held_out:?}, {shape:?}, \"{kind}\");\n");
    }
    project.write("src/main.rs", &format!("{main}fn main() {{\n{calls}}}\n"));
    let folder = project.folder().display().to_string();
    let found = trial::printed(&project.run(&[("FOLDER", &folder), ("RAYON_NUM_THREADS", "2")]));
    let wrong: Vec<String> = trials
        .iter()
        .enumerate()
        .flat_map(|(i, trial)| differences(&format!("net{i}"), trial, &found))
        .collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// Returns the kind of a sample's target.
fn kind(graph: &Graph) -> &'static str {
    match graph.losses[0].loss.targets() {
        _ if graph.losses[0].target.is_some() => "input",
        TargetKind::Class => "classes",
        TargetKind::Share | TargetKind::Number => "values",
    }
}

fn numbers(model: &Model, samples: &Samples) -> String {
    let Samples { params, inputs, targets } = samples;
    trial::numbers(&model.graph, &Given { params, seen: &[], inputs, targets, weights: &[] })
}

/// Returns the differences between a generated training and the reference trainer.
fn differences(net: &str, trial: &Trial, found: &HashMap<String, Vec<f64>>) -> Vec<String> {
    let Trial { text, model, training, held_out } = trial;
    let seed = model.recipe.as_ref().expect("a recipe").seed;
    let count = training.inputs[0].shape()[0];
    let order = |epoch: usize| {
        netwright::rng::permutation(seed, epoch as u64, count).into_iter().map(|row| row as usize).collect()
    };
    let wanted = oracle::train(model, training, held_out.as_ref(), order);
    let mut wrong = vec![];
    let epochs = [wanted.epochs as f64, wanted.best as f64];
    if found[&format!("{net} epochs")] != epochs {
        wrong.push(format!(
            "{net}: {:?} instead of {epochs:?} epochs\n{text}",
            found[&format!("{net} epochs")]
        ));
        return wrong;
    }
    let largest = |differences: &mut dyn Iterator<Item = f64>| {
        differences.fold(0.0, |a: f64, b| if b.is_nan() { b } else { a.max(b) })
    };
    let moved = |at: usize| {
        largest(
            &mut wanted.params[at]
                .iter()
                .zip(&training.params[at])
                .map(|(after, before)| (after - before).abs()),
        )
    };
    let farthest = largest(&mut (0..wanted.params.len()).map(moved));
    for (at, param) in model.graph.params.iter().enumerate() {
        let ours = &found[&format!("{net} trained {}", param.name)];
        let difference = largest(&mut ours.iter().zip(&wanted.params[at]).map(|(x, y)| (x - y).abs()));
        let relative = difference / moved(at).max(0.01 * farthest).max(1e-3);
        if relative.is_nan() || relative > TOLERANCE {
            wrong.push(format!("{net}: {} differs by {relative:.1e}, {count} samples\n{text}", param.name));
        }
    }
    wrong
}

/// Trains a network as its recipe says, prints its parameters and how many epochs it took, and makes sure that an evaluation of
/// the result is the one in the log.
const PROGRAM: &str = r#"
use netwright::data::{Dataset, Targets};
use netwright::train::{Epoch, evaluate};

fn dataset(name: Option<&str>, shape: &[usize], kind: &str) -> Dataset {
    let file = name.map(read).unwrap_or_default();
    let floats = |name: &str| file.get(name).into_iter().flatten().map(|&x| x as f32).collect::<Vec<f32>>();
    let targets = match kind {
        "classes" => Targets::Classes(floats("targets0").into_iter().map(|x| x as u32).collect()),
        "values" => Targets::Values(floats("targets0")),
        _ => Targets::Inputs,
    };
    Dataset::new(shape, floats("input0"), targets).unwrap()
}

macro_rules! train {
    ($net:ident, $name:literal, $held_out:expr, $shape:expr, $kind:literal) => {{
        let (net, _, params) = start!($net, $name);
        let (training, held_out) = (dataset(Some($name), &$shape, $kind), dataset($held_out, &$shape, $kind));
        let mut losses = vec![];
        let mut log = |epoch: &Epoch| losses.push(epoch.held_out.as_ref().map(|found| found.evaluation.loss));
        let trained = $net::train(&$net::RECIPE, params, &training, &held_out, &mut log).unwrap();
        print_all(net, "trained ", trained.params.tensors());
        let kept = trained.best.unwrap_or(trained.epochs);
        print(net, "epochs", &[trained.epochs as f32, kept as f32]);
        let evaluated = evaluate::<$net::Model>(&trained.params, &held_out, $net::RECIPE.loss).unwrap();
        let evaluated = evaluated.map(|found| found.loss.to_bits());
        assert_eq!(evaluated, losses[kept - 1].map(f64::to_bits), "{net}: evaluated as in the log");
    }};
}
"#;

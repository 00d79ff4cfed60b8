//! Reference trainer: a recipe's whole training in 64 bits, over the reference interpreter.
//!
//! It follows docs/language.md and shares no code with the runtime: batches and their rests, schedules, accumulation, sample
//! weights, phases, averages, early stopping. Generated trainings must end where this one ends (`tests/tests/trainings.rs`), and
//! this one where PyTorch ends (`tests/golden/trainings.py`).

mod rate;

use crate::samples::Samples;
use ndarray::{ArrayD, Axis};
use netwright_compiler::Model;
use netwright_compiler::graph::Graph;
use netwright_compiler::ops::Loss;
use netwright_compiler::recipe::{Recipe, Watch, Weights};
use netwright_interpreter::{Interpreter, Mode, OptimizerState, Targets};
use rate::{Plateau, factor};

/// Result of a training.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One for each of the graph's parameters: the best ones if the recipe stops early, else the last; averages under `ema`.
    pub params: Vec<ArrayD<f64>>,
    /// Epochs that were trained.
    pub epochs: usize,
    /// Epoch of the parameters, counted from 1.
    pub best: usize,
    /// Loss on the held-out samples after each epoch, where there are any.
    pub held_out: Vec<f64>,
}

/// Trains on `training`, whose samples `order` puts in order for each epoch, counted from 1.
///
/// # Panics
/// If the samples do not fit the network.
pub fn train(
    model: &Model,
    training: &Samples,
    held_out: Option<&Samples>,
    order: impl Fn(usize) -> Vec<usize>,
) -> Outcome {
    let recipe = model.recipe.as_ref().expect("the network has a recipe");
    let graphs = phases(model, recipe);
    let samples = training.inputs[0].shape()[0];
    let sizes = sizes(samples, recipe.batch, recipe.needs_several_samples(&model.graph).is_some());
    let weights = recipe.weights.as_ref().map(|weights| weights_of(weights, training));
    let mut plateau = Plateau::new(&recipe.schedule);
    let mut watched: Option<(f64, usize, Vec<ArrayD<f64>>)> = None;
    let mut outcome = Outcome { params: training.params.clone(), epochs: 0, best: 0, held_out: vec![] };
    let mut params = training.params.clone();
    let mut step = 0;
    for (at, (from, graph)) in graphs.iter().enumerate() {
        let until = graphs.get(at + 1).map_or(recipe.epochs, |(next, _)| recipe.epochs.min(*next));
        if *from > outcome.epochs {
            break;
        }
        let mut net = Interpreter::with_params(graph, params.clone()).expect("the parameters fit");
        let mut state = OptimizerState::new(&net, recipe);
        while outcome.epochs < until {
            outcome.epochs += 1;
            let order = order(outcome.epochs);
            let mut rest = &order[..];
            let mut rate = 0.0;
            for &size in &sizes {
                let (rows, others) = rest.split_at(size);
                rest = others;
                rate = recipe.optimizer.rate()
                    * factor(&recipe.schedule, step, sizes.len(), recipe.epochs)
                    * plateau.factor;
                net.weights = weights.as_ref().map(|weights| rows.iter().map(|&row| weights[row]).collect());
                let batch = pick(training, rows);
                let gradients = net.gradients(&batch.inputs, &batch.targets).expect("the samples fit");
                net.step(&mut state, &gradients, rate);
                step += 1;
            }
            net.finish(&mut state, rate);
            let result = state.average.as_ref().unwrap_or(&net.params).clone();
            outcome.params.clone_from(&result);
            outcome.best = outcome.epochs;
            let Some(held_out) = held_out else { continue };
            let loss = loss(graph, &result, held_out);
            outcome.held_out.push(loss);
            plateau.note(loss);
            if let Some(stop) = &recipe.stop {
                assert_eq!(stop.on, Watch::ValLoss, "this trainer watches the loss");
                if watched.as_ref().is_none_or(|(best, ..)| loss < *best) {
                    watched = Some((loss, outcome.epochs, result));
                }
                let best = watched.as_ref().map_or(0, |(_, epoch, _)| *epoch);
                if outcome.epochs - best >= stop.patience {
                    return finish(outcome, watched);
                }
            }
        }
        params = net.params;
    }
    finish(outcome, watched)
}

fn finish(outcome: Outcome, watched: Option<(f64, usize, Vec<ArrayD<f64>>)>) -> Outcome {
    match watched {
        Some((_, best, params)) => Outcome { params, best, ..outcome },
        None => outcome,
    }
}

/// Computes the loss of predictions, without penalties.
fn loss(graph: &Graph, params: &[ArrayD<f64>], samples: &Samples) -> f64 {
    let mut net = Interpreter::with_params(graph, params.to_vec()).expect("the parameters fit");
    net.loss(&samples.inputs, &samples.targets, Mode::Inference).expect("the samples fit")
}

/// Returns the epochs after which each phase begins, and the network with what is frozen in it.
fn phases(model: &Model, recipe: &Recipe) -> Vec<(usize, Graph)> {
    let later = recipe.phases.iter().map(|phase| (phase.after, model.in_phase(phase).graph));
    std::iter::once((0, model.graph.clone())).chain(later).collect()
}

/// Returns the number of samples of each batch of an epoch.
fn sizes(samples: usize, batch: usize, several: bool) -> Vec<usize> {
    let mut sizes = vec![batch; samples / batch];
    match samples % batch {
        0 => {}
        // A batch norm needs two samples, so the batch before gives one away.
        1 if several => {
            *sizes.last_mut().expect("there are more samples than one") -= 1;
            sizes.push(2);
        }
        rest => sizes.push(rest),
    }
    sizes
}

/// Returns the weight of each training sample.
fn weights_of(weights: &Weights, training: &Samples) -> Vec<f64> {
    let classes: Vec<usize> = match &training.targets[0] {
        Targets::Classes(classes) => classes.iter().copied().collect(),
        Targets::Values(values) => values.iter().map(|&yes| usize::from(yes > 0.5)).collect(),
    };
    match weights {
        Weights::Classes(weights) => classes.iter().map(|&class| weights[class]).collect(),
        Weights::Balanced => {
            let count = |class: usize| classes.iter().filter(|&&other| other == class).count();
            let occurring =
                (0..=classes.iter().copied().max().unwrap_or(0)).filter(|&class| count(class) > 0).count();
            classes.iter().map(|&class| classes.len() as f64 / (occurring * count(class)) as f64).collect()
        }
        Weights::Given => panic!("a recipe with data has no given weights"),
    }
}

/// Returns some of the samples, in this order.
///
/// # Panics
/// If there is no such sample.
pub fn pick(samples: &Samples, rows: &[usize]) -> Samples {
    let inputs = samples.inputs.iter().map(|x| x.select(Axis(0), rows)).collect();
    let targets = samples.targets.iter().map(|targets| match targets {
        Targets::Classes(classes) => Targets::Classes(classes.select(Axis(0), rows)),
        Targets::Values(values) => Targets::Values(values.select(Axis(0), rows)),
    });
    Samples { params: samples.params.clone(), inputs, targets: targets.collect() }
}

/// Returns true if a batch's samples are taken together, so that its parts have other gradients.
pub fn has_batch_statistics(graph: &Graph) -> bool {
    use netwright_compiler::ops::Operator;
    graph.nodes.iter().any(|node| matches!(node.op, Operator::BatchNorm(_)))
}

/// Returns true if the loss is a mean over the weights of targets.
pub fn has_own_mean(graph: &Graph) -> bool {
    graph.losses.iter().any(|used| matches!(&used.loss, Loss::CrossEntropy(ce) if ce.is_weighted()))
}

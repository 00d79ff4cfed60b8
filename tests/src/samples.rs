//! Random numbers to run a network with.

use crate::random::Random;
use ndarray::{ArrayD, IxDyn};
use netwright_compiler::graph::{Graph, Param, Role};
use netwright_compiler::ops::{Loss, TargetKind};
use netwright_interpreter::Targets;

/// Parameters and one batch. Every number is exactly a 32-bit one, so that generated code can begin with the same.
#[derive(Clone, Debug)]
pub struct Samples {
    /// One for each of [`Graph::params`], running statistics included.
    pub params: Vec<ArrayD<f64>>,
    /// One for each of [`Graph::inputs`], batch first.
    pub inputs: Vec<ArrayD<f64>>,
    /// One for each of [`Graph::with_targets`].
    pub targets: Vec<Targets>,
}

/// Draws the samples of a seed: inputs around -2 to 2, weights that neither grow nor shrink what goes through
/// them, variances and scales around 1, and targets that fit the losses.
pub fn samples(graph: &Graph, batch: usize, seed: u64) -> Samples {
    let mut random = Random::new(seed);
    let params = graph.params.iter().map(|param| parameter(param, &mut random)).collect();
    let whole_batch = |shape: &[usize]| IxDyn(&[&[batch], shape].concat());
    let inputs = graph
        .inputs
        .iter()
        .map(|&id| {
            ArrayD::from_shape_simple_fn(whole_batch(&graph.value(id).shape), || random.number(-2.0, 2.0))
        })
        .collect();
    let targets = graph
        .with_targets()
        .map(|used| {
            let shape = &graph.value(used.value).shape;
            match used.loss.targets() {
                TargetKind::Class => {
                    let ignored = match &used.loss {
                        Loss::CrossEntropy(ce) => ce.ignore_index,
                        _ => None,
                    };
                    let class = || match ignored {
                        Some(label) if random.percent(30) => label as u32 as usize,
                        _ => random.whole(0, shape[0] - 1),
                    };
                    Targets::Classes(ArrayD::from_shape_simple_fn(whole_batch(&shape[1..]), class))
                }
                TargetKind::Share => {
                    Targets::Values(ArrayD::from_shape_simple_fn(whole_batch(shape), || {
                        random.number(0.0, 1.0)
                    }))
                }
                TargetKind::Number => {
                    Targets::Values(ArrayD::from_shape_simple_fn(whole_batch(shape), || {
                        random.number(-1.0, 1.0)
                    }))
                }
            }
        })
        .collect();
    Samples { params, inputs, targets }
}

fn parameter(param: &Param, random: &mut Random) -> ArrayD<f64> {
    let (low, high) = match param.role {
        Role::Weight => {
            // Uniform with a variance of 1 / fan_in.
            let fan_in: usize = param.shape[1..].iter().product();
            let bound = (3.0 / fan_in as f64).sqrt();
            (-bound, bound)
        }
        Role::Slope => (0.05, 0.6),
        Role::Norm if param.name.ends_with("weight") => (0.5, 1.5),
        Role::Statistic if param.name.ends_with("var") => (0.5, 1.5),
        Role::Bias | Role::Norm | Role::Statistic => (-0.5, 0.5),
    };
    ArrayD::from_shape_simple_fn(IxDyn(&param.shape), || random.number(low, high))
}

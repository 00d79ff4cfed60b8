//! Units that do nothing: those of some samples, which the reference interpreter runs through the trained network.

use super::Training;
use super::facts::Array;
use ndarray::{ArrayD, IxDyn};
use netwright_compiler::graph::Graph;
use netwright_compiler::interpreter::{Interpreter, Mode};
use netwright_compiler::ops::{Activation, Operator};
use netwright_compiler::table::{layers as rows, totals};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use std::fs;

/// Values as near to a limit as this are at it.
pub(super) const NEAR: f64 = 0.02;
/// A unit that is at its limits for a larger share of values is saturated.
pub(super) const MOSTLY: f64 = 0.95;
/// Samples from which on something can be said.
pub(super) const ENOUGH: usize = 16;
/// Operations that the interpreter, which is slow, may take; and the fewest samples.
const WORK: u64 = 40_000_000;
const FEWEST: usize = 8;

/// Units of a network, over some samples.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Units {
    pub(super) samples: usize,
    pub(super) layers: Vec<Layer>,
}

/// Units of an activation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) units: usize,
    pub(super) dead: usize,
    pub(super) saturated: usize,
    pub(super) can_die: bool,
    pub(super) can_saturate: bool,
    /// The share of all values that are zero or at a limit.
    pub(super) quiet: f64,
}

/// The values at which an activation has no slope: zero, where units die, and others, where they saturate.
struct Limits {
    dies: bool,
    limits: &'static [f64],
}

fn limits(activation: Activation) -> Option<Limits> {
    Some(match activation {
        Activation::Relu => Limits { dies: true, limits: &[] },
        Activation::Relu6 => Limits { dies: true, limits: &[6.0] },
        Activation::Sigmoid | Activation::HardSigmoid => Limits { dies: false, limits: &[0.0, 1.0] },
        Activation::Tanh | Activation::Softsign => Limits { dies: false, limits: &[-1.0, 1.0] },
        _ => return None,
    })
}

/// Counts the units of a trained network; the reason why not, if it cannot.
pub(super) fn of(training: &Training<'_>) -> Result<Units, String> {
    let Training { facts, model, .. } = training;
    let graph = &model.graph;
    let looked = facts.count("data.looked");
    let Some(inputs) = facts.numbers("data.looked").filter(|_| looked > 0) else {
        return Err("no samples were kept for it".into());
    };
    let flops = totals(&rows(graph)).flops.max(1);
    let samples = looked.min((WORK / flops) as usize);
    if samples < FEWEST.min(looked) {
        return Err("the network is too large for the interpreter that counts them".into());
    }
    let params = params(graph, &facts.weights())?;
    let inputs = given(graph, &inputs, looked, samples).ok_or("the samples are of another network")?;
    let mut interpreter = Interpreter::with_params(graph, params).map_err(|error| error.to_string())?;
    let values = interpreter.values(&inputs, Mode::Inference).map_err(|error| error.to_string())?;
    let mut layers = vec![];
    for node in &graph.nodes {
        // An answer near its limit is a sure one.
        if graph.outputs.contains(&node.output) {
            continue;
        }
        let Operator::Activation(activation) = &node.op else { continue };
        let Some(Limits { dies, limits }) = limits(*activation) else { continue };
        let value = &values[node.output.0];
        let shape = value.shape();
        let (units, places) = (shape[1], shape[2..].iter().product::<usize>());
        let [mut silent, mut at_limit] = [vec![0_usize; units], vec![0_usize; units]];
        for (at, x) in value.iter().enumerate() {
            let unit = at / places % units;
            silent[unit] += usize::from(dies && *x <= 0.0);
            at_limit[unit] += usize::from(limits.iter().any(|limit| (x - limit).abs() <= NEAR));
        }
        let each = samples * places;
        let count =
            |counts: &[usize], least: f64| counts.iter().filter(|count| **count as f64 >= least).count();
        layers.push(Layer {
            name: graph.layer(node.layer).name.clone(),
            units,
            dead: count(&silent, each as f64),
            saturated: count(&at_limit, MOSTLY * each as f64),
            can_die: dies,
            can_saturate: !limits.is_empty(),
            quiet: silent.iter().chain(&at_limit).sum::<usize>() as f64 / (units * each).max(1) as f64,
        });
    }
    Ok(Units { samples, layers })
}

type Numbers = ArrayD<f64>;

/// Reads the parameters from the weights file.
fn params(graph: &Graph, file: &std::path::Path) -> Result<Vec<Numbers>, String> {
    let bytes = fs::read(file).map_err(|cause| format!("{} cannot be read: {cause}", file.display()))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|cause| format!("{}: {cause}", file.display()))?;
    let param = |param: &netwright_compiler::graph::Param| {
        let other = || format!("{} holds other weights", file.display());
        let tensor = tensors.tensor(&param.name).map_err(|_| other())?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != param.shape {
            return Err(other());
        }
        let numbers = tensor.data().as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
        Numbers::from_shape_vec(IxDyn(&param.shape), numbers.collect()).map_err(|_| other())
    };
    graph.params.iter().map(param).collect()
}

/// Returns the first `samples` of `all` samples as arrays, one for each input.
fn given(graph: &Graph, inputs: &Array<f32>, all: usize, samples: usize) -> Option<Vec<Numbers>> {
    let mut start = 0;
    let input = |id: &netwright_compiler::graph::ValueId| {
        let shape = &graph.value(*id).shape;
        let len: usize = shape.iter().product();
        let own = inputs.numbers.get(start..start + samples * len)?;
        start += all * len;
        let numbers = own.iter().map(|x| f64::from(*x)).collect();
        Numbers::from_shape_vec(IxDyn(&[&[samples], &shape[..]].concat()), numbers).ok()
    };
    graph.inputs.iter().map(input).collect()
}

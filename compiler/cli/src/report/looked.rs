//! Samples that the reference interpreter runs through the layers.

use super::Training;
use super::facts::{Array, Facts};
use ndarray::{ArrayD, IxDyn};
use netwright_compiler::graph::{Graph, Param, ValueId};
use netwright_compiler::table::{layers, totals};
use netwright_interpreter::{Interpreter, Mode};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use std::fs;
use std::path::Path;

pub(super) type Numbers = ArrayD<f64>;

/// Operations that the interpreter, which is slow, may take; and the fewest samples.
const WORK: u64 = 40_000_000;
const FEWEST: usize = 8;

/// Values that layers have made of some samples.
pub(super) struct Looked {
    pub(super) samples: usize,
    /// The numbers of each of the graph's values, batch first.
    pub(super) values: Vec<Numbers>,
}

/// Runs samples that the training has kept through the network with these parameters; the reason why not, if it cannot.
pub(super) fn run(training: &Training<'_>, params: Vec<Numbers>, mode: Mode) -> Result<Looked, String> {
    let Training { facts, model, .. } = training;
    let graph = &model.graph;
    let kept = facts.count("data.looked");
    let Some(inputs) = facts.numbers("data.looked").filter(|_| kept > 0) else {
        return Err("no samples were kept for it".into());
    };
    let flops = totals(&layers(graph)).flops.max(1);
    let samples = kept.min((WORK / flops) as usize);
    if samples < FEWEST.min(kept) {
        return Err("the network is too large for the interpreter that counts them".into());
    }
    let inputs = given(graph, &inputs, kept, samples).ok_or("the samples are of another network")?;
    let mut interpreter = Interpreter::with_params(graph, params).map_err(|error| error.to_string())?;
    let values = interpreter.values(&inputs, mode).map_err(|error| error.to_string())?;
    Ok(Looked { samples, values })
}

/// Reads the parameters from the weights file.
pub(super) fn saved(graph: &Graph, file: &Path) -> Result<Vec<Numbers>, String> {
    let bytes = fs::read(file).map_err(|cause| format!("{} cannot be read: {cause}", file.display()))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|cause| format!("{}: {cause}", file.display()))?;
    let param = |param: &Param| {
        let other = || format!("{} holds other weights", file.display());
        let tensor = tensors.tensor(&param.name).map_err(|_| other())?;
        if tensor.dtype() != Dtype::F32 {
            return Err(other());
        }
        let numbers = tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        shaped(param, tensor.shape(), numbers).ok_or_else(other)
    };
    graph.params.iter().map(param).collect()
}

/// Returns the parameters before the step in which the training diverged, if the facts have them.
pub(super) fn diverged(graph: &Graph, facts: &Facts) -> Option<Vec<Numbers>> {
    let param = |param: &Param| {
        let kept = facts.numbers(&format!("diverged.{}", param.name))?;
        shaped(param, &param.shape, kept.numbers.into_iter())
    };
    graph.params.iter().map(param).collect()
}

fn shaped(param: &Param, shape: &[usize], numbers: impl Iterator<Item = f32>) -> Option<Numbers> {
    let fits = shape == param.shape;
    let numbers = numbers.map(f64::from).collect();
    Numbers::from_shape_vec(IxDyn(shape), numbers).ok().filter(|_| fits)
}

/// Returns the first `samples` of `all` samples as arrays, one for each input.
fn given(graph: &Graph, inputs: &Array<f32>, all: usize, samples: usize) -> Option<Vec<Numbers>> {
    let mut start = 0;
    let input = |id: &ValueId| {
        let shape = &graph.value(*id).shape;
        let len: usize = shape.iter().product();
        let own = inputs.numbers.get(start..start + samples * len)?;
        start += all * len;
        let numbers = own.iter().map(|x| f64::from(*x)).collect();
        Numbers::from_shape_vec(IxDyn(&[&[samples], &shape[..]].concat()), numbers).ok()
    };
    graph.inputs.iter().map(input).collect()
}

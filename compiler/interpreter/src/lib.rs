//! The reference interpreter: what a network means, in 64-bit and as plainly as it can be said.
//!
//! Everything that the compiler makes of a [`Graph`] must compute what this does. It follows PyTorch's definitions, and
//! it has its own rules for gradients, one for each operator, so that it can judge the compiler's.
//!
//! Arrays hold a batch, channels first: `(batch, channels, height, width)`, `(batch, features)`, and so for signals and
//! volumes. Parameters have
//! PyTorch's shapes. A graph is taken as the front end makes it: shapes that agree, nodes in order.

mod across;
mod activation;
mod arrays;
mod backward;
mod check;
mod error;
mod forward;
mod loss;
mod moves;
mod optimizer;
mod sample_norm;
mod sliding;
#[cfg(test)]
mod tests;
mod update;

pub use check::{Checked, GradientCheck, Worst, check_gradients};
pub use error::Error;
pub use loss::Targets;
pub use update::OptimizerState;

use forward::Setting;
use ndarray::{ArrayD, IxDyn};
use netwright_compiler::graph::{Graph, Node, ParamId, Role, ValueId};
use netwright_compiler::ops::{BatchNorm, Init, Operator};
use std::collections::BTreeMap;

/// A network with its numbers.
#[derive(Clone, Debug)]
pub struct Interpreter<'a> {
    graph: &'a Graph,
    /// The parameters, an array for each of [`Graph::params`], running statistics included.
    pub params: Vec<ArrayD<f64>>,
    /// The masks of training's dropouts.
    pub masks: Masks,
    /// The weight of each sample in the loss; all 1 if there are none.
    pub weights: Option<Vec<f64>>,
}

/// Random numbers of dropout and noise layers by output, batch first: 1 where a number is kept, 0 where it is
/// dropped; of `gaussian_noise`, the standard normal numbers. A layer without a mask is left out, as if its
/// probability or deviation were 0.
pub type Masks = BTreeMap<ValueId, ArrayD<f64>>;

/// Mode of a network: training or inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, which also move the running ones, and dropout.
    ///
    /// A batch norm whose running statistics are frozen uses them here too, and leaves them as they are.
    Training,
    /// Running statistics, no dropout.
    Inference,
}

/// A loss and its slopes.
#[derive(Clone, Debug)]
pub struct Gradients {
    /// The weighted sum of the network's losses, without penalties.
    pub loss: f64,
    /// The network's losses, before they are weighed.
    pub losses: Vec<f64>,
    /// Number of terms that the loss is the mean of: samples, or the sum of the targets' weights.
    pub terms: f64,
    /// The network's outputs, in the order of [`Graph::outputs`].
    pub outputs: Vec<ArrayD<f64>>,
    /// The gradient of each of [`Graph::params`]; `None` where it is frozen or not learned.
    pub params: Vec<Option<ArrayD<f64>>>,
    /// The gradient of each of [`Graph::inputs`].
    pub inputs: Vec<ArrayD<f64>>,
    /// The gradient of each of [`Graph::values`]; `None` where no loss depends on it.
    ///
    /// A cross-entropy of a softmax's probabilities is differentiated as one function of the softmax's input, so that it
    /// adds nothing to the gradient of the probabilities themselves.
    pub values: Vec<Option<ArrayD<f64>>>,
}

impl<'a> Interpreter<'a> {
    /// Creates an interpreter whose parameters are 1 where they start as ones (scales, running variances),
    /// their number where they start as one, and 0 elsewhere.
    pub fn new(graph: &'a Graph) -> Self {
        let params = graph
            .params
            .iter()
            .map(|param| {
                let start = match param.init {
                    Init::Ones => 1.0,
                    Init::Constant(number) => number,
                    _ => 0.0,
                };
                ArrayD::from_elem(IxDyn(&param.shape), start)
            })
            .collect();
        Self { graph, params, masks: Masks::new(), weights: None }
    }

    /// Creates an interpreter with these parameters, one for each of [`Graph::params`].
    ///
    /// # Errors
    /// If their number or a shape is not the graph's.
    pub fn with_params(graph: &'a Graph, params: Vec<ArrayD<f64>>) -> Result<Self, Error> {
        error::check_count("parameters", graph.params.len(), params.len())?;
        for (param, array) in graph.params.iter().zip(&params) {
            error::check_shape(&param.name, &param.shape, array.shape())?;
        }
        Ok(Self { graph, params, masks: Masks::new(), weights: None })
    }

    /// Returns the graph that it executes.
    pub fn graph(&self) -> &'a Graph {
        self.graph
    }

    /// Returns the network's outputs, in the order of [`Graph::outputs`], for one array for each of
    /// [`Graph::inputs`].
    ///
    /// # Errors
    /// An input or a dropout's mask has another shape than the graph's; training is given a batch with one number a channel.
    pub fn forward(&mut self, inputs: &[ArrayD<f64>], mode: Mode) -> Result<Vec<ArrayD<f64>>, Error> {
        let values = self.values(inputs, mode)?;
        Ok(self.graph.outputs.iter().map(|id| values[id.0].clone()).collect())
    }

    /// Computes all values, in the order of [`Graph::values`].
    ///
    /// # Errors
    /// As [`Interpreter::forward`].
    pub fn values(&mut self, inputs: &[ArrayD<f64>], mode: Mode) -> Result<Vec<ArrayD<f64>>, Error> {
        let batch = self.batch(inputs)?;
        let mut values = vec![ArrayD::zeros(IxDyn(&[0])); self.graph.values.len()];
        for (id, input) in self.graph.inputs.iter().zip(inputs) {
            values[id.0] = input.clone();
        }
        for node in &self.graph.nodes {
            let setting = self.setting(node, mode, batch)?;
            let output =
                forward::apply(&node.op, &self.operands(node, &values), &self.arguments(node), &setting);
            let layer = &self.graph.layer(node.layer).name;
            error::check_shape(layer, &self.batch_shape(batch, node.output), output.shape())?;
            if let (Operator::BatchNorm(norm), true) = (&node.op, setting.batch_statistics) {
                self.track(node, norm, &values)?;
            }
            values[node.output.0] = output;
        }
        Ok(values)
    }

    /// Returns the weighted sum of the network's losses, without penalties; one target for each of
    /// [`Graph::with_targets`].
    ///
    /// # Errors
    /// As [`Interpreter::forward`]; a target has another shape or kind than the loss needs, or a label is out of range.
    pub fn loss(&mut self, inputs: &[ArrayD<f64>], targets: &[Targets], mode: Mode) -> Result<f64, Error> {
        let values = self.values(inputs, mode)?;
        Ok(loss::evaluate(self.graph, &values, targets, self.weights.as_deref())?
            .iter()
            .map(|part| part.weight * part.loss)
            .sum())
    }

    /// Returns the loss in training and its gradients.
    ///
    /// # Errors
    /// As [`Interpreter::loss`].
    pub fn gradients(&mut self, inputs: &[ArrayD<f64>], targets: &[Targets]) -> Result<Gradients, Error> {
        let values = self.values(inputs, Mode::Training)?;
        let batch = self.batch(inputs)?;
        let mut slopes: Vec<Option<ArrayD<f64>>> = vec![None; values.len()];
        let mut params: Vec<Option<ArrayD<f64>>> = self
            .graph
            .params
            .iter()
            .map(|param| param.is_learned().then(|| ArrayD::zeros(IxDyn(&param.shape))))
            .collect();

        let mut total = 0.0;
        let mut losses = Vec::new();
        let mut terms = batch as f64;
        for part in loss::evaluate(self.graph, &values, targets, self.weights.as_deref())? {
            total += part.weight * part.loss;
            losses.push(part.loss);
            terms = part.terms.unwrap_or(terms);
            accumulate(&mut slopes[part.value.0], part.gradient * part.weight);
        }
        self.propagate(&values, &mut slopes, Mode::Training, batch, |param, gradient| {
            if let Some(sum) = &mut params[param.0] {
                *sum += &gradient;
            }
        })?;
        let inputs = self.graph.inputs.iter().zip(inputs);
        Ok(Gradients {
            loss: total,
            losses,
            terms,
            outputs: self.graph.outputs.iter().map(|id| values[id.0].clone()).collect(),
            params,
            inputs: inputs
                .map(|(id, input)| slopes[id.0].clone().unwrap_or_else(|| ArrayD::zeros(input.raw_dim())))
                .collect(),
            values: slopes,
        })
    }

    /// Returns the gradients of each of [`Graph::values`] in inference: those of the sum of the first output's numbers, each multiplied by
    /// that in `chosen`, which has the output's shape, batch first; `None` where the output does not depend on a value.
    ///
    /// # Errors
    /// As [`Interpreter::forward`]; `chosen` has another shape.
    pub fn sensitivity(
        &mut self,
        inputs: &[ArrayD<f64>],
        chosen: &ArrayD<f64>,
    ) -> Result<Vec<Option<ArrayD<f64>>>, Error> {
        let values = self.values(inputs, Mode::Inference)?;
        let (batch, output) = (self.batch(inputs)?, self.graph.outputs[0]);
        error::check_shape("the choice", &self.batch_shape(batch, output), chosen.shape())?;
        let mut slopes: Vec<Option<ArrayD<f64>>> = vec![None; values.len()];
        slopes[output.0] = Some(chosen.clone());
        self.propagate(&values, &mut slopes, Mode::Inference, batch, |_, _| ())?;
        Ok(slopes)
    }

    /// Takes the slopes of values back through all nodes; `param` gets those of parameters.
    fn propagate(
        &self,
        values: &[ArrayD<f64>],
        slopes: &mut [Option<ArrayD<f64>>],
        mode: Mode,
        batch: usize,
        mut param: impl FnMut(ParamId, ArrayD<f64>),
    ) -> Result<(), Error> {
        for node in self.graph.nodes.iter().rev() {
            let Some(slope) = slopes[node.output.0].clone() else { continue };
            let setting = self.setting(node, mode, batch)?;
            let operands = self.operands(node, values);
            let local = backward::differentiate(&node.op, &operands, &self.arguments(node), &setting, &slope);
            for (id, gradient) in node.inputs.iter().zip(local.inputs) {
                accumulate(&mut slopes[id.0], gradient);
            }
            node.params.iter().zip(local.params).for_each(|(&id, gradient)| param(id, gradient));
        }
        Ok(())
    }

    /// Returns the number of samples that the inputs hold.
    fn batch(&self, inputs: &[ArrayD<f64>]) -> Result<usize, Error> {
        error::check_count("inputs", self.graph.inputs.len(), inputs.len())?;
        let batch = inputs.first().and_then(|input| input.shape().first()).copied().unwrap_or(0);
        if batch == 0 {
            return Err(Error::Empty);
        }
        for (&id, input) in self.graph.inputs.iter().zip(inputs) {
            error::check_shape(&self.graph.value(id).name, &self.batch_shape(batch, id), input.shape())?;
        }
        Ok(batch)
    }

    fn batch_shape(&self, batch: usize, id: ValueId) -> Vec<usize> {
        [&[batch], &self.graph.value(id).shape[..]].concat()
    }

    fn operands<'v>(&self, node: &Node, values: &'v [ArrayD<f64>]) -> Vec<&'v ArrayD<f64>> {
        node.inputs.iter().map(|id| &values[id.0]).collect()
    }

    fn arguments(&self, node: &Node) -> Vec<&ArrayD<f64>> {
        node.params.iter().map(|id| &self.params[id.0]).collect()
    }

    fn setting(&self, node: &Node, mode: Mode, batch: usize) -> Result<Setting<'_>, Error> {
        let frozen =
            node.params.iter().map(|&id| self.graph.param(id)).any(|p| p.role == Role::Statistic && p.frozen);
        let training = mode == Mode::Training;
        let mask = self.masks.get(&node.output).filter(|_| training);
        if let Some(mask) = mask {
            let name = format!("the mask of {}", self.graph.layer(node.layer).name);
            error::check_shape(&name, &self.batch_shape(batch, node.output), mask.shape())?;
        }
        Ok(Setting { batch_statistics: training && !frozen, mask })
    }

    /// Moves the running statistics of a batch norm towards the batch's: the variance there is the unbiased one.
    fn track(&mut self, node: &Node, norm: &BatchNorm, values: &[ArrayD<f64>]) -> Result<(), Error> {
        let x = &values[node.inputs[0].0];
        let (mean, variance) = forward::statistics(x);
        let count = (x.len() / mean.len()) as f64;
        if count < 2.0 {
            return Err(Error::OneNumber { layer: self.graph.layer(node.layer).name.clone() });
        }
        let unbiased = variance * (count / (count - 1.0));
        for (&id, batch) in node.params[2..].iter().zip([mean, unbiased]) {
            let running = &mut self.params[id.0];
            *running = &*running * (1.0 - norm.momentum) + batch * norm.momentum;
        }
        Ok(())
    }
}

fn accumulate(sum: &mut Option<ArrayD<f64>>, gradient: ArrayD<f64>) {
    *sum = Some(match sum.take() {
        Some(sum) => sum + gradient,
        None => gradient,
    });
}

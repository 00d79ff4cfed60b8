//! This pass turns the graph into kernel calls: images become channels last, weights are packed, and a loss swallows
//! the activation before it where the two are stable only together.

mod conv;
mod dense;
mod explained;
mod join;
mod loss;
mod moves;
mod noise;
mod norm;
mod pool;
mod upsample;
mod volume;

use super::Goal;
use crate::graph::{Graph, LayerId, Node, ParamId, ValueId};
use crate::kernels::activation::Activate;
use crate::kernels::elementwise::Elementwise;
use crate::kernels::layout::{Layout, reorders};
use crate::kernels::tape::{Element, Extent, Id, Op, Tape};
use crate::kernels::{Kernel, across, prelu, softmax};
use crate::names::variable;
use crate::ops::Operator;

/// Training or prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Losses, batch statistics, dropout.
    Training,
    /// Outputs, running statistics, no dropout.
    Inference,
    /// Outputs as in inference, and the gradient of what a caller chooses of them.
    Explanation,
    /// Outputs as in inference, except that layers of noise draw numbers as in training.
    Sampling,
}

impl Mode {
    /// Returns true if the forward pass keeps what gradients are made of.
    pub(super) fn has_gradients(self) -> bool {
        match self {
            Mode::Training | Mode::Explanation => true,
            Mode::Inference | Mode::Sampling => false,
        }
    }

    /// Returns true if layers of noise draw numbers.
    fn has_noise(self) -> bool {
        match self {
            Mode::Training | Mode::Sampling => true,
            Mode::Inference | Mode::Explanation => false,
        }
    }
}

pub(super) fn expand(graph: &Graph, goal: &Goal) -> Tape {
    let Goal { mode, logits, .. } = *goal;
    let mut tape = Tape::default();
    let given = |&input: &ValueId| {
        let value = graph.value(input);
        tape.push(variable(&value.name), value.shape.clone(), Extent::Given, Element::Float)
    };
    let inputs: Vec<Id> = graph.inputs.iter().map(given).collect();
    tape.inputs.clone_from(&inputs);
    let mut expansion = Expansion { graph, tape, inputs, computed: vec![None; graph.values.len()] };
    let wanted = if logits { graph.with_logits() } else { vec![] };
    for node in &graph.nodes {
        let activates = |&&(at, _): &&(usize, ValueId)| graph.outputs[at] == node.output;
        if let Some(&(at, logits)) = wanted.iter().find(activates) {
            // Before the activation, which may take their place.
            expansion.logits(at, logits, node.layer);
        }
        let id = expansion.node(node, mode);
        expansion.computed[node.output.0] = Some(id);
        if goal.maps.contains(&node.output) {
            expansion.map(node.output, id, node.layer);
        }
    }
    match mode {
        Mode::Training => expansion.losses(),
        Mode::Inference | Mode::Sampling => expansion.outputs(),
        Mode::Explanation => expansion.explained(),
    }
    expansion.tape
}

struct Expansion<'a> {
    graph: &'a Graph,
    tape: Tape,
    /// The inputs in the caller's layout.
    inputs: Vec<Id>,
    /// Channels last; inputs are filled in when first used.
    computed: Vec<Option<Id>>,
}

impl Expansion<'_> {
    /// Appends a node's calls, and returns its output.
    fn node(&mut self, node: &Node, mode: Mode) -> Id {
        match &node.op {
            Operator::Dense(op) => self.dense(op, node, mode),
            Operator::Conv(op) => self.conv(op, node),
            Operator::DepthwiseConv(op) => self.conv(&op.conv(self.shape(node.inputs[0])[0]), node),
            Operator::ConvTranspose(op) => self.conv_transpose(op, node),
            Operator::MaxPool(op) => self.max_pool(op, node, mode),
            Operator::AvgPool(op) => self.avg_pool(op, node),
            Operator::GlobalPool(op) => self.global_pool(op.reduction, node),
            Operator::Mean(op) => self.mean(op.axis, node),
            Operator::AdaptivePool(op) => self.adaptive_pool(*op, node, mode),
            Operator::Upsample(op) => self.upsample(*op, node),
            Operator::Flatten => self.reshape(node),
            Operator::Move(op) => self.moved(op, node),
            Operator::Pad(op) => self.pad(op, node),
            Operator::BatchNorm(op) => self.batch_norm(op, node, mode),
            Operator::SampleNorm(op) => self.sample_norm(*op, node, mode),
            Operator::Noise(op) => self.noise(*op, node, mode),
            Operator::Activation(op) => self.one_call(Activate::Forward(*op), node),
            Operator::Prelu(op) => {
                let slopes = op.slopes(self.shape(node.inputs[0]));
                self.one_call(prelu::Prelu::Forward(slopes), node)
            }
            Operator::Softmax => {
                let channels = self.shape(node.output)[0];
                self.one_call(softmax::Softmax::Forward(channels), node)
            }
            Operator::Across(op) => {
                let channels = self.shape(node.output)[0];
                self.one_call(across::Across::Forward(*op, channels), node)
            }
            Operator::Join(op) => self.join(*op, node),
        }
    }

    /// Adds a node that is one call of its inputs and parameters.
    fn one_call(&mut self, kernel: impl Into<Kernel>, node: &Node) -> Id {
        let reads = self.reads(node);
        let y = self.output_of(node);
        self.op(kernel, reads, node.params.clone(), vec![y], node.layer);
        y
    }

    /// Returns the node's inputs, channels last.
    fn reads(&mut self, node: &Node) -> Vec<Id> {
        node.inputs.iter().map(|&v| self.read(v, node.layer)).collect()
    }

    /// Adds a new value of the node's name and its output's shape.
    fn output_of(&mut self, node: &Node) -> Id {
        let name = self.name(node);
        self.sample(name, self.shape(node.output).to_vec())
    }

    /// Returns the variable that a node's output is named.
    fn name(&self, node: &Node) -> String {
        variable(&self.graph.layer(node.layer).name)
    }

    fn shape(&self, v: ValueId) -> &[usize] {
        &self.graph.value(v).shape
    }

    /// Returns the shape of a value as the kernels of images see it.
    fn image(&self, v: ValueId) -> [usize; 3] {
        image(self.shape(v))
    }

    /// Adds a value for weights in a kernel's order, `floats` floats.
    fn pack(
        &mut self,
        name: String,
        (kernel, floats): (impl Into<Kernel>, usize),
        weight: ParamId,
        layer: LayerId,
    ) -> Id {
        let packed = self.tape.push(name, vec![floats], Extent::Whole, Element::Float);
        self.op(kernel, vec![], vec![weight], vec![packed], layer);
        packed
    }

    /// Returns the value, channels last.
    fn read(&mut self, v: ValueId, layer: LayerId) -> Id {
        if let Some(id) = self.computed[v.0] {
            return id;
        }
        let given = self.given(v);
        let value = self.graph.value(v);
        let id = if reorders(&value.shape) {
            let id = self.sample(format!("{}_last", variable(&value.name)), value.shape.clone());
            self.op(Layout::ChannelsLast, vec![given], vec![], vec![id], layer);
            id
        } else {
            given
        };
        self.computed[v.0] = Some(id);
        id
    }

    /// Adds an input as the caller gives it.
    fn given(&mut self, v: ValueId) -> Id {
        let at = self.graph.inputs.iter().position(|input| *input == v).unwrap_or_default();
        self.inputs[at]
    }

    fn outputs(&mut self) {
        let writers = self.tape.writers();
        for (&v, name) in self.graph.outputs.iter().zip(&self.graph.output_names) {
            let layer = self.graph.producer(v).map_or(LayerId(0), |n| n.layer);
            let id = self.read(v, layer);
            let shape = self.graph.value(v).shape.clone();
            let name = if self.graph.outputs.len() > 1 { variable(name) } else { "outputs".into() };
            let written = writers.get(id.0).is_some_and(Option::is_some) && !self.tape.outputs.contains(&id);
            let output = if reorders(&shape) {
                let output = self.tape.push(name, shape, Extent::Given, Element::Float);
                self.op(Layout::ChannelsFirst, vec![id], vec![], vec![output], layer);
                output
            } else if written {
                self.tape.values[id.0].extent = Extent::Given;
                if self.tape.value(id).name != name {
                    self.tape.rename(id, name);
                }
                id
            } else {
                let output = self.tape.push(name, shape, Extent::Given, Element::Float);
                self.op(Elementwise::Add(None), vec![id], vec![], vec![output], layer);
                output
            };
            self.tape.outputs.push(output);
        }
    }

    fn sample(&mut self, name: String, shape: Vec<usize>) -> Id {
        self.tape.push(name, shape, Extent::Sample, Element::Float)
    }

    fn op(
        &mut self,
        kernel: impl Into<Kernel>,
        reads: Vec<Id>,
        params: Vec<ParamId>,
        writes: Vec<Id>,
        layer: LayerId,
    ) {
        let kernel = kernel.into();
        self.tape.ops.push(Op { kernel, reads, params, writes, layer, joined: vec![], backward: false });
    }
}

/// Returns the shape of an image for a signal, as one of height 1, or for a volume, where only the number of
/// pixels counts, as one whose slices lie below each other.
fn image(shape: &[usize]) -> [usize; 3] {
    match *shape {
        [features] => [features, 1, 1],
        [channels, length] => [channels, 1, length],
        [channels, ref rows @ .., width] => [channels, rows.iter().product(), width],
        [] => [0; 3],
    }
}

//! The network as a graph of operators: what the source means, before anything is decided about how to compute it.
//!
//! Shapes are those of one sample, channels first, as the user writes them: `[features]`, `[channels, length]`,
//! `[channels, height, width]` or `[channels, depth, height, width]`.
//! Nodes stand in an order in which every input is computed before it is used.

mod section;
mod types;

use crate::names::snake;
use crate::ops::{Init, Loss, Operator};
pub use crate::ops::{Role, Shape};
use netwright_grammar::Span;
pub use section::{Section, SectionKind};
use std::collections::{BTreeMap, BTreeSet};
pub(crate) use types::{depth_type, kernel_type, tell_apart};

/// A network with everything known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The network's name as in the source: `LeNet5`.
    pub name: String,
    /// The layers that nodes and parameters come from, in source order with blocks and repeats unfolded.
    pub layers: Vec<Layer>,
    /// The parts of the source that layers come from, each before those inside of it.
    pub sections: Vec<Section>,
    /// The names that `as` gives to values, in source order.
    pub aliases: Vec<(ValueId, String)>,
    /// The inputs and all computed values.
    pub values: Vec<Value>,
    /// Applications of operators: one for each layer, in the order of the layers.
    pub nodes: Vec<Node>,
    /// The learned parameters and the statistics kept beside them.
    pub params: Vec<Param>,
    /// The values that a user gives.
    pub inputs: Vec<ValueId>,
    /// The values that a user gets.
    pub outputs: Vec<ValueId>,
    /// The names of the outputs as `output` gives them; `output` for the last value, which needs no name.
    pub output_names: Vec<String>,
    /// The values that only the losses of training are computed from, and their names: auxiliary heads.
    pub auxiliary: Vec<(ValueId, String)>,
    /// The losses, whose weighted sum training minimises; those of `auxiliary` values come last.
    pub losses: Vec<LossUse>,
    /// True if each sample comes with a weight that multiplies its losses.
    pub weighed: bool,
}

/// An index into [`Graph::layers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub usize);
/// An index into [`Graph::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub usize);
/// An index into [`Graph::params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub usize);

/// A layer of the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The layer's name: unique, lower case, with dots between the blocks and labels around it: `conv1`,
    /// `stem`, `residual2.conv1`.
    pub name: String,
    /// The layer's text, with block parameters replaced by their values: `conv(6, 5x5, pad=2)`.
    pub text: String,
    /// The layer's place in the source.
    pub span: Span,
    /// Number of `_` that end its types' names in generated code: of its kernel, and of its kernel along the depth.
    pub(crate) endings: [usize; 2],
}

impl Layer {
    /// Creates a layer of this name, text and place in the source.
    pub fn new(name: String, text: String, span: Span) -> Self {
        Self { name, text, span, endings: [0; 2] }
    }
}

/// One value for each sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The shape for one sample, channels first.
    pub shape: Shape,
    /// The layer that makes it, or the input's name.
    pub name: String,
    /// The layer that makes it; inputs have none.
    pub layer: Option<LayerId>,
}

/// One application of an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The operator.
    pub op: Operator,
    /// The operator's inputs.
    pub inputs: Vec<ValueId>,
    /// The operator's parameters, in the order of [`Operator::params`].
    pub params: Vec<ParamId>,
    /// The operator's result.
    pub output: ValueId,
    /// The layer that the operator implements.
    pub layer: LayerId,
}

/// One array of numbers that belongs to the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The layer's name and the parameter's own, as in PyTorch: `conv1.weight`, `batch_norm1.running_mean`.
    pub name: String,
    /// PyTorch's shape: `[out, in]` for dense, `[out, in / groups, height, width]` for conv,
    /// `[in, out / groups, height, width]` for conv_transpose, with a length or depth, height and width for signals and volumes.
    pub shape: Vec<usize>,
    /// The initial values, before training.
    pub init: Init,
    /// The parameter's role in the layer.
    pub role: Role,
    /// True if `freeze` names the parameter; a frozen parameter has no gradient.
    pub frozen: bool,
    /// The layer it belongs to.
    pub layer: LayerId,
}

impl Param {
    /// Returns true if training changes the parameter by its gradient.
    pub fn is_learned(&self) -> bool {
        !self.frozen && self.role.is_learned()
    }

    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns true if the parameter has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A loss on a value.
#[derive(Clone, Debug, PartialEq)]
pub struct LossUse {
    /// The loss.
    pub loss: Loss,
    /// The value that the loss is computed from: one of the outputs.
    pub value: ValueId,
    /// The input that it is compared with, which is held fixed; otherwise targets are given for it.
    pub target: Option<ValueId>,
    /// The output whose targets it shares, if it has none of its own.
    pub like: Option<ValueId>,
    /// The loss's factor in the sum.
    pub weight: f64,
    /// The place of the loss in the source.
    pub span: Span,
}

impl Graph {
    /// Returns the value with this index.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0]
    }

    /// Returns the parameter with this index.
    pub fn param(&self, id: ParamId) -> &Param {
        &self.params[id.0]
    }

    /// Returns the layer with this index.
    pub fn layer(&self, id: LayerId) -> &Layer {
        &self.layers[id.0]
    }

    /// Returns the node of a layer.
    pub fn node(&self, id: LayerId) -> &Node {
        &self.nodes[id.0]
    }

    /// Returns the node that computes a value; inputs have none.
    pub fn producer(&self, id: ValueId) -> Option<&Node> {
        self.value(id).layer.map(|layer| self.node(layer))
    }

    /// Returns the layout of a weight's numbers: groups, inputs of a group, outputs of a group, and numbers
    /// between each input and output. Of a layer that is not a transposed convolution, all numbers that make
    /// one output lie together.
    pub fn weight_layout(&self, id: ParamId) -> [usize; 4] {
        let shape = &self.param(id).shape;
        match self.user(id).facts().weights {
            Some(weights) if weights.transposed => {
                let groups = weights.groups.of(shape[0]);
                [groups, shape[0] / groups, shape[1], shape.iter().skip(2).product()]
            }
            _ => [1, 1, shape[0], shape.iter().skip(1).product()],
        }
    }

    /// Returns the number of groups of channels that a weight keeps apart.
    pub fn groups_of(&self, id: ParamId) -> usize {
        let weights = self.user(id).facts().weights;
        weights.map_or(1, |weights| weights.groups.of(self.param(id).shape[0]))
    }

    /// Returns the operator that uses a parameter.
    fn user(&self, id: ParamId) -> &Operator {
        &self.node(self.param(id).layer).op
    }

    /// Returns the losses that targets are given for, in their order.
    pub fn with_targets(&self) -> impl Iterator<Item = &LossUse> {
        self.losses.iter().filter(|used| used.target.is_none())
    }

    /// Returns the value from which training computes a loss, and the loss of that value: the logits before a
    /// softmax or sigmoid that the loss absorbs, because only the two together are stable, or else the
    /// output.
    pub fn compared(&self, used: &LossUse) -> (ValueId, Loss) {
        let activation = self.producer(used.value).filter(|node| used.loss.needs().contains(&node.op));
        match activation.zip(used.loss.of_logits()) {
            Some((activation, of_logits)) => (activation.inputs[0], of_logits),
            None => (used.value, used.loss.clone()),
        }
    }

    /// Returns the outputs that a loss absorbs the activation of: their positions, and the logits before it.
    pub fn with_logits(&self) -> Vec<(usize, ValueId)> {
        let logits = |(at, output): (usize, &ValueId)| {
            let uses = self.losses.iter().filter(|used| used.value == *output);
            uses.map(|used| self.compared(used).0)
                .find(|compared| compared != output)
                .map(|logits| (at, logits))
        };
        self.outputs.iter().enumerate().filter_map(logits).collect()
    }

    /// Returns all outputs with their names: those of predictions, then those of training alone.
    pub fn all_outputs(&self) -> impl Iterator<Item = (ValueId, &str)> {
        let predicted = self.outputs.iter().zip(&self.output_names).map(|(value, name)| (*value, &name[..]));
        predicted.chain(self.auxiliary.iter().map(|(value, name)| (*value, &name[..])))
    }

    /// Returns true if predictions are measured by this loss, which is not one of training alone.
    pub fn is_measured(&self, used: &LossUse) -> bool {
        !self.auxiliary.iter().any(|(value, _)| *value == used.value)
    }

    /// Returns a name for each loss: its output's, with its own where the output has several; its own where
    /// there is one output.
    pub fn loss_names(&self) -> Vec<String> {
        let outputs: BTreeMap<ValueId, &str> = self.all_outputs().collect();
        let mut uses: BTreeMap<ValueId, usize> = BTreeMap::new();
        self.losses.iter().for_each(|used| *uses.entry(used.value).or_default() += 1);
        let name = |used: &LossUse| {
            let own = used.loss.kind();
            let output = outputs.get(&used.value).copied().unwrap_or_default();
            match (outputs.len() > 1, uses[&used.value] == 1) {
                (false, _) => own.to_string(),
                (true, true) => output.to_string(),
                (true, false) => format!("{output}_{own}"),
            }
        };
        let mut taken = BTreeSet::new();
        let unique = |used: &LossUse| {
            let name = name(used);
            let mut unique = name.clone();
            let mut number = 1;
            while !taken.insert(snake(&unique)) {
                number += 1;
                unique = format!("{name}_{number}");
            }
            unique
        };
        self.losses.iter().map(unique).collect()
    }

    /// Returns a loss as the source describes it: `mse(on=price, weight=0.5)`.
    pub fn loss_text(&self, used: &LossUse) -> String {
        let mut options = Vec::new();
        let name =
            |value: ValueId| self.all_outputs().find_map(|(output, name)| (output == value).then_some(name));
        if self.all_outputs().count() > 1
            && let Some(name) = name(used.value)
        {
            options.push(format!("on={name}"));
        }
        if let Some(target) = used.target {
            options.push(format!("to={}", self.value(target).name));
        }
        if let Some(name) = used.like.and_then(name) {
            options.push(format!("to={name}"));
        }
        if used.weight != 1.0 {
            options.push(format!("weight={}", used.weight));
        }
        let text = used.loss.text();
        match (text.strip_suffix(')'), options.is_empty()) {
            (_, true) => text,
            (Some(text), _) => format!("{text}, {})", options.join(", ")),
            (None, _) => format!("{text}({})", options.join(", ")),
        }
    }

    /// Returns the number of elements of all learned and frozen parameters, without statistics.
    pub fn learned(&self) -> usize {
        self.params.iter().filter(|p| p.role != Role::Statistic).map(Param::len).sum()
    }

    /// Returns the first batch norm that would take its statistics of a single number if a batch had one
    /// sample. Those whose running statistics are `frozen` take none.
    pub fn lone_batch_norm(&self, frozen: impl Fn(ParamId) -> bool) -> Option<LayerId> {
        let lone = |node: &&Node| {
            let statistics = node.params.iter().find(|id| self.param(**id).role == Role::Statistic);
            matches!(node.op, Operator::BatchNorm(_))
                && self.value(node.output).shape[1..].iter().all(|&size| size == 1)
                && statistics.is_some_and(|&id| !frozen(id))
        };
        self.nodes.iter().find(lone).map(|node| node.layer)
    }
}

//! Graphs made by hand, without the front end and its shape rules.

use crate::forward::{Setting, apply};
use ndarray::{ArrayD, IxDyn};
use netwright_compiler::Span;
use netwright_compiler::graph::{Graph, Layer, LayerId, LossUse, Node, Param, ParamId, Role, Value, ValueId};
use netwright_compiler::ops::{Dense, DenseAxis, Init, Loss, Operator};

/// A graph under construction; every operator is a layer of its own, numbered as its value is.
pub(super) struct Builder {
    graph: Graph,
}

impl Builder {
    pub(super) fn new() -> Self {
        let graph = Graph {
            name: "Test".into(),
            layers: Vec::new(),
            sections: vec![],
            aliases: vec![],
            values: Vec::new(),
            nodes: Vec::new(),
            params: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            output_names: Vec::new(),
            auxiliary: Vec::new(),
            losses: Vec::new(),
            weighed: false,
        };
        Self { graph }
    }

    pub(super) fn input(&mut self, shape: &[usize]) -> ValueId {
        let id = self.value("input", shape.to_vec(), None);
        self.graph.inputs.push(id);
        id
    }

    /// Adds an operator; the output's shape is the one that it gives a sample of zeros.
    pub(super) fn op(&mut self, op: Operator, inputs: &[ValueId]) -> ValueId {
        let zeros = |shape: &[usize]| ArrayD::<f64>::zeros(IxDyn(shape));
        let samples: Vec<_> =
            inputs.iter().map(|&id| zeros(&[&[1], &self.graph.value(id).shape[..]].concat())).collect();
        let declared = declare(&op, samples[0].shape());
        let params: Vec<_> = declared.iter().map(|(_, shape, ..)| zeros(shape)).collect();
        let setting = Setting { batch_statistics: false, mask: None };
        let output =
            apply(&op, &samples.iter().collect::<Vec<_>>(), &params.iter().collect::<Vec<_>>(), &setting);

        let layer = LayerId(self.graph.layers.len());
        let id = self.value(kind(&op), output.shape()[1..].to_vec(), Some(layer));
        let (name, text, span) = (self.graph.value(id).name.clone(), kind(&op).into(), Span::default());
        self.graph.layers.push(Layer::new(name, text, span));
        let first = self.graph.params.len();
        let params = (first..first + declared.len()).map(ParamId).collect();
        for (name, shape, role, init) in declared {
            let name = format!("{}.{name}", self.graph.layer(layer).name);
            self.graph.params.push(Param { name, shape, init, role, frozen: false, layer });
        }
        self.graph.nodes.push(Node { op, inputs: inputs.to_vec(), params, output: id, layer });
        id
    }

    pub(super) fn add_loss(&mut self, loss: Loss, value: ValueId) {
        self.add_weighted_loss(loss, value, 1.0, None);
    }

    /// Adds a loss with a weight, of an input instead of targets if there is one.
    pub(super) fn add_weighted_loss(
        &mut self,
        loss: Loss,
        value: ValueId,
        weight: f64,
        target: Option<ValueId>,
    ) {
        self.graph.outputs.push(value);
        self.graph.output_names.push(self.graph.value(value).name.clone());
        self.graph.losses.push(LossUse { loss, value, target, like: None, weight, span: Span::default() });
    }

    pub(super) fn graph(self) -> Graph {
        self.graph
    }

    pub(super) fn with_loss(mut self, loss: Loss, value: ValueId) -> Graph {
        self.add_loss(loss, value);
        self.graph
    }

    fn value(&mut self, kind: &str, shape: Vec<usize>, layer: Option<LayerId>) -> ValueId {
        let id = ValueId(self.graph.values.len());
        let name = format!("{kind}{}", id.0 + 1);
        self.graph.values.push(Value { shape, name, layer });
        id
    }
}

/// Returns a dense layer with bias.
pub(super) fn dense(units: usize) -> Operator {
    Operator::Dense(Dense { units, bias: true, init: Init::HE_UNIFORM, axis: DenseAxis::Features })
}

/// Returns an array of this shape, row by row.
pub(super) fn array(shape: &[usize], numbers: &[f64]) -> ArrayD<f64> {
    ArrayD::from_shape_vec(IxDyn(shape), numbers.to_vec()).expect("as many numbers as the shape has")
}

/// Returns an operator's parameters, for an input with the batch first.
fn declare(op: &Operator, input: &[usize]) -> Vec<(&'static str, Vec<usize>, Role, Init)> {
    let weight = |shape: Vec<usize>, bias: bool| {
        let bias = bias.then(|| ("bias", vec![shape[0]], Role::Bias, Init::Zeros));
        std::iter::once(("weight", shape, Role::Weight, Init::HE_UNIFORM)).chain(bias).collect()
    };
    match op {
        Operator::Dense(op) => weight(vec![op.units, input[input.len() - 1]], op.bias),
        Operator::Conv(op) => {
            weight([&[op.channels, input[1] / op.groups], &op.kernel[..]].concat(), op.bias)
        }
        Operator::DepthwiseConv(op) => {
            weight([&[input[1] * op.multiplier, 1], &op.kernel[..]].concat(), op.bias)
        }
        Operator::ConvTranspose(op) => {
            let weight = [&[input[1], op.channels / op.groups], &op.kernel[..]].concat();
            let bias = op.bias.then(|| ("bias", vec![op.channels], Role::Bias, Init::Zeros));
            std::iter::once(("weight", weight, Role::Weight, Init::HE_UNIFORM)).chain(bias).collect()
        }
        Operator::Prelu(op) => {
            vec![("weight", vec![op.slopes(&input[1..])], Role::Slope, Init::Constant(op.init))]
        }
        Operator::BatchNorm(_) => vec![
            ("weight", vec![input[1]], Role::Norm, Init::Ones),
            ("bias", vec![input[1]], Role::Norm, Init::Zeros),
            ("running_mean", vec![input[1]], Role::Statistic, Init::Zeros),
            ("running_var", vec![input[1]], Role::Statistic, Init::Ones),
        ],
        Operator::SampleNorm(_) => {
            let specs = op.params(&input[1..]).into_iter();
            specs.map(|spec| (spec.name, spec.shape, spec.role, spec.init)).collect()
        }
        _ => Vec::new(),
    }
}

fn kind(op: &Operator) -> &'static str {
    match op {
        Operator::Dense(_) => "dense",
        Operator::BatchNorm(_) => "batch_norm",
        _ => "layer",
    }
}

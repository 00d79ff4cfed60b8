//! The backward pass of a tape as it grows: what the rules of kernels append their calls to.

use super::Kernel;
use super::bias::BiasGrad;
use super::elementwise::Elementwise;
use super::layout::caller_layout;
use super::reduce::Reduce;
use super::sample_norm::SampleNorm;
use super::tape::{Element, Extent, Id, Op, Tape};
use crate::graph::{Graph, ParamId, Role};
use crate::names::variable;

/// A tape that gets its backward pass.
pub(crate) struct Backward<'a> {
    graph: &'a Graph,
    tape: &'a mut Tape,
    /// True for each value of the forward pass that depends on a learned parameter (or is an input whose gradient
    /// is wanted).
    needed: Vec<bool>,
    /// The gradients of each of these values that its readers have contributed.
    parts: Vec<Vec<Id>>,
    /// The parameter that a value holds in a kernel's order.
    packed: Vec<Option<ParamId>>,
    guided: bool,
}

impl<'a> Backward<'a> {
    /// Creates a tape with its forward pass alone.
    pub(crate) fn new(
        graph: &'a Graph,
        tape: &'a mut Tape,
        input_gradient: bool,
        guided: bool,
    ) -> Backward<'a> {
        let packed = packed(tape);
        let needed = needed(graph, tape, &packed, input_gradient);
        Backward { graph, needed, parts: vec![Vec::new(); tape.values.len()], packed, tape, guided }
    }

    /// Returns the gradient of a value: the sum of what its readers contributed, made for the call that
    /// writes the value.
    pub(crate) fn gradient_of(&mut self, value: Id, op: &Op) -> Option<Id> {
        let parts = self.parts.get(value.0)?.clone();
        if parts.len() < 2 {
            return parts.first().copied();
        }
        let sum = self.gradient_like(value, "");
        self.push(Elementwise::Add(None), parts, vec![], vec![sum], op);
        Some(sum)
    }

    /// Counts `dx` as part of the gradient of `x`, if anything needs that.
    pub(crate) fn contribute(&mut self, x: Id, dx: Id) {
        if self.needed[x.0] {
            self.parts[x.0].push(dx);
        }
    }

    /// Appends a call that makes the gradient of `x`, if anything needs it.
    pub(super) fn input_gradient(
        &mut self,
        op: &Op,
        x: Id,
        kernel: impl Into<Kernel>,
        reads: Vec<Id>,
        params: Vec<ParamId>,
    ) {
        if !self.needed[x.0] {
            return;
        }
        let count = self.parts[x.0].len();
        let dx = self.gradient_like(x, &if count == 0 { String::new() } else { format!("_{}", count + 1) });
        self.push(kernel, reads, params, vec![dx], op);
        self.contribute(x, dx);
    }

    /// Appends the sum over samples that is a parameter's gradient: each lane's part, then their sum.
    pub(super) fn summed(&mut self, op: &Op, param: ParamId, kernel: impl Into<Kernel>, reads: Vec<Id>) {
        self.summed_as(op, param, kernel, reads, None);
    }

    /// Like [`Backward::summed`]; for a parameter with a number for each of an image's channels and pixels,
    /// the sum lies channels last.
    pub(super) fn summed_as(
        &mut self,
        op: &Op,
        param: ParamId,
        kernel: impl Into<Kernel>,
        reads: Vec<Id>,
        of_image: Option<[usize; 2]>,
    ) {
        let gradient = self.gradient(param);
        let of = self.graph.param(param);
        let (name, shape) = (format!("d_{}", variable(&of.name)), of.shape.clone());
        let partial = self.value(&name, shape.clone(), Extent::Partial);
        self.push(kernel, reads, vec![], vec![partial], op);
        let Some([channels, pixels]) = of_image else {
            self.push(Reduce, vec![partial], vec![], vec![gradient], op);
            return;
        };
        let sum = self.value(&format!("{name}_sum"), shape, Extent::Whole);
        self.push(Reduce, vec![partial], vec![], vec![sum], op);
        let reorder = SampleNorm::ReorderGrad { channels, pixels };
        self.push(reorder, vec![sum], vec![], vec![gradient], op);
    }

    /// Appends the gradient of a bias that is added to `channels` channels, if there is one and it is learned.
    pub(super) fn bias(&mut self, op: &Op, bias: Option<ParamId>, dy: Id, channels: usize) {
        if let Some(bias) = bias.filter(|&param| self.learns(param)) {
            self.summed(op, bias, BiasGrad::of(channels), vec![dy]);
        }
    }

    /// Returns the gradients of inputs to the caller, by calls for the first reader of each.
    pub(crate) fn return_input_gradients(&mut self, forward: &[Op]) {
        let inputs: Vec<Id> = (0..self.needed.len())
            .map(Id)
            .filter(|id| self.needed[id.0] && self.tape.value(*id).extent == Extent::Given)
            .collect();
        for x in inputs {
            let Some(reader) = forward.iter().find(|op| op.reads.contains(&x)) else { continue };
            if let Some(dx) = self.gradient_of(x, reader) {
                let name = format!("d_{}", self.tape.value(x).name);
                let shape = self.tape.value(x).shape.clone();
                let output = self.tape.push(format!("{name}_out"), shape, Extent::Given, Element::Float);
                self.push(Elementwise::Add(None), vec![dx], vec![], vec![output], reader);
                self.tape.outputs.push(output);
                self.tape.input_gradients.push((x, output));
            }
        }
    }

    /// Returns a copy of the gradient `dy` of a call's result to the caller who asks for it.
    pub(crate) fn return_map(&mut self, op: &Op, dy: Id) {
        let of = op.writes[0];
        // A value of several names is one map for each.
        for at in 0..self.tape.maps.len() {
            if self.tape.maps[at].of != of {
                continue;
            }
            let value = self.tape.value(self.tape.maps[at].copy);
            let (name, shape) = (format!("d_{}", value.name), value.shape.clone());
            let copy = self.value(&name, shape.clone(), Extent::Given);
            self.push(caller_layout(&shape), vec![dy], vec![], vec![copy], op);
            self.tape.maps[at].gradient = Some(copy);
        }
    }

    /// Returns true if gradients go back through a ReLU only where they are positive.
    pub(super) fn is_guided(&self) -> bool {
        self.guided
    }

    /// Returns true if the gradient of a value of the forward pass is needed.
    pub(super) fn needs(&self, x: Id) -> bool {
        self.needed[x.0]
    }

    /// Returns true if training changes a parameter.
    pub(super) fn learns(&self, param: ParamId) -> bool {
        learns(self.graph, param)
    }

    /// Returns the parameter that a value holds in a kernel's order.
    pub(super) fn packed_param(&self, value: Id) -> Option<ParamId> {
        self.packed[value.0]
    }

    pub(super) fn graph(&self) -> &'a Graph {
        self.graph
    }

    /// Returns the number of elements of a value.
    pub(super) fn len(&self, id: Id) -> usize {
        self.tape.value(id).len()
    }

    /// Returns a layer's name as a variable.
    pub(super) fn layer_name(&self, op: &Op) -> String {
        variable(&self.graph.layer(op.layer).name)
    }

    /// Adds a new value for a parameter's gradient.
    pub(super) fn gradient(&mut self, param: ParamId) -> Id {
        let of = self.graph.param(param);
        self.value(&format!("grad_{}", variable(&of.name)), of.shape.clone(), Extent::Gradient(param))
    }

    /// Adds a new value for each sample, with the shape of another and its name before `suffix`.
    pub(super) fn like(&mut self, value: Id, suffix: &str) -> Id {
        let of = self.tape.value(value);
        let (name, shape) = (format!("{}{suffix}", of.name), of.shape.clone());
        self.value(&name, shape, Extent::Sample)
    }

    fn gradient_like(&mut self, value: Id, suffix: &str) -> Id {
        let (name, shape) =
            (format!("d_{}{suffix}", self.tape.value(value).name), self.tape.value(value).shape.clone());
        self.value(&name, shape, Extent::Sample)
    }

    /// Adds a new value of floats.
    pub(super) fn value(&mut self, name: &str, shape: Vec<usize>, extent: Extent) -> Id {
        self.tape.push(name.to_string(), shape, extent, Element::Float)
    }

    /// Appends a call for the layer of `op`.
    pub(super) fn push(
        &mut self,
        kernel: impl Into<Kernel>,
        reads: Vec<Id>,
        params: Vec<ParamId>,
        writes: Vec<Id>,
        op: &Op,
    ) {
        let (kernel, layer) = (kernel.into(), op.layer);
        self.tape.ops.push(Op { kernel, reads, params, writes, layer, joined: vec![], backward: true });
    }
}

fn packed(tape: &Tape) -> Vec<Option<ParamId>> {
    let mut packed = vec![None; tape.values.len()];
    for op in tape.ops.iter().filter(|op| op.kernel.facts().packs) {
        packed[op.writes[0].0] = op.params.first().copied();
    }
    packed
}

fn needed(graph: &Graph, tape: &Tape, packed: &[Option<ParamId>], input_gradient: bool) -> Vec<bool> {
    let mut needed = vec![false; tape.values.len()];
    if input_gradient {
        tape.inputs.iter().for_each(|input| needed[input.0] = true);
    }
    for op in &tape.ops {
        let through = op.reads.iter().any(|id| needed[id.0]);
        let packed = op.reads.iter().filter_map(|id| packed[id.0]);
        let learned = op.params.iter().copied().chain(packed).any(|param| learns(graph, param));
        // Packed weights and statistics are made again by the kernels' own rules.
        let of_samples = tape.value(op.writes[0]).extent == Extent::Sample;
        needed[op.writes[0].0] |= of_samples && (through || learned);
    }
    needed
}

fn learns(graph: &Graph, param: ParamId) -> bool {
    let param = graph.param(param);
    !param.frozen && param.role != Role::Statistic
}

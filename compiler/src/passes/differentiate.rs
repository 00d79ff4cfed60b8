//! This pass appends the backward pass: for each kernel call, from the last to the first, the calls that carry the
//! gradient of its result to its inputs and parameters. What nothing learned depends on gets no gradient.

use crate::graph::{Graph, ParamId};
use crate::names::variable;
use crate::ops::{Across, Spread};
use crate::tape::{Element, Extent, Grouping, Id, Kind, Op, Reach, Tape, Window};

pub(super) fn differentiate(graph: &Graph, tape: &mut Tape, input_gradient: bool) {
    let forward = tape.ops.clone();
    let mut backward = Backward {
        graph,
        needed: needed(graph, tape, &forward, input_gradient),
        parts: vec![Vec::new(); tape.values.len()],
        tape,
    };
    for op in forward.iter().rev() {
        if let Kind::Loss(..) = op.kind {
            if backward.needed[op.reads[0].0] {
                backward.parts[op.reads[0].0].push(op.writes[0]);
            }
            continue;
        }
        if let Some(dy) = backward.gradient_of(op.writes[0], op) {
            backward.rule(op, dy);
        }
    }
    if input_gradient {
        backward.return_input_gradients(&forward);
    }
}

/// Which values something learned stands before (or the input itself, when its gradient is wanted).
fn needed(graph: &Graph, tape: &Tape, forward: &[Op], input_gradient: bool) -> Vec<bool> {
    let mut needed: Vec<bool> =
        tape.values.iter().enumerate().map(|(i, _)| input_gradient && tape.inputs.contains(&Id(i))).collect();
    for op in forward {
        let through = op.reads.iter().any(|id| needed[id.0]);
        let learned = op.params.iter().any(|&p| learns(graph, p));
        // Packed weights and statistics are computed again by the kernels' own rules.
        if through || (learned && !op.kind.is_whole()) {
            needed[op.writes[0].0] |= !op.kind.is_whole();
        }
        if let Kind::Conv { .. } | Kind::ConvTransposed { .. } = op.kind {
            needed[op.writes[0].0] |= packed_weight(forward, op).is_some_and(|p| learns(graph, p));
        }
        if matches!(op.kind, Kind::Moments(_)) {
            needed[op.writes[0].0] = false;
        }
    }
    needed
}

fn learns(graph: &Graph, p: ParamId) -> bool {
    let param = graph.param(p);
    !param.frozen && param.role != crate::graph::Role::Statistic
}

/// The parameter behind a convolution's packed weights.
fn packed_weight(ops: &[Op], conv: &Op) -> Option<ParamId> {
    let packs = |op: &&Op| {
        matches!(op.kind, Kind::Pack(_) | Kind::PackTransposed(_)) && op.writes[0] == conv.reads[1]
    };
    ops.iter().find(packs).map(|op| op.params[0])
}

struct Backward<'a> {
    graph: &'a Graph,
    tape: &'a mut Tape,
    needed: Vec<bool>,
    /// For each value, the gradients that its readers have contributed.
    parts: Vec<Vec<Id>>,
}

impl Backward<'_> {
    /// The gradient of a value: the sum of what its readers contributed.
    fn gradient_of(&mut self, value: Id, op: &Op) -> Option<Id> {
        let parts = self.parts.get(value.0)?.clone();
        if parts.len() < 2 {
            return parts.first().copied();
        }
        let sum = self.gradient_like(value, "");
        self.push(Kind::Add(None), parts, vec![], vec![sum], op);
        Some(sum)
    }

    fn rule(&mut self, op: &Op, dy: Id) {
        let x = op.reads[0];
        let y = op.writes[0];
        match &op.kind {
            Kind::ToChannelsLast => self.input_gradient(op, x, Kind::ToChannelsFirst, vec![dy], vec![]),
            Kind::ToChannelsFirst => self.input_gradient(op, x, Kind::ToChannelsLast, vec![dy], vec![]),
            Kind::Conv { window, .. } => {
                let weight = packed_weight(&self.tape.ops, op);
                self.conv_weight(op, weight, window, [x, dy]);
                self.bias(op, op.params.first().copied(), dy, window.output[0]);
                if let (Some(weight), true) = (weight, self.needed[x.0]) {
                    let name = variable(&self.graph.layer(op.layer).name);
                    let floats = vec![window.packing().packed_transposed()];
                    let packed = self.value(&format!("{name}_packed_transposed"), floats, Extent::Whole);
                    self.push(Kind::PackTransposed(window.clone()), vec![], vec![weight], vec![packed], op);
                    self.input_gradient(op, x, Kind::ConvInputGrad(window.clone()), vec![dy, packed], vec![]);
                }
            }
            // The gradient of a gradient is the convolution itself, and its weights see both sides exchanged.
            Kind::ConvTransposed { window, .. } => {
                let weight = packed_weight(&self.tape.ops, op);
                self.conv_weight(op, weight, window, [dy, x]);
                self.bias(op, op.params.first().copied(), dy, window.input[0]);
                if let (Some(weight), true) = (weight, self.needed[x.0]) {
                    let name = variable(&self.graph.layer(op.layer).name);
                    let packed =
                        self.value(&format!("{name}_packed"), vec![window.packing().packed()], Extent::Whole);
                    self.push(Kind::Pack(window.clone()), vec![], vec![weight], vec![packed], op);
                    let kind = Kind::conv(window.clone());
                    self.input_gradient(op, x, kind, vec![dy, packed], vec![]);
                }
            }
            Kind::Dense { sizes, reach, .. } => {
                let (sizes, reach, weight) = (*sizes, *reach, op.params[0]);
                if self.learns(weight) {
                    self.summed(op, weight, Kind::DenseWeightGrad { sizes, reach }, vec![x, dy]);
                }
                self.bias(op, op.params.get(1).copied(), dy, sizes.outputs);
                let kind = Kind::DenseInputGrad { sizes, slope: None, reach };
                self.input_gradient(op, x, kind, vec![dy], vec![weight]);
            }
            Kind::MaxPool(pool) => {
                self.input_gradient(op, x, Kind::MaxPoolGrad(pool.clone()), vec![dy, op.writes[1]], vec![]);
            }
            Kind::AvgPool(pool) => {
                self.input_gradient(op, x, Kind::AvgPoolGrad(pool.clone()), vec![dy], vec![]);
            }
            Kind::GlobalAvgPool(c, pixels) => {
                self.input_gradient(op, x, Kind::GlobalAvgPoolGrad(*c, *pixels), vec![dy], vec![]);
            }
            Kind::GlobalMaxPool(c, pixels) => {
                self.input_gradient(op, x, Kind::GlobalMaxPoolGrad(*c, *pixels), vec![dy, x], vec![]);
            }
            Kind::AdaptiveAvgPool(sizes) => {
                self.input_gradient(op, x, Kind::AdaptiveAvgPoolGrad(*sizes), vec![dy], vec![]);
            }
            Kind::AdaptiveMaxPool(sizes) => {
                self.input_gradient(op, x, Kind::AdaptiveMaxPoolGrad(*sizes), vec![dy, x], vec![]);
            }
            Kind::Upsample(sizes) => {
                self.input_gradient(op, x, Kind::UpsampleGrad(sizes.clone()), vec![dy], vec![]);
            }
            Kind::Remap(part) => {
                self.input_gradient(op, x, Kind::RemapGrad(part.clone()), vec![dy], vec![]);
            }
            Kind::DepthTaps(depth) => {
                self.input_gradient(op, x, Kind::DepthTapsGrad(*depth), vec![dy], vec![]);
            }
            Kind::DepthTapsGrad(depth) => {
                self.bias(op, op.params.first().copied(), dy, depth.channels);
                self.input_gradient(op, x, Kind::DepthTaps(*depth), vec![dy], vec![]);
            }
            Kind::Restride(order) => {
                self.input_gradient(op, x, Kind::RestrideGrad(order.clone()), vec![dy], vec![]);
            }
            Kind::Mul(factor) => {
                let by = op.reads[1];
                self.input_gradient(op, x, Kind::Mul(*factor), vec![dy, by], vec![]);
                let kind = if factor.spread == Spread::Same {
                    Kind::Mul(*factor)
                } else {
                    Kind::FactorGrad(*factor)
                };
                self.input_gradient(op, by, kind, vec![dy, x], vec![]);
            }
            Kind::Sub => {
                self.contribute(x, dy);
                self.input_gradient(op, op.reads[1], Kind::Negate, vec![dy], vec![]);
            }
            Kind::Max => {
                let other = op.reads[1];
                self.input_gradient(op, x, Kind::MaxGrad, vec![dy, x, other], vec![]);
                self.input_gradient(op, other, Kind::MaxGrad, vec![dy, other, x], vec![]);
            }
            Kind::Normalize(channels, _) => self.normalize(op, *channels, dy),
            Kind::NormalizeRunning(norm, _) => {
                let params = vec![op.params[0], op.params[3]];
                self.input_gradient(op, x, Kind::NormRunningGrad(*norm), vec![dy], params);
            }
            Kind::SampleNorm(grouping, _) => self.sample_norm(op, *grouping, dy),
            Kind::Dropout(p) => {
                self.input_gradient(op, x, Kind::DropoutGrad(*p), vec![dy, op.writes[1]], vec![]);
            }
            Kind::DropUnits(p, units) => {
                let kind = Kind::DropUnitsGrad(*p, *units);
                self.input_gradient(op, x, kind, vec![dy, op.writes[1]], vec![]);
            }
            Kind::AlphaDropout(p) => {
                self.input_gradient(op, x, Kind::AlphaDropoutGrad(*p), vec![dy, op.writes[1]], vec![]);
            }
            Kind::Noise(_) => self.contribute(x, dy),
            Kind::Activate(activation) => {
                let kept = if activation.slope_needs_input() { x } else { y };
                self.input_gradient(op, x, Kind::ActivationGrad(*activation), vec![dy, kept], vec![]);
            }
            Kind::Prelu(slopes) => {
                let weight = op.params[0];
                if self.learns(weight) {
                    self.summed(op, weight, Kind::PreluSlopeGrad(*slopes), vec![x, dy]);
                }
                self.input_gradient(op, x, Kind::PreluInputGrad(*slopes), vec![dy, x], vec![weight]);
            }
            Kind::Softmax(channels) => {
                self.input_gradient(op, x, Kind::SoftmaxGrad(*channels), vec![dy, y], vec![]);
            }
            Kind::Across(function, channels) => {
                let kept = if *function == Across::LogSoftmax { y } else { x };
                self.input_gradient(op, x, Kind::AcrossGrad(*function, *channels), vec![dy, kept], vec![]);
            }
            Kind::Add(_) => op.reads.iter().for_each(|&part| self.contribute(part, dy)),
            Kind::Concat(columns) => {
                for (&part, &columns) in op.reads.iter().zip(columns) {
                    self.input_gradient(op, part, Kind::ConcatGrad(columns), vec![dy], vec![]);
                }
            }
            // These have no gradient of their own: the rules of the kernels that read them account for them.
            Kind::Pack(_)
            | Kind::PackFolded(..)
            | Kind::PackDense(_)
            | Kind::ReorderParam(..)
            | Kind::Moments(_)
            | Kind::FinishMoments(_)
            | Kind::WeighTargets(..)
            | Kind::Loss(..) => {}
            // No forward pass of training has these.
            Kind::Logits
            | Kind::PackTransposed(_)
            | Kind::ConvInputGrad(_)
            | Kind::ConvWeightGrad { .. }
            | Kind::UnpackGrad(_)
            | Kind::DenseInputGrad { .. }
            | Kind::DenseWeightGrad { .. }
            | Kind::BiasGrad { .. }
            | Kind::MaxPoolGrad(_)
            | Kind::AvgPoolGrad(_)
            | Kind::GlobalAvgPoolGrad(..)
            | Kind::GlobalMaxPoolGrad(..)
            | Kind::AdaptiveAvgPoolGrad(_)
            | Kind::AdaptiveMaxPoolGrad(_)
            | Kind::UpsampleGrad(_)
            | Kind::RemapGrad(_)
            | Kind::RestrideGrad(_)
            | Kind::FactorGrad(_)
            | Kind::Negate
            | Kind::MaxGrad
            | Kind::NormSums(_)
            | Kind::NormInputGrad(..)
            | Kind::NormRunningGrad(_)
            | Kind::ReorderGrad(..)
            | Kind::SampleNormInputGrad(_)
            | Kind::SampleNormWeightGrad(_)
            | Kind::DropoutGrad(_)
            | Kind::DropUnitsGrad(..)
            | Kind::AlphaDropoutGrad(_)
            | Kind::ActivationGrad(_)
            | Kind::PreluInputGrad(_)
            | Kind::PreluSlopeGrad(_)
            | Kind::SoftmaxGrad(_)
            | Kind::AcrossGrad(..)
            | Kind::ConcatGrad(_)
            | Kind::Reduce
            | Kind::SplitNormSums(_) => {}
        }
    }

    /// Ioffe and Szegedy 2015, with both sums taken over the whole batch before any input's gradient.
    fn normalize(&mut self, op: &Op, channels: usize, dy: Id) {
        let [x, stats] = [op.reads[0], op.reads[1]];
        let name = variable(&self.graph.layer(op.layer).name);
        let learned = op.params.iter().any(|&p| self.learns(p));
        if !learned && !self.needed[x.0] {
            return;
        }
        let partial = self.value(&format!("d_{name}_sums"), vec![2 * channels], Extent::Partial);
        let sums = self.value(&format!("d_{name}_total"), vec![2 * channels], Extent::Whole);
        self.push(Kind::NormSums(channels), vec![x, dy, stats], vec![], vec![partial], op);
        self.push(Kind::Reduce, vec![partial], vec![], vec![sums], op);
        if learned {
            let gradients = op.params.iter().map(|&p| self.gradient(p)).collect();
            self.push(Kind::SplitNormSums(channels), vec![sums], vec![], gradients, op);
        }
        let pixels = self.tape.value(x).len() / channels;
        let kind = Kind::NormInputGrad(channels, pixels);
        self.input_gradient(op, x, kind, vec![dy, x, stats, sums], vec![op.params[0]]);
    }

    /// The statistics are the sample's own, so its gradient needs no other sample.
    fn sample_norm(&mut self, op: &Op, grouping: Grouping, dy: Id) {
        let [x, stats] = [op.reads[0], op.writes[1]];
        let packed = op.reads.get(1).copied();
        let of_image = packed.map(|_| [grouping.channels, grouping.pixels]);
        let mut params = op.params.iter().copied();
        let weight = params.next().filter(|_| grouping.weights > 0);
        if let Some(weight) = weight.filter(|&p| self.learns(p)) {
            let kind = Kind::SampleNormWeightGrad(grouping);
            self.summed_as(op, weight, kind, vec![x, dy, stats], of_image);
        }
        if let Some(bias) = params.next().filter(|&p| self.learns(p)) {
            let kind = Kind::BiasGrad { channels: self.graph.param(bias).len(), reach: Reach::Tile };
            self.summed_as(op, bias, kind, vec![dy], of_image);
        }
        let reads = [dy, x, stats].into_iter().chain(packed).collect();
        let params = weight.filter(|_| packed.is_none()).into_iter().collect();
        self.input_gradient(op, x, Kind::SampleNormInputGrad(grouping), reads, params);
    }

    /// The gradient of a convolution's weight from what goes in and the gradient of what comes out.
    fn conv_weight(&mut self, op: &Op, weight: Option<ParamId>, window: &Window, reads: [Id; 2]) {
        let Some(weight) = weight.filter(|&p| self.learns(p)) else { return };
        let name = variable(&self.graph.param(weight).name);
        let partial = self.value(&format!("d_{name}"), vec![window.packing().gradient()], Extent::Partial);
        let packed = self.value(&format!("d_{name}_sum"), vec![window.packing().gradient()], Extent::Whole);
        let gradient = self.gradient(weight);
        let kind = Kind::ConvWeightGrad { window: window.clone(), reach: Reach::Tile };
        self.push(kind, reads.to_vec(), vec![], vec![partial], op);
        self.push(Kind::Reduce, vec![partial], vec![], vec![packed], op);
        self.push(Kind::UnpackGrad(window.clone()), vec![packed], vec![], vec![gradient], op);
    }

    /// A gradient that is a sum over samples: each lane's part, then their sum.
    fn summed(&mut self, op: &Op, param: ParamId, kind: Kind, reads: Vec<Id>) {
        self.summed_as(op, param, kind, reads, None);
    }

    /// As [`Backward::summed`]; of an image of so many channels and pixels the sum lies channels last.
    fn summed_as(
        &mut self,
        op: &Op,
        param: ParamId,
        kind: Kind,
        reads: Vec<Id>,
        of_image: Option<[usize; 2]>,
    ) {
        let gradient = self.gradient(param);
        let partial = self.value(
            &format!("d_{}", variable(&self.graph.param(param).name)),
            self.graph.param(param).shape.clone(),
            Extent::Partial,
        );
        self.push(kind, reads, vec![], vec![partial], op);
        let Some([channels, pixels]) = of_image else {
            self.push(Kind::Reduce, vec![partial], vec![], vec![gradient], op);
            return;
        };
        let name = format!("d_{}_sum", variable(&self.graph.param(param).name));
        let sum = self.value(&name, self.graph.param(param).shape.clone(), Extent::Whole);
        self.push(Kind::Reduce, vec![partial], vec![], vec![sum], op);
        self.push(Kind::ReorderGrad(channels, pixels), vec![sum], vec![], vec![gradient], op);
    }

    fn bias(&mut self, op: &Op, bias: Option<ParamId>, dy: Id, channels: usize) {
        if let Some(bias) = bias.filter(|&p| self.learns(p)) {
            self.summed(op, bias, Kind::BiasGrad { channels, reach: Reach::Tile }, vec![dy]);
        }
    }

    /// The gradient of `x` by one kernel, if anything needs it.
    fn input_gradient(&mut self, op: &Op, x: Id, kind: Kind, reads: Vec<Id>, params: Vec<ParamId>) {
        if !self.needed[x.0] {
            return;
        }
        let count = self.parts[x.0].len();
        let dx = self.gradient_like(x, &if count == 0 { String::new() } else { format!("_{}", count + 1) });
        self.push(kind, reads, params, vec![dx], op);
        self.contribute(x, dx);
    }

    fn contribute(&mut self, x: Id, dx: Id) {
        if self.needed[x.0] {
            self.parts[x.0].push(dx);
        }
    }

    fn return_input_gradients(&mut self, forward: &[Op]) {
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
                self.push(Kind::Add(None), vec![dx], vec![], vec![output], reader);
                self.tape.outputs.push(output);
                self.tape.input_gradients.push((x, output));
            }
        }
    }

    fn learns(&self, p: ParamId) -> bool {
        learns(self.graph, p)
    }

    fn gradient(&mut self, p: ParamId) -> Id {
        let param = self.graph.param(p);
        self.value(&format!("grad_{}", variable(&param.name)), param.shape.clone(), Extent::Gradient(p))
    }

    fn gradient_like(&mut self, value: Id, suffix: &str) -> Id {
        let (name, shape) =
            (format!("d_{}{suffix}", self.tape.value(value).name), self.tape.value(value).shape.clone());
        self.value(&name, shape, Extent::Sample)
    }

    fn value(&mut self, name: &str, shape: Vec<usize>, extent: Extent) -> Id {
        self.tape.push(name.to_string(), shape, extent, Element::Float)
    }

    fn push(&mut self, kind: Kind, reads: Vec<Id>, params: Vec<ParamId>, writes: Vec<Id>, of: &Op) {
        self.tape.ops.push(Op {
            kind,
            reads,
            params,
            writes,
            layer: of.layer,
            joined: vec![],
            backward: true,
        });
    }
}

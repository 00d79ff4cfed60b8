//! This pass turns the graph into kernel calls: images become channels last, weights are packed, and a loss swallows
//! the activation before it where the two are stable only together.

mod moves;
mod ranks;

use crate::graph::{Graph, LayerId, Node, ParamId, ValueId};
use crate::kernels::activation::Activate;
use crate::kernels::adaptive_pool::{self, Windows};
use crate::kernels::batch_norm::{BatchNorm, Statistics};
use crate::kernels::concat::{Columns, Concat};
use crate::kernels::conv::{Conv, Window};
use crate::kernels::dense::{self, Sizes};
use crate::kernels::dropout::{Dropout, Units};
use crate::kernels::elementwise::Elementwise;
use crate::kernels::layout::{Layout, reorders};
use crate::kernels::pool::{Pool, Pooling};
use crate::kernels::sample_norm::Grouping;
use crate::kernels::scale::{Factor, Scale};
use crate::kernels::tape::{Element, Extent, Id, Op, Tape};
use crate::kernels::upsample::{Upsample, Upsampling};
use crate::kernels::{Kernel, across, loss, prelu, sample_norm, softmax};
use crate::names::{part, variable};
use crate::ops::{
    AdaptivePool, AvgPool, Axis, Dense, DenseAxis, Loss, MaxPool, Move, Noise, Operator, Parts, Reduction,
    SampleNorm, Spread, TargetKind, spread,
};

/// Training or prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Losses, batch statistics, dropout.
    Training,
    /// Outputs, running statistics, no dropout.
    Inference,
}

pub(super) fn expand(graph: &Graph, mode: Mode, logits: bool) -> Tape {
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
    }
    match mode {
        Mode::Training => expansion.losses(),
        Mode::Inference => expansion.outputs(),
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
    fn node(&mut self, node: &Node, mode: Mode) -> Id {
        let layer = node.layer;
        let name = variable(&self.graph.layer(layer).name);
        let shape = self.graph.value(node.output).shape.clone();
        if matches!(node.op, Operator::Flatten | Operator::Move(Move::Reshape(_))) {
            return self.reshape(node);
        }
        if let Operator::Dense(dense @ Dense { axis: DenseAxis::Last, .. }) = &node.op {
            return self.dense_rows(dense, node);
        }
        let reads: Vec<Id> = node.inputs.iter().map(|&v| self.read(v, layer)).collect();
        let x = reads[0];
        let flat;
        let op = match &node.op {
            Operator::Volume(op) => return self.volume(op, x, node, mode),
            Operator::Signal(op) => {
                flat = op.on_image();
                &flat
            }
            op => op,
        };
        let x_shape = self.graph.value(node.inputs[0]).shape.clone();
        let channels = shape[0];
        let params = node.params.clone();
        let kernel: Kernel = match op {
            Operator::Dense(dense) => {
                let sizes = Sizes { inputs: x_shape[0], outputs: dense.units };
                return self.dense(sizes, mode, x, &params, layer, name, shape);
            }
            Operator::Conv(conv) => {
                let window =
                    Window { conv: conv.clone(), input: image(&x_shape), output: image(&shape), layer };
                return self.conv(window, x, &params, name, shape);
            }
            Operator::DepthwiseConv(op) => {
                let conv = op.conv(x_shape[0]);
                let window = Window { conv, input: image(&x_shape), output: image(&shape), layer };
                return self.conv(window, x, &params, name, shape);
            }
            Operator::ConvTranspose(op) => {
                let conv = op.mirrored(x_shape[0]);
                let window = Window { conv, input: image(&shape), output: image(&x_shape), layer };
                let pack = (Conv::PackTransposed(window.clone()), window.packing().packed_transposed());
                let packed = self.pack(format!("{name}_packed_transposed"), pack, params[0], layer);
                let y = self.sample(name, shape);
                let kernel = Conv::Transposed { window, activation: None };
                self.op(kernel, vec![x, packed], params[1..].to_vec(), vec![y], layer);
                return y;
            }
            Operator::MaxPool(pool) => {
                let pool = Pooling::of_max(pool, image(&x_shape), image(&shape), layer);
                return self.max_pool(pool, x, mode, &name, shape);
            }
            Operator::AvgPool(pool) => {
                Pool::Average(Pooling::of_avg(pool, image(&x_shape), image(&shape), layer)).into()
            }
            Operator::GlobalAvgPool => whole(Reduction::Mean, &x_shape).into(),
            Operator::GlobalMaxPool => whole(Reduction::Maximum, &x_shape).into(),
            Operator::AdaptivePool(pool) => match adaptive(*pool, image(&x_shape), layer) {
                Kernel::Pool(Pool::Max(pool)) => return self.max_pool(pool, x, mode, &name, shape),
                kernel => kernel,
            },
            Operator::Upsample(op) => {
                let (scale, mode) = (op.scale, op.mode);
                let input = image(&x_shape);
                Upsample::Forward(Upsampling { scale, mode, input, layer, depth: false }).into()
            }
            Operator::Flatten | Operator::Signal(_) | Operator::Volume(_) => unreachable!("handled above"),
            Operator::Move(moved) => match moves::part_of_volume(moved, &x_shape) {
                Some(part) => return self.volume_part(&part, x, &ranks::Volume::new(self.graph, node)),
                None => moves::kernel(moved, &x_shape, &shape, layer),
            },
            Operator::BatchNorm(norm) => {
                let norm = Statistics { channels, eps: norm.eps, momentum: norm.momentum };
                return self.batch_norm(norm, x, node, mode, &name, shape);
            }
            Operator::SampleNorm(norm) => return self.sample_norm(*norm, x, node, mode, &name),
            Operator::Dropout(_) | Operator::Noise(_) if mode == Mode::Inference => return x,
            Operator::Noise(noise) => return self.noise(*noise, x, &name, shape, layer),
            Operator::Dropout(p) => {
                let y = self.sample(name.clone(), shape.clone());
                let mask = self.tape.push(format!("{name}_mask"), shape, Extent::Sample, Element::Byte);
                self.op(Dropout::Forward(*p), reads, params, vec![y, mask], layer);
                return y;
            }
            Operator::Activation(activation) => Activate::Forward(*activation).into(),
            Operator::Prelu(prelu) => prelu::Prelu::Forward(prelu.slopes(&x_shape)).into(),
            Operator::Softmax => softmax::Softmax::Forward(channels).into(),
            Operator::Across(op) => across::Across::Forward(*op, channels).into(),
            Operator::Add => Elementwise::Add(None).into(),
            Operator::Concat(axis) => {
                let shapes = node.inputs.iter().map(|v| &self.graph.value(*v).shape[..]);
                Concat::Join(columns(*axis, shapes, &shape)).into()
            }
            Operator::Mul => return self.product(node, &reads, &name),
            Operator::Max => return self.maximum(node, &reads, &name),
            Operator::Sub => Elementwise::Sub.into(),
        };
        let y = self.sample(name, shape);
        self.op(kernel, reads, params, vec![y], layer);
        y
    }

    /// Adds a dense layer; weights that no longer change are packed once.
    #[allow(clippy::too_many_arguments)]
    fn dense(
        &mut self,
        sizes: Sizes,
        mode: Mode,
        x: Id,
        params: &[ParamId],
        layer: LayerId,
        name: String,
        shape: Vec<usize>,
    ) -> Id {
        let packed = mode == Mode::Inference && sizes.is_worth_packing();
        let (mut reads, mut params) = (vec![x], params.to_vec());
        if packed {
            let pack = (dense::Dense::Pack(sizes), sizes.packed());
            reads.push(self.pack(format!("{name}_packed"), pack, params.remove(0), layer));
        }
        let y = self.sample(name, shape);
        self.op(dense::Dense::forward(sizes, packed), reads, params, vec![y], layer);
        y
    }

    fn conv(&mut self, window: Window, x: Id, params: &[ParamId], name: String, shape: Vec<usize>) -> Id {
        let layer = window.layer;
        let pack = (Conv::Pack(window.clone()), window.packing().packed());
        let packed = self.pack(format!("{name}_packed"), pack, params[0], layer);
        let y = self.sample(name, shape);
        let kernel = Conv::forward(window);
        self.op(kernel, vec![x, packed], params[1..].to_vec(), vec![y], layer);
        y
    }

    /// Adds a max pool; training keeps the positions of the maxima.
    fn max_pool(&mut self, pool: Pooling, x: Id, mode: Mode, name: &str, shape: Vec<usize>) -> Id {
        let layer = pool.layer;
        let y = self.sample(name.to_string(), shape.clone());
        let mut writes = vec![y];
        if mode == Mode::Training {
            writes.push(self.tape.push(format!("{name}_argmax"), shape, Extent::Sample, Element::Byte));
        }
        self.op(Pool::Max(pool), vec![x], vec![], writes, layer);
        y
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

    fn batch_norm(
        &mut self,
        norm: Statistics,
        x: Id,
        node: &Node,
        mode: Mode,
        name: &str,
        shape: Vec<usize>,
    ) -> Id {
        let (layer, p) = (node.layer, &node.params);
        let y = self.sample(name.into(), shape);
        // Frozen statistics neither follow the batch nor depend on it.
        if mode == Mode::Inference || self.graph.param(p[2]).frozen {
            self.op(BatchNorm::NormalizeRunning(norm, None), vec![x], p.clone(), vec![y], layer);
            return y;
        }
        let channels = norm.channels;
        let moments = self.tape.push(
            format!("{name}_moments"),
            vec![2 * channels + 1],
            Extent::Partial,
            Element::Float,
        );
        let stats =
            self.tape.push(format!("{name}_stats"), vec![2 * channels], Extent::Whole, Element::Float);
        self.op(BatchNorm::Moments { channels }, vec![x], vec![], vec![moments], layer);
        self.op(BatchNorm::FinishMoments(norm), vec![moments], p[2..].to_vec(), vec![stats], layer);
        let kernel = BatchNorm::Normalize { channels, activation: None };
        self.op(kernel, vec![x, stats], p[..2].to_vec(), vec![y], layer);
        y
    }

    fn noise(&mut self, noise: Noise, x: Id, name: &str, shape: Vec<usize>, layer: LayerId) -> Id {
        let (channels, pixels) = (shape[0], shape[1..].iter().product());
        let (kernel, mask) = match noise {
            Noise::SpatialDropout(p) => {
                (Dropout::Units(p, Units { channels, pixels, units: channels }), vec![channels])
            }
            Noise::StochasticDepth(p) => (Dropout::Units(p, Units { channels, pixels, units: 1 }), vec![1]),
            Noise::AlphaDropout(p) => (Dropout::Alpha(p), shape.clone()),
            Noise::Gaussian(deviation) => (Dropout::Normal(deviation), vec![]),
        };
        let y = self.sample(name.to_string(), shape);
        let mut writes = vec![y];
        if !mask.is_empty() {
            writes.push(self.tape.push(format!("{name}_mask"), mask, Extent::Sample, Element::Byte));
        }
        self.op(kernel, vec![x], vec![], writes, layer);
        y
    }

    fn sample_norm(&mut self, norm: SampleNorm, x: Id, node: &Node, mode: Mode, name: &str) -> Id {
        let shape = self.graph.value(node.output).shape.clone();
        let (channels, pixels) = (shape[0], shape[1..].iter().product());
        let (groups, pixels) = match norm.parts {
            Parts::Sample => (1, pixels),
            Parts::Pixels => (1, 1),
            Parts::Groups(groups) => (groups, pixels),
            Parts::Channels => (channels, pixels),
        };
        let weights = node.params.first().filter(|_| norm.affine).map_or(0, |&p| self.graph.param(p).len());
        let grouping = Grouping {
            channels,
            pixels,
            groups,
            centered: norm.centered,
            eps: norm.eps,
            weights,
            bias: norm.bias,
        };
        let mut reads = vec![x];
        for &param in &node.params {
            if reorders(&self.graph.param(param).shape) {
                let packed = variable(&format!("{}_last", self.graph.param(param).name));
                let kernel = sample_norm::SampleNorm::ReorderParam { channels, pixels };
                reads.push(self.pack(packed, (kernel, weights), param, node.layer));
            }
        }
        let y = self.sample(name.to_string(), shape.clone());
        let mut writes = vec![y];
        if mode == Mode::Training {
            let normalised = shape.iter().product::<usize>() / norm.together(&shape);
            writes.push(self.sample(format!("{name}_stats"), vec![2 * normalised]));
        }
        let kernel = sample_norm::SampleNorm::Forward(grouping, None);
        self.op(kernel, reads, node.params.clone(), writes, node.layer);
        y
    }

    /// Adds a chain of products of two; the first factor has the shape of the whole.
    fn product(&mut self, node: &Node, reads: &[Id], name: &str) -> Id {
        let shape = self.graph.value(node.output).shape.clone();
        let spreads = node.inputs.iter().map(|v| spread(&self.graph.value(*v).shape, &shape));
        let mut factors: Vec<(Id, Spread)> = reads.iter().copied().zip(spreads.flatten()).collect();
        factors.sort_by_key(|(_, spread)| *spread != Spread::Same);
        let (channels, pixels) = (shape[0], shape[1..].iter().product());
        let mut y = factors[0].0;
        for (i, &(factor, spread)) in factors.iter().enumerate().skip(1) {
            let name = if i + 1 < factors.len() { format!("{name}_part{i}") } else { name.into() };
            let next = self.sample(name, shape.clone());
            let kernel = Scale::By(Factor { spread, channels, pixels });
            self.op(kernel, vec![y, factor], vec![], vec![next], node.layer);
            y = next;
        }
        y
    }

    /// Adds a chain of maxima of two.
    fn maximum(&mut self, node: &Node, reads: &[Id], name: &str) -> Id {
        let shape = self.graph.value(node.output).shape.clone();
        let mut y = reads[0];
        for (i, &other) in reads.iter().enumerate().skip(1) {
            let name = if i + 1 < reads.len() { format!("{name}_part{i}") } else { name.into() };
            let next = self.sample(name, shape.clone());
            self.op(Elementwise::Max, vec![y, other], vec![], vec![next], node.layer);
            y = next;
        }
        y
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

    fn losses(&mut self) {
        let graph = self.graph;
        if graph.weighed {
            let weights = self.tape.push("weights".into(), vec![1], Extent::Given, Element::Float);
            self.tape.weights = Some(weights);
        }
        for (used, name) in graph.losses.iter().zip(graph.loss_names()) {
            let shape = &graph.value(used.value).shape;
            let (of, loss) = graph.compared(used);
            let layer = graph.producer(used.value).map_or(LayerId(0), |n| n.layer);
            let y = self.read(of, layer);
            let targets = match graph.with_targets().count() {
                0 | 1 => "targets".to_string(),
                _ => format!("{}_targets", variable(&name)),
            };
            let target = match used.target {
                Some(input) => self.read(input, layer),
                None => self.targets(&targets, loss.targets(), shape, layer),
            };
            let dy = self.sample(format!("d_{}", self.tape.value(y).name), shape.clone());
            let sum = if graph.losses.len() > 1 { format!("loss_{}", part(&name)) } else { "loss".into() };
            let sum = self.tape.push(sum, vec![1], Extent::Partial, Element::Float);
            let mut reads = vec![y, target];
            if let Loss::CrossEntropy(ce) = &loss
                && ce.is_weighted()
            {
                let share = format!("{targets}_share");
                let share = self.tape.push(share, vec![1], Extent::Whole, Element::Float);
                let weigh = loss::Loss::WeighTargets(ce.clone(), shape[0]);
                self.op(weigh, vec![target], vec![], vec![share], layer);
                reads.push(share);
            }
            reads.extend(self.tape.weights);
            self.op(loss::Loss::Compare(loss, used.weight), reads, vec![], vec![dy, sum], layer);
            self.tape.outputs.push(sum);
        }
    }

    /// Gives the logits of an output to callers that ask for them.
    fn logits(&mut self, at: usize, logits: ValueId, layer: LayerId) {
        let x = self.read(logits, layer);
        let name = match self.graph.outputs.len() {
            1 => "logits".to_string(),
            _ => format!("{}_logits", variable(&self.graph.output_names[at])),
        };
        let shape = self.graph.value(logits).shape.clone();
        let logits = self.tape.push(name, shape, Extent::Given, Element::Float);
        self.op(Layout::Logits, vec![x], vec![], vec![logits], layer);
        self.tape.logits.push((at, logits));
    }

    /// Adds the targets for an output of this shape as the caller gives them, and returns them channels last.
    fn targets(&mut self, name: &str, kind: TargetKind, shape: &[usize], layer: LayerId) -> Id {
        let (shape, element) = match kind {
            TargetKind::Class => (vec![shape[1..].iter().product()], Element::Class),
            TargetKind::Share | TargetKind::Number => (shape.to_vec(), Element::Float),
        };
        let given = self.tape.push(name.into(), shape.clone(), Extent::Given, element);
        self.tape.targets.push(given);
        if !reorders(&shape) {
            return given;
        }
        let last = self.sample(format!("{name}_last"), shape);
        self.op(Layout::ChannelsLast, vec![given], vec![], vec![last], layer);
        last
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

/// Returns the place of each part. Parts along the first axis after the channels are runs of a sample's
/// numbers, those along a later one runs of what has one place along the axes before it, such as a row.
fn columns<'s>(axis: Axis, parts: impl Iterator<Item = &'s [usize]>, whole: &[usize]) -> Vec<Columns> {
    let pixels: usize = whole[1..].iter().product();
    let place = axis.place(whole.len()).unwrap_or_default();
    let (each, rows): (usize, usize) = match place {
        0 => (1, pixels),
        _ => (whole[0] * whole[place + 1..].iter().product::<usize>(), whole[1..place].iter().product()),
    };
    let mut at = 0;
    let part = |shape: &[usize]| {
        let part = shape[place] * each;
        at += part;
        Columns { part, whole: whole[place] * each, at: at - part, pixels: rows }
    };
    parts.map(part).collect()
}

/// Windows of one size are an ordinary pool's, unless they have more places than it can count.
fn adaptive(pool: AdaptivePool, input: [usize; 3], layer: LayerId) -> Kernel {
    let ([channels, height, width], [down, across]) = (input, pool.size);
    let output = [channels, down, across];
    let (window, pad) = ([height / down, width / across], [0, 0]);
    let one_size = height % down == 0 && width % across == 0;
    match pool.reduction {
        reduction if pool.size == [1, 1] => whole(reduction, &input).into(),
        Reduction::Mean if one_size => {
            let pool = AvgPool { window, stride: window, pad, count_pad: true, ceil: false };
            Pool::Average(Pooling::of_avg(&pool, input, output, layer)).into()
        }
        Reduction::Maximum if one_size && window[0] * window[1] <= MaxPool::<2>::MOST_PLACES => {
            let pool = MaxPool { window, stride: window, pad, ceil: false };
            Pool::Max(Pooling::of_max(&pool, input, output, layer)).into()
        }
        reduction => any_windows(reduction, input, pool.size).into(),
    }
}

/// Returns the kernel for one window over a value of this shape.
fn whole(reduction: Reduction, shape: &[usize]) -> adaptive_pool::AdaptivePool {
    let (channels, pixels) = (shape[0], shape[1..].iter().product());
    let windows = Windows::One { channels, pixels };
    adaptive_pool::AdaptivePool { reduction, windows, backward: false }
}

/// Returns the kernel for windows of any size.
fn any_windows(reduction: Reduction, input: [usize; 3], size: [usize; 2]) -> adaptive_pool::AdaptivePool {
    let windows = Windows::Several { input, size };
    adaptive_pool::AdaptivePool { reduction, windows, backward: false }
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

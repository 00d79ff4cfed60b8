//! Every operator's gradient against central differences of the loss, at every coordinate.

use super::builder::{Builder, array, dense};
use crate::{Interpreter, Masks, Mode, Targets};
use ndarray::{ArrayD, IxDyn};
use netwright_compiler::catalogue::{Item, Kind};
use netwright_compiler::graph::{Graph, Role, ValueId};
use netwright_compiler::ops::{
    Activation, AdaptivePool, AvgPool, Axis, BatchNorm, Border, Conv, ConvTranspose, Dense, DenseAxis,
    DepthwiseConv, GlobalPool, Init, Join, Loss, MaxPool, Mean, Move, Noise, Operator, Pad, Parts, Pointwise,
    Prelu, Reduction, SampleNorm, Spatial, TargetKind, Upsample, UpsampleMode,
};
use netwright_compiler::{NoFiles, parse_program};

const STEP: f64 = 1e-5;
const BATCH: usize = 3;

/// Numbers between -1 and 1 (Weyl's sequence, folded).
struct Numbers(f64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = (self.0 * 1.1 + 0.618_033_988_749_895).fract();
        2.0 * self.0 - 1.0
    }

    fn array(&mut self, shape: &[usize]) -> ArrayD<f64> {
        ArrayD::from_shape_simple_fn(IxDyn(shape), || self.next())
    }
}

/// Compares the gradients of inputs and parameters with differences; `prepare` sets parameters and masks.
pub(super) fn check_with(graph: &Graph, classes: usize, prepare: impl Fn(&mut Interpreter)) {
    let mut numbers = Numbers(0.3);
    let batch = |id: &ValueId| [&[BATCH], &graph.value(*id).shape[..]].concat();
    let inputs: Vec<_> = graph.inputs.iter().map(|id| numbers.array(&batch(id))).collect();
    let targets: Vec<_> = graph
        .with_targets()
        .map(|used| match used.loss.targets() {
            TargetKind::Class => {
                let shape = [&[BATCH], &graph.value(used.value).shape[1..]].concat();
                let mut label = 0;
                Targets::Classes(ArrayD::from_shape_simple_fn(IxDyn(&shape), || {
                    label += 1;
                    label % classes
                }))
            }
            TargetKind::Number => Targets::Values(numbers.array(&batch(&used.value))),
            TargetKind::Share => Targets::Values(numbers.array(&batch(&used.value)).mapv(f64::abs)),
        })
        .collect();
    let params = graph.params.iter().map(|p| numbers.array(&p.shape)).zip(&graph.params);
    let params =
        params.map(|(a, p)| if p.role == Role::Statistic { a.mapv(|a| a.abs() + 0.1) } else { a }).collect();
    let mut start = Interpreter::with_params(graph, params).expect("shapes are the graph's");
    prepare(&mut start);

    let gradients = start.clone().gradients(&inputs, &targets).expect("it fits");
    let loss = |interpreter: &Interpreter, inputs: &[ArrayD<f64>]| {
        interpreter.clone().loss(inputs, &targets, Mode::Training).expect("it fits")
    };
    assert_eq!(gradients.loss, loss(&start, &inputs));
    let compare = |what: &str, at: usize, found: f64, above: f64, below: f64| {
        let expected = (above - below) / (2.0 * STEP);
        let error = (found - expected).abs();
        assert!(
            error < 1e-8 * (1.0 + expected.abs()),
            "{what}[{at}] is {found}, but differences say {expected}"
        );
    };
    for (which, gradient) in gradients.inputs.iter().enumerate() {
        for (at, &slope) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut inputs = inputs.clone();
                *inputs[which].iter_mut().nth(at).expect("a place in the gradient") += by;
                loss(&start, &inputs)
            };
            compare("input", at, slope, moved(STEP), moved(-STEP));
        }
    }
    for (which, gradient) in gradients.params.iter().enumerate() {
        for (at, &slope) in gradient.iter().flatten().enumerate() {
            let moved = |by: f64| {
                let mut interpreter = start.clone();
                *interpreter.params[which].iter_mut().nth(at).expect("a place in the gradient") += by;
                loss(&interpreter, &inputs)
            };
            compare(&graph.params[which].name, at, slope, moved(STEP), moved(-STEP));
        }
    }
}

pub(super) fn check(graph: &Graph) {
    check_with(graph, 2, |_| {});
}

/// Checks one operator under a squared error.
pub(super) fn check_operator(op: Operator, shape: &[usize]) {
    let mut net = Builder::new();
    let x = net.input(shape);
    let y = net.op(op, &[x]);
    check(&net.with_loss(Loss::MSE, y));
}

fn plain_conv() -> Conv {
    Conv {
        channels: 3,
        kernel: [3, 3].into(),
        stride: [1, 1].into(),
        pad: [0, 0].into(),
        dilation: [1, 1].into(),
        groups: 1,
        bias: true,
        init: Init::HE_UNIFORM,
    }
}

#[test]
fn dense_layers() {
    check_operator(dense(3), &[5]);
    check_operator(
        Operator::Dense(Dense { units: 2, bias: false, init: Init::Zeros, axis: DenseAxis::Features }),
        &[4],
    );
}

#[test]
fn convolutions() {
    let cases = [
        (plain_conv(), [2, 5, 4]),
        (Conv { pad: [1, 1].into(), ..plain_conv() }, [1, 3, 3]),
        (Conv { bias: false, stride: [2, 2].into(), pad: [1, 1].into(), ..plain_conv() }, [2, 5, 6]),
        (Conv { kernel: [1, 1].into(), ..plain_conv() }, [4, 3, 2]),
        (
            Conv {
                kernel: [3, 2].into(),
                stride: [1, 2].into(),
                pad: [2, 0].into(),
                dilation: [2, 1].into(),
                ..plain_conv()
            },
            [2, 5, 5],
        ),
        (Conv { channels: 6, groups: 3, dilation: [1, 2].into(), ..plain_conv() }, [3, 4, 6]),
        (
            Conv { channels: 8, groups: 4, pad: [1, 1].into(), stride: [2, 1].into(), ..plain_conv() },
            [4, 4, 3],
        ),
    ];
    for (conv, shape) in cases {
        check_operator(Operator::Conv(conv), &shape);
    }
}

#[test]
fn transposed_convolutions() {
    let plain = ConvTranspose {
        channels: 3,
        kernel: [2, 2].into(),
        stride: [2, 2].into(),
        pad: [0, 0].into(),
        output_pad: [0, 0].into(),
        dilation: [1, 1].into(),
        groups: 1,
        bias: true,
        init: Init::HE_UNIFORM,
    };
    let cases = [
        (plain.clone(), [2, 3, 2]),
        (
            ConvTranspose {
                kernel: [3, 4].into(),
                pad: [1, 2].into(),
                output_pad: [1, 0].into(),
                ..plain.clone()
            },
            [2, 3, 2],
        ),
        (
            ConvTranspose {
                stride: [1, 3].into(),
                dilation: [2, 1].into(),
                output_pad: [1, 2].into(),
                bias: false,
                ..plain.clone()
            },
            [1, 2, 3],
        ),
        (ConvTranspose { channels: 6, groups: 3, kernel: [1, 3].into(), ..plain }, [3, 2, 2]),
    ];
    for (op, shape) in cases {
        check_operator(Operator::ConvTranspose(op), &shape);
    }
}

#[test]
fn depthwise_convolutions() {
    let plain = DepthwiseConv {
        kernel: [3, 3].into(),
        stride: [1, 1].into(),
        pad: [1, 1].into(),
        dilation: [1, 1].into(),
        multiplier: 1,
        bias: true,
        init: Init::HE_UNIFORM,
    };
    check_operator(Operator::DepthwiseConv(plain.clone()), &[3, 4, 3]);
    let more = DepthwiseConv {
        kernel: [2, 3].into(),
        stride: [1, 2].into(),
        dilation: [2, 1].into(),
        multiplier: 2,
        bias: false,
        ..plain
    };
    check_operator(Operator::DepthwiseConv(more), &[2, 4, 5]);
}

#[test]
fn upsamplings() {
    for mode in [UpsampleMode::Nearest, UpsampleMode::Bilinear] {
        for scale in [[2, 2], [3, 1]] {
            check_operator(Operator::Upsample(Upsample { scale: scale.into(), mode }), &[2, 2, 3]);
        }
    }
}

#[test]
fn poolings() {
    let options = [
        ([2, 2], [2, 2], [0, 0]),
        ([3, 3], [2, 2], [1, 1]),
        ([3, 2], [1, 1], [0, 1]),
        ([2, 3], [3, 1], [1, 0]),
    ];
    for (window, stride, pad) in options {
        let (window, stride, pad): (Spatial, Spatial, Spatial) = (window.into(), stride.into(), pad.into());
        for ceil in [false, true] {
            check_operator(Operator::MaxPool(MaxPool { window, stride, pad, ceil }), &[2, 5, 6]);
            for count_pad in [true, false] {
                check_operator(
                    Operator::AvgPool(AvgPool { window, stride, pad, count_pad, ceil }),
                    &[2, 5, 6],
                );
            }
        }
    }
    check_operator(Operator::GlobalPool(GlobalPool { reduction: Reduction::Mean }), &[2, 3, 5]);
    check_operator(Operator::GlobalPool(GlobalPool { reduction: Reduction::Maximum }), &[2, 3, 5]);
    for size in [[1, 1], [2, 3], [3, 5], [4, 2], [5, 7]] {
        for reduction in [Reduction::Mean, Reduction::Maximum] {
            check_operator(Operator::AdaptivePool(AdaptivePool { size: size.into(), reduction }), &[2, 3, 5]);
        }
    }
}

#[test]
fn batch_norms() {
    for shape in [&[4][..], &[2, 3], &[2, 3, 2], &[2, 2, 1, 2]] {
        for (eps, momentum) in [(1e-5, 0.1), (0.1, 0.4)] {
            let mut net = Builder::new();
            let x = net.input(shape);
            let y = net.op(Operator::BatchNorm(BatchNorm { eps, momentum }), &[x]);
            let mut graph = net.with_loss(Loss::MSE, y);
            check(&graph);
            for param in graph.params.iter_mut().filter(|param| param.role == Role::Statistic) {
                param.frozen = true;
            }
            check(&graph);
        }
    }
}

#[test]
fn norms_of_samples() {
    let shapes = |parts: Parts| match parts {
        Parts::Pixels | Parts::Channels => vec![vec![4, 3], vec![4, 2, 3], vec![2, 2, 1, 3]],
        Parts::Sample | Parts::Groups(_) => vec![vec![6], vec![4, 3], vec![4, 2, 3], vec![2, 2, 1, 3]],
    };
    for parts in [Parts::Sample, Parts::Pixels, Parts::Groups(2), Parts::Channels] {
        for (centered, affine, bias) in
            [(true, true, true), (true, true, false), (false, true, false), (true, false, false)]
        {
            for shape in shapes(parts) {
                check_operator(
                    Operator::SampleNorm(SampleNorm { parts, centered, eps: 0.1, affine, bias }),
                    &shape,
                );
            }
        }
    }
}

#[test]
fn functions_of_each_number() {
    let options = [
        Activation::LeakyRelu(0.1),
        Activation::Elu(0.7),
        Activation::GeluTanh,
        Activation::Softplus(1.5),
        Activation::Scale(-0.5),
        Activation::Shift(1.5),
        Activation::Power(1.0),
        Activation::Power(2.0),
        Activation::Power(2.5),
    ];
    let mut plain = vec![];
    for name in Kind::Layer.items().iter().map(Item::name) {
        let text = format!("network Alone {{ input [3] {name} loss mse }}");
        let (program, _) = parse_program("alone.net", &text, &NoFiles);
        let nodes = program.models.iter().flat_map(|model| &model.graph.nodes);
        plain.extend(nodes.filter_map(|node| match node.op {
            Operator::Activation(activation) => Some(activation),
            _ => None,
        }));
    }
    assert!(plain.len() > 12, "{plain:?}");
    for kind in plain.into_iter().chain(options) {
        for shape in [&[7][..], &[2, 2, 3]] {
            let mut net = Builder::new();
            let x = net.input(shape);
            // Some have no value below 0.
            let x = match kind {
                Activation::Log | Activation::Sqrt => {
                    net.op(Operator::Activation(Activation::Softplus(1.0)), &[x])
                }
                _ => x,
            };
            let y = net.op(Operator::Activation(kind), &[x]);
            check(&net.with_loss(Loss::MSE, y));
        }
    }
    for per_channel in [false, true] {
        check_operator(Operator::Prelu(Prelu { init: 0.25, per_channel }), &[5]);
        check_operator(Operator::Prelu(Prelu { init: 0.25, per_channel }), &[3, 2, 2]);
    }
    check_operator(Operator::Softmax, &[5]);
    check_operator(Operator::Softmax, &[4, 2, 3]);
    check_operator(Operator::Flatten, &[2, 3, 2]);

    let mut net = Builder::new();
    let x = net.input(&[4]);
    let dropped = net.op(Operator::Noise(Noise::Dropout(0.3)), &[x]);
    let y = net.op(dense(2), &[dropped]);
    let graph = net.with_loss(Loss::MSE, y);
    let mask = array(&[BATCH, 4], &[1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
    check_with(&graph, 2, |interpreter| interpreter.masks = Masks::from([(dropped, mask.clone())]));
}

#[test]
fn noises() {
    let kept = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
    for noise in [
        Noise::SpatialDropout(0.3),
        Noise::StochasticDepth(0.25),
        Noise::AlphaDropout(0.4),
        Noise::Gaussian(0.5),
    ] {
        let mut net = Builder::new();
        let x = net.input(&[2, 2, 1]);
        let noisy = net.op(Operator::Noise(noise), &[x]);
        let y = net.op(Operator::Activation(Activation::Tanh), &[noisy]);
        let graph = net.with_loss(Loss::MSE, y);
        let numbers: Vec<f64> = (0..12).map(|i| kept[i / 2]).collect();
        let mask = array(&[BATCH, 2, 2, 1], &numbers);
        check(&graph);
        check_with(&graph, 2, |interpreter| interpreter.masks = Masks::from([(noisy, mask.clone())]));
    }
}

#[test]
fn joins_and_values_used_twice() {
    for op in [Join::Add, Join::Concat(Axis::Channels), Join::Mul, Join::Max] {
        let mut net = Builder::new();
        let (a, b) = (net.input(&[2, 3, 2]), net.input(&[2, 3, 2]));
        let c = net.op(Operator::Conv(Conv { channels: 2, kernel: [1, 1].into(), ..plain_conv() }), &[a]);
        let joined = net.op(Operator::Join(op), &[a, b, c, a]);
        let squashed = net.op(Operator::Activation(Activation::Tanh), &[joined]);
        let twice = net.op(Operator::Join(op), &[squashed, joined]);
        check(&net.with_loss(Loss::MSE, twice));
    }
}

#[test]
fn joins_of_other_shapes() {
    for axis in [Axis::Height, Axis::Width] {
        let mut net = Builder::new();
        let (a, b) =
            (net.input(&[2, 3, 4]), net.input(if axis == Axis::Height { &[2, 1, 4] } else { &[2, 3, 2] }));
        let y = net.op(Operator::Join(Join::Concat(axis)), &[a, b, a]);
        check(&net.with_loss(Loss::MSE, y));
    }
    for gates in [&[[3, 1, 1]][..], &[[1, 2, 4]], &[[3, 1, 1], [1, 2, 4], [3, 2, 4]]] {
        let mut net = Builder::new();
        let mut factors = vec![net.input(&[3, 2, 4])];
        factors.extend(gates.iter().map(|shape| net.input(shape)));
        factors.reverse();
        let y = net.op(Operator::Join(Join::Mul), &factors);
        check(&net.with_loss(Loss::MSE, y));
    }
    let mut net = Builder::new();
    let (x, gate) = (net.input(&[3, 2, 4]), net.input(&[3]));
    let gated = net.op(Operator::Join(Join::Mul), &[gate, x]);
    let y = net.op(Operator::Join(Join::Sub), &[x, gated]);
    check(&net.with_loss(Loss::MSE, y));
}

#[test]
fn moves() {
    let moves = [
        (Move::Reshape(vec![Some(3), None, Some(2)]), [2, 3, 4]),
        (Move::Reshape(vec![None]), [2, 3, 4]),
        (Move::Permute(vec![2, 0, 1]), [2, 3, 4]),
        (Move::Permute(vec![0, 2, 1]), [2, 3, 4]),
        (Move::Slice { axis: Axis::Channels, start: 1, end: None, step: 2 }, [4, 2, 3]),
        (Move::Slice { axis: Axis::Width, start: 0, end: Some(2), step: 1 }, [4, 2, 3]),
        (Move::Crop { size: vec![2, 3], at: None }, [2, 5, 4]),
        (Move::Crop { size: vec![1, 2], at: Some(vec![3, 0]) }, [2, 5, 4]),
        (Move::PixelShuffle(2), [8, 2, 3]),
        (Move::PixelUnshuffle(2), [2, 4, 6]),
    ];
    for (op, shape) in moves {
        check_operator(Operator::Move(op), &shape);
    }
    for (axis, shape) in [
        (Axis::Channels, &[5][..]),
        (Axis::Length, &[2, 3]),
        (Axis::Channels, &[2, 3, 4]),
        (Axis::Height, &[2, 3, 4]),
        (Axis::Depth, &[2, 3, 2, 2]),
    ] {
        check_operator(Operator::Mean(Mean { axis }), shape);
    }
    let borders = [
        ([[1, 2], [0, 3]], Border::Zeros),
        ([[1, 2], [0, 3]], Border::Reflect),
        ([[1, 4], [0, 3]], Border::Replicate),
        ([[1, 3], [0, 4]], Border::Circular),
    ];
    for (border, mode) in borders {
        check_operator(Operator::Pad(Pad { border: border.into(), mode }), &[2, 3, 4]);
    }
}

#[test]
fn losses_of_classes() {
    for shape in [&[3][..], &[3, 2, 2]] {
        for softmax in [true, false] {
            let mut net = Builder::new();
            let x = net.input(shape);
            let y = if softmax { net.op(Operator::Softmax, &[x]) } else { x };
            check_with(&net.with_loss(Loss::cross_entropy(!softmax), y), 3, |_| {});

            let mut net = Builder::new();
            let x = net.input(shape);
            let y = if softmax { net.op(Operator::Activation(Activation::Sigmoid), &[x]) } else { x };
            check(&net.with_loss(Loss::binary_cross_entropy(!softmax), y));
        }
    }
    // Probabilities that no softmax made.
    let mut net = Builder::new();
    let x = net.input(&[3]);
    let y = net.op(Operator::Activation(Activation::Sigmoid), &[x]);
    check_with(&net.with_loss(Loss::cross_entropy(false), y), 3, |_| {});
}

#[test]
fn losses_of_single_numbers() {
    let plain = [
        Loss::Each(Pointwise::Mae),
        Loss::Each(Pointwise::Huber { delta: 0.5 }),
        Loss::Each(Pointwise::SmoothL1 { beta: 0.5 }),
        Loss::Each(Pointwise::Hinge),
        Loss::Each(Pointwise::PoissonNll { log_input: true, full: false, eps: 1e-8 }),
        Loss::Each(Pointwise::BinaryCrossEntropy { logits: true, pos_weight: 2.5 }),
        Loss::Each(Pointwise::Focal { logits: true, gamma: 1.5, alpha: 0.3 }),
        Loss::Each(Pointwise::Focal { logits: true, gamma: 0.0, alpha: 0.3 }),
    ];
    let positive = [
        Loss::Each(Pointwise::PoissonNll { log_input: false, full: true, eps: 1e-3 }),
        Loss::Each(Pointwise::BinaryCrossEntropy { logits: false, pos_weight: 2.5 }),
        Loss::Each(Pointwise::Focal { logits: false, gamma: 0.5, alpha: 0.25 }),
    ];
    for shape in [&[3][..], &[3, 2, 2]] {
        for loss in &plain {
            let mut net = Builder::new();
            let x = net.input(shape);
            check(&net.with_loss(loss.clone(), x));
        }
        for loss in &positive {
            let mut net = Builder::new();
            let x = net.input(shape);
            let y = net.op(Operator::Activation(Activation::Sigmoid), &[x]);
            check(&net.with_loss(loss.clone(), y));
            // Probabilities that no sigmoid made.
            let mut net = Builder::new();
            let x = net.input(shape);
            let y = net.op(Operator::Softmax, &[x]);
            check(&net.with_loss(loss.clone(), y));
        }
    }
}

/// Every loss with its defaults, after the first activation that it takes.
#[test]
fn losses_of_the_language() {
    for name in Kind::Loss.items().iter().map(Item::name) {
        let graph = ["", "sigmoid", "softmax"].iter().find_map(|last| {
            let text = format!("network N {{ input [3] dense(3) {last} loss {name} }}");
            parse_program("loss.net", &text, &NoFiles).0.models.pop().map(|model| model.graph)
        });
        check_with(&graph.unwrap_or_else(|| panic!("{name} fits nowhere")), 3, |_| {});
    }
}

#[test]
fn losses_are_weighed_and_compare_with_inputs() {
    let mut net = Builder::new();
    let [x, fixed] = [net.input(&[4]), net.input(&[4])];
    let y = net.op(dense(4), &[x]);
    net.add_weighted_loss(Loss::MSE, y, 0.5, Some(fixed));
    net.add_weighted_loss(Loss::Each(Pointwise::Mae), y, 3.0, None);
    let graph = net.graph();
    let array =
        |values: &[f64]| ArrayD::from_shape_vec(IxDyn(&[1, 4]), values.to_vec()).expect("four numbers");
    let params = vec![ArrayD::zeros(IxDyn(&[4, 4])), ArrayD::from_elem(IxDyn(&[4]), 1.0)];
    let mut interpreter = Interpreter::with_params(&graph, params).expect("shapes are the graph's");
    let inputs = [array(&[0.0; 4]), array(&[1.0, 2.0, 3.0, 4.0])];
    let targets = [Targets::Values(array(&[1.0, 1.0, 2.0, 3.0]))];
    let gradients = interpreter.gradients(&inputs, &targets).expect("it fits");
    assert_eq!(gradients.losses, [14.0 / 4.0, 3.0 / 4.0]);
    assert_eq!(gradients.loss, 0.5 * 14.0 / 4.0 + 3.0 * 3.0 / 4.0);
    let bias = gradients.params[1].as_ref().expect("it is learned");
    assert_eq!(bias.as_slice().expect("row-major"), [0.0, -0.25, -0.5 - 0.75, -0.75 - 0.75]);
    assert!(
        gradients.inputs[1].iter().all(|slope| *slope == 0.0),
        "what outputs are compared with is held fixed"
    );
}

#[test]
fn several_losses_add_up() {
    let mut net = Builder::new();
    let x = net.input(&[2, 4, 4]);
    let features = net.op(Operator::Conv(plain_conv()), &[x]);
    let flat = net.op(Operator::Flatten, &[features]);
    let scores = net.op(dense(3), &[flat]);
    let classes = net.op(Operator::Softmax, &[scores]);
    let pooled = net.op(Operator::GlobalPool(GlobalPool { reduction: Reduction::Mean }), &[features]);
    net.add_loss(Loss::cross_entropy(false), classes);
    net.add_loss(Loss::binary_cross_entropy(true), scores);
    check_with(&net.with_loss(Loss::MSE, pooled), 3, |_| {});
}

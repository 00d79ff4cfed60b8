//! Gradients of layers over signals and volumes, and of dense layers along the last axis, against differences.

use super::builder::Builder;
use super::gradients::{check, check_operator};
use netwright_compiler::ops::{
    AdaptivePool, AvgPool, Axis, Border, Conv, ConvTranspose, Dense, DenseAxis, DepthwiseConv, GlobalPool,
    Init, Join, Loss, MaxPool, Move, Operator, Pad, Reduction, Spatial, Upsample, UpsampleMode,
};

fn conv<const N: usize>(channels: usize, kernel: [usize; N]) -> Conv {
    let all = |size| Spatial::all(size, N);
    Conv {
        channels,
        kernel: kernel.into(),
        stride: all(1),
        pad: all(0),
        dilation: all(1),
        groups: 1,
        bias: true,
        init: Init::HE_UNIFORM,
    }
}

fn spread<const N: usize>(of: &Conv, output_pad: [usize; N]) -> ConvTranspose {
    let Conv { channels, kernel, stride, pad, dilation, groups, bias, init } = *of;
    let output_pad = output_pad.into();
    ConvTranspose { channels, kernel, stride, pad, output_pad, dilation, groups, bias, init }
}

#[test]
fn rows() {
    for shape in [&[4][..], &[3, 4], &[2, 3, 4], &[1, 2, 3, 2]] {
        for bias in [true, false] {
            let dense = Dense { units: 3, bias, init: Init::Zeros, axis: DenseAxis::Last };
            check_operator(Operator::Dense(dense), shape);
        }
    }
}

#[test]
fn convolutions() {
    check_operator(Operator::Conv(conv(3, [3])), &[2, 6]);
    let uneven = Conv {
        stride: [2].into(),
        pad: [2].into(),
        dilation: [2].into(),
        groups: 2,
        bias: false,
        ..conv(4, [3])
    };
    check_operator(Operator::Conv(uneven.clone()), &[2, 7]);
    check_operator(Operator::ConvTranspose(spread(&conv(3, [3]), [0])), &[2, 4]);
    check_operator(Operator::ConvTranspose(spread(&Conv { stride: [3].into(), ..uneven }, [1])), &[2, 4]);
    check_operator(Operator::Conv(conv(2, [2, 1, 3])), &[2, 3, 2, 4]);
    let uneven = Conv {
        stride: [2, 1, 3].into(),
        pad: [1, 0, 2].into(),
        dilation: [1, 2, 1].into(),
        groups: 2,
        bias: false,
        ..conv(4, [3, 2, 2])
    };
    check_operator(Operator::Conv(uneven.clone()), &[2, 3, 3, 4]);
    check_operator(Operator::ConvTranspose(spread(&conv(2, [2, 1, 2]), [0; 3])), &[1, 2, 2, 2]);
    check_operator(Operator::ConvTranspose(spread(&uneven, [1, 0, 2])), &[2, 2, 2, 2]);
    let depthwise = DepthwiseConv {
        kernel: [2, 2, 1].into(),
        stride: [1, 2, 1].into(),
        pad: [1, 0, 0].into(),
        dilation: [2, 1, 1].into(),
        multiplier: 2,
        bias: true,
        init: Init::HE_UNIFORM,
    };
    check_operator(Operator::DepthwiseConv(depthwise), &[2, 2, 4, 2]);
}

#[test]
fn pools() {
    for ceil in [false, true] {
        check_operator(
            Operator::MaxPool(MaxPool { window: [3].into(), stride: [2].into(), pad: [1].into(), ceil }),
            &[2, 6],
        );
        let max = MaxPool { window: [2, 3, 1].into(), stride: [2, 1, 1].into(), pad: [1, 1, 0].into(), ceil };
        check_operator(Operator::MaxPool(max), &[2, 3, 3, 2]);
        for count_pad in [false, true] {
            let avg = AvgPool { window: [3].into(), stride: [2].into(), pad: [1].into(), count_pad, ceil };
            check_operator(Operator::AvgPool(avg), &[2, 6]);
            let avg = AvgPool {
                window: [2, 3, 2].into(),
                stride: [2, 2, 1].into(),
                pad: [1, 1, 0].into(),
                count_pad,
                ceil,
            };
            check_operator(Operator::AvgPool(avg), &[1, 3, 4, 3]);
        }
    }
    for shape in [&[3, 4][..], &[2, 2, 3, 2]] {
        for reduction in [Reduction::Mean, Reduction::Maximum] {
            check_operator(Operator::GlobalPool(GlobalPool { reduction }), shape);
        }
    }
    for reduction in [Reduction::Mean, Reduction::Maximum] {
        check_operator(Operator::AdaptivePool(AdaptivePool { size: [3].into(), reduction }), &[2, 5]);
        check_operator(
            Operator::AdaptivePool(AdaptivePool { size: [2, 3, 1].into(), reduction }),
            &[2, 3, 2, 4],
        );
    }
}

#[test]
fn other_sizes() {
    for mode in [UpsampleMode::Nearest, UpsampleMode::Bilinear] {
        check_operator(Operator::Upsample(Upsample { scale: [3].into(), mode }), &[2, 3]);
        check_operator(Operator::Upsample(Upsample { scale: [2, 1, 3].into(), mode }), &[1, 2, 3, 2]);
    }
    for mode in [Border::Zeros, Border::Reflect, Border::Replicate, Border::Circular] {
        check_operator(Operator::Pad(Pad { border: vec![[1, 2]], mode }), &[2, 4]);
        check_operator(Operator::Pad(Pad { border: vec![[1, 0], [2, 1], [0, 1]], mode }), &[1, 2, 3, 2]);
    }
}

#[test]
fn moves() {
    let slice = |axis, start, end, step| Move::Slice { axis, start, end, step };
    for op in [
        slice(Axis::Length, 1, None, 2),
        slice(Axis::Channels, 1, Some(2), 1),
        Move::Permute(vec![1, 0]),
        Move::Crop { size: vec![4], at: None },
        Move::Crop { size: vec![2], at: Some(vec![5]) },
    ] {
        check_operator(Operator::Move(op), &[2, 7]);
    }
    for op in [
        slice(Axis::Depth, 0, None, 2),
        slice(Axis::Height, 1, Some(3), 1),
        slice(Axis::Width, 2, None, 1),
        Move::Permute(vec![2, 0, 3, 1]),
        Move::Permute(vec![0, 3, 2, 1]),
        Move::Crop { size: vec![2, 1, 3], at: None },
        Move::Crop { size: vec![1, 2, 2], at: Some(vec![2, 0, 1]) },
    ] {
        check_operator(Operator::Move(op), &[2, 3, 4, 3]);
    }
}

#[test]
fn joins() {
    for (axis, a, b) in [
        (Axis::Length, &[2, 3][..], &[2, 1][..]),
        (Axis::Depth, &[2, 1, 2, 3], &[2, 3, 2, 3]),
        (Axis::Height, &[2, 2, 1, 3], &[2, 2, 3, 3]),
        (Axis::Width, &[2, 2, 3, 2], &[2, 2, 3, 1]),
    ] {
        let mut net = Builder::new();
        let (a, b) = (net.input(a), net.input(b));
        let y = net.op(Operator::Join(Join::Concat(axis)), &[a, b, a]);
        check(&net.with_loss(Loss::MSE, y));
    }
}

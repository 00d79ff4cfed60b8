//! Gradients of layers over signals and volumes, and of dense layers along the last axis, against differences.

use super::builder::Builder;
use super::gradients::{check, check_operator};
use crate::ops::{
    AdaptivePool, AvgPool, Axis, Border, Conv, ConvTranspose, Dense, DenseAxis, DepthwiseConv, Init, Loss,
    MaxPool, Move, Operator, Pad, Reduction, Sliding, Upsample, UpsampleMode,
};

fn conv<const N: usize>(channels: usize, kernel: [usize; N]) -> Conv<N> {
    Conv {
        channels,
        kernel,
        stride: [1; N],
        pad: [0; N],
        dilation: [1; N],
        groups: 1,
        bias: true,
        init: Init::DEFAULT,
    }
}

fn spread<const N: usize>(of: &Conv<N>, output_pad: [usize; N]) -> ConvTranspose<N> {
    let Conv { channels, kernel, stride, pad, dilation, groups, bias, init } = *of;
    ConvTranspose { channels, kernel, stride, pad, output_pad, dilation, groups, bias, init }
}

fn signal(op: Sliding<1>, shape: [usize; 2]) {
    check_operator(Operator::Signal(op), &shape);
}

fn volume(op: Sliding<3>, shape: [usize; 4]) {
    check_operator(Operator::Volume(op), &shape);
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
    signal(Sliding::Conv(conv(3, [3])), [2, 6]);
    let uneven = Conv { stride: [2], pad: [2], dilation: [2], groups: 2, bias: false, ..conv(4, [3]) };
    signal(Sliding::Conv(uneven.clone()), [2, 7]);
    signal(Sliding::ConvTranspose(spread(&conv(3, [3]), [0])), [2, 4]);
    signal(Sliding::ConvTranspose(spread(&Conv { stride: [3], ..uneven }, [1])), [2, 4]);
    volume(Sliding::Conv(conv(2, [2, 1, 3])), [2, 3, 2, 4]);
    let uneven = Conv {
        stride: [2, 1, 3],
        pad: [1, 0, 2],
        dilation: [1, 2, 1],
        groups: 2,
        bias: false,
        ..conv(4, [3, 2, 2])
    };
    volume(Sliding::Conv(uneven.clone()), [2, 3, 3, 4]);
    volume(Sliding::ConvTranspose(spread(&conv(2, [2, 1, 2]), [0; 3])), [1, 2, 2, 2]);
    volume(Sliding::ConvTranspose(spread(&uneven, [1, 0, 2])), [2, 2, 2, 2]);
    let depthwise = DepthwiseConv {
        kernel: [2, 2, 1],
        stride: [1, 2, 1],
        pad: [1, 0, 0],
        dilation: [2, 1, 1],
        multiplier: 2,
        bias: true,
        init: Init::DEFAULT,
    };
    volume(Sliding::DepthwiseConv(depthwise), [2, 2, 4, 2]);
}

#[test]
fn pools() {
    for ceil in [false, true] {
        signal(Sliding::MaxPool(MaxPool { window: [3], stride: [2], pad: [1], ceil }), [2, 6]);
        let max = MaxPool { window: [2, 3, 1], stride: [2, 1, 1], pad: [1, 1, 0], ceil };
        volume(Sliding::MaxPool(max), [2, 3, 3, 2]);
        for count_pad in [false, true] {
            let avg = AvgPool { window: [3], stride: [2], pad: [1], count_pad, ceil };
            signal(Sliding::AvgPool(avg), [2, 6]);
            let avg = AvgPool { window: [2, 3, 2], stride: [2, 2, 1], pad: [1, 1, 0], count_pad, ceil };
            volume(Sliding::AvgPool(avg), [1, 3, 4, 3]);
        }
    }
    for shape in [&[3, 4][..], &[2, 2, 3, 2]] {
        check_operator(Operator::GlobalAvgPool, shape);
        check_operator(Operator::GlobalMaxPool, shape);
    }
    for reduction in [Reduction::Mean, Reduction::Maximum] {
        signal(Sliding::AdaptivePool(AdaptivePool { size: [3], reduction }), [2, 5]);
        volume(Sliding::AdaptivePool(AdaptivePool { size: [2, 3, 1], reduction }), [2, 3, 2, 4]);
    }
}

#[test]
fn other_sizes() {
    for mode in [UpsampleMode::Nearest, UpsampleMode::Bilinear] {
        signal(Sliding::Upsample(Upsample { scale: [3], mode }), [2, 3]);
        volume(Sliding::Upsample(Upsample { scale: [2, 1, 3], mode }), [1, 2, 3, 2]);
    }
    for mode in [Border::Zeros, Border::Reflect, Border::Replicate, Border::Circular] {
        signal(Sliding::Pad(Pad { border: [[1, 2]], mode }), [2, 4]);
        volume(Sliding::Pad(Pad { border: [[1, 0], [2, 1], [0, 1]], mode }), [1, 2, 3, 2]);
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
        let y = net.op(Operator::Concat(axis), &[a, b, a]);
        check(&net.with_loss(Loss::Mse, y));
    }
}

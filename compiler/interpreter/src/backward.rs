//! The gradient of each operator: what its inputs and parameters add to the loss, given what its output adds.

use crate::arrays::{Local, maximum, reshape};
use crate::forward::{
    Setting, along, apply, concat_parts, matrix, normalisation, over_channels, rows, spreadable,
};
use crate::sliding::Layer;
use crate::{across, activation, moves, sample_norm};
use ndarray::{ArrayD, Axis, IxDyn, Zip};
use netwright_compiler::ops::{BatchNorm, Join, Noise, Operator, Prelu};

/// Computes the gradients of the operator's inputs and parameters from `slope`, the gradient of its output.
pub(super) fn differentiate(
    op: &Operator,
    inputs: &[&ArrayD<f64>],
    params: &[&ArrayD<f64>],
    setting: &Setting,
    slope: &ArrayD<f64>,
) -> Local {
    let x = inputs[0];
    let only_input = |gradient| Local { inputs: vec![gradient], params: Vec::new() };
    match op {
        Operator::Dense(_) => dense(x, params, slope),
        Operator::Conv(op) => Layer::conv(op, x).backward(x, params, slope),
        Operator::ConvTranspose(op) => Layer::conv_transpose(op, x).backward(x, params, slope),
        Operator::DepthwiseConv(op) => Layer::depthwise_conv(op, x).backward(x, params, slope),
        Operator::MaxPool(op) => Layer::max_pool(op, x).backward(x, params, slope),
        Operator::AvgPool(op) => Layer::avg_pool(op, x).backward(x, params, slope),
        Operator::GlobalPool(op) => Layer::global_pool(op.reduction, x).backward(x, params, slope),
        Operator::Mean(op) => {
            let count = x.len_of(Axis(along(op.axis, x))) as f64;
            let spread = slope.broadcast(x.raw_dim()).expect("the axis has one place");
            only_input(spread.to_owned() / count)
        }
        Operator::AdaptivePool(op) => Layer::adaptive_pool(*op, x).backward(x, params, slope),
        Operator::Upsample(op) => Layer::upsample(*op, x).backward(x, params, slope),
        Operator::Pad(op) => Layer::pad(op, x).backward(x, params, slope),
        Operator::Flatten => only_input(reshape(slope, x.shape())),
        Operator::Move(op) => only_input(moves::backward(op, x, slope)),
        Operator::BatchNorm(op) => batch_norm(op, x, params, setting, slope),
        Operator::SampleNorm(op) => sample_norm::backward(op, x, params, slope),
        Operator::Noise(noise) => only_input(match (setting.mask, noise) {
            (Some(mask), Noise::Dropout(p) | Noise::SpatialDropout(p) | Noise::StochasticDepth(p)) => {
                slope * mask / (1.0 - p)
            }
            (Some(mask), Noise::AlphaDropout(p)) => slope * mask * Noise::alpha(*p)[0],
            (_, Noise::Gaussian(_)) | (None, _) => slope.clone(),
        }),
        Operator::Activation(op) => only_input(x.mapv(|x| activation::slope(*op, x)) * slope),
        Operator::Prelu(op) => prelu(op, x, params[0], slope),
        Operator::Softmax => only_input(softmax(&apply(&Operator::Softmax, inputs, params, setting), slope)),
        Operator::Across(op) => only_input(across::backward(*op, x, slope)),
        Operator::Join(Join::Add) => Local { inputs: vec![slope.clone(); inputs.len()], params: Vec::new() },
        Operator::Join(Join::Concat(axis)) => {
            let part = |part| slope.slice_axis(Axis(along(*axis, x)), part).to_owned();
            Local { inputs: concat_parts(*axis, inputs).into_iter().map(part).collect(), params: Vec::new() }
        }
        Operator::Join(Join::Mul) => Local { inputs: product(inputs, slope), params: Vec::new() },
        Operator::Join(Join::Sub) => Local { inputs: vec![slope.clone(), -slope], params: Vec::new() },
        Operator::Join(Join::Max) => Local { inputs: largest(inputs, slope), params: Vec::new() },
    }
}

/// Returns the product of the slope and all other factors, summed where a factor is repeated.
fn product(inputs: &[&ArrayD<f64>], slope: &ArrayD<f64>) -> Vec<ArrayD<f64>> {
    let gradient = |which: usize| {
        let others = inputs.iter().enumerate().filter(|(i, _)| *i != which);
        let mut gradient =
            others.fold(slope.clone(), |product, (_, other)| product * spreadable(other, inputs));
        let shape = spreadable(inputs[which], inputs).raw_dim();
        for axis in 0..gradient.ndim() {
            if shape[axis] == 1 && gradient.shape()[axis] > 1 {
                gradient = gradient.sum_axis(Axis(axis)).insert_axis(Axis(axis));
            }
        }
        reshape(&gradient, inputs[which].shape())
    };
    (0..inputs.len()).map(gradient).collect()
}

/// Propagates a slope through maxima from the last input to the first: of each two, the larger takes the
/// slope, or both half of it if they are equal.
fn largest(inputs: &[&ArrayD<f64>], slope: &ArrayD<f64>) -> Vec<ArrayD<f64>> {
    let mut running = vec![inputs[0].clone()];
    for x in &inputs[1..] {
        let last = &running[running.len() - 1];
        running.push(Zip::from(last).and(*x).map_collect(|&a, &b| maximum(a, b)));
    }
    let share = |a: f64, b: f64| f64::from(a > b) + 0.5 * f64::from(a == b);
    let mut slope = slope.clone();
    let mut gradients = vec![];
    for (x, before) in inputs[1..].iter().zip(&running).rev() {
        gradients.push(Zip::from(&slope).and(*x).and(before).map_collect(|s, &a, &b| s * share(a, b)));
        slope = Zip::from(&slope).and(before).and(*x).map_collect(|s, &a, &b| s * share(a, b));
    }
    gradients.push(slope);
    gradients.reverse();
    gradients
}

fn dense(x: &ArrayD<f64>, params: &[&ArrayD<f64>], slope: &ArrayD<f64>) -> Local {
    let (shape, x, slope) = (x.shape(), rows(x), rows(slope));
    let weight = matrix(&slope).t().dot(&matrix(&x)).into_dyn();
    let bias = slope.sum_axis(Axis(0));
    let input = matrix(&slope).dot(&matrix(params[0])).into_dyn();
    Local { inputs: vec![reshape(&input, shape)], params: vec![weight, bias] }
}

/// Propagates a slope through a batch norm. With `z` the normalised input and `g` the gradient of `z`, a
/// batch's own statistics take the mean of `g` and `z`'s share of it out of the gradient: `(g - mean(g) - z
/// mean(g z)) / √(variance + eps)`.
fn batch_norm(
    op: &BatchNorm,
    x: &ArrayD<f64>,
    params: &[&ArrayD<f64>],
    setting: &Setting,
    slope: &ArrayD<f64>,
) -> Local {
    let (mean, scale) = normalisation(op, x, params, setting);
    let z = (x - mean) * &scale;
    let g = slope * over_channels(params[0], x);
    let (weight, bias) = (channel_sums(&(slope * &z)), channel_sums(slope));
    let input = if setting.batch_statistics {
        let count = (x.len() / x.shape()[1]) as f64;
        let mean_g = over_channels(&(channel_sums(&g) / count), x);
        let mean_gz = over_channels(&(channel_sums(&(&g * &z)) / count), x);
        (g - mean_g - z * mean_gz) * scale
    } else {
        g * scale
    };
    Local { inputs: vec![input], params: vec![weight, bias] }
}

fn prelu(op: &Prelu, x: &ArrayD<f64>, slopes: &ArrayD<f64>, slope: &ArrayD<f64>) -> Local {
    let positive = x.mapv(|x| f64::from(x > 0.0));
    let input = (&positive + (1.0 - &positive) * over_channels(slopes, x)) * slope;
    let of_channels = channel_sums(&(slope * x * (1.0 - &positive)));
    let weight = if op.per_channel { of_channels } else { ArrayD::from_elem(IxDyn(&[1]), of_channels.sum()) };
    Local { inputs: vec![input], params: vec![weight] }
}

fn softmax(y: &ArrayD<f64>, slope: &ArrayD<f64>) -> ArrayD<f64> {
    let mut input = y.clone();
    Zip::from(input.lanes_mut(Axis(1))).and(slope.lanes(Axis(1))).for_each(|mut y, slope| {
        let mean = y.dot(&slope);
        y.zip_mut_with(&slope, |y, slope| *y *= slope - mean);
    });
    input
}

/// Returns the sum over batch and image for each channel.
fn channel_sums(x: &ArrayD<f64>) -> ArrayD<f64> {
    x.axis_iter(Axis(1)).map(|channel| channel.sum()).collect::<ndarray::Array1<f64>>().into_dyn()
}

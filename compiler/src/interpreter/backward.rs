//! The gradient of each operator: what its inputs and parameters add to the loss, given what its output adds.

use super::forward::apply;
use super::forward::{
    Setting, adaptive_window, along, avg_count, concat_parts, group_sizes, matrix, maximum, normalisation,
    one_row, over_channels, reshape, rows, spreadable, upsample_parts, whole_image, whole_maximum,
};
use super::window::Window;
use super::{across, activation, moves, sample_norm, sliding};
use crate::ops::{
    AdaptivePool, AvgPool, BatchNorm, Conv, ConvTranspose, MaxPool, Noise, Operator, Prelu, Reduction,
    Upsample,
};
use ndarray::{ArrayD, Axis, IxDyn, Zip, indices};

/// Gradients of one node.
pub(super) struct Local {
    /// The gradient of each input.
    pub(super) inputs: Vec<ArrayD<f64>>,
    /// The gradient of each parameter that can be learned.
    pub(super) params: Vec<ArrayD<f64>>,
}

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
        Operator::Conv(op) => conv(op, x, params, slope),
        Operator::ConvTranspose(op) => conv_transpose(op, x, params, slope),
        Operator::DepthwiseConv(op) => conv(&op.conv(x.shape()[1]), x, params, slope),
        Operator::MaxPool(op) => only_input(max_pool(op, x, slope)),
        Operator::AvgPool(op) => only_input(avg_pool(op, x, slope)),
        Operator::GlobalAvgPool | Operator::GlobalMaxPool => {
            let (image, slope) = (one_row(x), one_row(slope));
            let gradient = match op {
                Operator::GlobalAvgPool => avg_pool(&whole_image(&image), &image, &slope),
                _ => max_pool(&whole_maximum(&image), &image, &slope),
            };
            only_input(reshape(&gradient, x.shape()))
        }
        Operator::Signal(op) => sliding::backward(op, x, params, slope),
        Operator::Volume(op) => sliding::backward(op, x, params, slope),
        Operator::AdaptivePool(op) => only_input(adaptive_pool(*op, x, slope)),
        Operator::Upsample(op) => only_input(upsample(op, x, slope)),
        Operator::Flatten => only_input(reshape(slope, x.shape())),
        Operator::Move(op) => only_input(moves::backward(op, x, slope)),
        Operator::BatchNorm(op) => batch_norm(op, x, params, setting, slope),
        Operator::SampleNorm(op) => sample_norm::backward(op, x, params, slope),
        Operator::Dropout(p) => only_input(match setting.mask {
            Some(mask) => slope * mask / (1.0 - p),
            None => slope.clone(),
        }),
        Operator::Noise(noise) => only_input(match (setting.mask, noise) {
            (Some(mask), Noise::SpatialDropout(p) | Noise::StochasticDepth(p)) => slope * mask / (1.0 - p),
            (Some(mask), Noise::AlphaDropout(p)) => slope * mask * Noise::alpha(*p)[0],
            (_, Noise::Gaussian(_)) | (None, _) => slope.clone(),
        }),
        Operator::Activation(op) => only_input(x.mapv(|x| activation::slope(*op, x)) * slope),
        Operator::Prelu(op) => prelu(op, x, params[0], slope),
        Operator::Softmax => only_input(softmax(&apply(&Operator::Softmax, inputs, params, setting), slope)),
        Operator::Across(op) => only_input(across::backward(*op, x, slope)),
        Operator::Add => Local { inputs: vec![slope.clone(); inputs.len()], params: Vec::new() },
        Operator::Concat(axis) => {
            let part = |part| slope.slice_axis(Axis(along(*axis, x)), part).to_owned();
            Local { inputs: concat_parts(*axis, inputs).into_iter().map(part).collect(), params: Vec::new() }
        }
        Operator::Mul => Local { inputs: product(inputs, slope), params: Vec::new() },
        Operator::Sub => Local { inputs: vec![slope.clone(), -slope], params: Vec::new() },
        Operator::Max => Local { inputs: largest(inputs, slope), params: Vec::new() },
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

fn conv(op: &Conv, x: &ArrayD<f64>, params: &[&ArrayD<f64>], slope: &ArrayD<f64>) -> Local {
    let window = Window::of_conv(op, x);
    let [height, width] = window.stops();
    let [inputs, outputs] = group_sizes(op, x);
    let mut input = ArrayD::zeros(x.raw_dim());
    let mut weight = ArrayD::zeros(params[0].raw_dim());
    for (n, o, row, column) in indices((x.shape()[0], op.channels, height, width)) {
        let first = o / outputs * inputs;
        let slope = slope[[n, o, row, column]];
        for ([i, j], [py, px]) in window.taps([row, column]) {
            for c in 0..inputs {
                weight[[o, c, i, j]] += slope * x[[n, first + c, py, px]];
                input[[n, first + c, py, px]] += slope * params[0][[o, c, i, j]];
            }
        }
    }
    Local { inputs: vec![input], params: vec![weight, channel_sums(slope)] }
}

fn conv_transpose(
    op: &ConvTranspose,
    x: &ArrayD<f64>,
    params: &[&ArrayD<f64>],
    slope: &ArrayD<f64>,
) -> Local {
    let window = Window::of_conv_transpose(op, [slope.shape()[2], slope.shape()[3]]);
    let [inputs, outputs] = [x.shape()[1] / op.groups, op.channels / op.groups];
    let mut input = ArrayD::zeros(x.raw_dim());
    let mut weight = ArrayD::zeros(params[0].raw_dim());
    for (n, c, row, column) in indices((x.shape()[0], x.shape()[1], x.shape()[2], x.shape()[3])) {
        let first = c / inputs * outputs;
        for ([i, j], [py, px]) in window.taps([row, column]) {
            for o in 0..outputs {
                let slope = slope[[n, first + o, py, px]];
                weight[[c, o, i, j]] += slope * x[[n, c, row, column]];
                input[[n, c, row, column]] += slope * params[0][[c, o, i, j]];
            }
        }
    }
    Local { inputs: vec![input], params: vec![weight, channel_sums(slope)] }
}

fn max_pool(op: &MaxPool, x: &ArrayD<f64>, slope: &ArrayD<f64>) -> ArrayD<f64> {
    let window = Window::of_max_pool(op, x);
    let [height, width] = window.stops();
    let mut input = ArrayD::zeros(x.raw_dim());
    for (n, c, row, column) in indices((x.shape()[0], x.shape()[1], height, width)) {
        let taps = window.taps([row, column]);
        if let Some(at) = first_largest(x, taps.into_iter().map(|(_, [py, px])| [n, c, py, px])) {
            input[at] += slope[[n, c, row, column]];
        }
    }
    input
}

/// Returns the first of these places with the largest number; NaN is the largest.
fn first_largest(x: &ArrayD<f64>, places: impl Iterator<Item = [usize; 4]>) -> Option<[usize; 4]> {
    let mut best: Option<[usize; 4]> = None;
    for at in places {
        if best.is_none_or(|best| x[at] > x[best] || x[at].is_nan()) {
            best = Some(at);
        }
    }
    best
}

fn avg_pool(op: &AvgPool, x: &ArrayD<f64>, slope: &ArrayD<f64>) -> ArrayD<f64> {
    let window = Window::of_avg_pool(op, x);
    let [height, width] = window.stops();
    let mut input = ArrayD::zeros(x.raw_dim());
    for (n, c, row, column) in indices((x.shape()[0], x.shape()[1], height, width)) {
        let taps = window.taps([row, column]);
        for &(_, [py, px]) in &taps {
            input[[n, c, py, px]] +=
                slope[[n, c, row, column]] / avg_count(op, &window, [row, column], taps.len());
        }
    }
    input
}

fn adaptive_pool(op: AdaptivePool, x: &ArrayD<f64>, slope: &ArrayD<f64>) -> ArrayD<f64> {
    let mut input = ArrayD::zeros(x.raw_dim());
    for (n, c, row, column) in indices((x.shape()[0], x.shape()[1], op.size[0], op.size[1])) {
        let window = adaptive_window(op, x, [row, column]);
        let slope = slope[[n, c, row, column]];
        let places = window.iter().map(|&[py, px]| [n, c, py, px]);
        match op.reduction {
            Reduction::Mean => places.for_each(|at| input[at] += slope / window.len() as f64),
            Reduction::Maximum => first_largest(x, places).into_iter().for_each(|at| input[at] += slope),
        }
    }
    input
}

fn upsample(op: &Upsample, x: &ArrayD<f64>, slope: &ArrayD<f64>) -> ArrayD<f64> {
    let mut input = ArrayD::zeros(x.raw_dim());
    let [height, width] = [slope.shape()[2], slope.shape()[3]];
    for (n, c, row, column) in indices((x.shape()[0], x.shape()[1], height, width)) {
        for ([py, px], share) in upsample_parts(op, x, [row, column]) {
            input[[n, c, py, px]] += share * slope[[n, c, row, column]];
        }
    }
    input
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

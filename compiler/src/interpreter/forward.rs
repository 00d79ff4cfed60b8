//! Forward computation of each operator.

use super::window::Window;
use super::{across, activation, moves, sample_norm, sliding};
use crate::ops::{
    self, AdaptivePool, AvgPool, BatchNorm, Conv, ConvTranspose, Dense, MaxPool, Noise, Operator, Reduction,
    Upsample, UpsampleMode,
};
use ndarray::{Array1, ArrayD, ArrayView2, Axis, Ix2, IxDyn, Slice, Zip, indices};

/// Settings of a node's run, besides its operator's attributes.
pub(super) struct Setting<'a> {
    /// True if a batch norm takes the batch's statistics instead of the running ones.
    pub(super) batch_statistics: bool,
    /// The mask of a dropout.
    pub(super) mask: Option<&'a ArrayD<f64>>,
}

/// Returns the operator's output; arrays have the batch first.
pub(super) fn apply(
    op: &Operator,
    inputs: &[&ArrayD<f64>],
    params: &[&ArrayD<f64>],
    setting: &Setting,
) -> ArrayD<f64> {
    let x = inputs[0];
    match op {
        Operator::Dense(op) => dense(op, x, params),
        Operator::Signal(op) => sliding::forward(op, x, params),
        Operator::Volume(op) => sliding::forward(op, x, params),
        Operator::Conv(op) => conv(op, x, params),
        Operator::ConvTranspose(op) => conv_transpose(op, x, params),
        Operator::DepthwiseConv(op) => conv(&op.conv(x.shape()[1]), x, params),
        Operator::MaxPool(op) => max_pool(op, x),
        Operator::AvgPool(op) => avg_pool(op, x),
        Operator::GlobalAvgPool | Operator::GlobalMaxPool => {
            let image = one_row(x);
            let y = match op {
                Operator::GlobalAvgPool => avg_pool(&whole_image(&image), &image),
                _ => max_pool(&whole_maximum(&image), &image),
            };
            let mut shape = vec![1; x.ndim()];
            shape[..2].copy_from_slice(&x.shape()[..2]);
            reshape(&y, &shape)
        }
        Operator::AdaptivePool(op) => adaptive_pool(*op, x),
        Operator::Upsample(op) => upsample(op, x),
        Operator::Flatten => reshape(x, &[x.shape()[0], x.shape()[1..].iter().product()]),
        Operator::Move(op) => moves::forward(op, x),
        Operator::BatchNorm(op) => batch_norm(op, x, params, setting),
        Operator::SampleNorm(op) => sample_norm::forward(op, x, params),
        Operator::Dropout(p) => match setting.mask {
            Some(mask) => x * mask / (1.0 - p),
            None => x.clone(),
        },
        Operator::Noise(noise) => match setting.mask {
            Some(mask) => disturbed(*noise, x, mask),
            None => x.clone(),
        },
        Operator::Activation(op) => x.mapv(|x| activation::value(*op, x)),
        Operator::Prelu(_) => {
            let slopes = over_channels(params[0], x);
            x.mapv(|x| maximum(x, 0.0)) + x.mapv(|x| x.min(0.0)) * slopes
        }
        Operator::Softmax => softmax(x),
        Operator::Across(op) => across::forward(*op, x),
        Operator::Add => inputs[1..].iter().fold(x.clone(), |sum, &x| sum + x),
        Operator::Concat(axis) => concat(*axis, inputs),
        Operator::Mul => product(inputs),
        Operator::Sub => x - inputs[1],
        Operator::Max => inputs[1..]
            .iter()
            .fold(x.clone(), |most, &x| Zip::from(&most).and(x).map_collect(|&a, &b| maximum(a, b))),
    }
}

/// Applies a mask, which says what is kept; of normal noise it is the numbers that are scaled and added.
fn disturbed(noise: Noise, x: &ArrayD<f64>, mask: &ArrayD<f64>) -> ArrayD<f64> {
    match noise {
        Noise::SpatialDropout(p) | Noise::StochasticDepth(p) => x * mask / (1.0 - p),
        Noise::AlphaDropout(p) => {
            let [scale, shift, dropped] = Noise::alpha(p);
            (x * scale + shift) * mask + (1.0 - mask) * dropped
        }
        Noise::Gaussian(deviation) => x + mask * deviation,
    }
}

/// Computes a dense layer along the last axis, with all others as rows; of features there are no others.
fn dense(op: &Dense, x: &ArrayD<f64>, params: &[&ArrayD<f64>]) -> ArrayD<f64> {
    let y = matrix(&rows(x)).dot(&matrix(params[0]).t()).into_dyn();
    let y = match params.get(1) {
        Some(&bias) => y + bias,
        None => y,
    };
    reshape(&y, &[&x.shape()[..x.ndim() - 1], &[op.units]].concat())
}

/// Returns an array of two axes, of which the second is the last of `x`.
pub(super) fn rows(x: &ArrayD<f64>) -> ArrayD<f64> {
    let last = x.shape()[x.ndim() - 1];
    reshape(x, &[x.len() / last, last])
}

/// Returns a signal, image or volume as images of one row.
pub(super) fn one_row(x: &ArrayD<f64>) -> ArrayD<f64> {
    let (batch, channels) = (x.shape()[0], x.shape()[1]);
    reshape(x, &[batch, channels, 1, x.len() / (batch * channels)])
}

fn conv(op: &Conv, x: &ArrayD<f64>, params: &[&ArrayD<f64>]) -> ArrayD<f64> {
    let window = Window::of_conv(op, x);
    let [height, width] = window.stops();
    let [inputs, outputs] = group_sizes(op, x);
    let mut y = ArrayD::zeros(IxDyn(&[x.shape()[0], op.channels, height, width]));
    for (n, o, row, column) in indices((x.shape()[0], op.channels, height, width)) {
        let first = o / outputs * inputs;
        let mut sum = params.get(1).map_or(0.0, |bias| bias[[o]]);
        for ([i, j], [py, px]) in window.taps([row, column]) {
            for c in 0..inputs {
                sum += params[0][[o, c, i, j]] * x[[n, first + c, py, px]];
            }
        }
        y[[n, o, row, column]] = sum;
    }
    y
}

/// Computes a transposed convolution: every pixel of the input adds its window, weighted, to the result.
fn conv_transpose(op: &ConvTranspose, x: &ArrayD<f64>, params: &[&ArrayD<f64>]) -> ArrayD<f64> {
    let [height, width] = spread(op, x);
    let window = Window::of_conv_transpose(op, [height, width]);
    let [inputs, outputs] = [x.shape()[1] / op.groups, op.channels / op.groups];
    let mut y = ArrayD::zeros(IxDyn(&[x.shape()[0], op.channels, height, width]));
    for (n, c, row, column) in indices((x.shape()[0], x.shape()[1], x.shape()[2], x.shape()[3])) {
        let first = c / inputs * outputs;
        for ([i, j], [py, px]) in window.taps([row, column]) {
            for o in 0..outputs {
                y[[n, first + o, py, px]] += x[[n, c, row, column]] * params[0][[c, o, i, j]];
            }
        }
    }
    match params.get(1) {
        Some(&bias) => {
            let bias = over_channels(bias, &y);
            y + bias
        }
        None => y,
    }
}

fn max_pool(op: &MaxPool, x: &ArrayD<f64>) -> ArrayD<f64> {
    let window = Window::of_max_pool(op, x);
    let [height, width] = window.stops();
    let (batch, channels) = (x.shape()[0], x.shape()[1]);
    let mut y = ArrayD::zeros(IxDyn(&[batch, channels, height, width]));
    for (n, c, row, column) in indices((batch, channels, height, width)) {
        let taps = window.taps([row, column]);
        y[[n, c, row, column]] =
            taps.iter().map(|&(_, [py, px])| x[[n, c, py, px]]).fold(f64::NEG_INFINITY, maximum);
    }
    y
}

fn avg_pool(op: &AvgPool, x: &ArrayD<f64>) -> ArrayD<f64> {
    let window = Window::of_avg_pool(op, x);
    let [height, width] = window.stops();
    let (batch, channels) = (x.shape()[0], x.shape()[1]);
    let mut y = ArrayD::zeros(IxDyn(&[batch, channels, height, width]));
    for (n, c, row, column) in indices((batch, channels, height, width)) {
        let taps = window.taps([row, column]);
        let sum: f64 = taps.iter().map(|&(_, [py, px])| x[[n, c, py, px]]).sum();
        y[[n, c, row, column]] = sum / avg_count(op, &window, [row, column], taps.len());
    }
    y
}

fn adaptive_pool(op: AdaptivePool, x: &ArrayD<f64>) -> ArrayD<f64> {
    let (batch, channels) = (x.shape()[0], x.shape()[1]);
    let mut y = ArrayD::zeros(IxDyn(&[batch, channels, op.size[0], op.size[1]]));
    for (n, c, row, column) in indices((batch, channels, op.size[0], op.size[1])) {
        let window = adaptive_window(op, x, [row, column]);
        let numbers = window.iter().map(|&[py, px]| x[[n, c, py, px]]);
        y[[n, c, row, column]] = match op.reduction {
            Reduction::Mean => numbers.sum::<f64>() / window.len() as f64,
            Reduction::Maximum => numbers.fold(f64::NEG_INFINITY, maximum),
        };
    }
    y
}

fn upsample(op: &Upsample, x: &ArrayD<f64>) -> ArrayD<f64> {
    let [height, width] = [x.shape()[2] * op.scale[0], x.shape()[3] * op.scale[1]];
    let mut y = ArrayD::zeros(IxDyn(&[x.shape()[0], x.shape()[1], height, width]));
    for (n, c, row, column) in indices((x.shape()[0], x.shape()[1], height, width)) {
        let parts = upsample_parts(op, x, [row, column]);
        y[[n, c, row, column]] = parts.iter().map(|&([py, px], share)| share * x[[n, c, py, px]]).sum();
    }
    y
}

fn batch_norm(op: &BatchNorm, x: &ArrayD<f64>, params: &[&ArrayD<f64>], setting: &Setting) -> ArrayD<f64> {
    let (mean, scale) = normalisation(op, x, params, setting);
    let (weight, bias) = (over_channels(params[0], x), over_channels(params[1], x));
    (x - mean) * scale * weight + bias
}

fn softmax(x: &ArrayD<f64>) -> ArrayD<f64> {
    let mut y = x.clone();
    for mut lane in y.lanes_mut(Axis(1)) {
        let largest = lane.fold(f64::NEG_INFINITY, |a, &b| maximum(a, b));
        lane.mapv_inplace(|x| (x - largest).exp());
        let sum = lane.sum();
        lane /= sum;
    }
    y
}

fn concat(axis: ops::Axis, inputs: &[&ArrayD<f64>]) -> ArrayD<f64> {
    let along = along(axis, inputs[0]);
    let mut shape = inputs[0].shape().to_vec();
    shape[along] = inputs.iter().map(|x| x.shape()[along]).sum();
    let mut y = ArrayD::zeros(IxDyn(&shape));
    for (x, part) in inputs.iter().zip(concat_parts(axis, inputs)) {
        y.slice_axis_mut(Axis(along), part).assign(x);
    }
    y
}

/// Factors with one number for each channel or pixel are repeated over the others' images.
fn product(inputs: &[&ArrayD<f64>]) -> ArrayD<f64> {
    let factors = inputs.iter().map(|x| spreadable(x, inputs));
    factors.reduce(|a, b| a * b).unwrap_or_default()
}

/// Returns `[n, c]` beside images as `[n, c, 1, 1]`, for the arithmetic of arrays to repeat.
pub(super) fn spreadable(x: &ArrayD<f64>, inputs: &[&ArrayD<f64>]) -> ArrayD<f64> {
    let axes = inputs.iter().map(|x| x.ndim()).max().unwrap_or_default();
    let mut shape = vec![1; axes];
    shape[..x.ndim()].copy_from_slice(x.shape());
    reshape(x, &shape)
}

/// Returns the larger number; NaN if either is, unlike [`f64::max`].
pub(super) fn maximum(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

/// Returns the mean and the variance (divided by the count) of each channel, over batch and image.
pub(super) fn statistics(x: &ArrayD<f64>) -> (ArrayD<f64>, ArrayD<f64>) {
    let channels = || x.axis_iter(Axis(1));
    let mean: Array1<f64> = channels().map(|channel| channel.sum() / channel.len() as f64).collect();
    let variance: Array1<f64> = channels()
        .zip(&mean)
        .map(|(channel, mean)| channel.fold(0.0, |sum, x| sum + (x - mean).powi(2)) / channel.len() as f64)
        .collect();
    (mean.into_dyn(), variance.into_dyn())
}

/// Computes the mean that a batch norm subtracts and the factor `1 / √(variance + eps)`, both broadcast to
/// `x`.
pub(super) fn normalisation(
    op: &BatchNorm,
    x: &ArrayD<f64>,
    params: &[&ArrayD<f64>],
    setting: &Setting,
) -> (ArrayD<f64>, ArrayD<f64>) {
    let (mean, variance) =
        if setting.batch_statistics { statistics(x) } else { (params[2].clone(), params[3].clone()) };
    let scale = variance.mapv(|variance| 1.0 / (variance + op.eps).sqrt());
    (over_channels(&mean, x), over_channels(&scale, x))
}

/// Returns one number for each channel in the shape `[channels, 1, 1]`, to be broadcast against `x`.
pub(super) fn over_channels(numbers: &ArrayD<f64>, x: &ArrayD<f64>) -> ArrayD<f64> {
    let mut shape = vec![1; x.ndim() - 1];
    shape[0] = numbers.len();
    reshape(numbers, &shape)
}

/// Returns the pixels that one of an adaptive pooling is made of.
pub(super) fn adaptive_window(op: AdaptivePool, x: &ArrayD<f64>, at: [usize; 2]) -> Vec<[usize; 2]> {
    let [down, across] = [0, 1].map(|axis| AdaptivePool::span(x.shape()[axis + 2], op.size[axis], at[axis]));
    down.flat_map(|row| across.clone().map(move |column| [row, column])).collect()
}

/// Returns the pooling that a global maximum is.
pub(super) fn whole_maximum(x: &ArrayD<f64>) -> MaxPool {
    MaxPool { window: [x.shape()[2], x.shape()[3]], stride: [1, 1], pad: [0, 0], ceil: false }
}

/// Returns the pooling that a global average is.
pub(super) fn whole_image(x: &ArrayD<f64>) -> AvgPool {
    AvgPool {
        window: [x.shape()[2], x.shape()[3]],
        stride: [1, 1],
        pad: [0, 0],
        count_pad: false,
        ceil: false,
    }
}

/// Returns the divisor of a window's sum that has `taps` taps on the image. What it has beyond the padding
/// never counts.
pub(super) fn avg_count(op: &AvgPool, window: &Window, stop: [usize; 2], taps: usize) -> f64 {
    if op.count_pad { window.on_padded(stop) as f64 } else { taps as f64 }
}

/// Returns the channels that each group of a convolution takes and makes.
pub(super) fn group_sizes(op: &Conv, x: &ArrayD<f64>) -> [usize; 2] {
    [x.shape()[1] / op.groups, op.channels / op.groups]
}

/// Returns the size of a transposed convolution's result: `(size - 1) stride - 2 pad + dilation (kernel - 1)
/// + output_pad + 1`.
fn spread(op: &ConvTranspose, x: &ArrayD<f64>) -> [usize; 2] {
    [0, 1].map(|axis| {
        let steps = (x.shape()[axis + 2] - 1) * op.stride[axis];
        steps + op.dilation[axis] * (op.kernel[axis] - 1) + op.output_pad[axis] + 1 - 2 * op.pad[axis]
    })
}

/// Returns the pixels that a new one is made of, with their shares.
pub(super) fn upsample_parts(op: &Upsample, x: &ArrayD<f64>, at: [usize; 2]) -> Vec<([usize; 2], f64)> {
    let [down, across] = [0, 1].map(|axis| match op.mode {
        UpsampleMode::Nearest => vec![(at[axis] / op.scale[axis], 1.0)],
        UpsampleMode::Bilinear => {
            let last = x.shape()[axis + 2] - 1;
            let middle = ((at[axis] as f64 + 0.5) / op.scale[axis] as f64 - 0.5).clamp(0.0, last as f64);
            let first = middle.floor();
            let share = middle - first;
            vec![(first as usize, 1.0 - share), ((first as usize + 1).min(last), share)]
        }
    });
    let across = &across;
    down.iter().flat_map(|&(y, dy)| across.iter().map(move |&(x, dx)| ([y, x], dy * dx))).collect()
}

/// Returns the axis of an array that has the batch first.
pub(super) fn along(axis: ops::Axis, x: &ArrayD<f64>) -> usize {
    axis.place(x.ndim() - 1).expect("the value has the axis") + 1
}

/// Returns the range along the axis of the result that each input of a concatenation becomes.
pub(super) fn concat_parts(axis: ops::Axis, inputs: &[&ArrayD<f64>]) -> Vec<Slice> {
    let mut start = 0;
    let part = |x: &&ArrayD<f64>| {
        let end = start + x.shape()[along(axis, x)];
        Slice::from(std::mem::replace(&mut start, end)..end)
    };
    inputs.iter().map(part).collect()
}

/// Returns the numbers in row-major order under another shape of the same size.
pub(super) fn reshape(x: &ArrayD<f64>, shape: &[usize]) -> ArrayD<f64> {
    let numbers = x.iter().copied().collect();
    ArrayD::from_shape_vec(IxDyn(shape), numbers).expect("a reshape keeps the count")
}

/// Returns an array of two axes, as such.
pub(super) fn matrix(x: &ArrayD<f64>) -> ArrayView2<'_, f64> {
    x.view().into_dimensionality::<Ix2>().expect("dense layers take features")
}

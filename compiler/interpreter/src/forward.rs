//! Forward computation of each operator.

use crate::arrays::{maximum, reshape};
use crate::sliding::Layer;
use crate::{across, activation, moves, sample_norm};
use ndarray::{Array1, ArrayD, ArrayView2, Axis, Ix2, IxDyn, Slice, Zip};
use netwright_compiler::ops::{self, BatchNorm, Dense, Join, Noise, Operator};

/// Settings of a node's run, besides its operator's attributes.
pub(super) struct Setting<'a> {
    /// True if a batch norm takes the batch's statistics instead of the running ones.
    pub(super) batch_statistics: bool,
    /// The mask of a dropout.
    pub(super) mask: Option<&'a ArrayD<f64>>,
}

/// Returns the operator's output; arrays have the batch first.
pub(super) fn apply(
    operator: &Operator,
    inputs: &[&ArrayD<f64>],
    params: &[&ArrayD<f64>],
    setting: &Setting,
) -> ArrayD<f64> {
    let x = inputs[0];
    match operator {
        Operator::Dense(op) => dense(op, x, params),
        Operator::Conv(op) => Layer::conv(op, x).forward(x, params),
        Operator::ConvTranspose(op) => Layer::conv_transpose(op, x).forward(x, params),
        Operator::DepthwiseConv(op) => Layer::depthwise_conv(op, x).forward(x, params),
        Operator::MaxPool(op) => Layer::max_pool(op, x).forward(x, params),
        Operator::AvgPool(op) => Layer::avg_pool(op, x).forward(x, params),
        Operator::GlobalPool(op) => Layer::global_pool(op.reduction, x).forward(x, params),
        Operator::Mean(op) => mean(op.axis, x),
        Operator::AdaptivePool(op) => Layer::adaptive_pool(*op, x).forward(x, params),
        Operator::Upsample(op) => Layer::upsample(*op, x).forward(x, params),
        Operator::Pad(op) => Layer::pad(op, x).forward(x, params),
        Operator::Flatten => reshape(x, &[x.shape()[0], x.shape()[1..].iter().product()]),
        Operator::Move(op) => {
            let shape = operator.shape(&[&x.shape()[1..]]).unwrap_or_default();
            moves::forward(op, x, &shape)
        }
        Operator::BatchNorm(op) => batch_norm(op, x, params, setting),
        Operator::SampleNorm(op) => sample_norm::forward(op, x, params),
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
        Operator::Join(Join::Add) => inputs[1..].iter().fold(x.clone(), |sum, &x| sum + x),
        Operator::Join(Join::Concat(axis)) => concat(*axis, inputs),
        Operator::Join(Join::Mul) => product(inputs),
        Operator::Join(Join::Sub) => x - inputs[1],
        Operator::Join(Join::Max) => inputs[1..]
            .iter()
            .fold(x.clone(), |most, &x| Zip::from(&most).and(x).map_collect(|&a, &b| maximum(a, b))),
    }
}

/// Applies a mask, which says what is kept; of normal noise it is the numbers that are scaled and added.
fn disturbed(noise: Noise, x: &ArrayD<f64>, mask: &ArrayD<f64>) -> ArrayD<f64> {
    match noise {
        Noise::Dropout(p) | Noise::SpatialDropout(p) | Noise::StochasticDepth(p) => x * mask / (1.0 - p),
        Noise::AlphaDropout(p) => {
            let [scale, shift, dropped] = Noise::alpha(p);
            (x * scale + shift) * mask + (1.0 - mask) * dropped
        }
        Noise::Gaussian(deviation) => x + mask * deviation,
    }
}

/// Computes the mean along an axis, which keeps one place.
fn mean(axis: ops::Axis, x: &ArrayD<f64>) -> ArrayD<f64> {
    let along = Axis(along(axis, x));
    (x.sum_axis(along) / x.len_of(along) as f64).insert_axis(along)
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

/// Returns an array of two axes, as such.
pub(super) fn matrix(x: &ArrayD<f64>) -> ArrayView2<'_, f64> {
    x.view().into_dimensionality::<Ix2>().expect("dense layers take features")
}

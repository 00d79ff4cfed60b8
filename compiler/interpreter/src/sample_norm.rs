//! Normalisation by a sample's own statistics, forward and backward.

use crate::arrays::{Local, reshape};
use ndarray::{Array3, ArrayD, Ix3, indices};
use netwright_compiler::ops::{Parts, SampleNorm};

/// Computes `(x - mean) / √(variance + eps) · weight + bias`, or `x / √(mean square + eps) · weight`.
pub(super) fn forward(op: &SampleNorm, x: &ArrayD<f64>, params: &[&ArrayD<f64>]) -> ArrayD<f64> {
    let (mut y, _) = normalised(op, &planes(x));
    let pixels = y.dim().2;
    let mut params = params.iter();
    if let Some(weight) = params.next().filter(|_| op.affine) {
        y.indexed_iter_mut().for_each(|((_, c, p), y)| *y *= of_number(op, weight, c, p, pixels));
    }
    if let Some(bias) = params.next().filter(|_| op.bias) {
        y.indexed_iter_mut().for_each(|((_, c, p), y)| *y += of_number(op, bias, c, p, pixels));
    }
    reshape(&y.into_dyn(), x.shape())
}

/// Propagates a slope through the normalisation. With `z` the normalised input and `g` the gradient of `z`,
/// the statistics take the mean of `g` and `z`'s share of it out of the gradient: `(g - mean(g) - z mean(g
/// z)) / √(variance + eps)`, each mean over the part of the sample. Where no mean is subtracted from the
/// input, none is from `g`.
pub(super) fn backward(
    op: &SampleNorm,
    x: &ArrayD<f64>,
    params: &[&ArrayD<f64>],
    slope: &ArrayD<f64>,
) -> Local {
    let (z, scale) = normalised(op, &planes(x));
    let slope = planes(slope);
    let (samples, channels, pixels) = z.dim();
    let mut gradients: Vec<ArrayD<f64>> = params.iter().map(|p| ArrayD::zeros(p.raw_dim())).collect();
    let mut g = slope.clone();
    for (n, c, p) in indices(z.dim()) {
        for (gradient, part) in gradients.iter_mut().zip([slope[[n, c, p]] * z[[n, c, p]], slope[[n, c, p]]])
        {
            let at = place(op, c, p, pixels);
            gradient.as_slice_mut().expect("row by row")[at] += part;
        }
        if let Some(weight) = params.first() {
            g[[n, c, p]] *= of_number(op, weight, c, p, pixels);
        }
    }
    let parts = parts(op, channels, pixels);
    let mut sums = vec![[0.0; 3]; samples * parts];
    for (n, c, p) in indices(z.dim()) {
        let [of_g, of_gz, count] = &mut sums[n * parts + part(op, c, p, channels)];
        *of_g += g[[n, c, p]];
        *of_gz += g[[n, c, p]] * z[[n, c, p]];
        *count += 1.0;
    }
    let input = Array3::from_shape_fn(z.dim(), |(n, c, p)| {
        let [of_g, of_gz, count] = sums[n * parts + part(op, c, p, channels)];
        let centered = if op.centered { g[[n, c, p]] - of_g / count } else { g[[n, c, p]] };
        (centered - z[[n, c, p]] * of_gz / count) * scale[[n, c, p]]
    });
    Local { inputs: vec![reshape(&input.into_dyn(), x.shape())], params: gradients }
}

/// Returns the normalised input, and the factor of each number.
fn normalised(op: &SampleNorm, x: &Array3<f64>) -> (Array3<f64>, Array3<f64>) {
    let (samples, channels, pixels) = x.dim();
    let parts = parts(op, channels, pixels);
    let mut count = vec![0.0; samples * parts];
    let mut mean = vec![0.0; samples * parts];
    let mut spread = vec![0.0; samples * parts];
    let of = |n: usize, c: usize, p: usize| n * parts + part(op, c, p, channels);
    for ((n, c, p), x) in x.indexed_iter() {
        count[of(n, c, p)] += 1.0;
        mean[of(n, c, p)] += x;
    }
    for (mean, count) in mean.iter_mut().zip(&count) {
        *mean = if op.centered { *mean / count } else { 0.0 };
    }
    for ((n, c, p), x) in x.indexed_iter() {
        spread[of(n, c, p)] += (x - mean[of(n, c, p)]).powi(2) / count[of(n, c, p)];
    }
    let scale = Array3::from_shape_fn(x.dim(), |(n, c, p)| 1.0 / (spread[of(n, c, p)] + op.eps).sqrt());
    let z = Array3::from_shape_fn(x.dim(), |(n, c, p)| (x[[n, c, p]] - mean[of(n, c, p)]) * scale[[n, c, p]]);
    (z, scale)
}

/// Returns the number of parts of a sample that have statistics.
fn parts(op: &SampleNorm, channels: usize, pixels: usize) -> usize {
    match op.parts {
        Parts::Sample => 1,
        Parts::Pixels => pixels,
        Parts::Groups(groups) => groups,
        Parts::Channels => channels,
    }
}

/// Returns the part that a number belongs to.
fn part(op: &SampleNorm, c: usize, p: usize, channels: usize) -> usize {
    match op.parts {
        Parts::Sample => 0,
        Parts::Pixels => p,
        Parts::Groups(groups) => c / (channels / groups),
        Parts::Channels => c,
    }
}

/// Returns the place of a number's weight or bias.
fn place(op: &SampleNorm, c: usize, p: usize, pixels: usize) -> usize {
    if op.parts == Parts::Sample { c * pixels + p } else { c }
}

fn of_number(op: &SampleNorm, param: &ArrayD<f64>, c: usize, p: usize, pixels: usize) -> f64 {
    param.as_slice().expect("row by row")[place(op, c, p, pixels)]
}

/// Returns the array as batch, channels and pixels.
fn planes(x: &ArrayD<f64>) -> Array3<f64> {
    let pixels = x.shape()[2..].iter().product();
    let planes = reshape(x, &[x.shape()[0], x.shape()[1], pixels]);
    planes.into_dimensionality::<Ix3>().expect("it has three axes")
}

//! Functions of all channels, by their definitions.

use crate::activation::sigmoid;
use ndarray::{Array1, ArrayD, ArrayView1, ArrayViewD, Axis, Zip, concatenate};
use netwright_compiler::ops::Across;
use std::ops::Range;

pub(super) fn forward(op: Across, x: &ArrayD<f64>) -> ArrayD<f64> {
    if op == Across::Glu {
        let [a, gate] = halves(x);
        return &a * &gate.mapv(sigmoid);
    }
    let mut y = x.clone();
    Zip::from(y.lanes_mut(Axis(1))).and(x.lanes(Axis(1))).for_each(|mut y, x| match op {
        Across::LogSoftmax => {
            let log_sum = log_sum(&x);
            y.mapv_inplace(|x| x - log_sum);
        }
        Across::LocalResponse { beta, .. } => y *= &scales(op, &x).mapv(|scale| scale.powf(-beta)),
        Across::Glu => {}
    });
    y
}

pub(super) fn backward(op: Across, x: &ArrayD<f64>, slope: &ArrayD<f64>) -> ArrayD<f64> {
    if op == Across::Glu {
        let [a, gate] = halves(x);
        let gate = gate.mapv(sigmoid);
        let of_gate = slope * &a * &gate * (1.0 - &gate);
        return concatenate![Axis(1), slope * &gate, of_gate];
    }
    let mut dx = slope.clone();
    Zip::from(dx.lanes_mut(Axis(1))).and(x.lanes(Axis(1))).and(slope.lanes(Axis(1))).for_each(
        |mut dx, x, dy| match op {
            Across::LogSoftmax => {
                let (log_sum, all) = (log_sum(&x), dy.sum());
                dx.zip_mut_with(&x, |dx, x| *dx -= (x - log_sum).exp() * all);
            }
            Across::LocalResponse { size, alpha, beta, .. } => {
                let scales = scales(op, &x);
                dx *= &scales.mapv(|scale| scale.powf(-beta));
                // Channel `c` is part of the sums of all `j` whose windows it lies in.
                for j in 0..x.len() {
                    let own = -2.0 * alpha * beta / size as f64 * dy[j] * x[j] * scales[j].powf(-beta - 1.0);
                    for c in window(size, j, x.len()) {
                        dx[c] += own * x[c];
                    }
                }
            }
            Across::Glu => {}
        },
    );
    dx
}

/// Returns the first half of the channels, and the second.
fn halves(x: &ArrayD<f64>) -> [ArrayViewD<'_, f64>; 2] {
    let (first, second) = x.view().split_at(Axis(1), x.shape()[1] / 2);
    [first, second]
}

fn log_sum(x: &ArrayView1<'_, f64>) -> f64 {
    let most = x.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    most + x.fold(0.0, |sum, x| sum + (x - most).exp()).ln()
}

/// Computes `k + alpha / size Σ x²` around each channel.
fn scales(op: Across, x: &ArrayView1<'_, f64>) -> Array1<f64> {
    let Across::LocalResponse { size, alpha, k, .. } = op else { return Array1::ones(x.len()) };
    let scale = |channel: usize| {
        let sum: f64 = window(size, channel, x.len()).map(|c| x[c] * x[c]).sum();
        k + alpha / size as f64 * sum
    };
    (0..x.len()).map(scale).collect()
}

/// Returns the channels around one; of an even number, one more lies before it.
fn window(size: usize, channel: usize, channels: usize) -> Range<usize> {
    channel.saturating_sub(size / 2)..(channel + size.div_ceil(2)).min(channels)
}

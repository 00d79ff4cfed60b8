//! Losses, each with its gradient in place of what it is taken of.
//!
//! Each function returns the sum of its losses in a fixed order, taken in 64 bits; `scale`, one by how many there are
//! for a mean, multiplies the gradients alone.

use super::exp::exp;
use super::isa::{Any, Arithmetic, Instructions, Kernel};
use super::softmax::exponentials;

mod classes;
mod elementwise;
mod given;
pub(super) mod pointwise;
mod regions;
#[cfg(test)]
mod tests;

pub use classes::{Classes, softmax_kl_divergence};
pub use elementwise::*;
pub use given::{Labels, check_weights};
pub use pointwise::*;
pub(crate) use regions::SHORTEST;
pub use regions::{Overlap, cosine};

/// Computes softmax and cross-entropy of rows of `C` logits: the sum of `-ln softmax(x)[label]` over the
/// rows.
///
/// The logits become `(softmax(x) - onehot(label)) · scale`. There is one label per row.
///
/// # Panics
/// If a label is not below `C`; [`Labels::check`] says which.
#[inline]
pub fn softmax_cross_entropy<const C: usize>(labels: &[u32], scale: f32, logits_to_grad: &mut [f32]) -> f32 {
    softmax_cross_entropy_in::<C>(Any, labels, scale, logits_to_grad)
}

/// Runs [`softmax_cross_entropy`] with these instructions.
#[inline(always)]
pub fn softmax_cross_entropy_in<const C: usize>(
    m: impl Instructions,
    labels: &[u32],
    scale: f32,
    logits_to_grad: &mut [f32],
) -> f32 {
    assert_eq!(logits_to_grad.len(), labels.len() * C);
    m.run(SoftmaxCrossEntropy::<C> { labels, scale, logits: logits_to_grad }) as f32
}

/// Returns the cross entropy of rows of `C` probabilities: the sum of `-ln p[label]`.
///
/// Logarithms below -100 count as -100, and the slope is that at 10⁻¹² for any smaller `p`, as in PyTorch's binary cross
/// entropy. The probabilities become `-scale / p` at the label and 0 elsewhere.
pub fn cross_entropy<const C: usize>(labels: &[u32], scale: f32, p_to_grad: &mut [f32]) -> f32 {
    assert_eq!(p_to_grad.len(), labels.len() * C);
    let mut loss = 0.0;
    for (&label, row) in labels.iter().zip(p_to_grad.chunks_exact_mut(C)) {
        let p = row[label as usize];
        row.fill(0.0);
        row[label as usize] = -scale / at_least(p, SMALLEST);
        loss -= logarithm(p);
    }
    loss as f32
}

/// Computes sigmoid and binary cross-entropy: the sum of `max(x, 0) - x · t + ln(1 + e^-|x|)`.
///
/// The logits become `(sigmoid(x) - t) · scale`.
#[inline]
pub fn sigmoid_binary_cross_entropy(targets: &[f32], scale: f32, logits_to_grad: &mut [f32]) -> f32 {
    sigmoid_binary_cross_entropy_in(Any, targets, scale, logits_to_grad)
}

/// Runs [`sigmoid_binary_cross_entropy`] with these instructions.
#[inline(always)]
pub fn sigmoid_binary_cross_entropy_in(
    m: impl Instructions,
    targets: &[f32],
    scale: f32,
    logits_to_grad: &mut [f32],
) -> f32 {
    assert_eq!(targets.len(), logits_to_grad.len());
    m.run(SigmoidBinaryCrossEntropy { targets, scale, logits: logits_to_grad }) as f32
}

/// Returns the binary cross entropy of probabilities: the sum of `-t ln p - (1 - t) ln(1 - p)`.
///
/// Logarithms below -100 count as -100; the probabilities become `(p - t) / max(p (1 - p), 10⁻¹²) · scale`, as in PyTorch.
pub fn binary_cross_entropy(targets: &[f32], scale: f32, p_to_grad: &mut [f32]) -> f32 {
    elementwise(BinaryCrossEntropy { logits: false, pos_weight: 1.0 }, targets, scale, p_to_grad)
}

/// Returns the sum of squares `(y - t)²`; the outputs become `2 (y - t) · scale`.
#[inline]
pub fn mse(targets: &[f32], scale: f32, y_to_grad: &mut [f32]) -> f32 {
    mse_in(Any, targets, scale, y_to_grad)
}

/// Runs [`mse`] with these instructions.
#[inline(always)]
pub fn mse_in(m: impl Instructions, targets: &[f32], scale: f32, y_to_grad: &mut [f32]) -> f32 {
    assert_eq!(targets.len(), y_to_grad.len());
    m.run(Squares { targets, scale, y: y_to_grad }) as f32
}

/// PyTorch's smallest divisor in the slope of a binary cross entropy.
const SMALLEST: f32 = 1e-12;

/// Returns the larger one, or NaN if `x` is.
fn at_least(x: f32, least: f32) -> f32 {
    if x < least { least } else { x }
}

/// Returns the natural logarithm, but -100 where it is less.
fn logarithm(p: f32) -> f64 {
    let logarithm = f64::from(p).ln();
    if logarithm < -100.0 { -100.0 } else { logarithm }
}

/// The logarithm of a product that is too large or too small for any number: one logarithm for many factors.
struct LogProduct {
    product: f64,
    logarithm: f64,
}

impl LogProduct {
    const ONE: LogProduct = LogProduct { product: 1.0, logarithm: 0.0 };

    /// Multiplies by a factor between 2⁻²⁰⁰ and 2²⁰⁰.
    #[inline(always)]
    fn multiply(&mut self, factor: f64) {
        self.product *= factor;
        if !(1e-200..1e200).contains(&self.product) {
            self.logarithm += self.product.ln();
            self.product = 1.0;
        }
    }

    #[inline(always)]
    fn ln(&self) -> f64 {
        self.logarithm + self.product.ln()
    }
}

struct SoftmaxCrossEntropy<'a, const C: usize> {
    labels: &'a [u32],
    scale: f32,
    logits: &'a mut [f32],
}

impl<const C: usize> Kernel for SoftmaxCrossEntropy<'_, C> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let mut distances = 0.0;
        let mut sums = LogProduct::ONE;
        for (&label, row) in self.labels.iter().zip(self.logits.chunks_exact_mut(C)) {
            let chosen = row[label as usize];
            let (most, sum) = exponentials::<M, C>(row);
            distances += f64::from(most) - f64::from(chosen);
            sums.multiply(f64::from(sum));
            let factor = self.scale / sum;
            for x in row.iter_mut() {
                *x *= factor;
            }
            row[label as usize] -= self.scale;
        }
        distances + sums.ln()
    }
}

struct SigmoidBinaryCrossEntropy<'a> {
    targets: &'a [f32],
    scale: f32,
    logits: &'a mut [f32],
}

const LANES: usize = 16;

impl Kernel for SigmoidBinaryCrossEntropy<'_> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let mut loss = 0.0;
        // A factor is at most 2, so a lane's product of this many is finite.
        for (logits, targets) in self.logits.chunks_mut(512 * LANES).zip(self.targets.chunks(512 * LANES)) {
            let mut sums = [0.0; LANES];
            let mut products = [1.0; LANES];
            for (logits, targets) in logits.chunks_mut(LANES).zip(targets.chunks(LANES)) {
                // Large logits with target 1 bring nothing.
                let (mut x, mut t) = ([1e3; LANES], [1.0; LANES]);
                x[..logits.len()].copy_from_slice(logits);
                t[..targets.len()].copy_from_slice(targets);
                let mut gradient = [0.0; LANES];
                for i in 0..LANES {
                    let power = exp::<M>(-x[i].abs());
                    let positive = x[i] >= 0.0;
                    // |x| times the weight of the answer that the sign speaks against.
                    let against = if positive { 1.0 - t[i] } else { t[i] };
                    sums[i] += f64::from(x[i].abs() * against);
                    products[i] *= 1.0 + f64::from(power);
                    let sigmoid = if positive { 1.0 } else { power } / (1.0 + power);
                    gradient[i] = (sigmoid - t[i]) * self.scale;
                }
                logits.copy_from_slice(&gradient[..logits.len()]);
            }
            for i in 0..LANES {
                loss += sums[i] + products[i].ln();
            }
        }
        loss
    }
}

struct Squares<'a> {
    targets: &'a [f32],
    scale: f32,
    y: &'a mut [f32],
}

impl Kernel for Squares<'_> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let mut sums = [0.0; LANES];
        for (y, targets) in self.y.chunks_mut(LANES).zip(self.targets.chunks(LANES)) {
            for ((y, &t), sum) in y.iter_mut().zip(targets).zip(&mut sums) {
                let difference = *y - t;
                *sum += f64::from(difference) * f64::from(difference);
                *y = 2.0 * difference * self.scale;
            }
        }
        sums.iter().sum()
    }
}

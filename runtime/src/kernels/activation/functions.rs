//! Functions that activations are made of, in arithmetic alone.

use super::super::exp;
use super::super::isa::Separate;

/// Computes `eˣ` in the same operations with all instructions, so that every kernel gives the same
/// activations.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    exp::exp::<Separate>(x)
}

/// Computes `1 / (1 + e⁻ˣ)`
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Returns the sum `first + x · next + x² · ...`.
#[inline(always)]
fn series<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// Computes `eˣ - 1`, with all its digits near 0.
#[inline(always)]
pub(super) fn exp_minus_one(x: f32) -> f32 {
    // Taylor's series: the next term is below 2e-8 of the sum.
    let near = x * series(x, [1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0]);
    let far = exp(x) - 1.0;
    if x.abs() < 0.35 { near } else { far }
}

/// Returns the hyperbolic tangent.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    // tanh |x| = (1 - p) / (1 + p) with p = e^(-2 |x|), and 1 - p without cancellation. 0 keeps its sign.
    let less = exp_minus_one(-2.0 * x.abs());
    let y = -less / (2.0 + less);
    if x < 0.0 { -y } else { y }
}

/// Computes `ln (1 + x)` for `x` from 0 to 1.
#[inline(always)]
pub(super) fn ln_one_plus(x: f32) -> f32 {
    // ln ((1 + s) / (1 - s)) = 2 (s + s³ / 3 + s⁵ / 5 + ...) with s up to 1/3: the next term is below 2e-8 of the sum.
    let s = x / (2.0 + x);
    let odd = series(s * s, [2.0, 2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0, 2.0 / 11.0, 2.0 / 13.0]);
    s * odd
}

/// Returns the normal distribution: the probability of numbers below `x`, and the density at `x`.
#[inline(always)]
pub(super) fn normal(x: f32) -> (f32, f32) {
    const FRAC_1_SQRT_TAU: f32 = 0.398_942_3;
    // erfc z = e^(-z²) Q(1 / (1 + 0.43 z)), the form of Abramowitz and Stegun's 7.1.26. Q was fitted by least squares at
    // Chebyshev's points for z up to 9; it is within 1e-7 of the quotient.
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.43 * z);
    let q = t * series(
        t,
        [
            0.242_514_61,
            0.244_375_48,
            0.204_950_84,
            0.246_845_23,
            -0.085_727_16,
            0.383_707_14,
            -0.310_374_17,
            0.073_708_1,
        ],
    );
    let power = exp(-0.5 * x * x);
    let beyond = 0.5 * power * q;
    (if x < 0.0 { beyond } else { 1.0 - beyond }, power * FRAC_1_SQRT_TAU)
}

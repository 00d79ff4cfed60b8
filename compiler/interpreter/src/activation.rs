//! Functions of each number and their derivatives, PyTorch's at kinks.

use crate::arrays::maximum;
use netwright_compiler::ops::{Activation, SELU, SOFTPLUS_THRESHOLD};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

/// Returns the activation of `x`.
pub(super) fn value(op: Activation, x: f64) -> f64 {
    match op {
        Activation::Relu => maximum(x, 0.0),
        Activation::LeakyRelu(slope) => x * if x > 0.0 { 1.0 } else { slope },
        Activation::Sigmoid => sigmoid(x),
        Activation::Tanh => x.tanh(),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Elu(alpha) => elu(alpha, x),
        Activation::Selu => SELU[0] * elu(SELU[1], x),
        Activation::Gelu => x * below(x),
        Activation::GeluTanh => x / 2.0 * (1.0 + gelu_inner(x).tanh()),
        Activation::Silu => x * sigmoid(x),
        Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::Softplus(beta) if beta * x > SOFTPLUS_THRESHOLD => x,
        Activation::Softplus(beta) => (beta * x).exp().ln_1p() / beta,
        Activation::Softsign => x / (1.0 + x.abs()),
        Activation::Mish => x * softplus(x).tanh(),
        Activation::HardTanh { min, max } => x.clamp(min, max),
        Activation::LogSigmoid => -softplus(-x),
        Activation::Scale(by) => by * x,
        Activation::Shift(by) => x + by,
        Activation::Exp => x.exp(),
        Activation::Log => x.ln(),
        Activation::Abs => x.abs(),
        Activation::Sqrt => x.sqrt(),
        Activation::Square => x * x,
        Activation::Power(p) => x.abs().powf(p),
        Activation::Root { p, count } => (count as f64 * x).powf(1.0 / p),
    }
}

/// Returns the derivative at `x`.
pub(super) fn slope(op: Activation, x: f64) -> f64 {
    match op {
        // NaN is on no side of a kink: its slope is 1, as in PyTorch.
        Activation::Relu => {
            if x <= 0.0 {
                0.0
            } else {
                1.0
            }
        }
        Activation::LeakyRelu(slope) => {
            if x > 0.0 {
                1.0
            } else {
                slope
            }
        }
        Activation::Sigmoid => sigmoid(x) * (1.0 - sigmoid(x)),
        Activation::Tanh => 1.0 - x.tanh().powi(2),
        Activation::Relu6 => {
            if x <= 0.0 || x >= 6.0 {
                0.0
            } else {
                1.0
            }
        }
        Activation::Elu(alpha) => elu_slope(alpha, x),
        Activation::Selu => SELU[0] * elu_slope(SELU[1], x),
        Activation::Gelu => below(x) + x * (-x * x / 2.0).exp() / (2.0 * PI).sqrt(),
        Activation::GeluTanh => {
            let inner = (2.0 / PI).sqrt() * (1.0 + 3.0 * 0.044_715 * x * x);
            let tanh = gelu_inner(x).tanh();
            (1.0 + tanh) / 2.0 + x / 2.0 * (1.0 - tanh * tanh) * inner
        }
        Activation::Silu => sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
        Activation::HardSwish if x <= -3.0 => 0.0,
        Activation::HardSwish if x >= 3.0 || x.is_nan() => 1.0,
        Activation::HardSwish => x / 3.0 + 0.5,
        Activation::HardSigmoid => {
            if x > -3.0 && x < 3.0 {
                1.0 / 6.0
            } else {
                0.0
            }
        }
        Activation::Softplus(beta) if beta * x > SOFTPLUS_THRESHOLD => 1.0,
        Activation::Softplus(beta) => sigmoid(beta * x),
        Activation::Softsign if x.is_infinite() => f64::NAN,
        Activation::Softsign => 1.0 / (1.0 + x.abs()).powi(2),
        Activation::Mish => {
            let tanh = softplus(x).tanh();
            tanh + x * (1.0 - tanh * tanh) * sigmoid(x)
        }
        Activation::HardTanh { min, max } => {
            if x <= min || x >= max {
                0.0
            } else {
                1.0
            }
        }
        Activation::LogSigmoid => sigmoid(-x),
        Activation::Scale(by) => by,
        Activation::Shift(_) => 1.0,
        Activation::Exp => x.exp(),
        Activation::Log => 1.0 / x,
        Activation::Abs if x == 0.0 || x.is_nan() => 0.0,
        Activation::Abs => x.signum(),
        Activation::Sqrt => 0.5 / x.sqrt(),
        Activation::Square => 2.0 * x,
        Activation::Power(_) | Activation::Root { .. } if x == 0.0 => 0.0,
        Activation::Power(p) => p * x.abs().powf(p - 1.0) * x.signum(),
        Activation::Root { p, count } => (count as f64 * x).powf(1.0 / p) / (p * x),
    }
}

/// Returns `1 / (1 + e⁻ˣ)`.
pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn elu(alpha: f64, x: f64) -> f64 {
    if x > 0.0 { x } else { alpha * x.exp_m1() }
}

fn elu_slope(alpha: f64, x: f64) -> f64 {
    if x <= 0.0 { alpha * x.exp() } else { 1.0 }
}

/// Computes `ln(1 + eˣ)` without overflow.
fn softplus(x: f64) -> f64 {
    maximum(x, 0.0) + (-x.abs()).exp().ln_1p()
}

fn gelu_inner(x: f64) -> f64 {
    (2.0 / PI).sqrt() * (x + 0.044_715 * x.powi(3))
}

/// Returns the share of the normal distribution below `x`: `(1 + erf(x / √2)) / 2`.
fn below(x: f64) -> f64 {
    let z = x * FRAC_1_SQRT_2;
    // Where 64 bits show no difference to the limits, and for NaN.
    if z.abs() > 6.0 || z.is_nan() {
        return (1.0 + z.clamp(-1.0, 1.0)) / 2.0;
    }
    // Abramowitz and Stegun 7.1.6: all terms have one sign, so that nothing cancels.
    let (mut term, mut sum, mut n) = (z, z, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        term *= 2.0 * z * z / (2.0 * n + 1.0);
        sum += term;
        n += 1.0;
    }
    (1.0 + FRAC_2_SQRT_PI * (-z * z).exp() * sum) / 2.0
}

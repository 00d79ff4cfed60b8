//! Losses of one output and one target, each with its slope.

use netwright_compiler::ops::Pointwise;
use std::cmp::Ordering;
use std::f64::consts::PI;

/// Computes a loss of single numbers, and its slope.
pub(super) fn pointwise(of: &Pointwise, x: f64, t: f64) -> (f64, f64) {
    match *of {
        Pointwise::Mse => squared(x, t),
        Pointwise::Mae => ((x - t).abs(), f64::from(i8::from(x > t) - i8::from(x < t))),
        Pointwise::Huber { delta } => huber(delta, x - t),
        Pointwise::SmoothL1 { beta } => {
            let (loss, slope) = huber(beta, x - t);
            (loss / beta, slope / beta)
        }
        Pointwise::Quantile { q } => quantile(q, x - t),
        Pointwise::Hinge => {
            let sign = if t > 0.0 { 1.0 } else { -1.0 };
            if sign * x >= 1.0 { (0.0, 0.0) } else { (1.0 - sign * x, -sign) }
        }
        Pointwise::PoissonNll { log_input, full, eps } => {
            let stirling = if full && t > 1.0 { t * t.ln() - t + 0.5 * (2.0 * PI * t).ln() } else { 0.0 };
            match log_input {
                true => (x.exp() - t * x + stirling, x.exp() - t),
                false => (x - t * (x + eps).ln() + stirling, 1.0 - t / (x + eps)),
            }
        }
        Pointwise::BinaryCrossEntropy { logits: true, pos_weight } => binary_of_logit(pos_weight, x, t),
        Pointwise::BinaryCrossEntropy { logits: false, pos_weight } => {
            binary_of_probability(pos_weight, x, t)
        }
        Pointwise::Focal { logits: true, gamma, alpha } => focal_of_logit(gamma, alpha, x, t),
        Pointwise::Focal { logits: false, gamma, alpha } => {
            let (loss, slope) = focal_of_logit(gamma, alpha, (x / (1.0 - x)).ln(), t);
            (loss, slope / (x * (1.0 - x)))
        }
    }
}

/// Computes [torch.nn.HuberLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html).
fn huber(delta: f64, difference: f64) -> (f64, f64) {
    match difference.abs() < delta {
        true => (0.5 * difference * difference, difference),
        false => (delta * (difference.abs() - 0.5 * delta), delta * difference.signum()),
    }
}

/// Computes the pinball loss, with PyTorch's slope of `relu` where the difference is NaN.
fn quantile(q: f64, difference: f64) -> (f64, f64) {
    match difference.partial_cmp(&0.0) {
        Some(Ordering::Less) => (-q * difference, -q),
        Some(Ordering::Equal) => (0.0, 0.0),
        Some(Ordering::Greater) => ((1.0 - q) * difference, 1.0 - q),
        None => (f64::NAN, 1.0 - 2.0 * q),
    }
}

/// Computes
/// [torchvision.ops.sigmoid_focal_loss](https://docs.pytorch.org/vision/stable/generated/torchvision.ops.sigmoid_focal_loss.html).
fn focal_of_logit(gamma: f64, alpha: f64, x: f64, t: f64) -> (f64, f64) {
    let (yes, no) = (1.0 / (1.0 + (-x).exp()), 1.0 / (1.0 + x.exp()));
    let (entropy, entropy_slope) = binary_of_logit(1.0, x, t);
    let wrong = yes * (1.0 - t) + no * t;
    let wrong_slope = yes * no * (1.0 - 2.0 * t);
    let weight = alpha * t + (1.0 - alpha) * (1.0 - t);
    let power_slope = if gamma == 0.0 { 0.0 } else { gamma * wrong.powf(gamma - 1.0) * wrong_slope };
    let slope = power_slope * entropy + wrong.powf(gamma) * entropy_slope;
    (weight * wrong.powf(gamma) * entropy, weight * slope)
}

fn squared(x: f64, target: f64) -> (f64, f64) {
    ((x - target).powi(2), 2.0 * (x - target))
}

/// Computes
/// [torch.nn.BCEWithLogitsLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html),
/// with `-ln sigmoid(x)` as `max(-x, 0) + ln(1 + e^-|x|)`, which does not overflow.
fn binary_of_logit(pos_weight: f64, x: f64, target: f64) -> (f64, f64) {
    let rest = (-x.abs()).exp().ln_1p();
    let (yes, no) = (pos_weight * target, 1.0 - target);
    let loss = yes * ((-x).max(0.0) + rest) + no * (x.max(0.0) + rest);
    (loss, no / (1.0 + (-x).exp()) - yes / (1.0 + x.exp()))
}

/// Computes [torch.nn.BCELoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html):
/// logarithms count at least -100, and the slope's denominator at least 10⁻¹², so that both stay finite at 0
/// and 1.
fn binary_of_probability(pos_weight: f64, p: f64, target: f64) -> (f64, f64) {
    let log = |p: f64| p.ln().max(-100.0);
    let (yes, no) = (pos_weight * target, 1.0 - target);
    let loss = -(yes * log(p) + no * log(1.0 - p));
    (loss, (no * p - yes * (1.0 - p)) / (p * (1.0 - p)).max(1e-12))
}

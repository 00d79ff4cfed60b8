//! Activations whose slopes follow from their outputs.

use super::Activation;
use super::functions::{exp, exp_minus_one, ln_one_plus, sigmoid, tanh};
use crate::sealed::seal;

seal!(
    Elu,
    HardSigmoid,
    HardTanh,
    Identity,
    LeakyRelu,
    LogSigmoid,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Softplus,
    Softsign,
    Tanh
);

/// `x`
#[derive(Clone, Copy, Debug)]
pub struct Identity;
/// `max(x, 0)`, NaN if `x` is; the slope at 0 is 0, and at NaN 1, as in PyTorch.
#[derive(Clone, Copy, Debug)]
pub struct Relu;
/// `x` where positive, `slope · x` elsewhere; the slope must be positive.
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu(pub f32);
/// `min(max(x, 0), 6)`; the slopes at 0 and at 6 are 0.
#[derive(Clone, Copy, Debug)]
pub struct Relu6;
/// `x` where positive, `alpha · (eˣ - 1)` elsewhere; alpha must be positive (Clevert, Unterthiner and Hochreiter, 2016).
#[derive(Clone, Copy, Debug)]
pub struct Elu(pub f32);
/// An [`Elu`] that keeps mean 0 and variance 1 (Klambauer, Unterthiner, Mayr and Hochreiter, 2017).
#[derive(Clone, Copy, Debug)]
pub struct Selu;
/// `1 / (1 + e⁻ˣ)`
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid;
/// `min(max(x + 3, 0), 6) / 6`
#[derive(Clone, Copy, Debug)]
pub struct HardSigmoid;
/// `tanh x`
#[derive(Clone, Copy, Debug)]
pub struct Tanh;
/// `x / (1 + |x|)`
#[derive(Clone, Copy, Debug)]
pub struct Softsign;
/// `ln(1 + e^(beta · x)) / beta`, and `x` where `beta · x` is above 20; beta must be positive.
#[derive(Clone, Copy, Debug)]
pub struct Softplus(pub f32);
/// `min(max(x, min), max)`; the slopes at both ends are 0.
#[derive(Clone, Copy, Debug)]
pub struct HardTanh {
    /// The least output.
    pub min: f32,
    /// The greatest output, above `min`.
    pub max: f32,
}
/// `-ln(1 + e⁻ˣ)`
#[derive(Clone, Copy, Debug)]
pub struct LogSigmoid;

impl Activation for Identity {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x
    }
    #[inline(always)]
    fn slope(self, _: f32) -> f32 {
        1.0
    }
}

impl Activation for Relu {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        // This way round a NaN stays one, which says that a training has diverged.
        if 0.0 > x { 0.0 } else { x }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y <= 0.0 { 0.0 } else { 1.0 }
    }
}

impl Activation for LeakyRelu {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        if x > 0.0 { x } else { self.0 * x }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y > 0.0 { 1.0 } else { self.0 }
    }
}

impl Activation for Relu6 {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        let x = Relu.apply(x);
        if 6.0 < x { 6.0 } else { x }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y <= 0.0 || y >= 6.0 { 0.0 } else { 1.0 }
    }
}

impl Activation for Elu {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        if x > 0.0 { x } else { self.0 * exp_minus_one(x) }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y <= 0.0 { y + self.0 } else { 1.0 }
    }
}

impl Selu {
    const SCALE: f32 = 1.050_701;
    /// Times the scale.
    const ALPHA: f32 = 1.758_099_3;
}

impl Activation for Selu {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        if x > 0.0 { Self::SCALE * x } else { Self::ALPHA * exp_minus_one(x) }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y <= 0.0 { y + Self::ALPHA } else { Self::SCALE }
    }
}

impl Activation for Sigmoid {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        sigmoid(x)
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        y * (1.0 - y)
    }
}

impl HardSigmoid {
    /// The largest number below 6: below 3, `x + 3` may round to 6, but the output must tell that there is a slope.
    const BELOW: f32 = f32::from_bits(6.0f32.to_bits() - 1);
}

impl Activation for HardSigmoid {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        let sum = Relu.apply(x + 3.0);
        let rising = if Self::BELOW < sum { Self::BELOW } else { sum };
        (if x >= 3.0 { 6.0 } else { rising }) / 6.0
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y > 0.0 && y < 1.0 { 1.0 / 6.0 } else { 0.0 }
    }
}

impl Activation for Tanh {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        tanh(x)
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        1.0 - y * y
    }
}

impl Activation for Softsign {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x / (1.0 + x.abs())
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        let rest = 1.0 - y.abs();
        rest * rest
    }
}

impl Activation for Softplus {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        let scaled = self.0 * x;
        let positive = if scaled > 0.0 { scaled } else { 0.0 };
        let y = (positive + ln_one_plus(exp(-scaled.abs()))) / self.0;
        if scaled > 20.0 { x } else { y }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        -exp_minus_one(-self.0 * y)
    }
}

impl Activation for HardTanh {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        // This way round a NaN stays one.
        let x = if self.min > x { self.min } else { x };
        if self.max < x { self.max } else { x }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y <= self.min || y >= self.max { 0.0 } else { 1.0 }
    }
}

impl Activation for LogSigmoid {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        let negative = if 0.0 < x { 0.0 } else { x };
        negative - ln_one_plus(exp(-x.abs()))
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        -exp_minus_one(y)
    }
}

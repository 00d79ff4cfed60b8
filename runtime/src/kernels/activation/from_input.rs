//! Activations that fall before they rise, so that only the input says where.

use super::functions::{exp, normal, sigmoid};
use super::{Activation, Relu6};
use crate::sealed::seal;

seal!(Gelu, GeluTanh, HardSwish, Mish, Silu);

/// `x Φ(x)` with the normal distribution's Φ (Hendrycks and Gimpel, 2016).
#[derive(Clone, Copy, Debug)]
pub struct Gelu;
/// `x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 x³)))`: [`Gelu`]'s approximation by its authors.
#[derive(Clone, Copy, Debug)]
pub struct GeluTanh;
/// `x / (1 + e⁻ˣ)`
#[derive(Clone, Copy, Debug)]
pub struct Silu;
/// `x · min(max(x + 3, 0), 6) / 6` (Howard and others, 2019); the slopes at -3 and at 3 are 0 and 1.
#[derive(Clone, Copy, Debug)]
pub struct HardSwish;
/// `x · tanh(ln(1 + eˣ))` (Misra, 2019).
#[derive(Clone, Copy, Debug)]
pub struct Mish;

impl Activation for Gelu {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x * normal(x).0
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        let (below, density) = normal(x);
        below + x * density
    }
}

impl GeluTanh {
    /// `2 √(2 / π)`, since `(1 + tanh u) / 2` is the sigmoid of `2 u`.
    const SCALE: f32 = 1.595_769;
    const CUBE: f32 = 0.044_715;
}

impl Activation for GeluTanh {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x * sigmoid(Self::SCALE * (x + Self::CUBE * x * x * x))
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        let share = sigmoid(Self::SCALE * (x + Self::CUBE * x * x * x));
        let inner = Self::SCALE * (1.0 + 3.0 * Self::CUBE * x * x);
        share + x * share * (1.0 - share) * inner
    }
}

impl Activation for Silu {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x * sigmoid(x)
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        let share = sigmoid(x);
        share * (1.0 + x * (1.0 - share))
    }
}

impl Activation for HardSwish {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x * Relu6.apply(x + 3.0) / 6.0
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        let between = x / 3.0 + 0.5;
        let rising = if x < 3.0 { between } else { 1.0 };
        if x <= -3.0 { 0.0 } else { rising }
    }
}

impl Mish {
    /// Computes `tanh(ln(1 + eˣ))`, and `eˣ`. Above 20 the first is 1, and the second would be out of range
    /// squared.
    #[inline(always)]
    fn share(x: f32) -> (f32, f32) {
        let power = exp(if x < 20.0 { x } else { 20.0 });
        let grown = power * (power + 2.0);
        (grown / (grown + 2.0), power)
    }
}

impl Activation for Mish {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x * Self::share(x).0
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        let (share, power) = Self::share(x);
        share + x * (1.0 - share) * (1.0 + share) * (power / (1.0 + power))
    }
}

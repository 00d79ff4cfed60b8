//! Optimizers that divide by the usual size of each weight's gradient: Adagrad, Adadelta and RMSprop.

use super::clip::Clipping;
use super::rule::Rule;
use super::{At, Penalty, updates};
use crate::isa::Arithmetic;

/// Adagrad (Duchi, Hazan and Singer 2011), as in PyTorch: `s` is the sum of `g²`;
/// `w -= rate / (1 + (step - 1) · rate_decay) · g / (√s + eps)`.
#[derive(Clone, Copy, Debug)]
pub struct Adagrad {
    /// The speed at which the rate falls.
    pub rate_decay: f64,
    /// The initial value of `s`.
    pub initial: f64,
    /// The number that is added to the root, which keeps the step finite.
    pub eps: f64,
}

/// Adadelta (Zeiler 2012), as in PyTorch: `s` and `d` are running averages of `g²` and of the squared steps
/// `δ = √(d + eps) / √(s + eps) · g`, `d` that of the steps before; `w -= rate · δ`.
#[derive(Clone, Copy, Debug)]
pub struct Adadelta {
    /// The decay rate of the averages, from 0 to 1.
    pub rho: f64,
    /// The number that is added under the roots, which keeps the step finite and makes it begin.
    pub eps: f64,
}

/// RMSprop (Tieleman and Hinton 2012), as in PyTorch: `s` is a running average of `g²`, without the square of the
/// average of `g` if it is centered; `δ = g / (√s + eps)`, or `δ = momentum · δ + g / (√s + eps)`; `w -= rate · δ`.
#[derive(Clone, Copy, Debug)]
pub struct RmsProp<const CENTERED: bool, const MOMENTUM: bool> {
    /// The decay rate of the averages, from 0 to 1.
    pub alpha: f64,
    /// The number that is added to the root, which keeps the step finite.
    pub eps: f64,
    /// The share of the last step's direction that is kept; 0 without `MOMENTUM`.
    pub momentum: f64,
}

updates!(Adagrad(s));
updates!(Adadelta(s, d));
updates!(RmsProp < false, false > (s));
updates!(RmsProp < false, true > (s, v));
updates!(RmsProp < true, false > (s, mean));
updates!(RmsProp < true, true > (s, mean, v));

#[derive(Clone, Copy)]
struct AdagradRule {
    rate: f32,
    initial: f32,
    eps: f32,
}

impl Adagrad {
    fn rule(self, rate: f32, step: u64) -> AdagradRule {
        let rate = f64::from(rate) / (1.0 + (step - 1) as f64 * self.rate_decay);
        AdagradRule { rate: rate as f32, initial: self.initial as f32, eps: self.eps as f32 }
    }
}

impl Rule<1> for AdagradRule {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [s]: [f32; 1]) -> (f32, [f32; 1]) {
        let s = M::mul_add(g, g, s);
        (w - self.rate * g / ((s + self.initial).sqrt() + self.eps), [s])
    }
}

#[derive(Clone, Copy)]
struct AdadeltaRule {
    rate: f32,
    rho: f32,
    gain: f32,
    eps: f32,
}

impl Adadelta {
    fn rule(self, rate: f32, _: u64) -> AdadeltaRule {
        AdadeltaRule { rate, rho: self.rho as f32, gain: (1.0 - self.rho) as f32, eps: self.eps as f32 }
    }
}

impl Rule<2> for AdadeltaRule {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [s, d]: [f32; 2]) -> (f32, [f32; 2]) {
        let s = M::mul_add(self.gain * g, g, self.rho * s);
        let delta = (d + self.eps).sqrt() / (s + self.eps).sqrt() * g;
        let d = M::mul_add(self.gain * delta, delta, self.rho * d);
        (M::mul_add(-self.rate, delta, w), [s, d])
    }
}

#[derive(Clone, Copy)]
struct RmsPropRule<const CENTERED: bool, const MOMENTUM: bool> {
    rate: f32,
    alpha: f32,
    gain: f32,
    eps: f32,
    momentum: f32,
}

impl<const CENTERED: bool, const MOMENTUM: bool> RmsProp<CENTERED, MOMENTUM> {
    fn rule(self, rate: f32, _: u64) -> RmsPropRule<CENTERED, MOMENTUM> {
        RmsPropRule {
            rate,
            alpha: self.alpha as f32,
            gain: (1.0 - self.alpha) as f32,
            eps: self.eps as f32,
            momentum: self.momentum as f32,
        }
    }
}

impl<const CENTERED: bool, const MOMENTUM: bool> RmsPropRule<CENTERED, MOMENTUM> {
    /// Returns the averages of `g²` and of `g`, and the gradient by its usual size.
    #[inline(always)]
    fn scale<M: Arithmetic>(self, g: f32, s: f32, mean: f32) -> (f32, f32, f32) {
        let s = M::mul_add(self.gain * g, g, self.alpha * s);
        let mean = M::mul_add(self.gain, g - mean, mean);
        // Rounding could make the variance of a constant gradient negative.
        let square = if CENTERED { M::mul_add(-mean, mean, s).max(0.0) } else { s };
        (s, mean, g / (square.sqrt() + self.eps))
    }

    /// Returns the new weight and velocity.
    #[inline(always)]
    fn roll<M: Arithmetic>(self, w: f32, v: f32, scaled: f32) -> (f32, f32) {
        let v = M::mul_add(self.momentum, v, scaled);
        (M::mul_add(-self.rate, v, w), v)
    }
}

impl Rule<1> for RmsPropRule<false, false> {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [s]: [f32; 1]) -> (f32, [f32; 1]) {
        let (s, _, scaled) = self.scale::<M>(g, s, 0.0);
        (M::mul_add(-self.rate, scaled, w), [s])
    }
}

impl Rule<2> for RmsPropRule<false, true> {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [s, v]: [f32; 2]) -> (f32, [f32; 2]) {
        let (s, _, scaled) = self.scale::<M>(g, s, 0.0);
        let (w, v) = self.roll::<M>(w, v, scaled);
        (w, [s, v])
    }
}

impl Rule<2> for RmsPropRule<true, false> {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [s, mean]: [f32; 2]) -> (f32, [f32; 2]) {
        let (s, mean, scaled) = self.scale::<M>(g, s, mean);
        (M::mul_add(-self.rate, scaled, w), [s, mean])
    }
}

impl Rule<3> for RmsPropRule<true, true> {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [s, mean, v]: [f32; 3]) -> (f32, [f32; 3]) {
        let (s, mean, scaled) = self.scale::<M>(g, s, mean);
        let (w, v) = self.roll::<M>(w, v, scaled);
        (w, [s, mean, v])
    }
}

//! Adam's kin: running averages of the gradient and of its size, as PyTorch defines them.
//!
//! Their averages `m` of `g` and `v` of `g²` are 0 at first; `m̂ = m / (1 - beta1^step)` and `v̂ = v / (1 - beta2^step)`
//! correct for it. `weight_decay` is decoupled from the gradient: `w -= rate · weight_decay · w` comes first.

use super::clip::Clipping;
use super::rule::{Decayed, Rule, decayed};
use super::{At, Penalty, updates};
use crate::isa::Arithmetic;

/// AdamW (Loshchilov and Hutter 2019): Adam with decoupled weight decay; `w -= rate · m̂ / (√v̂ + eps)`.
#[derive(Clone, Copy, Debug)]
pub struct AdamW {
    /// The decay rate of `m`, from 0 to 1.
    pub beta1: f64,
    /// The decay rate of `v`, from 0 to 1.
    pub beta2: f64,
    /// The number that is added to the root, which keeps the step finite.
    pub eps: f64,
    /// The share of a weight that a step takes at a rate of 1.
    pub weight_decay: f64,
}

/// AMSGrad (Reddi, Kale and Kumar 2018): AdamW with the largest `v` so far in place of `v`.
#[derive(Clone, Copy, Debug)]
pub struct AmsGrad {
    /// The decay rate of `m`, from 0 to 1.
    pub beta1: f64,
    /// The decay rate of `v`, from 0 to 1.
    pub beta2: f64,
    /// The number that is added to the root, which keeps the step finite.
    pub eps: f64,
    /// The share of a weight that a step takes at a rate of 1.
    pub weight_decay: f64,
}

/// NAdam (Dozat 2016), as in PyTorch: `μ(t) = beta1 · (1 - 0.96^(t · momentum_decay) / 2)`, `Π` the product of those so far;
/// `w -= rate · ((1 - μ(t)) / (1 - Π) · g + μ(t+1) / (1 - Π · μ(t+1)) · m) / (√v̂ + eps)`.
#[derive(Clone, Copy, Debug)]
pub struct NAdam {
    /// The decay rate of `m`, from 0 to 1.
    pub beta1: f64,
    /// The decay rate of `v`, from 0 to 1.
    pub beta2: f64,
    /// The number that is added to the root, which keeps the step finite.
    pub eps: f64,
    /// The share of a weight that a step takes at a rate of 1.
    pub weight_decay: f64,
    /// The speed at which the momentum rises.
    pub momentum_decay: f64,
}

/// RAdam (Liu et al. 2020), as in PyTorch: `w -= rate · m̂` while the variance of `v̂` is unknown, then
/// `w -= rate · r · m̂ · √(1 - beta2^step) / (√v + eps)` with their rectification `r`.
#[derive(Clone, Copy, Debug)]
pub struct RAdam {
    /// The decay rate of `m`, from 0 to 1.
    pub beta1: f64,
    /// The decay rate of `v`, from 0 to 1.
    pub beta2: f64,
    /// The number that is added to the root, which keeps the step finite.
    pub eps: f64,
    /// The share of a weight that a step takes at a rate of 1.
    pub weight_decay: f64,
}

/// Adamax (Kingma and Ba 2015), as in PyTorch: `u = max(beta2 · u, |g| + eps)`; `w -= rate · m̂ / u`.
#[derive(Clone, Copy, Debug)]
pub struct Adamax {
    /// The decay rate of `m`, from 0 to 1.
    pub beta1: f64,
    /// The decay rate of `u`, from 0 to 1.
    pub beta2: f64,
    /// The number that is added to the gradient's size, which keeps the step finite.
    pub eps: f64,
}

updates!(AdamW(m, v));
updates!(AmsGrad(m, v, most));
updates!(NAdam(m, v));
updates!(RAdam(m, v));
updates!(Adamax(m, u));

/// Update of the averages, and the root of the second.
#[derive(Clone, Copy)]
struct Averages {
    gain1: f32,
    beta2: f32,
    gain2: f32,
    /// `√(1 - beta2^step)`
    root: f32,
    eps: f32,
}

impl Averages {
    fn new(beta1: f64, beta2: f64, eps: f64, step: u64) -> Averages {
        Averages {
            gain1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            gain2: (1.0 - beta2) as f32,
            root: correction(beta2, step).sqrt() as f32,
            eps: eps as f32,
        }
    }

    #[inline(always)]
    fn step<M: Arithmetic>(self, g: f32, m: f32, v: f32) -> (f32, f32) {
        (M::mul_add(self.gain1, g - m, m), M::mul_add(self.gain2 * g, g, self.beta2 * v))
    }

    /// Computes `√v̂ + eps`
    #[inline(always)]
    fn size(self, v: f32) -> f32 {
        v.sqrt() / self.root + self.eps
    }
}

/// Computes the value that an average of a constant 1 has reached after `step` steps.
fn correction(beta: f64, step: u64) -> f64 {
    1.0 - beta.powf(step as f64)
}

#[derive(Clone, Copy)]
struct AdamRule {
    averages: Averages,
    /// The rate with the first average's correction.
    rate: f32,
}

impl AdamW {
    fn rule(self, rate: f32, step: u64) -> Decayed<AdamRule> {
        let averages = Averages::new(self.beta1, self.beta2, self.eps, step);
        let corrected = (f64::from(rate) / correction(self.beta1, step)) as f32;
        decayed(rate, self.weight_decay, AdamRule { averages, rate: corrected })
    }
}

impl Rule<2> for AdamRule {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m, v]: [f32; 2]) -> (f32, [f32; 2]) {
        let (m, v) = self.averages.step::<M>(g, m, v);
        (w - self.rate * m / self.averages.size(v), [m, v])
    }
}

impl AmsGrad {
    fn rule(self, rate: f32, step: u64) -> Decayed<AdamRule> {
        let AmsGrad { beta1, beta2, eps, weight_decay } = self;
        AdamW { beta1, beta2, eps, weight_decay }.rule(rate, step)
    }
}

impl Rule<3> for AdamRule {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m, v, most]: [f32; 3]) -> (f32, [f32; 3]) {
        let (m, v) = self.averages.step::<M>(g, m, v);
        let most = most.max(v);
        (w - self.rate * m / self.averages.size(most), [m, v, most])
    }
}

#[derive(Clone, Copy)]
struct NAdamRule {
    averages: Averages,
    of_gradient: f32,
    of_average: f32,
}

impl NAdam {
    fn rule(self, rate: f32, step: u64) -> Decayed<NAdamRule> {
        let rate64 = f64::from(rate);
        let fade = 0.96f64.powf(self.momentum_decay);
        let mu = |faded: f64| self.beta1 * (1.0 - 0.5 * faded);
        let (mut product, mut faded) = (1.0, 1.0);
        for _ in 0..step {
            faded *= fade;
            product *= mu(faded);
            // From here on `1 - product` is 1.
            if product < 1e-20 {
                break;
            }
        }
        let [now, next] = [step, step + 1].map(|step| mu(0.96f64.powf(step as f64 * self.momentum_decay)));
        let rule = NAdamRule {
            averages: Averages::new(self.beta1, self.beta2, self.eps, step),
            of_gradient: (rate64 * (1.0 - now) / (1.0 - product)) as f32,
            of_average: (rate64 * next / (1.0 - product * next)) as f32,
        };
        decayed(rate, self.weight_decay, rule)
    }
}

impl Rule<2> for NAdamRule {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m, v]: [f32; 2]) -> (f32, [f32; 2]) {
        let (m, v) = self.averages.step::<M>(g, m, v);
        let direction = M::mul_add(self.of_average, m, self.of_gradient * g);
        (w - direction / self.averages.size(v), [m, v])
    }
}

#[derive(Clone, Copy)]
struct RAdamRule {
    averages: Averages,
    /// The rate with the first average's correction and the rectification.
    rate: f32,
    rectified: bool,
}

impl RAdam {
    fn rule(self, rate: f32, step: u64) -> Decayed<RAdamRule> {
        let corrected = f64::from(rate) / correction(self.beta1, step);
        let (most, rest) = (2.0 / (1.0 - self.beta2) - 1.0, correction(self.beta2, step));
        let length = most - 2.0 * step as f64 * (1.0 - rest) / rest;
        let rectified = length > 5.0;
        let factor = if rectified {
            let part = |length: f64| (length - 4.0) * (length - 2.0) / length;
            (part(length) / part(most) * rest).sqrt()
        } else {
            1.0
        };
        let averages = Averages::new(self.beta1, self.beta2, self.eps, step);
        let rule = RAdamRule { averages, rate: (corrected * factor) as f32, rectified };
        decayed(rate, self.weight_decay, rule)
    }
}

impl Rule<2> for RAdamRule {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m, v]: [f32; 2]) -> (f32, [f32; 2]) {
        let (m, v) = self.averages.step::<M>(g, m, v);
        let size = if self.rectified { v.sqrt() + self.averages.eps } else { 1.0 };
        (w - self.rate * m / size, [m, v])
    }
}

#[derive(Clone, Copy)]
struct AdamaxRule {
    gain1: f32,
    beta2: f32,
    eps: f32,
    /// The rate with the first average's correction.
    rate: f32,
}

impl Adamax {
    fn rule(self, rate: f32, step: u64) -> AdamaxRule {
        AdamaxRule {
            gain1: (1.0 - self.beta1) as f32,
            beta2: self.beta2 as f32,
            eps: self.eps as f32,
            rate: (f64::from(rate) / correction(self.beta1, step)) as f32,
        }
    }
}

impl Rule<2> for AdamaxRule {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m, u]: [f32; 2]) -> (f32, [f32; 2]) {
        let m = M::mul_add(self.gain1, g - m, m);
        let u = (self.beta2 * u).max(g.abs() + self.eps);
        (w - self.rate * m / u, [m, u])
    }
}

//! Lion, whose steps all have the same size, and LAMB, whose steps have the size of the tensor.

use super::clip::Clipping;
use super::rule::{Decayed, Rule, apply, decayed, sum};
use super::{At, Penalty, updates};
use crate::isa::Arithmetic;

/// Lion (Chen et al.: *Symbolic Discovery of Optimization Algorithms*, 2023): `m` is 0 at first;
/// `w -= rate · (sign(beta1 · m + (1 - beta1) · g) + weight_decay · w)`, `m = beta2 · m + (1 - beta2) · g`.
#[derive(Clone, Copy, Debug)]
pub struct Lion {
    /// The share of `m` in the step, from 0 to 1.
    pub beta1: f64,
    /// The decay rate of `m`, from 0 to 1.
    pub beta2: f64,
    /// The share of a weight that a step takes at a rate of 1.
    pub weight_decay: f64,
}

/// LAMB (You et al.: *Large Batch Optimization for Deep Learning*, 2020): `u = m̂ / (√v̂ + eps) + weight_decay · w` with Adam's
/// averages; `w -= rate · ‖w‖ / ‖u‖ · u` with the norms of the whole tensor, or `w -= rate · u` where one of them is 0.
#[derive(Clone, Copy, Debug)]
pub struct Lamb {
    /// The decay rate of `m`, from 0 to 1.
    pub beta1: f64,
    /// The decay rate of `v`, from 0 to 1.
    pub beta2: f64,
    /// The number that is added to the root, which keeps the step finite.
    pub eps: f64,
    /// The factor of the weight in the step.
    pub weight_decay: f64,
}

updates!(Lion(m));

#[derive(Clone, Copy)]
struct LionRule {
    rate: f32,
    gain1: f32,
    gain2: f32,
}

impl Lion {
    fn rule(self, rate: f32, _: u64) -> Decayed<LionRule> {
        let [gain1, gain2] = [self.beta1, self.beta2].map(|beta| (1.0 - beta) as f32);
        decayed(rate, self.weight_decay, LionRule { rate, gain1, gain2 })
    }
}

impl Rule<1> for LionRule {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m]: [f32; 1]) -> (f32, [f32; 1]) {
        let direction = M::mul_add(self.gain1, g - m, m);
        let sign = if direction == 0.0 { 0.0 } else { self.rate.copysign(direction) };
        (w - sign, [M::mul_add(self.gain2, g - m, m)])
    }
}

impl Lamb {
    /// Returns the rule at this rate and step, the first being 1.
    pub fn at(self, rate: f32, step: u64) -> At<Lamb> {
        assert!(step > 0, "the first step is number 1");
        At::new(self, rate, step)
    }

    fn averages(self) -> LambAverages {
        LambAverages {
            gain1: (1.0 - self.beta1) as f32,
            beta2: self.beta2 as f32,
            gain2: (1.0 - self.beta2) as f32,
        }
    }

    fn direction(self, step: u64) -> LambDirection {
        let correction = |beta: f64| 1.0 - beta.powf(step as f64);
        LambDirection {
            gain: (1.0 / correction(self.beta1)) as f32,
            root: correction(self.beta2).sqrt() as f32,
            eps: self.eps as f32,
            decay: self.weight_decay as f32,
        }
    }
}

impl<C: Clipping> At<Lamb, C> {
    /// Updates one tensor and its two averages.
    #[inline]
    pub fn update(&mut self, penalty: Penalty, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        self.penalty += apply(self.clipping(self.rule.averages()), penalty, w, g, [&mut *m, &mut *v]);
        let direction = self.rule.direction(self.step);
        let weights = sum(w, [], |w, []| w * w).sqrt();
        let step = sum(w, [&*m, &*v], move |w, [m, v]| {
            let u = direction.at(w, m, v);
            u * u
        })
        .sqrt();
        let trust = if weights > 0.0 && step > 0.0 { weights / step } else { 1.0 };
        let rate = (f64::from(self.rate) * trust) as f32;
        apply(LambStep { direction, rate }, Penalty::NONE, w, m, [v]);
    }
}

/// The first pass: the averages alone.
#[derive(Clone, Copy)]
struct LambAverages {
    gain1: f32,
    beta2: f32,
    gain2: f32,
}

impl Rule<2> for LambAverages {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, g: f32, [m, v]: [f32; 2]) -> (f32, [f32; 2]) {
        (w, [M::mul_add(self.gain1, g - m, m), M::mul_add(self.gain2 * g, g, self.beta2 * v)])
    }
}

#[derive(Clone, Copy)]
struct LambDirection {
    gain: f32,
    root: f32,
    eps: f32,
    decay: f32,
}

impl LambDirection {
    #[inline(always)]
    fn at(self, w: f32, m: f32, v: f32) -> f32 {
        self.gain * m / (v.sqrt() / self.root + self.eps) + self.decay * w
    }
}

/// The second pass: `m` stands where the gradient stood.
#[derive(Clone, Copy)]
struct LambStep {
    direction: LambDirection,
    rate: f32,
}

impl Rule<1> for LambStep {
    #[inline(always)]
    fn step<M: Arithmetic>(self, w: f32, m: f32, [v]: [f32; 1]) -> (f32, [f32; 1]) {
        (M::mul_add(-self.rate, self.direction.at(w, m, v), w), [v])
    }
}

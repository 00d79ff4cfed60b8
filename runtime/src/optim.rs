//! Optimizers as PyTorch defines them, and the sum of the lanes' gradients that comes before.
//!
//! Large tensors are worked on in parallel, in pieces of a fixed size.

use crate::kernels::activation::Identity;
use crate::kernels::elementwise;
use crate::parallel;

mod adafactor;
mod adaptive;
pub mod average;
pub mod clip;
pub mod constrain;
mod layerwise;
mod moments;
mod rule;
#[cfg(test)]
mod tests;

pub use adafactor::Adafactor;
pub use adaptive::{Adadelta, Adagrad, RmsProp};
use clip::{Clipping, Unclipped};
pub use layerwise::{Lamb, Lion};
pub use moments::{AdamW, Adamax, AmsGrad, NAdam, RAdam};
use rule::{Clipped, apply};

/// Penalty that is added to the loss for a tensor `w`: `l1 · |w|₁ + l2 · |w|²`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// The weight of the sum of absolute values; their slope at 0 is 0.
    pub l1: f32,
    /// The weight of the sum of squares.
    pub l2: f32,
}

impl Penalty {
    /// No penalty.
    pub const NONE: Penalty = Penalty { l1: 0.0, l2: 0.0 };
}

/// Gradient descent: `w -= rate · g`.
#[derive(Clone, Copy, Debug)]
pub struct Sgd;

/// Gradient descent with momentum: `v = momentum · v + g`, `w -= rate · v`.
#[derive(Clone, Copy, Debug)]
pub struct Momentum {
    /// The share of the last step's direction that is kept.
    pub momentum: f32,
}

/// Gradient descent with Nesterov's momentum: `v = momentum · v + g`, `w -= rate · (g + momentum · v)`.
#[derive(Clone, Copy, Debug)]
pub struct Nesterov {
    /// The share of the last step's direction that is kept.
    pub momentum: f32,
}

/// Adam (Kingma and Ba 2015): `m` and `v` are running averages of `g` and `g²`, both 0 at first and
/// corrected for it; `w -= rate · m̂ / (√v̂ + eps)`.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// The decay rate of `m`, from 0 to 1.
    pub beta1: f64,
    /// The decay rate of `v`, from 0 to 1.
    pub beta2: f64,
    /// The number that is added to the root, which keeps the step finite.
    pub eps: f64,
}

impl Sgd {
    /// Changes `w` by one step with the gradient `g` and the penalty's; returns the penalty before the step.
    #[inline]
    pub fn update(self, rate: f32, penalty: Penalty, w: &mut [f32], g: &[f32]) -> f32 {
        apply(rule::Sgd { rate }, penalty, w, g, [])
    }
}

impl Momentum {
    /// Changes `w` and the velocity `v`, 0 at first, by one step; returns the penalty before the step.
    #[inline]
    pub fn update(self, rate: f32, penalty: Penalty, w: &mut [f32], g: &[f32], v: &mut [f32]) -> f32 {
        apply(rule::Momentum { rate, momentum: self.momentum }, penalty, w, g, [v])
    }
}

impl Nesterov {
    /// Changes `w` and the velocity `v`, 0 at first, by one step; returns the penalty before the step.
    #[inline]
    pub fn update(self, rate: f32, penalty: Penalty, w: &mut [f32], g: &[f32], v: &mut [f32]) -> f32 {
        apply(rule::Nesterov { rate, momentum: self.momentum }, penalty, w, g, [v])
    }
}

impl Adam {
    /// Changes `w` and the averages `[m, v]`, 0 at first, by step number `step`, the first being 1;
    /// returns the penalty before the step.
    #[inline]
    pub fn update(
        self,
        step: u64,
        rate: f32,
        penalty: Penalty,
        w: &mut [f32],
        g: &[f32],
        averages: [&mut [f32]; 2],
    ) -> f32 {
        assert!(step > 0, "the first step is number 1");
        apply(self.rule(rate, step), penalty, w, g, averages)
    }

    fn rule(self, rate: f32, step: u64) -> rule::Adam {
        let corrections = [self.beta1, self.beta2].map(|beta| 1.0 - beta.powf(step as f64));
        rule::Adam {
            gain1: (1.0 - self.beta1) as f32,
            beta2: self.beta2 as f32,
            gain2: (1.0 - self.beta2) as f32,
            root: corrections[1].sqrt() as f32,
            eps: self.eps as f32,
            rate: (f64::from(rate) / corrections[0]) as f32,
        }
    }
}

/// A rule at one step: with its rate, how gradients are clipped, and the sum of the penalties so far.
#[derive(Clone, Copy, Debug)]
pub struct At<R, C = Unclipped> {
    rule: R,
    rate: f32,
    step: u64,
    penalty: f32,
    clip: C,
}

impl<R> At<R> {
    fn new(rule: R, rate: f32, step: u64) -> Self {
        At { rule, rate, step, penalty: 0.0, clip: Unclipped }
    }
}

impl<R, C: Clipping> At<R, C> {
    /// Returns this step's rule, applied to clipped gradients.
    fn clipping<S>(&self, rule: S) -> Clipped<C, S> {
        Clipped { clip: self.clip, rule }
    }

    /// Sets the rate for the tensors that are updated next.
    pub fn at_rate(&mut self, rate: f32) -> &mut Self {
        self.rate = rate;
        self
    }

    /// Returns the penalties of all tensors that were updated, before their update.
    pub fn penalty(&self) -> f32 {
        self.penalty
    }
}

/// Updates tensors, each with its gradient and what the optimizer remembers of it.
#[doc(hidden)]
#[macro_export]
macro_rules! __update {
    (@one $rule:expr, $penalty:expr, [$params:ident, $gradients:ident $(, $state:ident.$memory:ident)*], $layer:ident.$tensor:ident) => {
        $rule.update(
            $penalty,
            &mut $params.$layer.$tensor,
            &$gradients.$layer.$tensor
            $(, &mut $state.$memory.$layer.$tensor)*
        )
    };
    ($rule:expr, $penalty:expr, $of:tt, $($layer:ident.$tensor:ident),+ $(,)?) => {
        $($crate::__update!(@one $rule, $penalty, $of, $layer.$tensor);)+
    };
}

/// Implements the functions of an optimizer that generated code calls: a step, and one tensor's update in
/// that step.
macro_rules! updates {
    ($optimizer:ident $(<$($flag:literal),*>)? ($($state:ident),*)) => {
        impl $optimizer $(<$($flag),*>)? {
            /// Returns the rule at this rate and step, the first being 1.
            pub fn at(self, rate: f32, step: u64) -> At<Self> {
                assert!(step > 0, "the first step is number 1");
                At::new(self, rate, step)
            }
        }

        impl<C: Clipping> At<$optimizer $(<$($flag),*>)?, C> {
            /// Updates one tensor and what is remembered of it, 0 at first.
            #[inline]
            pub fn update(&mut self, penalty: Penalty, w: &mut [f32], g: &[f32], $($state: &mut [f32]),*) {
                let rule = self.clipping(self.rule.rule(self.rate, self.step));
                self.penalty += crate::optim::rule::apply(rule, penalty, w, g, [$($state),*]);
            }
        }
    };
}
use updates;

/// Implements the functions that generated code calls where tensors have different weight decays.
macro_rules! decays {
    ($($optimizer:ident),*) => {
        $(impl<C: Clipping> At<$optimizer, C> {
            /// Sets `weight_decay` for the tensors that are updated next.
            pub fn with_decay(&mut self, weight_decay: f64) -> &mut Self {
                self.rule.weight_decay = weight_decay;
                self
            }
        })*
    };
}
decays!(AdamW, AmsGrad, NAdam, RAdam, Adafactor, Lion, Lamb);

impl Sgd {
    /// Returns the rule at this rate.
    pub fn at(self, rate: f32) -> At<Sgd> {
        At::new(self, rate, 0)
    }
}

impl Momentum {
    /// Returns the rule at this rate.
    pub fn at(self, rate: f32) -> At<Momentum> {
        At::new(self, rate, 0)
    }
}

impl Nesterov {
    /// Returns the rule at this rate.
    pub fn at(self, rate: f32) -> At<Nesterov> {
        At::new(self, rate, 0)
    }
}

impl Adam {
    /// Returns the rule at this rate and step, the first being 1.
    pub fn at(self, rate: f32, step: u64) -> At<Adam> {
        At::new(self, rate, step)
    }
}

impl<C: Clipping> At<Sgd, C> {
    /// Updates one tensor.
    #[inline]
    pub fn update(&mut self, penalty: Penalty, w: &mut [f32], g: &[f32]) {
        let rule = self.clipping(rule::Sgd { rate: self.rate });
        self.penalty += apply(rule, penalty, w, g, []);
    }
}

impl<C: Clipping> At<Momentum, C> {
    /// Updates one tensor and its velocity.
    #[inline]
    pub fn update(&mut self, penalty: Penalty, w: &mut [f32], g: &[f32], v: &mut [f32]) {
        let rule = self.clipping(rule::Momentum { rate: self.rate, momentum: self.rule.momentum });
        self.penalty += apply(rule, penalty, w, g, [v]);
    }
}

impl<C: Clipping> At<Nesterov, C> {
    /// Updates one tensor and its velocity.
    #[inline]
    pub fn update(&mut self, penalty: Penalty, w: &mut [f32], g: &[f32], v: &mut [f32]) {
        let rule = self.clipping(rule::Nesterov { rate: self.rate, momentum: self.rule.momentum });
        self.penalty += apply(rule, penalty, w, g, [v]);
    }
}

impl<C: Clipping> At<Adam, C> {
    /// Updates one tensor and its two averages.
    #[inline]
    pub fn update(&mut self, penalty: Penalty, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        let rule = self.clipping(self.rule.rule(self.rate, self.step));
        self.penalty += apply(rule, penalty, w, g, [m, v]);
    }
}

/// Floats that one thread adds or updates at a time: with an optimizer's state they fit into a core's first caches.
const PIECE: usize = 4096;

/// Computes `out = parts(0) + parts(1) + ...`, added in this order; zeros if `count` is 0. Each part is as
/// long as `out`.
pub fn reduce<'a>(parts: impl Fn(usize) -> &'a [f32] + Send + Sync, count: usize, out: &mut [f32]) {
    for i in 0..count {
        assert_eq!(parts(i).len(), out.len());
    }
    parallel::chunks_mut(out, PIECE, |start, out| {
        let end = start + out.len();
        match count {
            0 => out.fill(0.0),
            1 => out.copy_from_slice(&parts(0)[start..end]),
            _ => elementwise::add(Identity, &parts(0)[start..end], &parts(1)[start..end], out),
        }
        for i in 2..count {
            elementwise::add_assign(Identity, out, &parts(i)[start..end]);
        }
    });
}

//! Gradients that are made smaller on their way into an update, as PyTorch does it. They stay as they are where they lie.
//!
//! Norms are sums in an order that depends on the lengths alone, so that results are the same for any number of threads.

use super::rule::sum;
use super::{At, Penalty};
use crate::isa::{Arithmetic, Separate};
use crate::sealed::{Sealed, seal};

/// PyTorch adds this to a norm before it divides by it.
const EPS: f64 = 1e-6;

/// Change of each number of a gradient, its penalty's slope included, before a rule uses it.
///
/// This trait is sealed.
pub trait Clipping: Sealed + Copy + Send + Sync {
    /// Returns the number that the rule uses.
    fn apply(self, g: f32) -> f32;
}

/// No clipping.
#[derive(Clone, Copy, Debug)]
pub struct Unclipped;

/// Clipping of every number to between minus this and this
/// ([`clip_grad_value_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html)).
#[derive(Clone, Copy, Debug)]
pub struct Within(pub f32);

/// Scaling of every number by a factor.
#[derive(Clone, Copy, Debug)]
pub struct Scaled {
    factor: f32,
}

seal!(Scaled, Unclipped, Within);

impl Clipping for Unclipped {
    #[inline(always)]
    fn apply(self, g: f32) -> f32 {
        g
    }
}

impl Clipping for Within {
    #[inline(always)]
    fn apply(self, g: f32) -> f32 {
        g.clamp(-self.0, self.0)
    }
}

impl Clipping for Scaled {
    #[inline(always)]
    fn apply(self, g: f32) -> f32 {
        self.factor * g
    }
}

impl Scaled {
    /// The factor 1, which changes nothing.
    pub const NONE: Scaled = Scaled { factor: 1.0 };
}

impl<R> At<R> {
    /// Returns the same rule, applied to clipped gradients.
    pub fn clipped<C: Clipping>(self, clip: C) -> At<R, C> {
        let At { rule, rate, step, penalty, .. } = self;
        At { rule, rate, step, penalty, clip }
    }
}

impl<R> At<R, Scaled> {
    /// Sets the factor for the tensors that are updated next.
    pub fn scaled(&mut self, scaled: Scaled) -> &mut Self {
        self.clip = scaled;
        self
    }
}

/// The gradient of a tensor with its penalty's slope.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    penalty: Penalty,
    w: &'a [f32],
    g: &'a [f32],
}

/// Returns the factor that makes the norm of all these numbers together at most `most`
/// ([`clip_grad_norm_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html)).
pub fn norm<const N: usize>(most: f32, gradients: [Whole<'_>; N]) -> Scaled {
    let squares: f64 = gradients.iter().map(Whole::squares).sum();
    let factor = f64::from(most) / (squares.sqrt() + EPS);
    // A norm that is NaN makes the gradients NaN, so that the training ends with an error.
    if factor >= 1.0 { Scaled::NONE } else { Scaled { factor: factor as f32 } }
}

impl Whole<'_> {
    fn squares(&self) -> f64 {
        let Whole { penalty, w, g } = *self;
        if penalty == Penalty::NONE {
            return sum(g, [], |g, []| g * g);
        }
        sum(g, [w], move |g, [w]| {
            let g = g + penalty.slope::<Separate>(w);
            g * g
        })
    }
}

impl Penalty {
    /// Computes the penalty of these weights.
    #[inline]
    pub fn of(self, w: &[f32]) -> f32 {
        let Penalty { l1, l2 } = self;
        let (l1, l2) = (f64::from(l1), f64::from(l2));
        let sizes = if l1 == 0.0 { 0.0 } else { l1 * sum(w, [], |w, []| w.abs()) };
        let squares = if l2 == 0.0 { 0.0 } else { l2 * sum(w, [], |w, []| w * w) };
        (sizes + squares) as f32
    }

    /// Returns the gradient of a tensor that has this penalty.
    pub fn on<'a>(self, w: &'a [f32], g: &'a [f32]) -> Whole<'a> {
        Whole { penalty: self, w, g }
    }

    /// Computes the penalty's slope at one weight; 0 at 0.
    #[inline(always)]
    pub(super) fn slope<M: Arithmetic>(self, w: f32) -> f32 {
        let sign = if w < 0.0 { -self.l1 } else { self.l1 };
        M::mul_add(2.0 * self.l2, w, if w == 0.0 { 0.0 } else { sign })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sgd;
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    /// Returns the gradient that a rule uses: the change of weights by plain descent with a rate of 1.
    fn used<C: Clipping>(clip: C, penalty: Penalty, w: &[f32], g: &[f32]) -> Vec<f32> {
        let mut changed = w.to_vec();
        Sgd.at(1.0).clipped(clip).update(penalty, &mut changed, g);
        w.iter().zip(&changed).map(|(before, after)| before - after).collect()
    }

    #[test]
    fn values_are_clamped() {
        let found = used(Within(0.5), Penalty::NONE, &[0.0; 6], &[0.2, -0.2, 3.0, -4.0, 0.0, f32::NAN]);
        assert_eq!(found[..5], [0.2, -0.2, 0.5, -0.5, 0.0]);
        assert!(found[5].is_nan());
    }

    #[test]
    fn norms_are_of_one_tensor_or_of_all() {
        on_each_isa(|| {
            let (a, b) = ([3.0, 0.0, 4.0], [12.0]);
            let none = |g| Penalty::NONE.on(&[0.0; 3][..], g);
            let one = norm(2.5, [none(&a)]);
            assert_close(&used(one, Penalty::NONE, &[0.0; 3], &a), &[1.5, 0.0, 2.0], 1e-6);
            let both = norm(6.5, [none(&a), none(&b)]);
            assert_close(&used(both, Penalty::NONE, &[0.0; 3], &a), &[1.5, 0.0, 2.0], 1e-6);
            assert_close(&used(both, Penalty::NONE, &[0.0], &b), &[6.0], 1e-6);
            assert_eq!(norm(13.1, [none(&a), none(&b)]).factor, 1.0);
        });
    }

    #[test]
    fn the_penalties_slope_is_clipped_with_the_gradient() {
        on_each_isa(|| {
            let penalty = Penalty { l1: 0.1, l2: 0.2 };
            let (w, g) = ([2.0, -3.0, 0.0], [1.0, 1.0, 1.0]);
            let whole = [1.9, 1.0 - 0.1 - 1.2, 1.0];
            let length = whole.map(|x: f64| x * x).iter().sum::<f64>().sqrt();
            assert_close(&[penalty.of(&w)], &[0.1 * 5.0 + 0.2 * 13.0], 1e-6);
            assert_close(&used(Unclipped, penalty, &w, &g), &whole, 1e-6);
            assert_close(&used(Within(0.5), penalty, &w, &g), &[0.5, -0.3, 0.5], 1e-6);
            let clip = norm(1.0, [penalty.on(&w, &g)]);
            assert_close(&used(clip, penalty, &w, &g), &whole.map(|x| x / length), 2e-6);
        });
    }

    #[test]
    fn a_norm_that_is_nan_spreads() {
        let clip =
            norm(1.0, [Penalty::NONE.on(&[0.0; 2], &[1.0, f32::NAN]), Penalty::NONE.on(&[0.0], &[1.0])]);
        assert!(used(clip, Penalty::NONE, &[0.0], &[1.0])[0].is_nan());
    }

    #[test]
    fn long_tensors_have_the_same_norm_for_any_number_of_threads() {
        let (long, w) = (numbers(5, 100_003), numbers(6, 100_003));
        let square: f64 = long.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let factors = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| {
                let few = Penalty::NONE.on(&[0.0, 0.0], &[2.0, 1.0]);
                let penalty = Penalty { l1: 0.0, l2: 0.3 };
                [Penalty::NONE, penalty].map(|penalty| norm(0.75, [penalty.on(&w, &long), few]).factor)
            })
        };
        let one = factors(1);
        assert_close(&one[..1], &[0.75 / (square + 5.0).sqrt()], 1e-6);
        for threads in [2, 3, 8] {
            assert_eq!(factors(threads), one);
        }
    }
}

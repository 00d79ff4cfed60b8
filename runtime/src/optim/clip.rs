//! Gradients that are made smaller before an update, as PyTorch does it, and the penalties' part of them.
//!
//! Norms are sums in an order that depends on the lengths alone, so that results are the same for any number of threads.

use super::rule::sum;
use super::{PIECE, Penalty};
use crate::kernels::isa::{Arithmetic, Kernel, dispatch};
use crate::parallel::{self, Cut};

/// PyTorch adds this to a norm before it divides by it.
const EPS: f64 = 1e-6;

/// Makes every number lie between `-most` and `most`
/// ([`clip_grad_value_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html)).
#[inline]
pub fn value(most: f32, g: &mut [f32]) {
    parallel::chunks_mut(g, PIECE, |_, g| {
        for x in g {
            *x = x.clamp(-most, most);
        }
    });
}

/// Scales a tensor's gradient so that its norm is at most `most`:
/// [`clip_grad_norm_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html) of one tensor.
#[inline]
pub fn norm(most: f32, g: &mut [f32]) {
    global_norm(most, [g]);
}

/// Scales all gradients so that the norm of all their numbers together is at most `most`
/// ([`clip_grad_norm_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html)).
pub fn global_norm<const N: usize>(most: f32, gradients: [&mut [f32]; N]) {
    let squares: f64 = gradients.iter().map(|g| sum(g, [], |x, []| x * x)).sum();
    let factor = f64::from(most) / (squares.sqrt() + EPS);
    // A norm that is no number makes the gradients none either, so that the training ends with an error.
    if factor >= 1.0 {
        return;
    }
    for g in gradients {
        parallel::chunks_mut(g, PIECE, |_, g| {
            for x in g {
                *x *= factor as f32;
            }
        });
    }
}

impl Penalty {
    /// What these weights add to the loss.
    #[inline]
    pub fn of(self, w: &[f32]) -> f32 {
        let Penalty { l1, l2 } = self;
        let (l1, l2) = (f64::from(l1), f64::from(l2));
        let sizes = if l1 == 0.0 { 0.0 } else { l1 * sum(w, [], |w, []| w.abs()) };
        let squares = if l2 == 0.0 { 0.0 } else { l2 * sum(w, [], |w, []| w * w) };
        (sizes + squares) as f32
    }

    /// Adds its slope at these weights to their gradient.
    #[inline]
    pub fn add_slope(self, w: &[f32], g: &mut [f32]) {
        assert_eq!(w.len(), g.len());
        parallel::sum(Pair { g, w }, PIECE, &|pair| {
            dispatch(Slope { penalty: self, pair });
            0.0
        });
    }

    /// Its slope at one weight; 0 at 0.
    #[inline(always)]
    pub(super) fn slope<M: Arithmetic>(self, w: f32) -> f32 {
        let sign = if w < 0.0 { -self.l1 } else { self.l1 };
        M::mul_add(2.0 * self.l2, w, if w == 0.0 { 0.0 } else { sign })
    }
}

struct Pair<'a> {
    g: &'a mut [f32],
    w: &'a [f32],
}

impl Cut for Pair<'_> {
    fn len(&self) -> usize {
        self.w.len()
    }

    fn cut(self, at: usize) -> (Self, Self) {
        let ((g, g_rest), (w, w_rest)) = (self.g.split_at_mut(at), self.w.split_at(at));
        (Pair { g, w }, Pair { g: g_rest, w: w_rest })
    }
}

struct Slope<'a> {
    penalty: Penalty,
    pair: Pair<'a>,
}

impl Kernel for Slope<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (g, &w) in self.pair.g.iter_mut().zip(self.pair.w) {
            *g += self.penalty.slope::<M>(w);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    #[test]
    fn values_are_clamped() {
        let mut g = [0.2, -0.2, 3.0, -4.0, 0.0, f32::NAN];
        value(0.5, &mut g);
        assert_eq!(g[..5], [0.2, -0.2, 0.5, -0.5, 0.0]);
        assert!(g[5].is_nan());
    }

    #[test]
    fn norms_are_of_one_tensor_or_of_all() {
        on_each_isa(|| {
            let (mut a, mut b) = ([3.0, 0.0, 4.0], [12.0]);
            norm(2.5, &mut a);
            assert_close(&a, &[1.5, 0.0, 2.0], 1e-6);
            let mut a = [3.0, 0.0, 4.0];
            global_norm(6.5, [&mut a, &mut b]);
            assert_close(&[a[0], a[1], a[2], b[0]], &[1.5, 0.0, 2.0, 6.0], 1e-6);
            global_norm(6.6, [&mut a, &mut b]);
            assert_close(&[a[0], a[1], a[2], b[0]], &[1.5, 0.0, 2.0, 6.0], 1e-6);
        });
    }

    #[test]
    fn a_norm_that_is_no_number_spreads() {
        let (mut a, mut b) = ([1.0, f32::NAN], [1.0]);
        global_norm(1.0, [&mut a, &mut b]);
        assert!(a[0].is_nan() && b[0].is_nan());
    }

    #[test]
    fn long_tensors_have_the_same_norm_for_any_number_of_threads() {
        let long = numbers(5, 100_003);
        let square: f64 = long.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        let clipped = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let (mut g, mut few) = (long.clone(), [2.0, 1.0]);
            pool.install(|| global_norm(0.75, [&mut g, &mut few]));
            (g, few)
        };
        let (g, few) = clipped(1);
        let factor = 0.75 / (square + 5.0).sqrt();
        let wanted: Vec<f64> = long.iter().map(|&x| f64::from(x) * factor).collect();
        assert!(g.iter().zip(&wanted).all(|(&x, want)| (f64::from(x) - want).abs() <= 1e-5 * want.abs()));
        for threads in [2, 3, 8] {
            assert_eq!(clipped(threads), (g.clone(), few));
        }
    }

    #[test]
    fn a_penalty_alone_is_what_an_update_adds() {
        on_each_isa(|| {
            let penalty = Penalty { l1: 0.1, l2: 0.2 };
            let (w, mut g) = ([2.0, -3.0, 0.0], [1.0, 1.0, 1.0]);
            assert_close(&[penalty.of(&w)], &[0.1 * 5.0 + 0.2 * 13.0], 1e-6);
            penalty.add_slope(&w, &mut g);
            assert_close(&g, &[1.9, 1.0 - 0.1 - 1.2, 1.0], 1e-6);
        });
    }
}

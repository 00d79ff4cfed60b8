//! The logarithm of a softmax over the channels of each row.

use super::exp::exp;
use super::isa::{Arithmetic, Kernel, dispatch};
use super::softmax::sum_of_exponentials;

/// Numbers whose sums are made side by side, so that they can be vectors.
const LANES: usize = 16;

/// Replaces each row of `C` numbers by `x - log Σ eˣ`.
#[inline]
pub fn forward<const C: usize>(x: &mut [f32]) {
    assert_eq!(x.len() % C, 0);
    dispatch(Forward::<C>(x));
}

/// Replaces the gradient of each `y` by that of its input, `dy - e^y · sum of dy`.
#[inline]
pub fn backward<const C: usize>(y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len() % C, 0);
    assert_eq!(y.len(), dy.len());
    dispatch(Backward::<C>(y, dy));
}

struct Forward<'a, const C: usize>(&'a mut [f32]);

impl<const C: usize> Kernel for Forward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for row in self.0.chunks_exact_mut(C) {
            let (most, sum) = sum_of_exponentials::<M, C>(row);
            let log_sum = sum.ln();
            for x in row {
                *x = *x - most - log_sum;
            }
        }
    }
}

struct Backward<'a, const C: usize>(&'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for Backward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (y, dy) in self.0.chunks_exact(C).zip(self.1.chunks_exact_mut(C)) {
            let mut sums = [0.0; LANES];
            let (blocks, rest) = dy.as_chunks::<LANES>();
            for block in blocks.iter().map(|block| &block[..]).chain([rest]) {
                for (sum, dy) in sums.iter_mut().zip(block) {
                    *sum += dy;
                }
            }
            let all = sums.iter().sum::<f32>();
            for (dy, &y) in dy.iter_mut().zip(y) {
                *dy -= exp::<M>(y) * all;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    fn check<const C: usize>() {
        on_each_isa(|| {
            for rows in [0, 1, 5] {
                let x: Vec<f32> = numbers(1, rows * C).iter().map(|x| x * 30.0).collect();
                let dy = numbers(2, rows * C);
                let (mut y, mut dx) = (x.clone(), dy.clone());
                forward::<C>(&mut y);
                backward::<C>(&y, &mut dx);
                let (mut want_y, mut want_dx) = (Vec::new(), Vec::new());
                for (x, dy) in x.chunks(C).zip(dy.chunks(C)) {
                    let log_sum = x.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln();
                    let all: f64 = dy.iter().map(|&dy| f64::from(dy)).sum();
                    let y = x.iter().map(|&x| f64::from(x) - log_sum);
                    want_dx.extend(y.clone().zip(dy).map(|(y, &dy)| f64::from(dy) - y.exp() * all));
                    want_y.extend(y);
                }
                assert_close(&y, &want_y, 3e-6);
                assert_close(&dx, &want_dx, 1e-5);
            }
        });
    }

    #[test]
    fn agrees_with_the_definition() {
        check::<1>();
        check::<2>();
        check::<10>();
        check::<16>();
        check::<37>();
        check::<1000>();
    }

    #[test]
    fn sure_answers_have_no_infinite_logarithm() {
        on_each_isa(|| {
            let mut x = [200.0, 0.0, -200.0];
            forward::<3>(&mut x);
            assert_eq!(x, [0.0, -200.0, -400.0]);
        });
    }
}

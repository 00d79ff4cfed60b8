//! Means of gradients over batches, and of parameters over updates.

use super::Penalty;
use super::rule::{Rule, apply};
use crate::kernels::isa::Arithmetic;

/// Adds a batch's gradient to the sum.
#[inline]
pub fn add(g: &[f32], sum: &mut [f32]) {
    apply(Add, Penalty::NONE, sum, g, []);
}

/// Makes of the sum over `count` batches their mean gradient; the sum is 0 again.
#[inline]
pub fn take(count: usize, sum: &mut [f32], g: &mut [f32]) {
    apply(Scaled { factor: 1.0 / count as f32 }, Penalty::NONE, g, sum, []);
    sum.fill(0.0);
}

/// An exponential moving average of parameters goes on: `average = stays · average + (1 - stays) · w`.
#[inline]
pub fn follow(stays: f64, w: &[f32], average: &mut [f32]) {
    apply(Towards { part: (1.0 - stays) as f32 }, Penalty::NONE, average, w, []);
}

#[derive(Clone, Copy)]
struct Add;

#[derive(Clone, Copy)]
struct Scaled {
    factor: f32,
}

#[derive(Clone, Copy)]
struct Towards {
    part: f32,
}

impl Rule<0> for Add {
    #[inline(always)]
    fn step<M: Arithmetic>(self, sum: f32, g: f32, _: [f32; 0]) -> (f32, [f32; 0]) {
        (sum + g, [])
    }
}

impl Rule<0> for Scaled {
    #[inline(always)]
    fn step<M: Arithmetic>(self, _: f32, sum: f32, _: [f32; 0]) -> (f32, [f32; 0]) {
        (self.factor * sum, [])
    }
}

impl Rule<0> for Towards {
    #[inline(always)]
    fn step<M: Arithmetic>(self, average: f32, w: f32, _: [f32; 0]) -> (f32, [f32; 0]) {
        (M::mul_add(self.part, w - average, average), [])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, on_each_isa};

    #[test]
    fn a_mean_is_taken_once() {
        on_each_isa(|| {
            let (mut sum, mut g) = ([0.0; 3], [9.0; 3]);
            for k in 0..4 {
                add(&[1.0, k as f32, -2.0], &mut sum);
            }
            take(4, &mut sum, &mut g);
            assert_close(&g, &[1.0, 1.5, -2.0], 1e-7);
            assert_eq!(sum, [0.0; 3]);
        });
    }

    #[test]
    fn an_average_follows_slowly() {
        on_each_isa(|| {
            let mut average = [1.0, 0.0];
            follow(0.9, &[2.0, -1.0], &mut average);
            follow(0.9, &[2.0, -1.0], &mut average);
            assert_close(&average, &[1.19, -0.19], 1e-6);
        });
    }
}

//! Means of gradients over batches, and of parameters over updates.

use super::Penalty;
use super::rule::{Rule, apply};
use crate::isa::Arithmetic;

/// Adds a batch's mean gradient to the sum, times the number of terms that it is the mean of.
#[inline]
pub fn add(terms: f32, g: &[f32], sum: &mut [f32]) {
    apply(Weighed { weight: terms }, Penalty::NONE, sum, g, []);
}

/// Turns the sum over `terms` terms into their mean gradient and clears it; the mean of no terms is 0.
#[inline]
pub fn take(terms: f32, sum: &mut [f32], g: &mut [f32]) {
    let factor = if terms > 0.0 { 1.0 / terms } else { 0.0 };
    apply(Scaled { factor }, Penalty::NONE, g, sum, []);
    sum.fill(0.0);
}

/// Returns the number of terms in a mean that was made by this factor; 0 where the factor is 0, because there
/// were none.
pub fn terms(share: f32) -> f32 {
    if share > 0.0 { 1.0 / share } else { 0.0 }
}

/// Returns the part of an average that stays at an update, counted from 1: less than `stays` in the first
/// updates, so that the average soon leaves the parameters before training
/// ([`ExponentialMovingAverage`](https://www.tensorflow.org/api_docs/python/tf/train/ExponentialMovingAverage)).
pub fn warmed(stays: f64, update: u64) -> f64 {
    let update = update as f64;
    stays.min((1.0 + update) / (10.0 + update))
}

/// Moves an exponential moving average towards the parameters: `average = stays · average + (1 - stays) · w`.
#[inline]
pub fn follow(stays: f64, w: &[f32], average: &mut [f32]) {
    apply(Towards { part: (1.0 - stays) as f32 }, Penalty::NONE, average, w, []);
}

#[derive(Clone, Copy)]
struct Weighed {
    weight: f32,
}

#[derive(Clone, Copy)]
struct Scaled {
    factor: f32,
}

#[derive(Clone, Copy)]
struct Towards {
    part: f32,
}

impl Rule<0> for Weighed {
    #[inline(always)]
    fn step<M: Arithmetic>(self, sum: f32, g: f32, _: [f32; 0]) -> (f32, [f32; 0]) {
        (M::mul_add(self.weight, g, sum), [])
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
            for terms in 1..4 {
                add(terms as f32, &[1.0, terms as f32, -2.0], &mut sum);
            }
            take(6.0, &mut sum, &mut g);
            assert_close(&g, &[1.0, 14.0 / 6.0, -2.0], 1e-7);
            assert_eq!(sum, [0.0; 3]);
        });
    }

    #[test]
    fn a_mean_of_nothing_is_zero() {
        let (mut sum, mut g) = ([0.0; 2], [9.0; 2]);
        add(terms(0.0), &[3.0, -1.0], &mut sum);
        take(terms(0.0), &mut sum, &mut g);
        assert_eq!(g, [0.0; 2]);
        assert_eq!(terms(0.25), 4.0);
    }

    #[test]
    fn an_average_leaves_its_start_in_the_first_updates() {
        assert_eq!(warmed(0.999, 1), 2.0 / 11.0);
        assert_eq!(warmed(0.999, 8), 0.5);
        assert_eq!(warmed(0.999, 8_989), 8_990.0 / 8_999.0);
        assert_eq!(warmed(0.999, 8_990), 0.999);
        assert_eq!(warmed(0.1, 1), 0.1);
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

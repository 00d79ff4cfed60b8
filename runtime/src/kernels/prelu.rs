//! A relu with a learned slope on the negative side (He, Zhang, Ren and Sun, 2015), as PyTorch's `PReLU`.
//!
//! Numbers are `[rows, C]` with a slope for each of `C` channels; with one slope for all of them, `C` is 1.

use super::gemm::LANES;
use super::isa::{Arithmetic, Kernel, dispatch};

/// Computes `y = x` where positive, `slope · x` elsewhere.
pub fn forward<const C: usize>(x: &[f32], slopes: &[f32], y: &mut [f32]) {
    assert_eq!(x.len() % C, 0);
    assert_eq!((y.len(), slopes.len()), (x.len(), C));
    dispatch(Forward::<C>(x, slopes, y));
}

/// Replaces the gradient of each output by that of its input `x`.
pub fn input_grad<const C: usize>(x: &[f32], slopes: &[f32], dy: &mut [f32]) {
    assert_eq!(x.len() % C, 0);
    assert_eq!((dy.len(), slopes.len()), (x.len(), C));
    dispatch(InputGrad::<C>(x, slopes, dy));
}

/// Adds the gradient of the slopes, the sums of `dy · x` where `x` is not positive, to `grad`.
pub fn slope_grad<const C: usize>(x: &[f32], dy: &[f32], grad: &mut [f32]) {
    assert_eq!(x.len() % C, 0);
    assert_eq!((dy.len(), grad.len()), (x.len(), C));
    dispatch(SlopeGrad::<C>(x, dy, grad));
}

struct Forward<'a, const C: usize>(&'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for Forward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Forward(x, slopes, y) = self;
        if C == 1 {
            let slope = slopes[0];
            for (y, &x) in y.iter_mut().zip(x) {
                *y = if x > 0.0 { x } else { slope * x };
            }
            return;
        }
        for (x, y) in x.chunks_exact(C).zip(y.chunks_exact_mut(C)) {
            for ((y, &x), slope) in y.iter_mut().zip(x).zip(slopes) {
                *y = if x > 0.0 { x } else { slope * x };
            }
        }
    }
}

struct InputGrad<'a, const C: usize>(&'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for InputGrad<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let InputGrad(x, slopes, dy) = self;
        if C == 1 {
            let slope = slopes[0];
            for (dy, &x) in dy.iter_mut().zip(x) {
                *dy *= if x > 0.0 { 1.0 } else { slope };
            }
            return;
        }
        for (x, dy) in x.chunks_exact(C).zip(dy.chunks_exact_mut(C)) {
            for ((dy, &x), &slope) in dy.iter_mut().zip(x).zip(slopes) {
                *dy *= if x > 0.0 { 1.0 } else { slope };
            }
        }
    }
}

struct SlopeGrad<'a, const C: usize>(&'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for SlopeGrad<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let SlopeGrad(x, dy, grad) = self;
        if C >= LANES {
            return add_rows::<C>(x, dy, grad);
        }
        // 16 rows are C blocks, whose lanes hold the same channels every time.
        let mut sums = [[0.0; LANES]; LANES];
        let sums = &mut sums[..C];
        let (mut xs, mut dys) = (x.chunks_exact(C * LANES), dy.chunks_exact(C * LANES));
        for (x, dy) in (&mut xs).zip(&mut dys) {
            for ((sum, &x), dy) in sums.as_flattened_mut().iter_mut().zip(x).zip(dy) {
                *sum += if x > 0.0 { 0.0 } else { dy * x };
            }
        }
        for row in sums.as_flattened().chunks_exact(C) {
            for (grad, sum) in grad.iter_mut().zip(row) {
                *grad += sum;
            }
        }
        add_rows::<C>(xs.remainder(), dys.remainder(), grad);
    }
}

#[inline(always)]
fn add_rows<const C: usize>(x: &[f32], dy: &[f32], grad: &mut [f32]) {
    for (x, dy) in x.chunks_exact(C).zip(dy.chunks_exact(C)) {
        for ((grad, &x), dy) in grad.iter_mut().zip(x).zip(dy) {
            *grad += if x > 0.0 { 0.0 } else { dy * x };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    fn check<const C: usize>() {
        on_each_isa(|| {
            for rows in [0, 1, 5, 16, 67] {
                let (mut x, dy, slopes) = (numbers(1, rows * C), numbers(2, rows * C), numbers(3, C));
                x.iter_mut().step_by(7).for_each(|x| *x = 0.0);
                let slope = |i: usize| if x[i] > 0.0 { 1.0 } else { f64::from(slopes[i % C]) };
                let wide = |i: usize, of: &[f32]| slope(i) * f64::from(of[i]);

                let mut found = vec![f32::NAN; x.len()];
                forward::<C>(&x, &slopes, &mut found);
                assert_close(&found, &(0..x.len()).map(|i| wide(i, &x)).collect::<Vec<_>>(), 1e-7);
                let mut found = dy.clone();
                input_grad::<C>(&x, &slopes, &mut found);
                assert_close(&found, &(0..x.len()).map(|i| wide(i, &dy)).collect::<Vec<_>>(), 1e-7);
                let mut found = vec![0.5; C];
                slope_grad::<C>(&x, &dy, &mut found);
                let part = |i: usize| f64::from(dy[i]) * f64::from(x[i].min(0.0));
                let sums = (0..C).map(|c| 0.5 + (0..rows).map(|row| part(row * C + c)).sum::<f64>());
                assert_close(&found, &sums.collect::<Vec<_>>(), 1e-5);
            }
        });
    }

    #[test]
    fn is_its_definition() {
        check::<1>();
        check::<3>();
        check::<16>();
        check::<37>();
    }
}

//! Sums, differences, products and maxima of whole activations: residual connections, gates, and gradients of what several
//! layers use.

use super::activation::Activation;
use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};

/// Computes `y = activation(a + b)`
pub fn add<A: Activation>(activation: A, a: &[f32], b: &[f32], y: &mut [f32]) {
    assert_eq!((a.len(), b.len()), (y.len(), y.len()));
    Columns::rows(y, 1, MOVE, &|first, y| {
        let [a, b] = [a, b].map(|x| &x[first..][..y.len()]);
        dispatch(Add(activation, a, b, y));
    });
}

/// Computes `y = activation(y + b)`
pub fn add_assign<A: Activation>(activation: A, y: &mut [f32], b: &[f32]) {
    assert_eq!(b.len(), y.len());
    Columns::rows(y, 1, MOVE, &|first, y| {
        let b = &b[first..][..y.len()];
        dispatch(AddAssign(activation, y, b));
    });
}

/// Computes `y = a - b`
pub fn sub(a: &[f32], b: &[f32], y: &mut [f32]) {
    zip(a, b, y, |a, b| a - b);
}

/// Computes `y = -x`
pub fn negate(x: &[f32], y: &mut [f32]) {
    zip(x, x, y, |x, _| -x);
}

/// Computes `y = a · b`
pub fn mul(a: &[f32], b: &[f32], y: &mut [f32]) {
    zip(a, b, y, |a, b| a * b);
}

/// Computes `y = max(a, b)`; NaN if either is.
pub fn max(a: &[f32], b: &[f32], y: &mut [f32]) {
    zip(a, b, y, |a, b| if (a > b) | a.is_nan() { a } else { b });
}

/// Computes the gradient of `a` in [`max`]`(a, b)`: all of it where `a` is larger, half of it where both are
/// equal, as in PyTorch.
pub fn max_grad(dy: &[f32], a: &[f32], b: &[f32], da: &mut [f32]) {
    assert_eq!((dy.len(), a.len(), b.len()), (da.len(), da.len(), da.len()));
    dispatch(MaxGrad(dy, a, b, da));
}

fn zip(a: &[f32], b: &[f32], y: &mut [f32], f: impl Fn(f32, f32) -> f32 + Sync) {
    assert_eq!((a.len(), b.len()), (y.len(), y.len()));
    Columns::rows(y, 1, MOVE, &|first, y| {
        let [a, b] = [a, b].map(|x| &x[first..][..y.len()]);
        dispatch(Zip(a, b, y, &f));
    });
}

struct Zip<'a, F>(&'a [f32], &'a [f32], &'a mut [f32], &'a F);

impl<F: Fn(f32, f32) -> f32> Kernel for Zip<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for ((y, a), b) in self.2.iter_mut().zip(self.0).zip(self.1) {
            *y = self.3(*a, *b);
        }
    }
}

struct MaxGrad<'a>(&'a [f32], &'a [f32], &'a [f32], &'a mut [f32]);

impl Kernel for MaxGrad<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (((da, dy), a), b) in self.3.iter_mut().zip(self.0).zip(self.1).zip(self.2) {
            let share = if a == b { 0.5 } else { 1.0 };
            *da = if a < b { 0.0 } else { share * dy };
        }
    }
}

struct Add<'a, A>(A, &'a [f32], &'a [f32], &'a mut [f32]);

impl<A: Activation> Kernel for Add<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for ((y, a), b) in self.3.iter_mut().zip(self.1).zip(self.2) {
            *y = self.0.apply(a + b);
        }
    }
}

struct AddAssign<'a, A>(A, &'a mut [f32], &'a [f32]);

impl<A: Activation> Kernel for AddAssign<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (y, b) in self.1.iter_mut().zip(self.2) {
            *y = self.0.apply(*y + b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::activation::{Identity, Relu};
    use crate::kernels::testing::{numbers, on_each_isa};

    #[test]
    fn adds() {
        on_each_isa(|| {
            for len in [0, 1, 15, 64, 1003] {
                let (a, b) = (numbers(1, len), numbers(2, len));
                let want: Vec<f32> = (0..len).map(|i| a[i] + b[i]).collect();
                let mut y = vec![f32::NAN; len];
                add(Identity, &a, &b, &mut y);
                assert_eq!(y, want);
                y.copy_from_slice(&a);
                add_assign(Identity, &mut y, &b);
                assert_eq!(y, want);
                y.copy_from_slice(&a);
                add_assign(Relu, &mut y, &b);
                assert!(y.iter().zip(&want).all(|(y, want)| *y == want.max(0.0)));
            }
        });
    }

    #[test]
    fn joins_two() {
        on_each_isa(|| {
            for len in [0, 1, 15, 64, 1003] {
                let round = |x: Vec<f32>| x.iter().map(|x| (x * 4.0).round()).collect::<Vec<f32>>();
                let (a, b, dy) = (round(numbers(1, len)), round(numbers(2, len)), numbers(3, len));
                let mut y = vec![f32::NAN; len];
                let mut check = |run: &dyn Fn(&mut [f32]), want: &dyn Fn(usize) -> f32| {
                    run(&mut y);
                    assert_eq!(y, (0..len).map(want).collect::<Vec<f32>>());
                };
                check(&|y| sub(&a, &b, y), &|i| a[i] - b[i]);
                check(&|y| negate(&a, y), &|i| 0.0 - a[i]);
                check(&|y| mul(&a, &b, y), &|i| a[i] * b[i]);
                check(&|y| max(&a, &b, y), &|i| a[i].max(b[i]));
                let share =
                    |i: usize| [0.0, 0.5, 1.0][1 + usize::from(a[i] > b[i]) - usize::from(a[i] < b[i])];
                check(&|y| max_grad(&dy, &a, &b, y), &|i| dy[i] * share(i));
            }
            let mut y = [0.0; 2];
            max(&[f32::NAN, 1.0], &[1.0, f32::NAN], &mut y);
            assert!(y[0].is_nan() && y[1].is_nan());
        });
    }

    #[test]
    #[should_panic(expected = "left == right")]
    fn lengths_must_agree() {
        add(Identity, &[0.0; 3], &[0.0; 4], &mut [0.0; 3]);
    }
}

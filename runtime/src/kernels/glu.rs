//! Gated linear units: half of the channels of each row, times the sigmoid of the other half.

use super::activation::{Activation, Sigmoid};
use super::isa::{Arithmetic, Kernel, dispatch};

/// Computes `y = a · sigmoid(b)` for rows of `C` numbers `a` and then as many `b`.
///
/// # Panics
/// If `x` is not twice as long as `y`, or `y` is not whole rows.
#[inline]
pub fn forward<const C: usize>(x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), 2 * y.len());
    assert_eq!(y.len() % C, 0);
    dispatch(Forward::<C>(x, y));
}

/// Computes the gradient of the input from that of the output: `dy · sigmoid(b)` for `a` and
/// `dy · a · sigmoid(b) (1 - sigmoid(b))` for `b`.
///
/// # Panics
/// If `x` or `dx` is not twice as long as `dy`, or `dy` is not whole rows.
#[inline]
pub fn backward<const C: usize>(dy: &[f32], x: &[f32], dx: &mut [f32]) {
    assert_eq!(x.len(), 2 * dy.len());
    assert_eq!(dx.len(), x.len());
    assert_eq!(dy.len() % C, 0);
    dispatch(Backward::<C>(dy, x, dx));
}

struct Forward<'a, const C: usize>(&'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for Forward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (x, y) in self.0.chunks_exact(2 * C).zip(self.1.chunks_exact_mut(C)) {
            let (a, b) = x.split_at(C);
            for ((y, a), &b) in y.iter_mut().zip(a).zip(b) {
                *y = a * Sigmoid.apply(b);
            }
        }
    }
}

struct Backward<'a, const C: usize>(&'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for Backward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let rows = self.0.chunks_exact(C).zip(self.1.chunks_exact(2 * C));
        for ((dy, x), dx) in rows.zip(self.2.chunks_exact_mut(2 * C)) {
            let ((a, b), (da, db)) = (x.split_at(C), dx.split_at_mut(C));
            for (((&dy, &a), &b), (da, db)) in dy.iter().zip(a).zip(b).zip(da.iter_mut().zip(db)) {
                let gate = Sigmoid.apply(b);
                *da = dy * gate;
                *db = dy * a * Sigmoid.slope(gate);
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
                let x: Vec<f32> = numbers(1, rows * 2 * C).iter().map(|x| x * 6.0).collect();
                let dy = numbers(2, rows * C);
                let (mut y, mut dx) = (vec![0.0; rows * C], vec![0.0; rows * 2 * C]);
                forward::<C>(&x, &mut y);
                backward::<C>(&dy, &x, &mut dx);
                let (mut want_y, mut want_dx) = (Vec::new(), Vec::new());
                for (x, dy) in x.chunks(2 * C).zip(dy.chunks(C)) {
                    let gate = |i: usize| 1.0 / (1.0 + f64::from(-x[C + i]).exp());
                    let (a, dy) = (|i: usize| f64::from(x[i]), |i: usize| f64::from(dy[i]));
                    want_y.extend((0..C).map(|i| a(i) * gate(i)));
                    want_dx.extend((0..C).map(|i| dy(i) * gate(i)));
                    want_dx.extend((0..C).map(|i| dy(i) * a(i) * gate(i) * (1.0 - gate(i))));
                }
                assert_close(&y, &want_y, 3e-6);
                assert_close(&dx, &want_dx, 3e-6);
            }
        });
    }

    #[test]
    fn agrees_with_the_definition() {
        check::<1>();
        check::<3>();
        check::<16>();
        check::<37>();
    }

    #[test]
    fn gates_far_from_0_are_open_or_closed() {
        on_each_isa(|| {
            let x = [2.0, 3.0, 200.0, -200.0];
            let (mut y, mut dx) = ([0.0; 2], [0.0; 4]);
            forward::<2>(&x, &mut y);
            backward::<2>(&[1.0, 1.0], &x, &mut dx);
            assert_eq!((y, dx), ([2.0, 0.0], [1.0, 0.0, 0.0, 0.0]));
        });
    }
}

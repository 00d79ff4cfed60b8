//! Softmax over the channels of each row.

use super::blocks::{block, block_mut};
use super::exp::exp;
use super::isa::{Any, Arithmetic, Instructions, Kernel};

/// Replaces each row of `C` numbers by its softmax, `e^(x - max) / sum`.
#[inline]
pub fn forward<const C: usize>(x: &mut [f32]) {
    forward_in::<C>(Any, x);
}

/// Runs [`forward`] with these instructions.
#[inline(always)]
pub fn forward_in<const C: usize>(m: impl Instructions, x: &mut [f32]) {
    assert_eq!(x.len() % C, 0);
    m.run(Forward::<C>(x));
}

/// Replaces the gradient of each softmax `y` by that of its input, `y · (dy - sum of dy · y)`.
#[inline]
pub fn backward<const C: usize>(y: &[f32], dy: &mut [f32]) {
    backward_in::<C>(Any, y, dy);
}

/// Runs [`backward`] with these instructions.
#[inline(always)]
pub fn backward_in<const C: usize>(m: impl Instructions, y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len() % C, 0);
    assert_eq!(y.len(), dy.len());
    m.run(Backward::<C>(y, dy));
}

struct Forward<'a, const C: usize>(&'a mut [f32]);

impl<const C: usize> Kernel for Forward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for row in self.0.chunks_exact_mut(C) {
            if C > LANES {
                let (_, sum) = exponentials::<M, C>(row);
                for x in row {
                    *x /= sum;
                }
            } else {
                // A row that stays in a register between the two.
                let row: &mut [f32; C] = row.try_into().expect("a row has its length");
                let mut block = load(row, 0, f32::NEG_INFINITY);
                let most = fold::<C>(block, larger);
                for x in &mut block {
                    *x = exp::<M>(*x - most);
                }
                let sum = fold::<C>(block, |a, b| a + b);
                for x in &mut block {
                    *x /= sum;
                }
                store(&block, row, 0);
            }
        }
    }
}

/// Numbers that a row is walked in; its rest is padded to as many, so that even ten classes are one register.
const LANES: usize = 16;

/// Replaces a row of `C` by `e^(x - max)`; returns its maximum and the new row's sum.
#[inline(always)]
pub(crate) fn exponentials<M: Arithmetic, const C: usize>(row: &mut [f32]) -> (f32, f32) {
    let most = largest::<C>(row);
    (most, exponentials_from::<M, C>(row, most))
}

/// Returns the maximum of a row of `C`.
#[inline(always)]
pub(super) fn largest<const C: usize>(row: &[f32]) -> f32 {
    maximum::<C>(row.try_into().expect("a row has its length"))
}

/// Replaces a row of `C` by `e^(x - most)`; returns the new row's sum.
#[inline(always)]
pub(super) fn exponentials_from<M: Arithmetic, const C: usize>(row: &mut [f32], most: f32) -> f32 {
    let row: &mut [f32; C] = row.try_into().expect("a row has its length");
    let mut sums = [0.0; LANES];
    for at in (0..C).step_by(LANES) {
        let powers = powers::<M, C>(row, at, most, &mut sums);
        store(&powers, row, at);
    }
    fold::<C>(sums, |a, b| a + b)
}

/// Returns the maximum of a row of `C`, and the sum of `e^(x - max)`.
#[inline(always)]
pub(super) fn sum_of_exponentials<M: Arithmetic, const C: usize>(row: &[f32]) -> (f32, f32) {
    let row: &[f32; C] = row.try_into().expect("a row has its length");
    let most = maximum(row);
    let mut sums = [0.0; LANES];
    for at in (0..C).step_by(LANES) {
        powers::<M, C>(row, at, most, &mut sums);
    }
    (most, fold::<C>(sums, |a, b| a + b))
}

#[inline(always)]
fn maximum<const C: usize>(row: &[f32; C]) -> f32 {
    let mut most = [f32::NEG_INFINITY; LANES];
    for at in (0..C).step_by(LANES) {
        let block = load(row, at, f32::NEG_INFINITY);
        for i in 0..LANES {
            most[i] = larger(block[i], most[i]);
        }
    }
    fold::<C>(most, larger)
}

/// Computes `e^(x - max)` of the block at a place, which is added to the sums.
#[inline(always)]
fn powers<M: Arithmetic, const C: usize>(
    row: &[f32; C],
    at: usize,
    most: f32,
    sums: &mut [f32; LANES],
) -> [f32; LANES] {
    let mut powers = load(row, at, f32::NEG_INFINITY);
    for (sum, power) in sums.iter_mut().zip(&mut powers) {
        // The padding becomes 0, or NaN if the whole row does.
        *power = exp::<M>(*power - most);
        *sum += *power;
    }
    powers
}

#[inline(always)]
fn load<const C: usize>(row: &[f32; C], at: usize, padding: f32) -> [f32; LANES] {
    if at + LANES <= C {
        return *block(row, at);
    }
    let mut block = [padding; LANES];
    block[..C % LANES].copy_from_slice(&row[C - C % LANES..]);
    block
}

#[inline(always)]
fn store<const C: usize>(block: &[f32; LANES], row: &mut [f32; C], at: usize) {
    if at + LANES <= C {
        *block_mut(row, at) = *block;
    } else {
        row[C - C % LANES..].copy_from_slice(&block[..C % LANES]);
    }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Puts the lanes that a row of `C` fills together in pairs: the halves, then the quarters, and so on.
#[inline(always)]
fn fold<const C: usize>(lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let (mut a, mut b, mut c) = ([0.0; 8], [0.0; 4], [0.0; 2]);
    for i in 0..8 {
        a[i] = if C > 8 { join(lanes[i], lanes[i + 8]) } else { lanes[i] };
    }
    for i in 0..4 {
        b[i] = if C > 4 { join(a[i], a[i + 4]) } else { a[i] };
    }
    for i in 0..2 {
        c[i] = if C > 2 { join(b[i], b[i + 2]) } else { b[i] };
    }
    if C > 1 { join(c[0], c[1]) } else { c[0] }
}

struct Backward<'a, const C: usize>(&'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for Backward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (y, dy) in self.0.chunks_exact(C).zip(self.1.chunks_exact_mut(C)) {
            let y: &[f32; C] = y.try_into().expect("a row has its length");
            let dy: &mut [f32; C] = dy.try_into().expect("a row has its length");
            let mut products = [0.0; LANES];
            for at in (0..C).step_by(LANES) {
                let (y, dy) = (load(y, at, 0.0), load(dy, at, 0.0));
                for i in 0..LANES {
                    products[i] = M::mul_add(y[i], dy[i], products[i]);
                }
            }
            let sum = fold::<C>(products, |a, b| a + b);
            for (dx, y) in dy.iter_mut().zip(y) {
                *dx = y * (*dx - sum);
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
                    let sum: f64 = x.iter().map(|&x| f64::from(x).exp()).sum();
                    let y: Vec<f64> = x.iter().map(|&x| f64::from(x).exp() / sum).collect();
                    let dot: f64 = y.iter().zip(dy).map(|(y, &dy)| y * f64::from(dy)).sum();
                    want_dx.extend(y.iter().zip(dy).map(|(y, &dy)| y * (f64::from(dy) - dot)));
                    want_y.extend(y);
                }
                assert_close(&y, &want_y, 3e-7);
                assert_close(&dx, &want_dx, 1e-6);
                for (y, want) in y.iter().zip(want_y) {
                    // Half a unit in the last place of a difference of 60.
                    assert!((f64::from(*y) - want).abs() <= 4e-6 * want, "{y} is not close to {want}");
                }
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
    fn extreme_rows() {
        on_each_isa(|| {
            let (most, none) = (f32::MAX, f32::NEG_INFINITY);
            let mut x = [most, most, 0.0, none, 1e30, -1e30, none, none, none, 0.0, f32::NAN, 1.0];
            forward::<3>(&mut x);
            assert_eq!(x[..6], [0.5, 0.5, 0.0, 0.0, 1.0, 0.0]);
            // PyTorch's, too.
            assert!(x[6..].iter().all(|x| x.is_nan()));
        });
    }
}

//! From channels last, in which activations lie, to channels first, PyTorch's order, and back.

use super::blocks::{self, block_mut};
use super::isa::{Arithmetic, Kernel, dispatch};

/// `[n, HW, C]` to `[n, C, HW]`.
pub fn to_channels_first<const C: usize, const HW: usize>(n: usize, x: &[f32], y: &mut [f32]) {
    transpose::<HW, C>(n, x, y);
}

/// `[n, C, HW]` to `[n, HW, C]`.
pub fn to_channels_last<const C: usize, const HW: usize>(n: usize, x: &[f32], y: &mut [f32]) {
    transpose::<C, HW>(n, x, y);
}

/// `[n, ROWS, COLUMNS]` to `[n, COLUMNS, ROWS]`.
fn transpose<const ROWS: usize, const COLUMNS: usize>(n: usize, x: &[f32], y: &mut [f32]) {
    assert_eq!((x.len(), y.len()), (n * ROWS * COLUMNS, n * ROWS * COLUMNS));
    if ROWS == 1 || COLUMNS == 1 {
        y.copy_from_slice(x);
    } else {
        dispatch(Transpose::<ROWS, COLUMNS>(x, y));
    }
}

struct Transpose<'a, const ROWS: usize, const COLUMNS: usize>(&'a [f32], &'a mut [f32]);

/// A block's side: a cache line of either matrix.
const SIDE: usize = 16;

impl<const ROWS: usize, const COLUMNS: usize> Kernel for Transpose<'_, ROWS, COLUMNS> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (x, y) in self.0.chunks_exact(ROWS * COLUMNS).zip(self.1.chunks_exact_mut(ROWS * COLUMNS)) {
            for column in (0..COLUMNS).step_by(SIDE) {
                for row in (0..ROWS).step_by(SIDE) {
                    if row + SIDE <= ROWS && column + SIDE <= COLUMNS {
                        block::<ROWS, COLUMNS>(&x[row * COLUMNS + column..], &mut y[column * ROWS + row..]);
                    } else {
                        for j in column..COLUMNS.min(column + SIDE) {
                            for i in row..ROWS.min(row + SIDE) {
                                y[j * ROWS + i] = x[i * COLUMNS + j];
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Transposes a full block in squares of four.
#[inline(always)]
fn block<const ROWS: usize, const COLUMNS: usize>(x: &[f32], y: &mut [f32]) {
    // Rows of y may be a power of two apart and so share a cache set: each is finished before the next is begun.
    for column in (0..SIDE).step_by(4) {
        for row in (0..SIDE).step_by(4) {
            let line = |i| *blocks::block(x, (row + i) * COLUMNS + column);
            let square = [line(0), line(1), line(2), line(3)];
            for (j, line) in transposed(square).into_iter().enumerate() {
                *block_mut(y, (column + j) * ROWS + row) = line;
            }
        }
    }
}

/// In eight shuffles, which compilers do not find by themselves.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn transposed(square: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    use std::arch::x86_64::{__m128, _mm_movehl_ps, _mm_movelh_ps, _mm_unpackhi_ps, _mm_unpacklo_ps};
    // SAFETY: both types are 64 bytes of floats, valid whatever their bits, and SSE is part of x86-64.
    unsafe {
        let [a, b, c, d] = std::mem::transmute::<[[f32; 4]; 4], [__m128; 4]>(square);
        let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
        std::mem::transmute::<[__m128; 4], [[f32; 4]; 4]>([
            _mm_movelh_ps(ab, cd),
            _mm_movehl_ps(cd, ab),
            _mm_movelh_ps(ab_high, cd_high),
            _mm_movehl_ps(cd_high, ab_high),
        ])
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn transposed(square: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let [a, b, c, d] = square;
    [0, 1, 2, 3].map(|j| [a[j], b[j], c[j], d[j]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{numbers, on_each_isa};

    fn check<const C: usize, const HW: usize>() {
        on_each_isa(|| {
            for n in [0, 1, 2] {
                let x = numbers(1, n * C * HW);
                let (mut y, mut z) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
                to_channels_first::<C, HW>(n, &x, &mut y);
                for (i, &y) in y.iter().enumerate() {
                    let (sample, c, pixel) = (i / (C * HW), i / HW % C, i % HW);
                    assert_eq!(y, x[(sample * HW + pixel) * C + c]);
                }
                to_channels_last::<C, HW>(n, &y, &mut z);
                assert_eq!(z, x);
            }
        });
    }

    #[test]
    fn transposes() {
        check::<1, 9>();
        check::<16, 1>();
        check::<3, 50>();
        check::<16, 16>();
        check::<16, 25>();
        check::<37, 49>();
        check::<64, 48>();
    }
}

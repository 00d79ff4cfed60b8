//! From channels last, in which activations lie, to channels first, PyTorch's order, and back.

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
            for row in (0..ROWS).step_by(SIDE) {
                for column in (0..COLUMNS).step_by(SIDE) {
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

/// Transposes a full block by exchanging halves, quarters, eighths and sixteenths: four shuffles a register.
#[inline(always)]
fn block<const ROWS: usize, const COLUMNS: usize>(x: &[f32], y: &mut [f32]) {
    let mut rows = [[0.0; SIDE]; SIDE];
    for (i, row) in rows.iter_mut().enumerate() {
        row.copy_from_slice(&x[i * COLUMNS..i * COLUMNS + SIDE]);
    }
    let rows = exchange::<1>(exchange::<2>(exchange::<4>(exchange::<8>(rows))));
    for (j, row) in rows.iter().enumerate() {
        y[j * ROWS..j * ROWS + SIDE].copy_from_slice(row);
    }
}

/// Transposes each square of side `2 · HALF` taken as four squares.
#[inline(always)]
fn exchange<const HALF: usize>(rows: [[f32; SIDE]; SIDE]) -> [[f32; SIDE]; SIDE] {
    let mut result = rows;
    for i in 0..SIDE {
        for j in 0..SIDE {
            if i & HALF == 0 && j & HALF != 0 {
                result[i][j] = rows[i | HALF][j ^ HALF];
            } else if i & HALF != 0 && j & HALF == 0 {
                result[i][j] = rows[i ^ HALF][j | HALF];
            }
        }
    }
    result
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

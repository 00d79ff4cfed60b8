//! Conversion from channels last, the layout of activations, to channels first, PyTorch's layout, and back.

use super::blocks::{self, block_mut};
use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};

/// Converts `[n, HW, C]` to `[n, C, HW]`.
pub fn to_channels_first<const C: usize, const HW: usize>(n: usize, x: &[f32], y: &mut [f32]) {
    transpose::<HW, C>(n, x, y);
}

/// Converts `[n, C, HW]` to `[n, HW, C]`.
pub fn to_channels_last<const C: usize, const HW: usize>(n: usize, x: &[f32], y: &mut [f32]) {
    transpose::<C, HW>(n, x, y);
}

/// Converts `[n, ROWS, COLUMNS]` to `[n, COLUMNS, ROWS]`.
fn transpose<const ROWS: usize, const COLUMNS: usize>(n: usize, x: &[f32], y: &mut [f32]) {
    assert_eq!((x.len(), y.len()), (n * ROWS * COLUMNS, n * ROWS * COLUMNS));
    if ROWS == 1 || COLUMNS == 1 {
        y.copy_from_slice(x);
    } else if n == 1 && COLUMNS >= 2 * SIDE {
        // A part's rows are columns of `x`. More samples are shared among threads as such.
        Columns::rows(y, SIDE * ROWS, MOVE, &|first, y| {
            dispatch(Transpose::<ROWS, COLUMNS>(&x[SIDE * first..], y));
        });
    } else {
        for (x, y) in x.chunks_exact(ROWS * COLUMNS).zip(y.chunks_exact_mut(ROWS * COLUMNS)) {
            dispatch(Transpose::<ROWS, COLUMNS>(x, y));
        }
    }
}

/// Writes some columns of a matrix as rows.
struct Transpose<'a, const ROWS: usize, const COLUMNS: usize>(&'a [f32], &'a mut [f32]);

impl<const ROWS: usize, const COLUMNS: usize> Kernel for Transpose<'_, ROWS, COLUMNS> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        // Only many columns are shared.
        let columns = if COLUMNS < 2 * SIDE { COLUMNS } else { self.1.len() / ROWS };
        turn([ROWS, columns], COLUMNS, self.0, self.1);
    }
}

/// A block's side: a cache line of either matrix.
const SIDE: usize = 16;

/// A square's side: what shuffles transpose.
const SQUARE: usize = 4;

/// Writes `y`, `[columns, rows]`, from `x`, whose rows are `pitch` apart. Where the sizes are constants, so are all choices.
#[inline(always)]
pub(super) fn turn([rows, columns]: [usize; 2], pitch: usize, x: &[f32], y: &mut [f32]) {
    if rows < SQUARE {
        few_rows([rows, columns], pitch, x, y);
    } else if columns < SQUARE {
        few_columns([rows, columns], pitch, x, y);
    } else if rows < columns {
        // Along the longer side, so that what is read is read in one go, as long as it takes.
        for row in places(rows) {
            for column in places(columns) {
                block([rows, columns], pitch, x, y, row, column);
            }
        }
    } else {
        for column in places(columns) {
            for row in places(rows) {
                block([rows, columns], pitch, x, y, row, column);
            }
        }
    }
}

/// Returns a block's side along an axis of this length.
const fn side(length: usize) -> usize {
    if length < SIDE { SQUARE } else { SIDE }
}

/// Returns the offsets of blocks along an axis; the last one overlaps the one before.
#[inline(always)]
fn places(length: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(side(length)).map(move |at| at.min(length - side(length)))
}

/// Transposes a full block in squares of four.
#[inline(always)]
fn block([rows, columns]: [usize; 2], pitch: usize, x: &[f32], y: &mut [f32], row: usize, column: usize) {
    let (x, y) = (&x[row * pitch + column..], &mut y[column * rows + row..]);
    // Rows of y may be a power of two apart and so share a cache set: each is finished before the next is begun.
    for column in (0..side(columns)).step_by(SQUARE) {
        for row in (0..side(rows)).step_by(SQUARE) {
            let line = |i| *blocks::block(x, (row + i) * pitch + column);
            for (j, line) in transposed([line(0), line(1), line(2), line(3)]).into_iter().enumerate() {
                *block_mut(y, (column + j) * rows + row) = line;
            }
        }
    }
}

/// Turns two or three rows into the columns' pairs or triples: a square's fourth number is overwritten by the
/// next triple.
#[inline(always)]
fn few_rows([rows, columns]: [usize; 2], pitch: usize, x: &[f32], y: &mut [f32]) {
    let mut column = 0;
    while column + SQUARE <= columns && (column + SQUARE - 1) * rows + SQUARE <= rows * columns {
        let line = |i: usize| *blocks::block(x, i.min(rows - 1) * pitch + column);
        for (j, line) in transposed([line(0), line(1), line(2), line(3)]).into_iter().enumerate() {
            *block_mut(y, (column + j) * rows) = line;
        }
        column += SQUARE;
    }
    for column in column..columns {
        for row in 0..rows {
            y[column * rows + row] = x[row * pitch + column];
        }
    }
}

/// Turns two or three columns into rows: of each square, the columns that there are.
#[inline(always)]
fn few_columns([rows, columns]: [usize; 2], pitch: usize, x: &[f32], y: &mut [f32]) {
    let mut row = 0;
    while row + SQUARE <= rows && (row + SQUARE - 1) * pitch + SQUARE <= x.len() {
        let line = |i| *blocks::block(x, (row + i) * pitch);
        let square = transposed([line(0), line(1), line(2), line(3)]);
        for (column, line) in square.into_iter().take(columns).enumerate() {
            *block_mut(y, column * rows + row) = line;
        }
        row += SQUARE;
    }
    for row in row..rows {
        for column in 0..columns {
            y[column * rows + row] = x[row * pitch + column];
        }
    }
}

/// Transposes a square in eight shuffles, which compilers do not find by themselves.
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
        check::<2, 3>();
        check::<2, 37>();
        check::<3, 50>();
        check::<5, 18>();
        check::<16, 16>();
        check::<16, 25>();
        if !cfg!(miri) {
            check::<3, 1000>();
            check::<37, 49>();
            check::<64, 48>();
        }
    }
}

//! Register tiles: what every matrix product and convolution here is made of.
//!
//! A tile is `P` rows of `V` blocks of 16 sums that stay in registers while the operands pass by. Which tile fits a
//! shape is decided here and nowhere else.

use super::isa::Arithmetic;

mod columns;
mod dot;
mod tile;

pub(super) use columns::Columns;
pub(super) use dot::{dot, sums};
pub(super) use netwright_model::packing::{LANES, blocks_of, even, panel};
pub(super) use tile::{Row, Tile, add_to, first, load, load_first, spill, step, store};

/// The cost of moving a number, in multiplications.
pub(super) const MOVE: u64 = 8;

/// A tile's rows and its columns in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Shape {
    /// No limit beyond those of [`Tiled`].
    pub(super) const MOST: Shape = Shape { rows: MOST_ROWS, columns: MOST_COLUMNS };
}

/// Rows that a tile may take from anywhere, so that none are left over.
pub(super) const ANY: usize = usize::MAX;

/// Returns the tile that covers `rows` x `columns` blocks in the least time.
///
/// A step of a tile costs a half cycle for each product, and for each operand that it loads; it takes eight sums to hide
/// the latency of a multiply-add, and about a cycle goes to the loop. Partly filled tiles cost as much as full ones.
pub(super) const fn choose(rows: usize, columns: usize, accumulators: usize, most: Shape) -> Shape {
    let mut best = Shape { rows: 1, columns: 1 };
    let mut least = usize::MAX;
    let mut r = 1;
    while r <= most.rows && r <= MOST_ROWS {
        let mut c = 1;
        while c <= most.columns && c <= columns {
            if r * c <= accumulators && r <= rows {
                let step = max(max(r * c, r + c), 8) + 2;
                // In units of 1/5040 (which 1 to 10 and 12 divide) where rows are not left over.
                let down = if rows == ANY { 5040usize.div_ceil(r) } else { rows.div_ceil(r) };
                let cost = down * columns.div_ceil(c) * step;
                if cost < least || (cost == least && c > best.columns) {
                    least = cost;
                    best = Shape { rows: r, columns: c };
                }
            }
            c += 1;
        }
        r += 1;
    }
    best
}

const MOST_ROWS: usize = 16;
const MOST_COLUMNS: usize = 6;

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// Work that is compiled for the one tile that its shape asks for.
pub(super) trait Tiled<M: Arithmetic> {
    /// The tile's rows.
    const ROWS: usize;
    /// The tile's columns in blocks.
    const COLUMNS: usize;
    /// Does the work with tiles of `P` rows and `V` blocks.
    fn run<const P: usize, const V: usize>(self);
}

/// Runs work with its tile.
///
/// The tile is chosen where a constant is computed: rustc looks at all that an ordinary match mentions, even in arms
/// that are never reached, which would take seconds for a deep network's layers.
#[inline(always)]
pub(super) fn tiled<M: Arithmetic, T: Tiled<M>>(work: T) {
    let run = const { with_tile::<M, T>() };
    run(work);
}

const fn with_tile<M: Arithmetic, T: Tiled<M>>() -> fn(T) {
    match T::ROWS {
        1 => with_one_row::<M, T>(),
        2 => with_rows::<M, T, 2>(),
        3 => with_rows::<M, T, 3>(),
        4 => with_rows::<M, T, 4>(),
        5 => with_rows::<M, T, 5>(),
        6 => with_rows::<M, T, 6>(),
        7 => with_rows::<M, T, 7>(),
        8 => with_rows::<M, T, 8>(),
        9 => with_rows::<M, T, 9>(),
        10 => with_rows::<M, T, 10>(),
        11 => with_rows::<M, T, 11>(),
        12 => with_rows::<M, T, 12>(),
        13 => with_rows::<M, T, 13>(),
        14 => with_rows::<M, T, 14>(),
        15 => with_rows::<M, T, 15>(),
        _ => with_rows::<M, T, MOST_ROWS>(),
    }
}

const fn with_rows<M: Arithmetic, T: Tiled<M>, const P: usize>() -> fn(T) {
    match T::COLUMNS {
        1 => T::run::<P, 1>,
        2 => T::run::<P, 2>,
        3 => T::run::<P, 3>,
        4 => T::run::<P, 4>,
        5 => T::run::<P, 5>,
        _ => T::run::<P, MOST_COLUMNS>,
    }
}

/// Chooses the function for a single row, which may have more columns.
const fn with_one_row<M: Arithmetic, T: Tiled<M>>() -> fn(T) {
    match T::COLUMNS {
        0..=6 => with_rows::<M, T, 1>(),
        7 => T::run::<1, 7>,
        8 => T::run::<1, 8>,
        9 => T::run::<1, 9>,
        10 => T::run::<1, 10>,
        11 => T::run::<1, 11>,
        12 => T::run::<1, 12>,
        13 => T::run::<1, 13>,
        14 => T::run::<1, 14>,
        15 => T::run::<1, 15>,
        _ => T::run::<1, 16>,
    }
}

//! The tile itself: loads, one step of products, stores.

use super::super::isa::Arithmetic;
use super::LANES;

/// Blocks side by side, out of registers.
pub(in super::super) type Row<const V: usize> = [[f32; LANES]; V];

/// `P` rows of `V` blocks of sums.
pub(in super::super) type Tile<M, const P: usize, const V: usize> = [[<M as Arithmetic>::Block; V]; P];

/// Adds the product of a column and a row of operands: `tile[p][v] += a[p] * b[v]`.
///
/// Neighbours in memory are best left there ([`first`]): broadcasts from memory are free, those from registers are not.
#[inline(always)]
pub(in super::super) fn step<M: Arithmetic, const P: usize, const V: usize>(
    tile: &mut Tile<M, P, V>,
    a: &[f32; P],
    b: [M::Block; V],
) {
    for p in 0..P {
        let a = M::splat(a[p]);
        for v in 0..V {
            tile[p][v] = M::block_mul_add(a, b[v], tile[p][v]);
        }
    }
}

/// Returns the first `P` floats of `x`.
#[inline(always)]
pub(in super::super) fn first<const P: usize>(x: &[f32]) -> &[f32; P] {
    x.first_chunk().expect("a tile's rows lie in its operand")
}

/// Returns the first `V` blocks of `x`.
#[inline(always)]
pub(in super::super) fn load<M: Arithmetic, const V: usize>(x: &[f32]) -> [M::Block; V] {
    let (blocks, _) = x[..V * LANES].as_chunks::<LANES>();
    let mut loaded = [M::splat(0.0); V];
    for v in 0..V {
        loaded[v] = M::load(&blocks[v]);
    }
    loaded
}

/// Returns the first `count` floats of `x` in `V` blocks. What follows them is whatever `x` holds there, or
/// zeros where it ends.
#[inline(always)]
pub(in super::super) fn load_first<M: Arithmetic, const V: usize>(x: &[f32], count: usize) -> [M::Block; V] {
    if V * LANES <= x.len() {
        return load::<M, V>(x);
    }
    let mut loaded = [M::splat(0.0); V];
    for v in 0..V {
        let (begin, end) = (v * LANES, count.min((v + 1) * LANES));
        loaded[v] = M::load_part(&x[begin.min(end)..end]);
    }
    loaded
}

/// Stores a row from registers.
#[inline(always)]
pub(in super::super) fn spill<M: Arithmetic, const V: usize>(row: &[M::Block; V]) -> Row<V> {
    let mut spilled = [[0.0; LANES]; V];
    for v in 0..V {
        spilled[v] = M::store(row[v]);
    }
    spilled
}

/// Stores the first floats of a row, as many as `y` has.
#[inline(always)]
pub(in super::super) fn store<const V: usize>(row: &Row<V>, y: &mut [f32]) {
    if y.len() == V * LANES {
        y.copy_from_slice(row.as_flattened());
    } else {
        let count = y.len();
        y.copy_from_slice(&row.as_flattened()[..count]);
    }
}

/// Adds a row's floats from `skip` on to those of `y` from `skip` on.
#[inline(always)]
pub(in super::super) fn add_to<M: Arithmetic, const V: usize>(
    row: &[M::Block; V],
    skip: usize,
    y: &mut [f32],
) {
    for v in 0..V {
        let (begin, end) = (v * LANES, (v + 1) * LANES);
        if skip <= begin && end <= y.len() {
            let y: &mut [f32; LANES] = y[begin..end].first_chunk_mut().expect("a whole block");
            *y = M::store(M::block_add(row[v], M::load(y)));
        } else if skip < end && begin < y.len() {
            let (skip, end) = (skip.max(begin), end.min(y.len()));
            let sums = M::store(row[v]);
            for (y, sum) in y[skip..end].iter_mut().zip(&sums[skip - begin..end - begin]) {
                *y += sum;
            }
        }
    }
}

//! The tile itself: loads, one step of products, stores.

use super::super::isa::Arithmetic;
use super::LANES;

/// A block: one register of AVX-512, two of AVX2.
pub(in super::super) type Lanes = [f32; LANES];

/// `P` rows of `V` blocks of sums.
pub(in super::super) type Tile<const P: usize, const V: usize> = [[Lanes; V]; P];

/// Adds the product of a column and a row of operands: `tile[p][v] += a[p] * b[v]`.
#[inline(always)]
pub(in super::super) fn step<M: Arithmetic, const P: usize, const V: usize>(
    tile: &mut Tile<P, V>,
    a: [f32; P],
    b: [Lanes; V],
) {
    for p in 0..P {
        for v in 0..V {
            for l in 0..LANES {
                tile[p][v][l] = M::mul_add(a[p], b[v][l], tile[p][v][l]);
            }
        }
    }
}

/// The first `V` blocks of `x`.
#[inline(always)]
pub(in super::super) fn load<const V: usize>(x: &[f32]) -> [Lanes; V] {
    let (blocks, _) = x[..V * LANES].as_chunks::<LANES>();
    let mut loaded = [[0.0; LANES]; V];
    loaded.copy_from_slice(blocks);
    loaded
}

/// The first `count` floats of `x` in `V` blocks. What follows them is whatever `x` holds there, or zeros where it ends.
#[inline(always)]
pub(in super::super) fn load_first<const V: usize>(x: &[f32], count: usize) -> [Lanes; V] {
    if V * LANES <= x.len() {
        return load(x);
    }
    let mut loaded = [[0.0; LANES]; V];
    loaded.as_flattened_mut()[..count].copy_from_slice(&x[..count]);
    loaded
}

/// Stores the first floats of a row, as many as `y` has.
#[inline(always)]
pub(in super::super) fn store<const V: usize>(row: &[Lanes; V], y: &mut [f32]) {
    if y.len() == V * LANES {
        for v in 0..V {
            y[v * LANES..(v + 1) * LANES].copy_from_slice(&row[v]);
        }
    } else {
        // A copy, because what is indexed by a variable cannot stay in registers.
        let copy = *row;
        let count = y.len();
        y.copy_from_slice(&copy.as_flattened()[..count]);
    }
}

/// Adds a row's floats from `skip` on to those of `y` from `skip` on.
#[inline(always)]
pub(in super::super) fn add_to<const V: usize>(row: &[Lanes; V], skip: usize, y: &mut [f32]) {
    if skip == 0 && y.len() == V * LANES {
        for v in 0..V {
            for (y, sum) in y[v * LANES..(v + 1) * LANES].iter_mut().zip(&row[v]) {
                *y += sum;
            }
        }
    } else {
        let copy = *row;
        for (y, sum) in y.iter_mut().zip(copy.as_flattened()).skip(skip) {
            *y += sum;
        }
    }
}

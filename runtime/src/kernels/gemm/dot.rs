//! Tiles of dot products: both operands lie along the sum, so a block holds 16 parts of one sum.

use super::super::isa::Arithmetic;
use super::LANES;
use super::tile::{Tile, load};

/// `tile[p][q] += a[p] · b[q]`, all of one length, each in 16 parts.
///
/// Each part's order of additions depends on the length alone, never on `P` and `Q`.
#[inline(always)]
pub(in super::super) fn dot<M: Arithmetic, const P: usize, const Q: usize>(
    tile: &mut Tile<M, P, Q>,
    a: [&[f32]; P],
    b: [&[f32]; Q],
    length: usize,
) {
    let whole = length / LANES * LANES;
    for p in 0..P {
        assert_eq!(a[p].len(), length);
    }
    for q in 0..Q {
        assert_eq!(b[q].len(), length);
    }
    let mut at = 0;
    while at < whole {
        let mut left = [M::splat(0.0); P];
        for p in 0..P {
            [left[p]] = load::<M, 1>(&a[p][at..]);
        }
        for q in 0..Q {
            let [right] = load::<M, 1>(&b[q][at..]);
            for p in 0..P {
                tile[p][q] = M::block_mul_add(left[p], right, tile[p][q]);
            }
        }
        at += LANES;
    }
    let rest = length - whole;
    if rest > 0 {
        let mut left = [M::splat(0.0); P];
        for p in 0..P {
            left[p] = last::<M>(a[p], rest);
        }
        for q in 0..Q {
            let right = last::<M>(b[q], rest);
            for p in 0..P {
                tile[p][q] = M::block_mul_add(left[p], right, tile[p][q]);
            }
        }
    }
}

/// The last `rest` floats in their block's last lanes, zeros before them.
#[inline(always)]
fn last<M: Arithmetic>(x: &[f32], rest: usize) -> M::Block {
    let mut block = [0.0; LANES];
    if x.len() >= LANES {
        block.copy_from_slice(&x[x.len() - LANES..]);
        for l in 0..LANES {
            block[l] = if l >= LANES - rest { block[l] } else { 0.0 };
        }
    } else {
        block[LANES - rest..].copy_from_slice(x);
    }
    M::load(&block)
}

/// The sum of a block's lanes, by halves.
#[inline(always)]
pub(in super::super) fn sum<M: Arithmetic>(block: M::Block) -> f32 {
    let mut parts = M::store(block);
    let mut half = LANES / 2;
    while half > 0 {
        for l in 0..half {
            parts[l] += parts[l + half];
        }
        half /= 2;
    }
    parts[0]
}

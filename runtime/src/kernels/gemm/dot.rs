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

/// The sums that a tile holds in parts. Every sum is formed in the same way, whichever tile it is in.
#[inline(always)]
pub(in super::super) fn sums<M: Arithmetic, const P: usize, const Q: usize>(
    tile: &Tile<M, P, Q>,
) -> [[f32; Q]; P] {
    let mut sums = [[0.0; Q]; P];
    let mut first = 0;
    while first < P * Q {
        let mut blocks = [M::splat(0.0); 8];
        for i in 0..8 {
            if first + i < P * Q {
                blocks[i] = tile[(first + i) / Q][(first + i) % Q];
            }
        }
        let found = M::sums(blocks);
        for i in 0..8 {
            if first + i < P * Q {
                sums[(first + i) / Q][(first + i) % Q] = found[i];
            }
        }
        first += 8;
    }
    sums
}

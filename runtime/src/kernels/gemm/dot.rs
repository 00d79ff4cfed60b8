//! Tiles of dot products: both operands lie along the sum, so a block holds 16 parts of one sum.

use super::super::isa::Arithmetic;
use super::LANES;
use super::tile::{Row, Tile, load};

/// Computes `tile[p][q] += a[p] · b[q]`, each in 16 parts.
///
/// Each part's order of additions depends on the length alone, never on `P` and `Q`.
#[inline(always)]
pub(in super::super) fn dot<M: Arithmetic, const P: usize, const Q: usize, const LENGTH: usize>(
    tile: &mut Tile<M, P, Q>,
    a: &[[f32; LENGTH]; P],
    b: &[[f32; LENGTH]; Q],
) {
    let whole = LENGTH / LANES * LANES;
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
    if LENGTH > whole {
        let mut left = [M::splat(0.0); P];
        for p in 0..P {
            left[p] = M::load_part(&a[p][whole..]);
        }
        for q in 0..Q {
            let right = M::load_part(&b[q][whole..]);
            for p in 0..P {
                tile[p][q] = M::block_mul_add(left[p], right, tile[p][q]);
            }
        }
    }
}

/// Returns the sums that a tile of at most 32 holds in parts, row after row. Every sum is formed in the same
/// way, whichever tile it is in.
#[inline(always)]
pub(in super::super) fn sums<M: Arithmetic, const P: usize, const Q: usize>(tile: &Tile<M, P, Q>) -> Row<2> {
    assert!(P * Q <= 2 * LANES);
    let mut sums = [[0.0; LANES]; 2];
    for half in 0..(P * Q).div_ceil(LANES) {
        let mut blocks = [M::splat(0.0); LANES];
        for i in 0..LANES.min(P * Q - half * LANES) {
            let at = half * LANES + i;
            blocks[i] = tile[at / Q][at % Q];
        }
        sums[half] = M::store(M::sums(blocks));
    }
    sums
}

//! Tiles of dot products: both operands lie along the sum, so a block holds 16 parts of one sum.

use super::super::isa::Arithmetic;
use super::{LANES, Lanes, load};

/// `P` x `Q` dot products, each in 16 parts.
pub(in super::super) type Dot<const P: usize, const Q: usize> = [[Lanes; Q]; P];

/// `tile[p][q] += a[p] · b[q]`, all of one length.
///
/// Each part's order of additions depends on the length alone, never on `P` and `Q`.
#[inline(always)]
pub(in super::super) fn dot<M: Arithmetic, const P: usize, const Q: usize>(
    tile: &mut Dot<P, Q>,
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
        let mut left = [[0.0; LANES]; P];
        for p in 0..P {
            [left[p]] = load(&a[p][at..]);
        }
        for q in 0..Q {
            let [right] = load(&b[q][at..]);
            products::<M, P, Q>(tile, &left, &right, q);
        }
        at += LANES;
    }
    let rest = length - whole;
    if rest > 0 {
        let mut left = [[0.0; LANES]; P];
        for p in 0..P {
            left[p] = last(a[p], rest);
        }
        for q in 0..Q {
            products::<M, P, Q>(tile, &left, &last(b[q], rest), q);
        }
    }
}

#[inline(always)]
fn products<M: Arithmetic, const P: usize, const Q: usize>(
    tile: &mut Dot<P, Q>,
    left: &[Lanes; P],
    right: &Lanes,
    q: usize,
) {
    for p in 0..P {
        for l in 0..LANES {
            tile[p][q][l] = M::mul_add(left[p][l], right[l], tile[p][q][l]);
        }
    }
}

/// The last `rest` floats in their block's last lanes, zeros before them.
#[inline(always)]
fn last(x: &[f32], rest: usize) -> Lanes {
    let mut block = [0.0; LANES];
    if x.len() >= LANES {
        [block] = load(&x[x.len() - LANES..]);
        for (l, x) in block.iter_mut().enumerate() {
            *x = if l >= LANES - rest { *x } else { 0.0 };
        }
    } else {
        block[LANES - rest..].copy_from_slice(x);
    }
    block
}

/// The sum of a block's lanes, by halves.
#[inline(always)]
pub(in super::super) fn sum(block: &Lanes) -> f32 {
    let mut parts = *block;
    let mut half = LANES / 2;
    while half > 0 {
        for l in 0..half {
            parts[l] += parts[l + half];
        }
        half /= 2;
    }
    parts[0]
}

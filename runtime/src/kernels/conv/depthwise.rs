//! Depthwise convolution: every channel has a kernel of its own, so blocks of channels go through side by side.

use super::super::activation::Activation;
use super::super::gemm::{
    ANY, LANES, Shape, Tile, Tiled, add_to, blocks_of, choose, load, load_first, store,
};
use super::super::isa::Arithmetic;
use super::plane::Direction;
use super::walk::{self, Plane, Sites, activated_tile, first_row};
use super::{Conv, Of};

/// A pass in either direction: sums over taps alone.
pub(super) struct Walk<'a, D, A>(pub(super) walk::Piece<'a, D, A>);

const fn shape(channels: usize, accumulators: usize) -> Shape {
    choose(ANY, blocks_of(channels), accumulators, Shape { rows: 6, ..Shape::MOST })
}

impl<M: Arithmetic, D: Direction, A: Activation> Tiled<M> for Walk<'_, D, A> {
    const ROWS: usize = shape(D::SOURCE[0], M::ACCUMULATORS).rows;
    const COLUMNS: usize = shape(D::SOURCE[0], M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let walk::Piece { walk, pixels, target, .. } = self.0;
        let walk::Walk { n, source, packed, bias, activation, .. } = walk;
        let target = target.pixels();
        let (channels, blocks) = (D::SOURCE[0], blocks_of(D::SOURCE[0]));
        for column in (0..blocks).step_by(V) {
            let column = column.min(blocks - V) * LANES;
            let count = (channels - column).min(V * LANES);
            let start = load::<M, V>(first_row::<V>(bias, column, count).as_flattened());
            for plane in 0..D::PHASES[0] * D::PHASES[1] {
                let plane = Plane::<D>::new(n, plane, &pixels);
                for tile in 0..plane.tiles(P) {
                    let sites = plane.sites(tile);
                    let mut tile: Tile<M, P, V> = [start; P];
                    let weights = &packed[column..];
                    sum::<D, M, P, V>(&mut tile, &plane, &sites, (&source[column..], count), weights);
                    let rows = activated_tile::<M, A, P, V>(activation, &tile);
                    for p in 0..P {
                        let at = sites.target[p] + column;
                        store(&rows[p], &mut target[at..at + count]);
                    }
                }
            }
        }
    }
}

/// Adds to a tile the products of its pixels' first `count` channels with the taps.
#[inline(always)]
fn sum<D: Direction, M: Arithmetic, const P: usize, const V: usize>(
    tile: &mut Tile<M, P, V>,
    plane: &Plane<D>,
    sites: &Sites<P>,
    (source, count): (&[f32], usize),
    weights: &[f32],
) {
    let steps = plane.steps(sites, false);
    for down in 0..steps.down {
        for across in 0..steps.across {
            let Some((tap, pixels)) = plane.tap(sites, down, across) else { continue };
            let weights = load::<M, V>(&weights[tap * blocks_of(D::SOURCE[0]) * LANES..]);
            for p in 0..P {
                if let Some(pixel) = pixels[p] {
                    let x = load_first::<M, V>(&source[pixel * D::SOURCE[0]..], count);
                    for v in 0..V {
                        tile[p][v] = M::block_mul_add(x[v], weights[v], tile[p][v]);
                    }
                }
            }
        }
    }
}

/// Adds the gradient of a depthwise convolution's weights.
#[inline(always)]
pub(super) fn weight_grad<S: Conv, M: Arithmetic>(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
    let blocks = blocks_of(S::INPUT[0]);
    let mut column = 0;
    while column < blocks {
        if column + 4 <= blocks {
            columns::<S, M, 4>(n, x, dy, grad, column * LANES);
            column += 4;
        } else {
            columns::<S, M, 1>(n, x, dy, grad, column * LANES);
            column += 1;
        }
    }
}

#[inline(always)]
fn columns<S: Conv, M: Arithmetic, const V: usize>(
    n: usize,
    x: &[f32],
    dy: &[f32],
    grad: &mut [f32],
    column: usize,
) {
    let channels = S::INPUT[0];
    let count = (channels - column).min(V * LANES);
    for tap in 0..Of::<S>::TAPS {
        let (ky, kx) = (tap / S::KERNEL[1], tap % S::KERNEL[1]);
        let ((top, bottom), (left, right)) = (Of::<S>::reach(0, ky), Of::<S>::reach(1, kx));
        let mut sums = [M::splat(0.0); V];
        for sample in 0..n {
            for oy in top..bottom {
                let y = oy * S::STRIDE[0] + ky * S::DILATION[0] - S::PAD[0];
                for ox in left..right {
                    let x_at = ox * S::STRIDE[1] + kx * S::DILATION[1] - S::PAD[1];
                    let x_at = ((sample * S::INPUT[1] + y) * S::INPUT[2] + x_at) * channels + column;
                    let dy_at = ((sample * S::OUTPUT[1] + oy) * S::OUTPUT[2] + ox) * channels + column;
                    let x = load_first::<M, V>(&x[x_at..], count);
                    let dy = load_first::<M, V>(&dy[dy_at..], count);
                    for v in 0..V {
                        sums[v] = M::block_mul_add(x[v], dy[v], sums[v]);
                    }
                }
            }
        }
        let at = tap * blocks_of(channels) * LANES + column;
        add_to::<M, V>(&sums, 0, &mut grad[at..at + count]);
    }
}

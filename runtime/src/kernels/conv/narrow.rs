//! Convolutions into few channels from many: the blocks lie along the source's channels, so that no lane is idle.

use super::super::activation::Activation;
use super::super::gemm::{LANES, Tile, Tiled, even, load, sums};
use super::super::isa::Arithmetic;
use super::plane::Direction;
use super::walk::{self, Plane, Sites};

/// Returns true if sums along `reduced` channels take at most half the products that blocks of the `made`
/// channels would. The weights of each group then lie as `[kh][kw][made][reduced]`, at the front of their
/// place.
pub(super) const fn narrow(reduced: usize, made: usize) -> bool {
    reduced.is_multiple_of(LANES) && 2 * (reduced / LANES) * made <= reduced * made.div_ceil(LANES)
}

pub(super) struct Walk<'a, D, A>(pub(super) walk::Piece<'a, D, A>);

impl<M: Arithmetic, D: Direction, A: Activation> Tiled<M> for Walk<'_, D, A> {
    /// The pixels of a tile.
    const ROWS: usize = {
        let pixels = M::ACCUMULATORS / <Self as Tiled<M>>::COLUMNS;
        if pixels > 8 { 8 } else { pixels }
    };
    /// Target channels.
    const COLUMNS: usize =
        even(walk::Walk::<D, A>::MADE, if M::ACCUMULATORS < 6 { M::ACCUMULATORS } else { 6 });

    #[inline(always)]
    fn run<const P: usize, const Q: usize>(self) {
        let walk::Piece { walk, pixels, target, .. } = self.0;
        let walk::Walk { n, source, packed, bias, activation, .. } = walk;
        let target = target.pixels();
        let (reduced, made) = (walk::Walk::<D, A>::REDUCED, walk::Walk::<D, A>::MADE);
        let size = walk::Walk::<D, A>::TAPS * reduced * walk::Walk::<D, A>::BLOCKS * LANES;
        for group in 0..walk::Walk::<D, A>::GROUPS {
            for channel in (0..made).step_by(Q) {
                // The last channels overlap those before.
                let channel = channel.min(made - Q);
                let weights = &packed[group * size + channel * reduced..(group + 1) * size];
                let first = group * made + channel;
                for plane in 0..D::PHASES[0] * D::PHASES[1] {
                    let plane = Plane::<D>::new(n, plane, &pixels);
                    for tile in 0..plane.tiles(P) {
                        let sites = plane.sites::<P>(tile);
                        let mut tile: Tile<M, P, Q> = [[M::splat(0.0); Q]; P];
                        multiply::<D, M, P, Q>(&mut tile, &plane, &sites, (source, group * reduced), weights);
                        let sums = sums::<M, P, Q>(&tile);
                        let sums = sums.as_flattened();
                        for p in 0..P {
                            let at = sites.target[p] + first;
                            let target = &mut target[at..at + Q];
                            for q in 0..Q {
                                let bias = bias.map_or(0.0, |bias| bias[first + q]);
                                target[q] = activation.apply(sums[p * Q + q] + bias);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Adds to a tile all products of its pixels, from a source channel on.
#[inline(always)]
fn multiply<D: Direction, M: Arithmetic, const P: usize, const Q: usize>(
    tile: &mut Tile<M, P, Q>,
    plane: &Plane<D>,
    sites: &Sites<P>,
    (source, channel): (&[f32], usize),
    weights: &[f32],
) {
    let (reduced, made) = (D::SOURCE[0] / D::GROUPS, D::TARGET[0] / D::GROUPS);
    let steps = plane.steps(sites, false);
    for down in 0..steps.down {
        for across in 0..steps.across {
            let Some((tap, pixels)) = plane.tap(sites, down, across) else { continue };
            for from in (0..reduced).step_by(LANES) {
                let mut w = [M::splat(0.0); Q];
                for q in 0..Q {
                    [w[q]] = load::<M, 1>(&weights[(tap * made + q) * reduced + from..]);
                }
                for p in 0..P {
                    if let Some(pixel) = pixels[p] {
                        let [x] = load::<M, 1>(&source[pixel * D::SOURCE[0] + channel + from..]);
                        for q in 0..Q {
                            tile[p][q] = M::block_mul_add(x, w[q], tile[p][q]);
                        }
                    }
                }
            }
        }
    }
}

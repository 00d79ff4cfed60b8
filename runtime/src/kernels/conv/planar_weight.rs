//! The gradient of the weights between few channels: the blocks lie along a row of pixels, as in [`planar`](super::planar).

use super::super::gemm::{LANES, Shape, Tile, Tiled, blocks_of, choose, load, sums, tiled};
use super::super::isa::{Arithmetic, Kernel};
use super::planar::{Planes, Rows, SIZE};
use super::{Conv, Of};
use std::marker::PhantomData;

pub(super) struct WeightGrad<'a, S> {
    n: usize,
    x: &'a [f32],
    dy: &'a [f32],
    grad: &'a mut [f32],
    shape: PhantomData<S>,
}

impl<'a, S: Conv> WeightGrad<'a, S> {
    /// Output channels so few that most of a block of them would be idle.
    pub(super) const SUIT: bool =
        Rows::<S>::SUIT && S::OUTPUT[0] <= LANES / 2 && S::OUTPUT[0] * Self::LINE <= SIZE;

    pub(super) fn new(n: usize, x: &'a [f32], dy: &'a [f32], grad: &'a mut [f32]) -> Self {
        WeightGrad { n, x, dy, grad, shape: PhantomData }
    }

    /// Taps of all input channels.
    const TAPS: usize = Of::<S>::TAPS * S::INPUT[0];
    /// Floats of a row of outputs, filled up with zeros to whole blocks.
    const LINE: usize = Rows::<S>::BLOCKS * LANES;
    /// Rows of outputs that go through together.
    const LINES: usize = {
        let lines = SIZE / (S::OUTPUT[0] * Self::LINE);
        if lines < Rows::<S>::LINES { lines } else { Rows::<S>::LINES }
    };

    const fn shape(accumulators: usize) -> Shape {
        choose(S::OUTPUT[0], Self::TAPS, accumulators, Shape { rows: 8, columns: 6 })
    }

    /// Copies a row of outputs' gradients, each channel by itself.
    #[inline(always)]
    fn separate(dy: &[f32], line: usize, slopes: &mut [f32; SIZE]) {
        for (x, pixel) in dy.chunks_exact(S::OUTPUT[0]).enumerate() {
            for (channel, slope) in pixel.iter().enumerate() {
                slopes[(channel * Self::LINES + line) * Self::LINE + x] = *slope;
            }
        }
    }
}

impl<S: Conv> Kernel for WeightGrad<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        tiled::<M, _>(self);
    }
}

impl<M: Arithmetic, S: Conv> Tiled<M> for WeightGrad<'_, S> {
    /// Output channels.
    const ROWS: usize = Self::shape(M::ACCUMULATORS).rows;
    /// Taps.
    const COLUMNS: usize = Self::shape(M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const Q: usize>(self) {
        let [channels, height, width] = S::OUTPUT;
        let mut planes = Planes::<S, SIZE>::new();
        let mut slopes = [0.0; SIZE];
        for sample in 0..self.n {
            let x = &self.x[sample * Of::<S>::IN..(sample + 1) * Of::<S>::IN];
            for top in (0..height).step_by(Self::LINES) {
                let lines = Self::LINES.min(height - top);
                planes.fill(x, top);
                for line in 0..lines {
                    let at = ((sample * height) + top + line) * width * channels;
                    Self::separate(&self.dy[at..at + width * channels], line, &mut slopes);
                }
                for next_channel in (0..channels).step_by(P) {
                    // The last channels and taps overlap those before.
                    let channel = next_channel.min(channels - P);
                    for next_tap in (0..Self::TAPS).step_by(Q) {
                        let tap = next_tap.min(Self::TAPS - Q);
                        let tile = products::<M, S, P, Q>(&planes, &slopes, lines, channel, tap);
                        let sums = sums::<M, P, Q>(&tile);
                        let sums = &sums.as_flattened()[..P * Q];
                        for p in next_channel - channel..P {
                            for q in next_tap - tap..Q {
                                let row = (tap + q) * blocks_of(channels) * LANES;
                                self.grad[row + channel + p] += sums[p * Q + q];
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the products of `P` channels' gradients with what `Q` taps read, summed over blocks of pixels.
#[inline(always)]
fn products<M: Arithmetic, S: Conv, const P: usize, const Q: usize>(
    planes: &Planes<S, SIZE>,
    slopes: &[f32; SIZE],
    lines: usize,
    channel: usize,
    tap: usize,
) -> Tile<M, P, Q> {
    let mut tile: Tile<M, P, Q> = [[M::splat(0.0); Q]; P];
    let mut taps = [0; Q];
    for q in 0..Q {
        let (c, tap) = ((tap + q) % S::INPUT[0], (tap + q) / S::INPUT[0]);
        taps[q] = Rows::<S>::tap(c, tap / S::KERNEL[1], tap % S::KERNEL[1]);
    }
    for line in 0..lines {
        for block in 0..Rows::<S>::BLOCKS {
            let mut x = [M::splat(0.0); Q];
            for q in 0..Q {
                [x[q]] = planes.load::<M, 1>((line, block), taps[q]);
            }
            for p in 0..P {
                let row = (channel + p) * WeightGrad::<S>::LINES + line;
                let [slope] = load::<M, 1>(&slopes[row * WeightGrad::<S>::LINE + block * LANES..]);
                for q in 0..Q {
                    tile[p][q] = M::block_mul_add(slope, x[q], tile[p][q]);
                }
            }
        }
    }
    tile
}

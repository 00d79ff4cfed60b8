//! Convolutions of one channel or few: the blocks lie along a row of pixels.
//!
//! Rows of the input are copied, each channel by itself and with its padding, into a buffer in which every output's pixels
//! lie side by side. What comes out, channel by channel, is transposed on its way to memory.

use super::super::activation::Activation;
use super::super::gemm::{LANES, Shape, Tile, Tiled, blocks_of, choose, first, load, step, tiled};
use super::super::isa::{Arithmetic, Kernel};
use super::walk::activated;
use super::{Conv, Of};
use std::marker::PhantomData;
use std::ops::Range;

/// Rows of the input in the order that blocks of pixels want, in `N` floats.
#[repr(align(64))]
pub(super) struct Planes<S, const N: usize> {
    rows: [f32; N],
    shape: PhantomData<S>,
}

/// Fits into the innermost cache.
pub(super) const SIZE: usize = 8192;

/// The layout of a convolution's rows in [`Planes`].
pub(super) struct Rows<S>(PhantomData<S>);

impl<S: Conv> Rows<S> {
    /// The convolution suits this layout: few channels, neighbouring outputs from neighbouring inputs, and
    /// rows that fit into the buffer.
    pub(super) const SUIT: bool = S::GROUPS == 1
        && S::INPUT[0] <= 4
        && S::STRIDE[0] == 1
        && S::STRIDE[1] == 1
        && S::DILATION[0] == 1
        && S::DILATION[1] == 1
        && S::OUTPUT[2] > LANES / 2
        && S::INPUT[0] * Self::WIDTH * S::KERNEL[0] <= SIZE;

    /// Blocks of a row of outputs.
    pub(super) const BLOCKS: usize = blocks_of(S::OUTPUT[2]);
    /// Floats of a row in the buffer.
    const WIDTH: usize = Self::BLOCKS * LANES + S::KERNEL[1] - 1;
    /// Rows of outputs that the buffer suffices for.
    pub(super) const LINES: usize = {
        let rows = SIZE / (S::INPUT[0] * Self::WIDTH);
        let lines = if rows < S::KERNEL[0] { 1 } else { rows + 1 - S::KERNEL[0] };
        if lines < S::OUTPUT[1] { lines } else { S::OUTPUT[1] }
    };
    /// Rows of each channel in the buffer.
    const ROWS: usize = Self::LINES + S::KERNEL[0] - 1;
    /// Floats in the buffer.
    pub(super) const NEED: usize = S::INPUT[0] * Self::ROWS * Self::WIDTH;

    /// Returns the offset of tap `(ky, kx)` of a channel from a block of outputs.
    #[inline(always)]
    pub(super) fn tap(channel: usize, ky: usize, kx: usize) -> usize {
        (channel * Self::ROWS + ky) * Self::WIDTH + kx
    }
}

impl<S: Conv, const N: usize> Planes<S, N> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        assert!(Rows::<S>::NEED <= N);
        Planes { rows: [0.0; N], shape: PhantomData }
    }

    /// Copies what [`LINES`](Rows::LINES) rows of a sample's outputs from `line` on read.
    #[inline(always)]
    pub(super) fn fill(&mut self, x: &[f32], line: usize) {
        let [channels, height, width] = S::INPUT;
        // The outputs may end before the input does.
        let width_read = width.min(Rows::<S>::WIDTH - S::PAD[1].min(Rows::<S>::WIDTH));
        let rows = self.rows.chunks_exact_mut(Rows::<S>::WIDTH);
        for (i, row) in rows.take(channels * Rows::<S>::ROWS).enumerate() {
            let (channel, y) = (i / Rows::<S>::ROWS, (line + i % Rows::<S>::ROWS).wrapping_sub(S::PAD[0]));
            if y >= height {
                row.fill(0.0);
                continue;
            }
            // The padding at both ends is zero from the beginning.
            let Some(row) = row.get_mut(S::PAD[1]..S::PAD[1] + width_read) else { continue };
            let x = &x[y * width * channels..(y + 1) * width * channels];
            if channels == 1 {
                row.copy_from_slice(&x[..width_read]);
            } else {
                for (to, pixel) in row.iter_mut().zip(x.chunks_exact(channels)) {
                    *to = pixel[channel];
                }
            }
        }
    }

    /// Loads `V` blocks of pixels, which a [tap](Rows::tap) of these blocks' outputs in a filled line reads.
    #[inline(always)]
    pub(super) fn load<M: Arithmetic, const V: usize>(
        &self,
        (line, block): (usize, usize),
        tap: usize,
    ) -> [M::Block; V] {
        load::<M, V>(&self.rows[line * Rows::<S>::WIDTH + block * LANES + tap..])
    }
}

pub(super) struct Forward<'a, S, A> {
    x: &'a [f32],
    packed: &'a [f32],
    bias: Option<&'a [f32]>,
    activation: A,
    /// Rows of outputs of all samples, to be made.
    rows: Range<usize>,
    y: &'a mut [f32],
    shape: PhantomData<S>,
}

impl<'a, S: Conv, A: Activation> Forward<'a, S, A> {
    pub(super) fn new(
        n: usize,
        x: &'a [f32],
        packed: &'a [f32],
        bias: Option<&'a [f32]>,
        activation: A,
        y: &'a mut [f32],
    ) -> Self {
        Forward { x, packed, bias, activation, rows: 0..n * S::OUTPUT[1], y, shape: PhantomData }
    }

    /// Makes these rows alone, into `y` of their size.
    pub(super) fn only(self, rows: Range<usize>) -> Self {
        assert!(self.y.len() == rows.len() * S::OUTPUT[2] * S::OUTPUT[0]);
        Forward { rows, ..self }
    }

    const fn shape(accumulators: usize) -> Shape {
        choose(S::OUTPUT[0], Rows::<S>::BLOCKS, accumulators, Shape { rows: 8, ..Shape::MOST })
    }
}

impl<S: Conv, A: Activation> Kernel for Forward<'_, S, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        tiled::<M, _>(self);
    }
}

impl<M: Arithmetic, S: Conv, A: Activation> Tiled<M> for Forward<'_, S, A> {
    /// Output channels.
    const ROWS: usize = Self::shape(M::ACCUMULATORS).rows;
    /// Blocks of pixels.
    const COLUMNS: usize = Self::shape(M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        match Rows::<S>::NEED {
            0..2048 => self.with::<M, P, V, 2048>(),
            2048..4096 => self.with::<M, P, V, 4096>(),
            _ => self.with::<M, P, V, SIZE>(),
        }
    }
}

impl<S: Conv, A: Activation> Forward<'_, S, A> {
    #[inline(always)]
    fn with<M: Arithmetic, const P: usize, const V: usize, const N: usize>(self) {
        let [channels, height, width] = S::OUTPUT;
        let mut planes = Planes::<S, N>::new();
        let mut row = self.rows.start;
        while row < self.rows.end {
            let (sample, top) = (row / height, row % height);
            let lines = Rows::<S>::LINES.min(height - top).min(self.rows.end - row);
            planes.fill(&self.x[sample * Of::<S>::IN..(sample + 1) * Of::<S>::IN], top);
            for line in 0..lines {
                let y = &mut self.y[(row - self.rows.start + line) * width * channels..];
                for block in (0..Rows::<S>::BLOCKS).step_by(V) {
                    // The last blocks and channels overlap those before.
                    let block = block.min(Rows::<S>::BLOCKS - V);
                    for channel in (0..channels).step_by(P) {
                        let channel = channel.min(channels - P);
                        let mut tile: Tile<M, P, V> = [[M::splat(0.0); V]; P];
                        for p in 0..P {
                            tile[p] = [M::splat(self.bias.map_or(0.0, |bias| bias[channel + p])); V];
                        }
                        sum::<M, S, P, V, N>(&mut tile, &planes, (line, block), &self.packed[channel..]);
                        put::<M, S, A, P, V>(&tile, self.activation, block * LANES, &mut y[channel..]);
                    }
                }
            }
            row += lines;
        }
    }
}

/// Adds to a tile all its products.
#[inline(always)]
fn sum<M: Arithmetic, S: Conv, const P: usize, const V: usize, const N: usize>(
    tile: &mut Tile<M, P, V>,
    planes: &Planes<S, N>,
    at: (usize, usize),
    weights: &[f32],
) {
    for ky in 0..S::KERNEL[0] {
        for kx in 0..S::KERNEL[1] {
            for c in 0..S::INPUT[0] {
                let row = (ky * S::KERNEL[1] + kx) * S::INPUT[0] + c;
                let weights = first(&weights[row * blocks_of(S::OUTPUT[0]) * LANES..]);
                step::<M, P, V>(tile, weights, planes.load::<M, V>(at, Rows::<S>::tap(c, ky, kx)));
            }
        }
    }
}

/// Writes a tile's channels for the pixels from `column` on into a row of outputs.
#[inline(always)]
fn put<M: Arithmetic, S: Conv, A: Activation, const P: usize, const V: usize>(
    tile: &Tile<M, P, V>,
    activation: A,
    column: usize,
    y: &mut [f32],
) {
    for v in 0..V {
        let mut rows = [M::splat(0.0); 8];
        for p in 0..P {
            rows[p] = activated::<M, A>(activation, tile[p][v]);
        }
        let column = column + v * LANES;
        let columns = M::transpose(rows);
        let y = &mut y[column * S::OUTPUT[0]..];
        let whole = (LANES - 1) * S::OUTPUT[0] + P;
        if column + LANES <= S::OUTPUT[2] {
            let y = &mut y[..whole];
            for pixel in 0..LANES {
                y[pixel * S::OUTPUT[0]..pixel * S::OUTPUT[0] + P].copy_from_slice(&columns[pixel][..P]);
            }
        } else {
            for pixel in 0..S::OUTPUT[2] - column {
                y[pixel * S::OUTPUT[0]..pixel * S::OUTPUT[0] + P].copy_from_slice(&columns[pixel][..P]);
            }
        }
    }
}

//! The gradient of the weights: sums over pixels, a tile of weights at a time.

use super::super::gemm::{
    LANES, Shape, Tile, Tiled, add_to, blocks_of, choose, first, load, load_first, step, tiled,
};
use super::super::isa::{Arithmetic, Kernel};
use super::{Conv, Of, depthwise};
use std::marker::PhantomData;

pub(super) struct WeightGrad<'a, S> {
    n: usize,
    x: &'a [f32],
    dy: &'a [f32],
    grad: &'a mut [f32],
    shape: PhantomData<S>,
}

/// The number of input channels below which a tile takes neighbouring taps together.
const THIN: usize = 8;

impl<'a, S: Conv> WeightGrad<'a, S> {
    pub(super) fn new(n: usize, x: &'a [f32], dy: &'a [f32], grad: &'a mut [f32]) -> Self {
        WeightGrad { n, x, dy, grad, shape: PhantomData }
    }

    /// The taps of a kernel's row lie side by side in the input.
    const MERGED: bool = S::GROUPS == 1 && S::DILATION[1] == 1 && Of::<S>::CI < THIN;
    /// Some tap of a row lies outside the input somewhere.
    const BORDER: bool = Of::<S>::reach(1, 0).0 > 0 || Of::<S>::reach(1, S::KERNEL[1] - 1).1 < S::OUTPUT[2];
    /// The approximate number of outputs that are processed together: few enough to stay in the innermost
    /// cache while all tiles pass, but enough to pay for a tile's way from and to memory.
    const OUTPUTS: usize = {
        let fit = 8192 / (S::INPUT[0] * S::STRIDE[0] * S::STRIDE[1] + S::OUTPUT[0]);
        if fit > 64 { fit } else { 64 }
    };
    /// Samples that go through together, and rows of each.
    const SAMPLES: usize = Self::OUTPUTS.div_ceil(S::OUTPUT[1] * S::OUTPUT[2]);
    const LINES: usize = Self::OUTPUTS.div_ceil(S::OUTPUT[2]);
}

impl<S: Conv> Kernel for WeightGrad<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let WeightGrad { n, x, dy, grad, .. } = self;
        if Of::<S>::DEPTHWISE {
            depthwise::weight_grad::<S, M>(n, x, dy, grad);
            return;
        }
        for sample in (0..n).step_by(Self::SAMPLES) {
            for line in (0..S::OUTPUT[1]).step_by(Self::LINES) {
                let samples = (sample, n.min(sample + Self::SAMPLES));
                let lines = (line, S::OUTPUT[1].min(line + Self::LINES));
                let part = Part { x, dy, samples, lines };
                if Self::MERGED {
                    tiled::<M, _>(Rows::<S, true> { part, grad, shape: PhantomData });
                }
                if !Self::MERGED || Self::BORDER {
                    tiled::<M, _>(Rows::<S, false> { part, grad, shape: PhantomData });
                }
            }
        }
    }
}

/// Samples and rows of outputs that are processed together, each as a half-open range.
#[derive(Clone, Copy)]
struct Part<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    samples: (usize, usize),
    lines: (usize, usize),
}

/// All input channels of one tap, or of a row of taps at once where every one of them lies inside the input.
struct Rows<'a, S, const MERGED: bool> {
    part: Part<'a>,
    grad: &'a mut [f32],
    shape: PhantomData<S>,
}

impl<S: Conv, const MERGED: bool> Rows<'_, S, MERGED> {
    /// Weights below each other that share their pixels.
    const ROWS: usize = if MERGED { S::KERNEL[1] * Of::<S>::CI } else { Of::<S>::CI };
    const BLOCKS: usize = blocks_of(Of::<S>::CO);
}

impl<M: Arithmetic, S: Conv, const MERGED: bool> Tiled<M> for Rows<'_, S, MERGED> {
    const ROWS: usize =
        choose(Self::ROWS, Self::BLOCKS, M::ACCUMULATORS, Shape { rows: 16, columns: 3 }).rows;
    const COLUMNS: usize =
        choose(Self::ROWS, Self::BLOCKS, M::ACCUMULATORS, Shape { rows: 16, columns: 3 }).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let (width, co) = (Self::BLOCKS * LANES, Of::<S>::CO);
        // Where all taps of a row are inside.
        let all = (Of::<S>::reach(1, 0).0, Of::<S>::reach(1, S::KERNEL[1] - 1).1);
        let all = (all.0, all.1.max(all.0));
        for group in 0..S::GROUPS {
            for block in (0..Self::BLOCKS).step_by(V) {
                let column = block.min(Self::BLOCKS - V) * LANES;
                let count = (co - column).min(V * LANES);
                for tap in (0..Of::<S>::TAPS).step_by(if MERGED { S::KERNEL[1] } else { 1 }) {
                    for next in (0..Self::ROWS).step_by(P) {
                        let row = next.min(Self::ROWS - P);
                        let mut tile: Tile<M, P, V> = [[M::splat(0.0); V]; P];
                        let (left, right) = Of::<S>::reach(1, tap % S::KERNEL[1]);
                        let spans = match (MERGED, WeightGrad::<S>::MERGED) {
                            (true, _) => [all, (0, 0)],
                            (false, false) => [(left, right), (0, 0)],
                            // The taps that the merged ones have left out.
                            (false, true) => [(left, right.min(all.0)), (left.max(all.1), right)],
                        };
                        for span in spans {
                            let at = (group * Of::<S>::CI + row, group * co + column);
                            sum::<M, S, P, V>(&mut tile, &self.part, tap, span, at, count);
                        }
                        let weights = (group * Of::<S>::TAPS + tap) * Of::<S>::CI + row;
                        for p in next - row..P {
                            let at = (weights + p) * width + column;
                            add_to::<M, V>(&tile[p], block * LANES - column, &mut self.grad[at..at + count]);
                        }
                    }
                }
            }
        }
    }
}

/// Adds to a tile its weights' sums over the outputs `left..right` of every row in which the tap lies inside the input.
#[inline(always)]
fn sum<M: Arithmetic, S: Conv, const P: usize, const V: usize>(
    tile: &mut Tile<M, P, V>,
    part: &Part<'_>,
    tap: usize,
    (left, right): (usize, usize),
    (ci, co): (usize, usize),
    count: usize,
) {
    if left >= right {
        return;
    }
    let (ky, kx) = (tap / S::KERNEL[1], tap % S::KERNEL[1]);
    let (top, bottom) = Of::<S>::reach(0, ky);
    let (top, bottom) = (top.max(part.lines.0), bottom.min(part.lines.1));
    let step_x = S::STRIDE[1] * S::INPUT[0];
    for sample in part.samples.0..part.samples.1 {
        for oy in top..bottom {
            let y = sample * S::INPUT[1] + oy * S::STRIDE[0] + ky * S::DILATION[0] - S::PAD[0];
            let column = left * S::STRIDE[1] + kx * S::DILATION[1] - S::PAD[1];
            let x = &part.x[(y * S::INPUT[2] + column) * S::INPUT[0] + ci..];
            let dy = &part.dy[((sample * S::OUTPUT[1] + oy) * S::OUTPUT[2] + left) * S::OUTPUT[0] + co..];
            for i in 0..right - left {
                let a = first(&x[i * step_x..]);
                let dy = &dy[i * S::OUTPUT[0]..];
                let b = if Of::<S>::CO.is_multiple_of(LANES) {
                    load::<M, V>(dy)
                } else {
                    load_first::<M, V>(dy, count)
                };
                step::<M, P, V>(tile, a, b);
            }
        }
    }
}

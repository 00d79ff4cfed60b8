//! The inputs' gradient for few input channels: a row of an output gradient is multiplied with a row of taps at once,
//! and what its pixels spread over their neighbours is added up afterwards.
//!
//! Blocks along a row of taps and all of its channels leave fewer lanes idle than blocks along the channels alone.

use super::super::activation::Activation;
use super::super::gemm::{LANES, Shape, Tile, Tiled, blocks_of, choose, load, spill, store, tiled};
use super::super::isa::{Arithmetic, Kernel};
use super::narrow::narrow;
use super::walk::{self, activated, first_row};
use super::{Conv, Of};
use std::marker::PhantomData;
use std::ops::Range;

impl<S: Conv> Of<S> {
    /// Blocks that hold a row of taps, of all input channels each.
    pub(super) const SPREAD: usize = blocks_of(S::KERNEL[1] * S::INPUT[0]);

    /// True if fewer blocks are multiplied this way than with blocks along the channels of either side. The
    /// weights then lie as rows `[kh][co]` of `[kw][ci]`, padded with zeros to whole blocks, at the front of
    /// their place.
    pub(super) const SPREADS: bool = {
        let across = S::KERNEL[1] * blocks_of(Self::CI);
        // A block along the output channels costs half as much again, because its sum is taken in the end.
        let along = if narrow(Self::CO, Self::CI) {
            3 * S::KERNEL[1] * Self::CI * blocks_of(Self::CO)
        } else {
            usize::MAX
        };
        S::GROUPS == 1
            && S::DILATION[1] == 1
            && Self::CI <= LANES
            && 5 * Self::SPREAD <= 4 * across
            && 2 * Self::SPREAD * Self::CO <= along
            && Self::SPREAD_ROW <= ROOM
    };

    /// Floats of what a row of output pixels spreads, and of one more block that may be read after it.
    const SPREAD_ROW: usize = S::OUTPUT[2] * Self::SPREAD * LANES + LANES;
}

/// Floats of the longest row of pixels' results.
pub(super) const ROOM: usize = 16 * 1024;

pub(super) struct Spread<'a, S, A> {
    pub(super) source: &'a [f32],
    pub(super) packed: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) activation: A,
    pub(super) target: &'a mut [f32],
    /// Room for what one row of pixels spreads.
    pub(super) row: &'a mut [f32; ROOM],
    pub(super) shape: PhantomData<S>,
}

impl<S: Conv, A: Activation> Kernel for Spread<'_, S, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        tiled::<M, _>(self);
    }
}

const fn shape<S: Conv>(accumulators: usize) -> Shape {
    choose(S::OUTPUT[2], Of::<S>::SPREAD, accumulators, Shape { rows: 10, ..Shape::MOST })
}

impl<M: Arithmetic, S: Conv, A: Activation> Tiled<M> for Spread<'_, S, A> {
    const ROWS: usize = shape::<S>(M::ACCUMULATORS).rows;
    const COLUMNS: usize = shape::<S>(M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let Spread { source, packed, bias, activation, target, row, .. } = self;
        let row = &mut row[..Of::<S>::SPREAD_ROW];
        let [channels, height, width] = S::INPUT;
        let [start] = load::<M, 1>(first_row::<1>(bias, 0, channels).as_flattened());
        let samples = source.chunks_exact(Of::<S>::OUT).zip(target.chunks_exact_mut(Of::<S>::IN));
        for (source, target) in samples {
            for (y, target) in target.chunks_exact_mut(width * channels).enumerate().take(height) {
                multiply::<S, M, P, V>(y, source, packed, row);
                for (x, target) in target.chunks_exact_mut(channels).enumerate() {
                    let sum = activated::<M, A>(activation, gather::<S, M>(x, start, row));
                    store(&spill::<M, 1>(&[sum]), target);
                }
            }
        }
    }
}

/// Returns the taps along an axis through which outputs read an input; with a stride, only some between the
/// first and the last do.
#[inline(always)]
fn taps<S: Conv>(axis: usize, input: usize) -> Range<usize> {
    let (stride, dilation, at) = (S::STRIDE[axis], S::DILATION[axis], input + S::PAD[axis]);
    let beyond = at.saturating_sub((S::OUTPUT[axis + 1] - 1) * stride);
    beyond.div_ceil(dilation)..(at / dilation + 1).min(S::KERNEL[axis])
}

/// Returns the output along an axis that reads an input through one of its [`taps`].
#[inline(always)]
fn output<S: Conv>(axis: usize, input: usize, tap: usize) -> Option<usize> {
    let distance = input + S::PAD[axis] - tap * S::DILATION[axis];
    distance.is_multiple_of(S::STRIDE[axis]).then_some(distance / S::STRIDE[axis])
}

/// Computes for every pixel of a row of outputs what it adds to the inputs of row `y` that its taps reach.
#[inline(always)]
fn multiply<S: Conv, M: Arithmetic, const P: usize, const V: usize>(
    y: usize,
    source: &[f32],
    packed: &[f32],
    row: &mut [f32],
) {
    let [channels, _, width] = S::OUTPUT;
    let blocks = Of::<S>::SPREAD;
    for first in (0..width).step_by(P) {
        // The last tile overlaps the one before it, and so do the last blocks.
        let first = first.min(width - P);
        for column in (0..blocks).step_by(V) {
            let column = column.min(blocks - V) * LANES;
            let mut tile: Tile<M, P, V> = [[M::splat(0.0); V]; P];
            for tap in taps::<S>(0, y) {
                let Some(above) = output::<S>(0, y, tap) else { continue };
                let mut x: [&[f32]; P] = [&[]; P];
                for p in 0..P {
                    x[p] = &source[(above * width + first + p) * channels..][..channels];
                }
                let weights = &packed[tap * channels * blocks * LANES + column..];
                walk::multiply::<M, P, V>(&mut tile, x, weights, channels, blocks * LANES);
            }
            for p in 0..P {
                let at = (first + p) * blocks * LANES + column;
                store(&spill::<M, V>(&tile[p]), &mut row[at..at + V * LANES]);
            }
        }
    }
}

/// Adds to a block what the row's pixels spread to the input at `x`.
#[inline(always)]
fn gather<S: Conv, M: Arithmetic>(x: usize, start: M::Block, row: &[f32]) -> M::Block {
    let mut sum = start;
    for tap in taps::<S>(1, x) {
        if let Some(pixel) = output::<S>(1, x, tap) {
            let [block] = load::<M, 1>(&row[pixel * Of::<S>::SPREAD * LANES + tap * S::INPUT[0]..]);
            sum = M::block_add(sum, block);
        }
    }
    sum
}

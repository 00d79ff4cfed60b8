//! The source pixels of each target pixel, in both directions.

use super::{Conv, Of};
use std::marker::PhantomData;

/// One axis of a plane of target pixels.
///
/// Target pixel `i` lies at `first + i · step`; its tap `t` reads the source at `start + i · stride + t · tap_step`
/// (nothing where that is outside) and is the kernel's tap `first_tap + t · tap_stride`.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub(super) count: usize,
    pub(super) first: usize,
    pub(super) step: usize,
    pub(super) start: isize,
    pub(super) stride: isize,
    pub(super) taps: usize,
    pub(super) tap_step: isize,
    pub(super) first_tap: usize,
    pub(super) tap_stride: usize,
    pub(super) source: usize,
}

impl Axis {
    /// Returns the sources of a pixel's first tap for which all of its taps are inside: from the first to
    /// before the second.
    #[inline(always)]
    pub(super) fn inside(&self) -> (isize, isize) {
        let reach = (self.taps as isize - 1).max(0) * self.tap_step;
        (-reach.min(0), self.source as isize - reach.max(0))
    }
}

/// A direction through a convolution: sums over source pixels, taps and source channels, for each target pixel.
pub(super) trait Direction {
    /// The convolution.
    type Shape: Conv;
    /// The convolution's groups.
    const GROUPS: usize = <Self::Shape as Conv>::GROUPS;
    /// `[channels, height, width]` of what is read.
    const SOURCE: [usize; 3];
    /// `[channels, height, width]` of what is written.
    const TARGET: [usize; 3];
    /// Planes along each axis, for which [`axis`](Self::axis) differs.
    const PHASES: [usize; 2];
    /// Pixels map one to one.
    const POINTWISE: bool;
    /// The taps of a row are neighbours in the source and in the weights.
    const MERGED: bool;
    /// Rows and columns of the source before the first tap of the first target pixel, of a convolution without stride.
    const BEFORE: [usize; 2];

    /// Returns one axis (0 is the height) of one plane.
    fn axis(axis: usize, phase: usize) -> Axis;
}

/// The direction from inputs to outputs.
pub(super) struct Forward<S>(PhantomData<S>);

/// The direction from the outputs' gradients to the inputs'.
pub(super) struct Backward<S>(PhantomData<S>);

const fn pointwise<S: Conv>() -> bool {
    let mut axis = 0;
    let mut pointwise = true;
    while axis < 2 {
        pointwise &= S::KERNEL[axis] == 1 && S::STRIDE[axis] == 1 && S::PAD[axis] == 0;
        pointwise &= S::INPUT[axis + 1] == S::OUTPUT[axis + 1];
        axis += 1;
    }
    pointwise
}

impl<S: Conv> Direction for Forward<S> {
    type Shape = S;
    const SOURCE: [usize; 3] = S::INPUT;
    const TARGET: [usize; 3] = S::OUTPUT;
    const PHASES: [usize; 2] = [1, 1];
    const POINTWISE: bool = pointwise::<S>();
    const MERGED: bool = S::DILATION[1] == 1 && S::GROUPS == 1;
    const BEFORE: [usize; 2] = S::PAD;

    #[inline(always)]
    fn axis(axis: usize, _: usize) -> Axis {
        Axis {
            count: S::OUTPUT[axis + 1],
            first: 0,
            step: 1,
            start: -(S::PAD[axis] as isize),
            stride: S::STRIDE[axis] as isize,
            taps: S::KERNEL[axis],
            tap_step: S::DILATION[axis] as isize,
            first_tap: 0,
            tap_stride: 1,
            source: S::INPUT[axis + 1],
        }
    }
}

impl<S: Conv> Direction for Backward<S> {
    type Shape = S;
    const SOURCE: [usize; 3] = S::OUTPUT;
    const TARGET: [usize; 3] = S::INPUT;
    /// The strides: each residue of the input's position has taps of its own.
    const PHASES: [usize; 2] = S::STRIDE;
    const POINTWISE: bool = pointwise::<S>();
    const MERGED: bool = false;
    const BEFORE: [usize; 2] =
        [S::KERNEL[0].saturating_sub(1 + S::PAD[0]), S::KERNEL[1].saturating_sub(1 + S::PAD[1])];

    #[inline(always)]
    fn axis(axis: usize, phase: usize) -> Axis {
        let (stride, dilation, pad) = (S::STRIDE[axis], S::DILATION[axis], S::PAD[axis]);
        // Output o reads input o · stride - pad + tap · dilation. Of the taps that reach this residue, every
        // `tap_stride`th does.
        let tap_stride = stride / gcd(stride, dilation);
        let first_tap = (0..tap_stride.min(S::KERNEL[axis]))
            .find(|tap| (phase + pad + (stride - 1) * tap * dilation).is_multiple_of(stride));
        let taps = first_tap.map_or(0, |tap| (S::KERNEL[axis] - tap).div_ceil(tap_stride));
        let first_tap = first_tap.unwrap_or(0);
        let distance = (phase + pad) as isize - (first_tap * dilation) as isize;
        Axis {
            count: (S::INPUT[axis + 1].saturating_sub(phase)).div_ceil(stride),
            first: phase,
            step: stride,
            start: if taps == 0 { 0 } else { distance / stride as isize },
            stride: 1,
            taps,
            tap_step: -((tap_stride * dilation / stride) as isize),
            first_tap,
            tap_stride,
            source: S::OUTPUT[axis + 1],
        }
    }
}

const fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl<S: Conv> Of<S> {
    /// Returns the outputs along an axis whose tap lies inside the input: from the first to before the
    /// second.
    pub(super) const fn reach(axis: usize, tap: usize) -> (usize, usize) {
        let (stride, offset) = (S::STRIDE[axis], tap * S::DILATION[axis]);
        let first = S::PAD[axis].saturating_sub(offset).div_ceil(stride);
        let end = (S::INPUT[axis + 1] + S::PAD[axis]).saturating_sub(offset).div_ceil(stride);
        let end = if end < S::OUTPUT[axis + 1] { end } else { S::OUTPUT[axis + 1] };
        (if first < end { first } else { end }, end)
    }
}

//! The place for a part of a convolution's target: threads share its pixels or its channels.

use super::super::gemm::Columns;

/// The place for what a piece makes.
pub(super) enum Target<'a> {
    /// All channels of its pixels.
    Pixels(&'a mut [f32]),
    /// Some channels of all pixels.
    Channels(Columns<'a>),
}

impl<'a> Target<'a> {
    /// Returns the pixels of a piece with all channels.
    #[inline(always)]
    pub(super) fn pixels(self) -> &'a mut [f32] {
        match self {
            Target::Pixels(pixels) => pixels,
            Target::Channels(_) => unreachable!("a piece with all channels is asked for"),
        }
    }

    /// Returns channels from the `first` on of the pixel whose `channels` begin at `at`.
    #[inline(always)]
    pub(super) fn row(&mut self, at: usize, channels: usize, first: usize, count: usize) -> &mut [f32] {
        match self {
            Target::Pixels(pixels) => &mut pixels[at + first..at + first + count],
            Target::Channels(columns) => columns.row(at / channels, first, count),
        }
    }
}

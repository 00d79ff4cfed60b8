//! Windows along the depth of a volume.

use crate::emit::emitted;

emitted! {
    "depth"
    /// Extent and movement of a window along the depth of a volume.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Depth {
        /// Channels of the volume.
        pub channels: usize,
        /// Pixels of a slice.
        pub pixels: usize,
        /// Slices of the volume.
        pub input: usize,
        /// Places of the window.
        pub output: usize,
        /// Slices that the window covers.
        pub taps: usize,
        /// Slices from one place of the window to the next.
        pub stride: usize,
        /// Slices of zeros before and after the volume.
        pub pad: usize,
        /// The distance of the taps, in slices.
        pub dilation: usize,
    }
}

impl Depth {
    /// Returns true unless the window leaves the volume as it is: one tap, stride 1, no padding.
    #[inline]
    pub fn moves(&self) -> bool {
        (self.taps, self.stride, self.pad) != (1, 1, 0)
    }

    /// Returns the number of elements of a sample's volume.
    #[inline]
    pub fn volume(&self) -> usize {
        self.channels * self.pixels * self.input
    }

    /// Returns the number of elements that the taps find in a sample.
    #[inline]
    pub fn found(&self) -> usize {
        self.channels * self.pixels * self.taps * self.output
    }

    /// Returns the slice under a tap at a place of the window, unless it is one of zeros.
    #[inline(always)]
    pub fn slice(&self, place: usize, tap: usize) -> Option<usize> {
        (place * self.stride + tap * self.dilation).checked_sub(self.pad).filter(|&slice| slice < self.input)
    }
}

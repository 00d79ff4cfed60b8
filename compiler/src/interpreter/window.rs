//! The sliding window of convolutions and poolings.

use crate::ops::{AvgPool, Conv, ConvTranspose, MaxPool};
use ndarray::ArrayD;

/// A window that slides over the last two axes of an array; pairs are height, width.
pub(super) struct Window {
    image: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 2],
    dilation: [usize; 2],
    /// True if a last stop may reach beyond the padding.
    ceil: bool,
}

impl Window {
    /// Creates the window of a convolution over `x`.
    pub(super) fn of_conv(conv: &Conv, x: &ArrayD<f64>) -> Self {
        let (kernel, stride, pad, dilation) = (conv.kernel, conv.stride, conv.pad, conv.dilation);
        Self { image: image(x), kernel, stride, pad, dilation, ceil: false }
    }

    /// Creates the window of a transposed convolution over its result, an image of this size: there it stops
    /// once for each pixel of its input.
    pub(super) fn of_conv_transpose(op: &ConvTranspose, image: [usize; 2]) -> Self {
        let (kernel, stride, pad, dilation) = (op.kernel, op.stride, op.pad, op.dilation);
        Self { image, kernel, stride, pad, dilation, ceil: false }
    }

    /// Creates the window of a maximum pooling over `x`.
    pub(super) fn of_max_pool(pool: &MaxPool, x: &ArrayD<f64>) -> Self {
        Self {
            image: image(x),
            kernel: pool.window,
            stride: pool.stride,
            pad: pool.pad,
            dilation: [1, 1],
            ceil: pool.ceil,
        }
    }

    /// Creates the window of an average pooling over `x`.
    pub(super) fn of_avg_pool(pool: &AvgPool, x: &ArrayD<f64>) -> Self {
        Self {
            image: image(x),
            kernel: pool.window,
            stride: pool.stride,
            pad: pool.pad,
            dilation: [1, 1],
            ceil: pool.ceil,
        }
    }

    /// Returns the number of its stops: `⌊(size + 2 pad - dilation (kernel - 1) - 1) / stride⌋ + 1`; or
    /// rounded up, as long as the last one is on the image or the padding before it.
    pub(super) fn stops(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            let (steps, before) =
                (self.image[axis] + 2 * self.pad[axis] - reach, self.image[axis] + self.pad[axis]);
            if self.ceil {
                let up = steps.div_ceil(self.stride[axis]);
                return if up * self.stride[axis] < before { up + 1 } else { up };
            }
            steps / self.stride[axis] + 1
        })
    }

    /// Returns the number of its taps that lie on the image or the padding at a stop.
    pub(super) fn on_padded(&self, stop: [usize; 2]) -> usize {
        let along = |axis: usize| {
            let left = self.image[axis] + 2 * self.pad[axis] - stop[axis] * self.stride[axis];
            left.min(self.kernel[axis])
        };
        along(0) * along(1)
    }

    /// Returns the taps that lie on the image when the window stands at a stop, row by row: the place in the
    /// window, and the pixel.
    pub(super) fn taps(&self, stop: [usize; 2]) -> Vec<([usize; 2], [usize; 2])> {
        let mut taps = Vec::new();
        for (row, y) in self.line(0, stop[0]) {
            for (column, x) in self.line(1, stop[1]) {
                taps.push(([row, column], [y, x]));
            }
        }
        taps
    }

    fn line(&self, axis: usize, stop: usize) -> impl Iterator<Item = (usize, usize)> {
        let (stride, pad, dilation) = (self.stride[axis], self.pad[axis], self.dilation[axis]);
        let size = self.image[axis];
        (0..self.kernel[axis])
            .filter_map(move |tap| Some((tap, (stop * stride + tap * dilation).checked_sub(pad)?)))
            .filter(move |&(_, pixel)| pixel < size)
    }
}

fn image(x: &ArrayD<f64>) -> [usize; 2] {
    [x.shape()[2], x.shape()[3]]
}

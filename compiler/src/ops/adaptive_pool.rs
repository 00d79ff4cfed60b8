//! Pooling to a given size, whatever the image's.

use super::{Entry, Misfit, Operator, Sliding, Text, extents, window_text};
use crate::args::{Args, MAX_WINDOW, Signature};
use crate::graph::Shape;

/// `adaptive_avg_pool(HxW)`: [torch.nn.AdaptiveAvgPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool<const N: usize = 2> {
    /// The sizes that come out, for images height and width.
    pub size: [usize; N],
}

pub(super) const ADAPTIVE_AVG_POOL: Entry = Entry {
    signature: Signature { name: "adaptive_avg_pool", positional: 1, params: &[("size", None)] },
    read: |args: &mut Args<'_>| match args.directions() {
        1 => Operator::Signal(Sliding::AdaptiveAvgPool(read_as(args))),
        3 => Operator::Volume(Sliding::AdaptiveAvgPool(read_as(args))),
        _ => Operator::AdaptiveAvgPool(read_as(args)),
    },
};

fn read_as<const N: usize>(args: &mut Args<'_>) -> AdaptiveAvgPool<N> {
    AdaptiveAvgPool { size: args.sizes("size", 1..=MAX_WINDOW, [1; N]) }
}

impl<const N: usize> AdaptiveAvgPool<N> {
    pub(super) fn text(&self) -> String {
        Text::new("adaptive_avg_pool").arg(&window_text(&self.size)).finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        extents::<N>("adaptive_avg_pool", input)?;
        Ok([&input[..1], &self.size[..]].concat())
    }
}

impl AdaptiveAvgPool {
    /// The pixels along an axis of so many that the one at `at` of `size` is the mean of: from `⌊at from / size⌋` to
    /// before `⌈(at + 1) from / size⌉`.
    pub fn span(from: usize, size: usize, at: usize) -> std::ops::Range<usize> {
        at * from / size..((at + 1) * from).div_ceil(size)
    }
}

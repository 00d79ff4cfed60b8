//! Pooling to a given size, whatever the image's.

use super::{Entry, Misfit, Operator, Sliding, Text, extents, window_text};
use crate::args::{MAX_WINDOW, Signature};
use crate::ops::Args;
use crate::ops::Shape;

/// `adaptive_avg_pool(HxW)`: [torch.nn.AdaptiveAvgPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html),
/// and `adaptive_max_pool(HxW)`: [torch.nn.AdaptiveMaxPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptivePool<const N: usize = 2> {
    /// The sizes that come out, for images height and width.
    pub size: [usize; N],
    /// The reduction of a window.
    pub reduction: Reduction,
}

/// Reduction of many numbers to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The mean of the numbers.
    Mean,
    /// The largest, the first one where several are equal.
    Maximum,
}

pub(super) const ADAPTIVE_AVG_POOL: Entry = Entry {
    signature: Signature { name: "adaptive_avg_pool", positional: 1, params: &[("size", None)] },
    read: |args: &mut Args<'_>| read(args, Reduction::Mean),
};

pub(super) const ADAPTIVE_MAX_POOL: Entry = Entry {
    signature: Signature { name: "adaptive_max_pool", positional: 1, params: &[("size", None)] },
    read: |args: &mut Args<'_>| read(args, Reduction::Maximum),
};

fn read(args: &mut Args<'_>, reduction: Reduction) -> Operator {
    match args.directions() {
        1 => Operator::Signal(Sliding::AdaptivePool(read_as(args, reduction))),
        3 => Operator::Volume(Sliding::AdaptivePool(read_as(args, reduction))),
        _ => Operator::AdaptivePool(read_as(args, reduction)),
    }
}

fn read_as<const N: usize>(args: &mut Args<'_>, reduction: Reduction) -> AdaptivePool<N> {
    AdaptivePool { size: args.sizes("size", 1..=MAX_WINDOW), reduction }
}

impl<const N: usize> AdaptivePool<N> {
    pub(super) fn kind(&self) -> &'static str {
        match self.reduction {
            Reduction::Mean => "adaptive_avg_pool",
            Reduction::Maximum => "adaptive_max_pool",
        }
    }

    pub(super) fn text(&self) -> String {
        Text::new(self.kind()).arg(&window_text(&self.size)).finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        extents::<N>(self.kind(), input)?;
        Ok([&input[..1], &self.size[..]].concat())
    }
}

impl AdaptivePool {
    /// Returns the pixels along an axis of `from` that the one at `at` of `size` is computed from: from `⌊at
    /// from / size⌋` to before `⌈(at + 1) from / size⌉`.
    pub fn span(from: usize, size: usize, at: usize) -> std::ops::Range<usize> {
        at * from / size..((at + 1) * from).div_ceil(size)
    }
}

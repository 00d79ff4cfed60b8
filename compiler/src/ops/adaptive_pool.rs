//! Pooling to a given size, whatever the image's.

use super::{Entry, Misfit, Operator, Text, not_an_image, window_text};
use crate::args::{Args, MAX_WINDOW, Signature};
use crate::graph::Shape;

/// `adaptive_avg_pool(HxW)`: [torch.nn.AdaptiveAvgPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool {
    /// Height and width of what comes out.
    pub size: [usize; 2],
}

pub(super) const ADAPTIVE_AVG_POOL: Entry = Entry {
    signature: Signature { name: "adaptive_avg_pool", positional: 1, params: &[("size", None)] },
    read: |args: &mut Args<'_>| {
        Operator::AdaptiveAvgPool(AdaptiveAvgPool { size: args.pair("size", 1..=MAX_WINDOW, [1, 1]) })
    },
};

impl AdaptiveAvgPool {
    pub(super) fn text(&self) -> String {
        Text::new("adaptive_avg_pool").arg(&window_text(&self.size)).finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        match input {
            [channels, _, _] => Ok(vec![*channels, self.size[0], self.size[1]]),
            _ => Err(not_an_image("adaptive_avg_pool", input)),
        }
    }

    /// The pixels along an axis of so many that the one at `at` of `size` is the mean of: from `⌊at from / size⌋` to
    /// before `⌈(at + 1) from / size⌉`.
    pub fn span(from: usize, size: usize, at: usize) -> std::ops::Range<usize> {
        at * from / size..((at + 1) * from).div_ceil(size)
    }
}

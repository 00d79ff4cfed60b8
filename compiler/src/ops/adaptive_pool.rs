//! Pooling to a given size, whatever the input's.

use super::rank::extents;
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, window_text};
use super::{Args, Entry, Misfit, Operator, Shape, Spatial, count};
use crate::args::{MAX_WINDOW, Signature};

/// `adaptive_avg_pool(HxW)`: [torch.nn.AdaptiveAvgPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html),
/// and `adaptive_max_pool(HxW)`: [torch.nn.AdaptiveMaxPool2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptivePool {
    /// The sizes that come out.
    pub size: Spatial,
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

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        signature: Signature { name: "adaptive_avg_pool", positional: 1, params: &[("size", None)] },
        read: |args: &mut Args<'_>| read(args, Reduction::Mean),
    },
    Entry {
        signature: Signature { name: "adaptive_max_pool", positional: 1, params: &[("size", None)] },
        read: |args: &mut Args<'_>| read(args, Reduction::Maximum),
    },
];

fn read(args: &mut Args<'_>, reduction: Reduction) -> Operator {
    Operator::AdaptivePool(AdaptivePool { size: args.sizes("size", 1..=MAX_WINDOW), reduction })
}

impl AdaptivePool {
    /// Returns the pixels along an axis of `from` that the one at `at` of `size` is computed from: from `⌊at
    /// from / size⌋` to before `⌈(at + 1) from / size⌉`.
    pub fn span(from: usize, size: usize, at: usize) -> std::ops::Range<usize> {
        at * from / size..((at + 1) * from).div_ceil(size)
    }
}

impl Room for AdaptivePool {
    fn kind(&self) -> &'static str {
        match self.reduction {
            Reduction::Mean => "adaptive_avg_pool",
            Reduction::Maximum => "adaptive_max_pool",
        }
    }

    fn text(&self) -> String {
        Text::new(self.kind()).arg(&window_text(&self.size)).finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        extents(self.kind(), self.size.directions(), inputs[0])?;
        Ok([&inputs[0][..1], &self.size[..]].concat())
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, inputs: &[&[usize]], _: &[usize]) -> u64 {
        count(inputs[0])
    }

    fn facts(&self) -> Facts {
        Facts {
            group: Group::Pool,
            follows: false,
            affine: self.reduction == Reduction::Mean,
            activation: false,
            weights: None,
        }
    }

    fn does_nothing(&self, input: &[usize]) -> Option<&'static str> {
        (input.get(1..) == Some(&self.size[..])).then_some("its input has this size already")
    }
}

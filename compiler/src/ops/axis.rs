//! The axes of a sample by their names.

use super::Misfit;
use super::rank::{form_of_rank, kind_of};
use crate::args::list;

/// An axis of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// The channels; the only axis of features.
    Channels,
    /// The places of a signal.
    Length,
    /// The slices of a volume.
    Depth,
    /// The rows of an image, or of a volume's slices.
    Height,
    /// The columns of an image, or of a volume's slices.
    Width,
}

pub(super) const AXES: &[(&str, Axis)] = &[
    ("channels", Axis::Channels),
    ("length", Axis::Length),
    ("depth", Axis::Depth),
    ("height", Axis::Height),
    ("width", Axis::Width),
];

/// Returns the axes of values with `rank` sizes, in their order.
pub(super) fn axes_of_rank(rank: usize) -> &'static [Axis] {
    match rank {
        1 => &[Axis::Channels],
        2 => &[Axis::Channels, Axis::Length],
        3 => &[Axis::Channels, Axis::Height, Axis::Width],
        _ => &[Axis::Channels, Axis::Depth, Axis::Height, Axis::Width],
    }
}

impl Axis {
    /// Returns the axis' place in a shape of `rank` sizes, if such values have it.
    pub fn place(self, rank: usize) -> Option<usize> {
        axes_of_rank(rank).iter().position(|axis| *axis == self)
    }

    /// Returns the axis' place in a shape, or the error of the layer that asks for it.
    pub(super) fn place_in(self, layer: &str, input: &[usize]) -> Result<usize, Misfit> {
        self.place(input.len()).ok_or_else(|| {
            let names: Vec<String> =
                axes_of_rank(input.len()).iter().map(|axis| format!("`{}`", axis.name())).collect();
            let help = match names.as_slice() {
                [only] => format!(
                    "its only axis is {only}: put `{layer}` before `flatten` and `dense`, which give up the others"
                ),
                _ => format!("its axes are {}", list(&names, "and")),
            };
            Misfit::new(
                "E0401",
                format!("{} has no axis `{}`", kind_of(input), self.name()),
                format!("found {input:?}, which is {}", form_of_rank(input.len())),
            )
            .help(help)
        })
    }

    /// Returns the name in the language.
    pub fn name(self) -> &'static str {
        AXES.iter().find(|(_, axis)| *axis == self).map_or("", |(name, _)| name)
    }
}

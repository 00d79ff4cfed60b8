//! Enlarging images.

use super::{Entry, Misfit, Operator, Sliding, Text, extents, name_of, pair_text};
use crate::args::{MAX_WINDOW, Signature};
use crate::ops::Args;
use crate::ops::Shape;

/// `upsample(scale, mode=nearest)`: [torch.nn.Upsample](https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html)
/// with `align_corners=False`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upsample<const N: usize = 2> {
    /// The factor of each size, for images height and width.
    pub scale: [usize; N],
    /// The interpolation of new pixels.
    pub mode: UpsampleMode,
}

/// Interpolation of new pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpsampleMode {
    /// The pixel in whose place they lie.
    Nearest,
    /// The pixels around their middle, by distance: of a signal two, of an image four, of a volume eight.
    Bilinear,
}

const MODES: &[(&str, UpsampleMode)] =
    &[("nearest", UpsampleMode::Nearest), ("bilinear", UpsampleMode::Bilinear)];

/// Returns the names of the modes as in PyTorch, for this number of directions.
fn modes(directions: usize) -> &'static [(&'static str, UpsampleMode)] {
    match directions {
        1 => &[("nearest", UpsampleMode::Nearest), ("linear", UpsampleMode::Bilinear)],
        3 => &[("nearest", UpsampleMode::Nearest), ("trilinear", UpsampleMode::Bilinear)],
        _ => MODES,
    }
}

pub(super) const UPSAMPLE: Entry = Entry {
    signature: Signature {
        name: "upsample",
        positional: 1,
        params: &[("scale", None), ("mode", Some("nearest"))],
    },
    read: |args: &mut Args<'_>| match args.directions() {
        1 => Operator::Signal(Sliding::Upsample(read_as(args))),
        3 => Operator::Volume(Sliding::Upsample(read_as(args))),
        _ => Operator::Upsample(read_as(args)),
    },
};

fn read_as<const N: usize>(args: &mut Args<'_>) -> Upsample<N> {
    let scale = args.sizes("scale", 1..=MAX_WINDOW);
    Upsample { scale, mode: args.choice("mode", modes(N)) }
}

impl<const N: usize> Upsample<N> {
    pub(super) fn text(&self) -> String {
        Text::new("upsample")
            .arg(&pair_text(&self.scale))
            .option("mode", &self.mode, |mode| name_of(modes(N), mode))
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        let sizes = extents::<N>("upsample", input)?;
        let scaled = (0..N).map(|axis| sizes[axis] * self.scale[axis]);
        Ok(input[..1].iter().copied().chain(scaled).collect())
    }

    /// Counts the operations for each number of the output.
    pub(super) fn flops_each(&self) -> u64 {
        match self.mode {
            UpsampleMode::Nearest => 0,
            // One product and, for an image, three that are added to it.
            UpsampleMode::Bilinear => 2 * (1 << N) - 1,
        }
    }
}

impl UpsampleMode {
    /// Returns the name in the language, for images.
    pub fn name(self) -> &'static str {
        MODES.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

//! Enlarging images.

use super::{Entry, Misfit, Operator, Text, not_an_image, pair_text};
use crate::args::{Args, MAX_WINDOW, Signature};
use crate::graph::Shape;

/// `upsample(scale, mode=nearest)`: [torch.nn.Upsample](https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html)
/// with `align_corners=False`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upsample {
    /// How many times the height and the width come out.
    pub scale: [usize; 2],
    /// What new pixels are made of.
    pub mode: UpsampleMode,
}

/// What new pixels are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpsampleMode {
    /// The pixel in whose place they lie.
    Nearest,
    /// The four pixels around their middle, by distance.
    Bilinear,
}

const MODES: &[(&str, UpsampleMode)] =
    &[("nearest", UpsampleMode::Nearest), ("bilinear", UpsampleMode::Bilinear)];

pub(super) const UPSAMPLE: Entry = Entry {
    signature: Signature {
        name: "upsample",
        positional: 1,
        params: &[("scale", None), ("mode", Some("nearest"))],
    },
    read: |args: &mut Args<'_>| {
        let scale = args.pair("scale", 1..=MAX_WINDOW, [1, 1]);
        Operator::Upsample(Upsample { scale, mode: args.choice("mode", MODES, UpsampleMode::Nearest) })
    },
};

impl Upsample {
    pub(super) fn text(&self) -> String {
        Text::new("upsample")
            .arg(&pair_text(&self.scale))
            .option("mode", &self.mode, &UpsampleMode::Nearest, |mode| mode.name().to_string())
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        match input {
            [channels, height, width] => Ok(vec![*channels, height * self.scale[0], width * self.scale[1]]),
            _ => Err(not_an_image("upsample", input)),
        }
    }

    /// Operations for each number that comes out.
    pub(super) fn flops_each(&self) -> u64 {
        match self.mode {
            UpsampleMode::Nearest => 0,
            // One product and three that are added to it.
            UpsampleMode::Bilinear => 7,
        }
    }
}

impl UpsampleMode {
    /// How it is written.
    pub fn name(self) -> &'static str {
        MODES.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

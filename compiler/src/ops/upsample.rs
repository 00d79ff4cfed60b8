//! Enlarging signals, images and volumes.

use super::rank::extents;
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, name_of, sizes_text};
use super::{Args, Entry, Misfit, Operator, Shape, Spatial, count};
use crate::args::{MAX_WINDOW, Signature};

/// `upsample(scale, mode=nearest)`: [torch.nn.Upsample](https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html)
/// with `align_corners=False`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upsample {
    /// The factor of each size.
    pub scale: Spatial,
    /// The source of new pixels.
    pub mode: UpsampleMode,
}

/// The source of new pixels.
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

pub(super) const ENTRIES: &[Entry] = &[Entry {
    signature: Signature {
        name: "upsample",
        positional: 1,
        params: &[("scale", None), ("mode", Some("nearest"))],
    },
    read: |args: &mut Args<'_>| {
        let scale = args.sizes("scale", 1..=MAX_WINDOW);
        Operator::Upsample(Upsample { scale, mode: args.choice("mode", modes(args.directions())) })
    },
}];

impl UpsampleMode {
    /// Returns the name in the language, for images.
    pub fn name(self) -> &'static str {
        MODES.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

impl Room for Upsample {
    fn kind(&self) -> &'static str {
        "upsample"
    }

    fn text(&self) -> String {
        let mode = name_of(modes(self.scale.directions()), &self.mode);
        Text::new("upsample").arg(&sizes_text(&self.scale)).option("mode", &mode, String::clone).finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let sizes = extents("upsample", self.scale.directions(), inputs[0])?;
        let scaled = sizes.iter().zip(self.scale.iter()).map(|(size, scale)| size * scale);
        Ok(inputs[0][..1].iter().copied().chain(scaled).collect())
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], output: &[usize]) -> u64 {
        let each = match self.mode {
            UpsampleMode::Nearest => 0,
            // One product and, for an image, three that are added to it.
            UpsampleMode::Bilinear => 2 * (1 << self.scale.directions()) - 1,
        };
        count(output).saturating_mul(each)
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Move, follows: false, affine: true, activation: false, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        self.scale.is_all(1).then_some("its scale is 1")
    }
}

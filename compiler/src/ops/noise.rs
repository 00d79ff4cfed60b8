//! Operators that change numbers at random in training, and do nothing in inference.

use super::rank::not_an_image;
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::Text;
use super::{Args, Entry, Misfit, Operator, SELU, Shape};
use crate::args::Signature;

/// A random change, with probability or standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// Zeroes numbers and scales the others by 1 / (1 - p):
    /// [torch.nn.Dropout](https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html).
    Dropout(f64),
    /// Zeroes whole channels of an image and scales the others by 1 / (1 - p):
    /// [torch.nn.Dropout2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html).
    SpatialDropout(f64),
    /// Zeroes whole samples and scales the others by 1 / (1 - p):
    /// [torchvision.ops.StochasticDepth](https://docs.pytorch.org/vision/stable/generated/torchvision.ops.StochasticDepth.html)
    /// of rows.
    StochasticDepth(f64),
    /// Puts numbers to `selu`'s lower limit, and keeps mean and variance:
    /// [torch.nn.AlphaDropout](https://docs.pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html).
    AlphaDropout(f64),
    /// Adds normal numbers of this standard deviation.
    Gaussian(f64),
}

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        signature: dropping("dropout"),
        read: |args: &mut Args<'_>| Operator::Noise(Noise::Dropout(probability(args, "dropout"))),
    },
    Entry {
        signature: dropping("spatial_dropout"),
        read: |args: &mut Args<'_>| {
            Operator::Noise(Noise::SpatialDropout(probability(args, "spatial_dropout")))
        },
    },
    Entry {
        signature: dropping("alpha_dropout"),
        read: |args: &mut Args<'_>| Operator::Noise(Noise::AlphaDropout(probability(args, "alpha_dropout"))),
    },
    Entry {
        signature: dropping("stochastic_depth"),
        read: |args: &mut Args<'_>| {
            Operator::Noise(Noise::StochasticDepth(probability(args, "stochastic_depth")))
        },
    },
    Entry {
        signature: Signature { name: "gaussian_noise", positional: 1, params: &[("std", None)] },
        read: |args: &mut Args<'_>| Operator::Noise(Noise::Gaussian(args.positive("std"))),
    },
];

const fn dropping(name: &'static str) -> Signature<'static> {
    Signature { name, positional: 1, params: &[("p", None)] }
}

/// Reads the probability that something is dropped.
fn probability(args: &mut Args<'_>, name: &str) -> f64 {
    let p = args.fraction("p");
    if p >= 1.0 {
        args.reject(
            "E0306",
            "p",
            format!("`{name}` must leave something"),
            "everything would be dropped",
            "`p` is the probability that something is dropped; 0.1 to 0.5 are common",
        );
    }
    p
}

impl Noise {
    /// Returns the probability or the standard deviation.
    pub(crate) fn amount(self) -> f64 {
        match self {
            Noise::Dropout(p)
            | Noise::SpatialDropout(p)
            | Noise::StochasticDepth(p)
            | Noise::AlphaDropout(p) => p,
            Noise::Gaussian(deviation) => deviation,
        }
    }

    /// Returns the factor and the summand of alpha dropout with probability `p` for what it keeps, and the
    /// number in place of what it drops: mean 0 and variance 1 stay as they are (Klambauer, Unterthiner, Mayr
    /// and Hochreiter, 2017).
    pub fn alpha(p: f64) -> [f64; 3] {
        let limit = SELU[0] * SELU[1];
        let scale = 1.0 / ((1.0 - p) * (1.0 + p * limit * limit)).sqrt();
        let shift = scale * limit * p;
        [scale, shift, shift - scale * limit]
    }
}

impl Room for Noise {
    fn kind(&self) -> &'static str {
        match self {
            Noise::Dropout(_) => "dropout",
            Noise::SpatialDropout(_) => "spatial_dropout",
            Noise::StochasticDepth(_) => "stochastic_depth",
            Noise::AlphaDropout(_) => "alpha_dropout",
            Noise::Gaussian(_) => "gaussian_noise",
        }
    }

    fn text(&self) -> String {
        Text::new(self.kind()).arg(&self.amount()).finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let input = inputs[0];
        if matches!(self, Noise::SpatialDropout(_)) && input.len() == 1 {
            let misfit = not_an_image("spatial_dropout", input).help("for features write `dropout`");
            return Err(Misfit { recover: Some(input.to_vec()), ..misfit });
        }
        Ok(input.to_vec())
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], _: &[usize]) -> u64 {
        0
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Noise, follows: true, affine: true, activation: false, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        (self.amount() == 0.0).then_some("it drops nothing")
    }
}

//! Operators that change numbers at random in training, and do nothing in inference; `dropout` is in
//! [`shaping`](super::shaping).

use super::{Entry, Misfit, Operator, Text, not_an_image};
use crate::args::Signature;
use crate::ops::Args;
use crate::ops::Shape;

/// Random change of numbers, with its probability or standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
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

pub(super) const SPATIAL_DROPOUT: Entry = Entry {
    signature: Signature { name: "spatial_dropout", positional: 1, params: &[("p", None)] },
    read: |args: &mut Args<'_>| Operator::Noise(Noise::SpatialDropout(probability(args, "spatial_dropout"))),
};

pub(super) const STOCHASTIC_DEPTH: Entry = Entry {
    signature: Signature { name: "stochastic_depth", positional: 1, params: &[("p", None)] },
    read: |args: &mut Args<'_>| {
        Operator::Noise(Noise::StochasticDepth(probability(args, "stochastic_depth")))
    },
};

pub(super) const ALPHA_DROPOUT: Entry = Entry {
    signature: Signature { name: "alpha_dropout", positional: 1, params: &[("p", None)] },
    read: |args: &mut Args<'_>| Operator::Noise(Noise::AlphaDropout(probability(args, "alpha_dropout"))),
};

pub(super) const GAUSSIAN_NOISE: Entry = Entry {
    signature: Signature { name: "gaussian_noise", positional: 1, params: &[("std", None)] },
    read: |args: &mut Args<'_>| Operator::Noise(Noise::Gaussian(args.positive("std"))),
};

/// Reads the probability that something is dropped.
pub(super) fn probability(args: &mut Args<'_>, name: &str) -> f64 {
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
    pub(super) fn kind(self) -> &'static str {
        match self {
            Noise::SpatialDropout(_) => "spatial_dropout",
            Noise::StochasticDepth(_) => "stochastic_depth",
            Noise::AlphaDropout(_) => "alpha_dropout",
            Noise::Gaussian(_) => "gaussian_noise",
        }
    }

    /// Returns the probability or the standard deviation.
    pub(crate) fn amount(self) -> f64 {
        match self {
            Noise::SpatialDropout(p) | Noise::StochasticDepth(p) | Noise::AlphaDropout(p) => p,
            Noise::Gaussian(deviation) => deviation,
        }
    }

    pub(super) fn text(self) -> String {
        Text::new(self.kind()).arg(&self.amount()).finish()
    }

    pub(super) fn shape(self, input: &[usize]) -> Result<Shape, Misfit> {
        if matches!(self, Noise::SpatialDropout(_)) && input.len() == 1 {
            let misfit = not_an_image("spatial_dropout", input).help("for features write `dropout`");
            return Err(Misfit { recover: Some(input.to_vec()), ..misfit });
        }
        Ok(input.to_vec())
    }

    /// Returns the numbers that alpha dropout with probability `p` multiplies by, adds to what it keeps, and
    /// puts in place of what it drops: mean 0 and variance 1 stay as they are (Klambauer, Unterthiner, Mayr
    /// and Hochreiter, 2017).
    pub fn alpha(p: f64) -> [f64; 3] {
        let limit = super::SELU[0] * super::SELU[1];
        let scale = 1.0 / ((1.0 - p) * (1.0 + p * limit * limit)).sqrt();
        let shift = scale * limit * p;
        [scale, shift, shift - scale * limit]
    }
}

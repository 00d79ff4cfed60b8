//! Functions of all channels of a pixel, or of all features, without parameters.

use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, plain_text};
use super::{Args, Entry, Misfit, Operator, Shape, count};
use crate::args::{MAX_WINDOW, Signature};

/// A function of the channels of a pixel, or of all features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Across {
    /// `x - log Σ eˣ`: [torch.nn.LogSoftmax](https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html).
    LogSoftmax,
    /// `x (k + alpha / size Σ x²)^-beta`, the sum over `size` neighbouring channels:
    /// [torch.nn.LocalResponseNorm](https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html).
    LocalResponse {
        /// The number of neighbouring channels.
        size: usize,
        /// The factor of their mean square.
        alpha: f64,
        /// The exponent.
        beta: f64,
        /// The summand.
        k: f64,
    },
    /// Half of the channels times the sigmoid of the other half:
    /// [torch.nn.GLU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html).
    Glu,
}

/// The most channels of a local response norm, whose kernel keeps a pixel's on the stack.
const MOST: usize = 1 << 13;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        signature: Signature { name: "softmax", positional: 0, params: &[] },
        read: |_| Operator::Softmax,
    },
    Entry {
        signature: Signature { name: "log_softmax", positional: 0, params: &[] },
        read: |_| Operator::Across(Across::LogSoftmax),
    },
    LOCAL_RESPONSE_NORM,
    Entry {
        signature: Signature { name: "glu", positional: 0, params: &[] },
        read: |_| Operator::Across(Across::Glu),
    },
];

const LOCAL_RESPONSE_NORM: Entry = Entry {
    signature: Signature {
        name: "local_response_norm",
        positional: 1,
        params: &[("size", None), ("alpha", Some("1e-4")), ("beta", Some("0.75")), ("k", Some("1"))],
    },
    read: |args: &mut Args<'_>| {
        Operator::Across(Across::LocalResponse {
            size: args.whole("size", 1..=MAX_WINDOW),
            alpha: args.not_negative("alpha"),
            beta: args.not_negative("beta"),
            k: args.positive("k"),
        })
    },
};

/// `softmax`: `eˣ / Σ eˣ`,
/// [torch.nn.Softmax](https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html).
pub(super) struct Softmax;

/// Operations of a softmax for each number: the largest, a difference, a power and a quotient.
const SOFTMAX_FLOPS: u64 = 4;

/// Operations of a gated linear unit for each output: a power, a sum, a quotient and a product.
const GLU_FLOPS: u64 = 4;

impl Room for Softmax {
    fn kind(&self) -> &'static str {
        "softmax"
    }

    fn text(&self) -> String {
        self.kind().to_string()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        Ok(inputs[0].to_vec())
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], output: &[usize]) -> u64 {
        count(output).saturating_mul(SOFTMAX_FLOPS)
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Across, follows: true, affine: false, activation: true, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}

impl Room for Across {
    fn kind(&self) -> &'static str {
        match self {
            Across::LogSoftmax => "log_softmax",
            Across::LocalResponse { .. } => "local_response_norm",
            Across::Glu => "glu",
        }
    }

    fn text(&self) -> String {
        let text = Text::new(self.kind());
        match self {
            Across::LogSoftmax | Across::Glu => text,
            Across::LocalResponse { size, alpha, beta, k } => text
                .arg(size)
                .option("alpha", alpha, plain_text)
                .option("beta", beta, plain_text)
                .option("k", k, plain_text),
        }
        .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        match (self, inputs[0][0]) {
            (Across::LocalResponse { .. }, channels) if channels > MOST => Err(Misfit::new(
                "E0407",
                format!("`local_response_norm` is for at most {MOST} channels"),
                format!("found {channels}"),
            )
            .help("`layer_norm` and `rms_norm` are for any number")),
            (Across::Glu, odd) if !odd.is_multiple_of(2) => {
                let what = if inputs[0].len() == 1 { "features" } else { "channels" };
                Err(Misfit::new(
                    "E0403",
                    format!("`glu` needs an even number of {what}"),
                    format!("{odd} {what} come in"),
                )
                .help(format!("it multiplies the first half of the {what} by the sigmoid of the second")))
            }
            (Across::Glu, channels) => Ok([&[channels / 2], &inputs[0][1..]].concat()),
            (Across::LogSoftmax | Across::LocalResponse { .. }, _) => Ok(inputs[0].to_vec()),
        }
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], output: &[usize]) -> u64 {
        let each = match self {
            Across::LogSoftmax => SOFTMAX_FLOPS,
            Across::LocalResponse { size, .. } => *size as u64 + 4,
            Across::Glu => GLU_FLOPS,
        };
        count(output).saturating_mul(each)
    }

    fn facts(&self) -> Facts {
        let curve = match self {
            Across::LogSoftmax | Across::Glu => true,
            Across::LocalResponse { .. } => false,
        };
        Facts { group: Group::Across, follows: curve, affine: false, activation: curve, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}

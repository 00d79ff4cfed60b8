//! Functions of all channels of a pixel, or of all features, without parameters.

use super::{Entry, Misfit, Operator, Text, plain_text};
use crate::args::{MAX_WINDOW, Signature};
use crate::ops::Args;
use crate::ops::Shape;

/// Function of all channels of a pixel, or of all features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Across {
    /// `x - log Σ eˣ`: [torch.nn.LogSoftmax](https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html).
    LogSoftmax,
    /// `x (k + alpha / size Σ x²)^-beta`, the sum over `size` neighbouring channels:
    /// [torch.nn.LocalResponseNorm](https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html).
    LocalResponse {
        /// The number of channels.
        size: usize,
        /// The factor of their mean square.
        alpha: f64,
        /// The exponent.
        beta: f64,
        /// The addend.
        k: f64,
    },
}

/// The most channels of a local response norm, whose kernel keeps a pixel's on the stack.
const MOST: usize = 1 << 13;

pub(super) const LOG_SOFTMAX: Entry = Entry {
    signature: Signature { name: "log_softmax", positional: 0, params: &[] },
    read: |_| Operator::Across(Across::LogSoftmax),
};

pub(super) const LOCAL_RESPONSE_NORM: Entry = Entry {
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

impl Across {
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Across::LogSoftmax => "log_softmax",
            Across::LocalResponse { .. } => "local_response_norm",
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Across::LogSoftmax => self.kind().into(),
            Across::LocalResponse { size, alpha, beta, k } => Text::new("local_response_norm")
                .arg(&size)
                .option("alpha", &alpha, plain_text)
                .option("beta", &beta, plain_text)
                .option("k", &k, plain_text)
                .finish(),
        }
    }

    pub(super) fn shape(self, input: &[usize]) -> Result<Shape, Misfit> {
        match self {
            Across::LocalResponse { .. } if input[0] > MOST => Err(Misfit::new(
                "E0407",
                format!("`local_response_norm` is for at most {MOST} channels"),
                format!("found {}", input[0]),
            )
            .help("`layer_norm` and `rms_norm` are for any number")),
            _ => Ok(input.to_vec()),
        }
    }

    /// Counts the operations for each number.
    pub(super) fn flops_each(self) -> u64 {
        match self {
            Across::LogSoftmax => 4,
            Across::LocalResponse { size, .. } => size as u64 + 4,
        }
    }
}

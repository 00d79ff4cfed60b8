//! Activations: functions of each number, with slopes that follow from the output; and softmax.

use super::{Entry, Operator, Text};
use crate::args::{Args, Signature};

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `max(x, 0)`
    Relu,
    /// `x` where positive, `slope · x` elsewhere.
    LeakyRelu(f64),
    /// `1 / (1 + e⁻ˣ)`
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
}

/// PyTorch's default slope of `leaky_relu`.
const SLOPE: f64 = 0.01;

pub(super) const RELU: Entry = plain("relu", |_| Operator::Activation(Activation::Relu));
pub(super) const SIGMOID: Entry = plain("sigmoid", |_| Operator::Activation(Activation::Sigmoid));
pub(super) const TANH: Entry = plain("tanh", |_| Operator::Activation(Activation::Tanh));
pub(super) const SOFTMAX: Entry = plain("softmax", |_| Operator::Softmax);

/// `leaky_relu(slope=0.01)`: [torch.nn.LeakyReLU](https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html).
pub(super) const LEAKY_RELU: Entry = Entry {
    signature: Signature { name: "leaky_relu", positional: 1, params: &[("slope", Some("0.01"))] },
    read: |args: &mut Args<'_>| {
        let slope = args.number("slope", SLOPE);
        if slope <= 0.0 || slope >= 1.0 {
            args.reject(
                "E0306",
                "slope",
                "the slope of `leaky_relu` must lie between 0 and 1",
                format!("this is {slope}"),
                "with a slope of 0 it is `relu`, with 1 it does nothing",
            );
        }
        Operator::Activation(Activation::LeakyRelu(slope))
    },
};

const fn plain(name: &'static str, read: fn(&mut Args<'_>) -> Operator) -> Entry {
    Entry { signature: Signature { name, positional: 0, params: &[] }, read }
}

impl Activation {
    /// Its name in the language.
    pub fn kind(&self) -> &'static str {
        match self {
            Activation::Relu => "relu",
            Activation::LeakyRelu(_) => "leaky_relu",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh",
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Activation::LeakyRelu(slope) if *slope != SLOPE => Text::new("leaky_relu").arg(slope).finish(),
            _ => self.kind().to_string(),
        }
    }
}

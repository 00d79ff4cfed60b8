//! Activations: functions of each number, with slopes that follow from the output or the input; and softmax.

use super::{Entry, Init, Operator, ParamSpec, Text, plain_text};
use crate::args::Signature;
use crate::ops::Args;
use crate::ops::Role;

/// Function of each number.
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
    /// `min(max(x, 0), 6)`
    Relu6,
    /// `x` where positive, `alpha · (eˣ - 1)` elsewhere.
    Elu(f64),
    /// `scale · x` where positive, `scale · alpha · (eˣ - 1)` elsewhere, with [`SELU`].
    Selu,
    /// `x Φ(x)`, Φ the normal distribution.
    Gelu,
    /// `x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 x³)))`
    GeluTanh,
    /// `x / (1 + e⁻ˣ)`
    Silu,
    /// `x · min(max(x + 3, 0), 6) / 6`
    HardSwish,
    /// `min(max(x + 3, 0), 6) / 6`
    HardSigmoid,
    /// `ln(1 + e^(beta x)) / beta`, and `x` where `beta x` is above [`SOFTPLUS_THRESHOLD`].
    Softplus(f64),
    /// `x / (1 + |x|)`
    Softsign,
    /// `x · tanh(ln(1 + eˣ))`
    Mish,
    /// `|x|ᵖ`, the first part of `lp_pool`.
    Power(f64),
    /// `(count · x)^(1/p)`, its last; the slope at 0 is 0.
    Root {
        /// The degree of the root.
        p: f64,
        /// The number of numbers that `x` is the mean of.
        count: usize,
    },
}

/// Scale and alpha of [`Activation::Selu`] (Klambauer, Unterthiner, Mayr and Hochreiter, 2017).
pub const SELU: [f64; 2] = [1.050_700_987_355_480_5, 1.673_263_242_354_377_2];

/// PyTorch's default.
pub const SOFTPLUS_THRESHOLD: f64 = 20.0;

/// A relu with learned slopes: `prelu(init=0.25, per_channel=false)`,
/// [torch.nn.PReLU](https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prelu {
    /// The slopes before training.
    pub init: f64,
    /// True if each channel (or feature) has a slope of its own.
    pub per_channel: bool,
}

pub(super) const RELU: Entry = plain("relu", |_| Operator::Activation(Activation::Relu));
pub(super) const SIGMOID: Entry = plain("sigmoid", |_| Operator::Activation(Activation::Sigmoid));
pub(super) const TANH: Entry = plain("tanh", |_| Operator::Activation(Activation::Tanh));
pub(super) const RELU6: Entry = plain("relu6", |_| Operator::Activation(Activation::Relu6));
pub(super) const SELU_ENTRY: Entry = plain("selu", |_| Operator::Activation(Activation::Selu));
pub(super) const SILU: Entry = plain("silu", |_| Operator::Activation(Activation::Silu));
pub(super) const HARD_SWISH: Entry = plain("hard_swish", |_| Operator::Activation(Activation::HardSwish));
pub(super) const HARD_SIGMOID: Entry =
    plain("hard_sigmoid", |_| Operator::Activation(Activation::HardSigmoid));
pub(super) const SOFTSIGN: Entry = plain("softsign", |_| Operator::Activation(Activation::Softsign));
pub(super) const MISH: Entry = plain("mish", |_| Operator::Activation(Activation::Mish));
pub(super) const SOFTMAX: Entry = plain("softmax", |_| Operator::Softmax);

/// `leaky_relu(slope=0.01)`: [torch.nn.LeakyReLU](https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html).
pub(super) const LEAKY_RELU: Entry = Entry {
    signature: Signature { name: "leaky_relu", positional: 1, params: &[("slope", Some("0.01"))] },
    read: |args: &mut Args<'_>| {
        let slope = args.number("slope");
        if slope <= 0.0 || slope as f32 >= 1.0 {
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

/// `elu(alpha=1)`: [torch.nn.ELU](https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html).
pub(super) const ELU: Entry = Entry {
    signature: Signature { name: "elu", positional: 1, params: &[("alpha", Some("1"))] },
    read: |args: &mut Args<'_>| Operator::Activation(Activation::Elu(args.positive("alpha"))),
};

/// `softplus(beta=1)`: [torch.nn.Softplus](https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html).
pub(super) const SOFTPLUS: Entry = Entry {
    signature: Signature { name: "softplus", positional: 1, params: &[("beta", Some("1"))] },
    read: |args: &mut Args<'_>| Operator::Activation(Activation::Softplus(args.positive("beta"))),
};

/// `gelu(approximate=none)`: [torch.nn.GELU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html).
pub(super) const GELU: Entry = Entry {
    signature: Signature { name: "gelu", positional: 1, params: &[("approximate", Some("none"))] },
    read: |args: &mut Args<'_>| {
        const FORMS: &[(&str, Activation)] = &[("none", Activation::Gelu), ("tanh", Activation::GeluTanh)];
        Operator::Activation(args.choice("approximate", FORMS))
    },
};

pub(super) const PRELU: Entry = Entry {
    signature: Signature {
        name: "prelu",
        positional: 1,
        params: &[("init", Some("0.25")), ("per_channel", Some("false"))],
    },
    read: |args: &mut Args<'_>| {
        Operator::Prelu(Prelu { init: args.number("init"), per_channel: args.flag("per_channel") })
    },
};

const fn plain(name: &'static str, read: fn(&mut Args<'_>) -> Operator) -> Entry {
    Entry { signature: Signature { name, positional: 0, params: &[] }, read }
}

impl Activation {
    /// Returns the name in the language.
    pub fn kind(&self) -> &'static str {
        match self {
            Activation::Relu => "relu",
            Activation::LeakyRelu(_) => "leaky_relu",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh",
            Activation::Relu6 => "relu6",
            Activation::Elu(_) => "elu",
            Activation::Selu => "selu",
            Activation::Gelu | Activation::GeluTanh => "gelu",
            Activation::Silu => "silu",
            Activation::HardSwish => "hard_swish",
            Activation::HardSigmoid => "hard_sigmoid",
            Activation::Softplus(_) => "softplus",
            Activation::Softsign => "softsign",
            Activation::Mish => "mish",
            Activation::Power(_) => "power",
            Activation::Root { .. } => "root",
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Activation::LeakyRelu(slope) => Text::new("leaky_relu").optional("slope", slope).finish(),
            Activation::Elu(alpha) => Text::new("elu").optional("alpha", alpha).finish(),
            Activation::Softplus(beta) => Text::new("softplus").optional("beta", beta).finish(),
            Activation::Power(p) => Text::new("power").arg(p).finish(),
            Activation::Root { p, count } => Text::new("root").arg(p).arg(count).finish(),
            Activation::GeluTanh => Text::new("gelu").arg(&"tanh").finish(),
            _ => self.kind().to_string(),
        }
    }

    /// Returns true if the slope follows from the input only, since several inputs have the same output.
    pub fn slope_needs_input(&self) -> bool {
        match self {
            Activation::Gelu
            | Activation::GeluTanh
            | Activation::Silu
            | Activation::HardSwish
            | Activation::Mish
            | Activation::Power(_) => true,
            Activation::Relu
            | Activation::LeakyRelu(_)
            | Activation::Sigmoid
            | Activation::Tanh
            | Activation::Relu6
            | Activation::Elu(_)
            | Activation::Selu
            | Activation::HardSigmoid
            | Activation::Softplus(_)
            | Activation::Softsign
            | Activation::Root { .. } => false,
        }
    }
}

impl Prelu {
    pub(super) fn text(&self) -> String {
        Text::new("prelu")
            .optional("init", &self.init)
            .option("per_channel", &self.per_channel, plain_text)
            .finish()
    }

    /// Returns the number of slopes for an input of this shape.
    pub fn slopes(&self, input: &[usize]) -> usize {
        if self.per_channel { input[0] } else { 1 }
    }

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let (shape, init) = (vec![self.slopes(input)], Init::Constant(self.init));
        vec![ParamSpec { name: "weight", shape, init, role: Role::Slope }]
    }
}

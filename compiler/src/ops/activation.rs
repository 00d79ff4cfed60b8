//! Activations: functions of each number, with slopes that follow from the output or the input.

use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, plain_text};
use super::{Args, Entry, Misfit, Operator, Shape, count};
use crate::args::Signature;

/// A function of each number.
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
    /// `min(max(x, min), max)`
    HardTanh {
        /// The least number.
        min: f64,
        /// The greatest number.
        max: f64,
    },
    /// `-ln(1 + e⁻ˣ)`
    LogSigmoid,
    /// `by · x`
    Scale(f64),
    /// `x + by`
    Shift(f64),
    /// `eˣ`
    Exp,
    /// `ln x`
    Log,
    /// `|x|`; the slope at 0 is 0.
    Abs,
    /// `√x`
    Sqrt,
    /// `x²`
    Square,
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

pub(super) const ENTRIES: &[Entry] = &[
    plain("relu", |_| Operator::Activation(Activation::Relu)),
    LEAKY_RELU,
    plain("sigmoid", |_| Operator::Activation(Activation::Sigmoid)),
    plain("tanh", |_| Operator::Activation(Activation::Tanh)),
    plain("relu6", |_| Operator::Activation(Activation::Relu6)),
    ELU,
    plain("selu", |_| Operator::Activation(Activation::Selu)),
    GELU,
    plain("silu", |_| Operator::Activation(Activation::Silu)),
    plain("hard_swish", |_| Operator::Activation(Activation::HardSwish)),
    plain("hard_sigmoid", |_| Operator::Activation(Activation::HardSigmoid)),
    SOFTPLUS,
    plain("softsign", |_| Operator::Activation(Activation::Softsign)),
    plain("mish", |_| Operator::Activation(Activation::Mish)),
    HARD_TANH,
    plain("log_sigmoid", |_| Operator::Activation(Activation::LogSigmoid)),
    SCALE,
    SHIFT,
    plain("exp", |_| Operator::Activation(Activation::Exp)),
    plain("log", |_| Operator::Activation(Activation::Log)),
    plain("abs", |_| Operator::Activation(Activation::Abs)),
    plain("sqrt", |_| Operator::Activation(Activation::Sqrt)),
    plain("square", |_| Operator::Activation(Activation::Square)),
];

/// `leaky_relu(slope=0.01)`: [torch.nn.LeakyReLU](https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html).
const LEAKY_RELU: Entry = Entry {
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
const ELU: Entry = Entry {
    signature: Signature { name: "elu", positional: 1, params: &[("alpha", Some("1"))] },
    read: |args: &mut Args<'_>| Operator::Activation(Activation::Elu(args.positive("alpha"))),
};

/// `softplus(beta=1)`: [torch.nn.Softplus](https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html).
const SOFTPLUS: Entry = Entry {
    signature: Signature { name: "softplus", positional: 1, params: &[("beta", Some("1"))] },
    read: |args: &mut Args<'_>| Operator::Activation(Activation::Softplus(args.positive("beta"))),
};

/// `gelu(approximate=none)`: [torch.nn.GELU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html).
const GELU: Entry = Entry {
    signature: Signature { name: "gelu", positional: 1, params: &[("approximate", Some("none"))] },
    read: |args: &mut Args<'_>| {
        const FORMS: &[(&str, Activation)] = &[("none", Activation::Gelu), ("tanh", Activation::GeluTanh)];
        Operator::Activation(args.choice("approximate", FORMS))
    },
};

/// `hard_tanh(min=-1, max=1)`: [torch.nn.Hardtanh](https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html).
const HARD_TANH: Entry = Entry {
    signature: Signature {
        name: "hard_tanh",
        positional: 2,
        params: &[("min", Some("-1")), ("max", Some("1"))],
    },
    read: |args: &mut Args<'_>| {
        let (min, max) = (args.number("min"), args.number("max"));
        if min as f32 >= max as f32 {
            args.reject(
                "E0306",
                "max",
                "`max` of `hard_tanh` must be above `min`",
                format!("`min` is {min}, this is {max}"),
                "between the two it leaves numbers as they are; `hard_tanh(0, 6)` is `relu6`",
            );
        }
        Operator::Activation(Activation::HardTanh { min, max })
    },
};

/// `scale(by)`, such as the division of pixels by 255.
const SCALE: Entry = Entry {
    signature: Signature { name: "scale", positional: 1, params: &[("by", None)] },
    read: |args: &mut Args<'_>| {
        let by = args.number("by");
        if by == 0.0 {
            args.reject(
                "E0306",
                "by",
                "`scale` by 0 leaves nothing",
                "this is 0",
                "every number would become 0, and no gradient would pass",
            );
        }
        Operator::Activation(Activation::Scale(by))
    },
};

/// `shift(by)`: a constant is added.
const SHIFT: Entry = Entry {
    signature: Signature { name: "shift", positional: 1, params: &[("by", None)] },
    read: |args: &mut Args<'_>| Operator::Activation(Activation::Shift(args.number("by"))),
};

const fn plain(name: &'static str, read: fn(&mut Args<'_>) -> Operator) -> Entry {
    Entry { signature: Signature { name, positional: 0, params: &[] }, read }
}

/// The number that an activation's slope follows from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slope {
    /// The output.
    OfOutput,
    /// The input only, since several inputs have the same output.
    OfInput,
}

/// The reason for which a layer is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// A curve, without which linear layers would join.
    Curve,
    /// A curve that saturates on both sides, with the reason why gradients shrink after it.
    Saturation(&'static str),
    /// Calculated numbers, for a layer or a part of `lp_pool`.
    Calculation,
}

impl Activation {
    /// Returns the name, the number that the slope follows from, and the purpose.
    fn about(self) -> (&'static str, Slope, Purpose) {
        match self {
            Activation::Relu => ("relu", Slope::OfOutput, Purpose::Curve),
            Activation::LeakyRelu(_) => ("leaky_relu", Slope::OfOutput, Purpose::Curve),
            Activation::Sigmoid => (
                "sigmoid",
                Slope::OfOutput,
                Purpose::Saturation(
                    "the slope of `sigmoid` is at most 1/4, so after four of them at most 1/256 of the gradient is left",
                ),
            ),
            Activation::Tanh => (
                "tanh",
                Slope::OfOutput,
                Purpose::Saturation(
                    "the slope of `tanh` is below 1 everywhere but at 0, so the gradient shrinks with each of them",
                ),
            ),
            Activation::Relu6 => ("relu6", Slope::OfOutput, Purpose::Curve),
            Activation::Elu(_) => ("elu", Slope::OfOutput, Purpose::Curve),
            Activation::Selu => ("selu", Slope::OfOutput, Purpose::Curve),
            Activation::Gelu | Activation::GeluTanh => ("gelu", Slope::OfInput, Purpose::Curve),
            Activation::Silu => ("silu", Slope::OfInput, Purpose::Curve),
            Activation::HardSwish => ("hard_swish", Slope::OfInput, Purpose::Curve),
            Activation::HardSigmoid => (
                "hard_sigmoid",
                Slope::OfOutput,
                Purpose::Saturation(
                    "the slope of `hard_sigmoid` is at most 1/6, so after four of them less than 1/1000 of the gradient is left",
                ),
            ),
            Activation::Softplus(_) => ("softplus", Slope::OfOutput, Purpose::Curve),
            Activation::Softsign => (
                "softsign",
                Slope::OfOutput,
                Purpose::Saturation(
                    "the slope of `softsign` is below 1 everywhere but at 0, so the gradient shrinks with each of them",
                ),
            ),
            Activation::Mish => ("mish", Slope::OfInput, Purpose::Curve),
            Activation::HardTanh { .. } => ("hard_tanh", Slope::OfOutput, Purpose::Curve),
            Activation::LogSigmoid => ("log_sigmoid", Slope::OfOutput, Purpose::Curve),
            Activation::Scale(_) => ("scale", Slope::OfOutput, Purpose::Calculation),
            Activation::Shift(_) => ("shift", Slope::OfOutput, Purpose::Calculation),
            Activation::Exp => ("exp", Slope::OfOutput, Purpose::Calculation),
            Activation::Log => ("log", Slope::OfInput, Purpose::Calculation),
            Activation::Abs => ("abs", Slope::OfInput, Purpose::Calculation),
            Activation::Sqrt => ("sqrt", Slope::OfOutput, Purpose::Calculation),
            Activation::Square => ("square", Slope::OfInput, Purpose::Calculation),
            Activation::Power(_) => ("power", Slope::OfInput, Purpose::Calculation),
            Activation::Root { .. } => ("root", Slope::OfOutput, Purpose::Calculation),
        }
    }

    /// Returns true if the slope follows from the input only, since several inputs have the same output.
    pub fn slope_needs_input(&self) -> bool {
        self.about().1 == Slope::OfInput
    }

    /// Returns the reason why the gradient shrinks after an activation that saturates on both sides; `None`
    /// for all others.
    pub(crate) fn vanishing_slope(self) -> Option<&'static str> {
        match self.about().2 {
            Purpose::Saturation(reason) => Some(reason),
            Purpose::Curve | Purpose::Calculation => None,
        }
    }
}

impl Room for Activation {
    fn kind(&self) -> &'static str {
        self.about().0
    }

    fn text(&self) -> String {
        let text = Text::new(self.kind());
        match self {
            Activation::LeakyRelu(slope) => text.optional("slope", slope),
            Activation::Elu(alpha) => text.optional("alpha", alpha),
            Activation::Softplus(beta) => text.optional("beta", beta),
            Activation::GeluTanh => text.arg(&"tanh"),
            Activation::HardTanh { min, max } => {
                text.option("min", min, plain_text).option("max", max, plain_text)
            }
            Activation::Scale(by) | Activation::Shift(by) => text.arg(by),
            Activation::Power(p) => text.arg(p),
            Activation::Root { p, count } => text.arg(p).arg(count),
            Activation::Relu
            | Activation::Sigmoid
            | Activation::Tanh
            | Activation::Relu6
            | Activation::Selu
            | Activation::Gelu
            | Activation::Silu
            | Activation::HardSwish
            | Activation::HardSigmoid
            | Activation::Softsign
            | Activation::Mish
            | Activation::LogSigmoid
            | Activation::Exp
            | Activation::Log
            | Activation::Abs
            | Activation::Sqrt
            | Activation::Square => text,
        }
        .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        Ok(inputs[0].to_vec())
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], output: &[usize]) -> u64 {
        count(output)
    }

    fn facts(&self) -> Facts {
        Facts {
            group: Group::Activation,
            follows: true,
            affine: matches!(self, Activation::Scale(_) | Activation::Shift(_)),
            activation: self.about().2 != Purpose::Calculation,
            weights: None,
        }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        if *self == Activation::Scale(1.0) {
            Some("it multiplies by 1")
        } else if *self == Activation::Shift(0.0) {
            Some("it adds 0")
        } else {
            None
        }
    }
}

//! Initial weights.

use super::text::{Text, name_of, signature};
use crate::args::{self, Signature};
use crate::ops::Args;

/// A distribution of initial weights, with [torch.nn.init](https://docs.pytorch.org/docs/stable/nn.init.html)'s definitions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Zeros.
    Zeros,
    /// Ones.
    Ones,
    /// A constant.
    Constant(f64),
    /// A uniform distribution between two numbers.
    Uniform {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
    },
    /// A normal distribution.
    Normal {
        /// The standard deviation.
        std: f64,
        /// The mean.
        mean: f64,
    },
    /// A normal distribution, from which numbers more than two standard deviations from the mean are drawn
    /// again.
    TruncatedNormal {
        /// The standard deviation before any is drawn again.
        std: f64,
        /// The mean.
        mean: f64,
    },
    /// A distribution with mean 0 and a standard deviation that follows from the weights' shape.
    Scaled(Scaled),
    /// Rows, or columns where these are fewer, that are orthogonal to each other and `gain` long
    /// ([Saxe et al. 2014](https://arxiv.org/abs/1312.6120)).
    Orthogonal {
        /// The length.
        gain: f64,
    },
    /// An identity: every output is `gain` times the input of the same number, in the middle of a window;
    /// other weights are 0.
    Identity {
        /// The factor.
        gain: f64,
    },
}

/// A standard deviation of `gain / √fan`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaled {
    /// The paper that the distribution is named after.
    pub after: Named,
    /// True if the distribution is uniform, false if it is normal.
    pub uniform: bool,
    /// The number of connections that `fan` counts.
    pub fan: Fan,
    /// The factor that compensates for the activation after the layer; √2 for ReLU.
    pub gain: f64,
}

/// Papers that initial weights are named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// [He, Zhang, Ren and Sun 2015](https://arxiv.org/abs/1502.01852).
    He,
    /// [Glorot and Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html).
    Glorot,
    /// [LeCun, Bottou, Orr and Müller 1998](https://doi.org/10.1007/3-540-49430-8_2).
    LeCun,
}

/// Number of connections that a standard deviation follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// The number of inputs to an output.
    In,
    /// The number of outputs from an input.
    Out,
    /// The mean of both.
    Mean,
}

const FANS: &[(&str, Fan)] = &[("in", Fan::In), ("out", Fan::Out), ("mean", Fan::Mean)];

/// The signatures of the distributions.
pub(crate) const INITS: &[Signature<'static>] = &[
    scaled("he_uniform", &[("fan", Some("in")), ("gain", Some("√2"))]),
    scaled("he_normal", &[("fan", Some("in")), ("gain", Some("√2"))]),
    scaled("glorot_uniform", &[("gain", Some("1"))]),
    scaled("glorot_normal", &[("gain", Some("1"))]),
    scaled("lecun_uniform", &[("fan", Some("in")), ("gain", Some("1"))]),
    scaled("lecun_normal", &[("fan", Some("in")), ("gain", Some("1"))]),
    Signature { name: "zeros", positional: 0, params: &[] },
    Signature { name: "ones", positional: 0, params: &[] },
    Signature { name: "constant", positional: 1, params: &[("value", None)] },
    Signature { name: "uniform", positional: 2, params: &[("low", None), ("high", None)] },
    Signature { name: "normal", positional: 1, params: &[("std", None), ("mean", Some("0"))] },
    Signature { name: "truncated_normal", positional: 1, params: &[("std", None), ("mean", Some("0"))] },
    scaled("orthogonal", &[("gain", Some("1"))]),
    scaled("identity", &[("gain", Some("1"))]),
];

const fn scaled(
    name: &'static str,
    params: &'static [(&'static str, Option<&'static str>)],
) -> Signature<'static> {
    Signature { name, positional: 0, params }
}

impl Init {
    /// He's, uniform: the start of weights before `relu`.
    pub const HE_UNIFORM: Init = Init::Scaled(Scaled {
        after: Named::He,
        uniform: true,
        fan: Fan::In,
        gain: std::f64::consts::SQRT_2,
    });

    /// Reads the argument `init`.
    pub(super) fn read(args: &mut Args<'_>) -> Init {
        args.variant("init", INITS, |name, args| match name {
            "zeros" => Init::Zeros,
            "ones" => Init::Ones,
            "constant" => Init::Constant(args.number("value")),
            "uniform" => {
                let (low, high) = (args.number("low"), args.number("high"));
                let (least, most) = (low as f32, high as f32);
                if least < most && !(most - least).is_finite() {
                    args.reject(
                        "E0306",
                        "high",
                        "the range is wider than 32 bits can hold",
                        format!("from {low:?} to {high:?}"),
                        "write numbers of which the difference is below 3.4e38",
                    );
                }
                if least >= most && !args.failed() {
                    let help = "write the least number first, as in `uniform(-0.1, 0.1)`";
                    args.reject(
                        "E0306",
                        "high",
                        "nothing lies between these two",
                        format!("from {low} to {high}"),
                        help,
                    );
                }
                Init::Uniform { low, high }
            }
            "normal" => Init::Normal { std: args.positive("std"), mean: args.number("mean") },
            "truncated_normal" => {
                Init::TruncatedNormal { std: args.positive("std"), mean: args.number("mean") }
            }
            "orthogonal" => Init::Orthogonal { gain: args.positive("gain") },
            "identity" => Init::Identity { gain: args.positive("gain") },
            _ => {
                let after = match name {
                    "he_uniform" | "he_normal" => Named::He,
                    "glorot_uniform" | "glorot_normal" => Named::Glorot,
                    _ => Named::LeCun,
                };
                let fan = match after {
                    Named::Glorot => Fan::Mean,
                    _ => args.choice("fan", FANS),
                };
                let gain = args.positive("gain");
                Init::Scaled(Scaled { after, uniform: name.ends_with("uniform"), fan, gain })
            }
        })
    }

    /// Returns the text that describes the distribution.
    pub fn text(&self) -> String {
        match self {
            Init::Zeros => "zeros".into(),
            Init::Ones => "ones".into(),
            Init::Constant(value) => Text::new("constant").arg(value).finish(),
            Init::Uniform { low, high } => Text::new("uniform").arg(low).arg(high).finish(),
            Init::Normal { std, mean } => {
                Text::new("normal").arg(std).option("mean", mean, f64::to_string).finish()
            }
            Init::TruncatedNormal { std, mean } => {
                Text::new("truncated_normal").arg(std).option("mean", mean, f64::to_string).finish()
            }
            Init::Scaled(Scaled { after, uniform, fan, gain }) => Text::new(after.name(*uniform))
                .option("fan", fan, |fan| name_of(FANS, fan))
                .option("gain", gain, f64::to_string)
                .finish(),
            Init::Orthogonal { gain } => {
                Text::new("orthogonal").option("gain", gain, f64::to_string).finish()
            }
            Init::Identity { gain } => Text::new("identity").option("gain", gain, f64::to_string).finish(),
        }
    }
}

impl Named {
    /// Returns the paper's gain.
    pub(crate) fn gain(self) -> f64 {
        let gain = signature(self.name(true)).and_then(|signature| signature.default("gain"));
        gain.and_then(args::number).unwrap_or(1.0)
    }

    /// Returns the name of its distributions in the language.
    pub(crate) fn name(self, uniform: bool) -> &'static str {
        match (self, uniform) {
            (Named::He, true) => "he_uniform",
            (Named::He, false) => "he_normal",
            (Named::Glorot, true) => "glorot_uniform",
            (Named::Glorot, false) => "glorot_normal",
            (Named::LeCun, true) => "lecun_uniform",
            (Named::LeCun, false) => "lecun_normal",
        }
    }
}

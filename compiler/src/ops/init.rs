//! Initial weights.

/// A distribution of initial weights, with [torch.nn.init](https://docs.pytorch.org/docs/stable/nn.init.html)'s definitions;
/// He's gain is √2, fan counts are those of the parameter's shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// All this number; only of parameters whose layer says so.
    Constant(f64),
    /// Normal with σ = √(2 / fan_in).
    HeNormal,
    /// Uniform within ±√(6 / fan_in).
    HeUniform,
    /// Normal with σ = √(2 / (fan_in + fan_out)).
    GlorotNormal,
    /// Uniform within ±√(6 / (fan_in + fan_out)).
    GlorotUniform,
}

/// How each is written.
pub(crate) const INITS: &[(&str, Init)] = &[
    ("he_uniform", Init::HeUniform),
    ("he_normal", Init::HeNormal),
    ("glorot_uniform", Init::GlorotUniform),
    ("glorot_normal", Init::GlorotNormal),
    ("zeros", Init::Zeros),
    ("ones", Init::Ones),
];

impl Init {
    /// How it is written.
    pub fn name(&self) -> &'static str {
        if let Init::Constant(_) = self {
            return "constant";
        }
        INITS.iter().find(|(_, init)| init == self).map_or("", |(name, _)| name)
    }
}

//! Initial weights.

/// A distribution of initial weights, with [torch.nn.init](https://docs.pytorch.org/docs/stable/nn.init.html)'s definitions;
/// He's gain is √2, fan counts are those of the parameter's shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Normal with σ = √(2 / fan_in).
    HeNormal,
    /// Uniform within ±√(6 / fan_in).
    HeUniform,
    /// Normal with σ = √(2 / (fan_in + fan_out)).
    GlorotNormal,
    /// Uniform within ±√(6 / (fan_in + fan_out)).
    GlorotUniform,
}

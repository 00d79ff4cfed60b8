//! What parameters are.

/// What a parameter is; penalties leave out everything but weights unless asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Multiplies its input.
    Weight,
    /// Is added.
    Bias,
    /// A normalisation's scale or shift.
    Norm,
    /// A `prelu`'s, where its input is negative; no penalty counts it, as its authors advise.
    Slope,
    /// Not learned: running statistics.
    Statistic,
}

impl Role {
    /// Whether training changes such a parameter by its gradient, unless it is frozen.
    pub fn is_learned(self) -> bool {
        self != Role::Statistic
    }
}

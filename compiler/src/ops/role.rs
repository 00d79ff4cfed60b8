//! Roles of parameters.

/// Role of a parameter; penalties leave out everything but weights unless asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A factor of the input.
    Weight,
    /// An addend.
    Bias,
    /// A normalisation's scale or shift.
    Norm,
    /// A slope of `prelu`, where its input is negative; no penalty counts it, as its authors advise.
    Slope,
    /// Running statistics, which are not learned.
    Statistic,
}

impl Role {
    /// Returns true if training changes such a parameter by its gradient, unless it is frozen.
    pub fn is_learned(self) -> bool {
        self != Role::Statistic
    }
}

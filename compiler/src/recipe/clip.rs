//! Clipping of gradients.

/// Limit of the gradients, penalties' included, before an update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// Every number is brought between minus this and this.
    Value(f64),
    /// Every parameter's gradient is scaled so that its norm is at most this.
    Norm(f64),
    /// All gradients are scaled so that their common norm is at most this.
    GlobalNorm(f64),
}

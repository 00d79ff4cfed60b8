//! Clipping of gradients.

/// Limit of the gradients, penalties' included, before an update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// The largest magnitude of a number; larger ones are cut off.
    Value(f64),
    /// The largest norm of a parameter's gradient, to which larger ones are scaled.
    Norm(f64),
    /// The largest common norm of all gradients, to which they are scaled.
    GlobalNorm(f64),
}

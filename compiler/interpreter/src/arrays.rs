//! Arrays of gradients, and functions that ndarray lacks.

use ndarray::{ArrayD, IxDyn};

/// Gradients of one node.
pub(super) struct Local {
    /// The gradient of each input.
    pub(super) inputs: Vec<ArrayD<f64>>,
    /// The gradient of each parameter that can be learned.
    pub(super) params: Vec<ArrayD<f64>>,
}

/// Returns the larger number; NaN if either is, unlike [`f64::max`].
pub(super) fn maximum(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

/// Returns the numbers in row-major order under another shape of the same size.
pub(super) fn reshape(x: &ArrayD<f64>, shape: &[usize]) -> ArrayD<f64> {
    let numbers = x.iter().copied().collect();
    ArrayD::from_shape_vec(IxDyn(shape), numbers).expect("a reshape keeps the count")
}

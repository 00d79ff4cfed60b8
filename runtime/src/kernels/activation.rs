//! Activations that act on each number by itself, and their slopes.
//!
//! Everything is arithmetic and choices between two numbers, so that loops become vector instructions. Definitions are
//! PyTorch's, the slopes at kinks included.

use super::gemm::{Columns, MOVE};
use super::isa::{Any, Arithmetic, Instructions, Kernel};
use crate::sealed::Sealed;

mod calculation;
mod from_input;
mod from_output;
mod functions;
mod power;
#[cfg(test)]
pub(super) mod tests;

/// Every activation.
pub mod kinds {
    pub use super::calculation::*;
    pub use super::from_input::*;
    pub use super::from_output::*;
    pub use super::power::*;
}

pub use kinds::*;

/// An activation whose slope is a function of its output, so that backward needs nothing but what forward kept; or of its
/// input, where several inputs have the same output, as those of [`Gelu`] have.
///
/// This trait is sealed: kernels rely on the activations that they are tested with.
pub trait Activation: Sealed + Copy + Send + Sync {
    /// Returns the activation of `x`.
    fn apply(self, x: f32) -> f32;
    /// Returns the slope where the activation's output, or for some its input, is `at`.
    fn slope(self, at: f32) -> f32;

    /// Returns the slopes at these outputs (or inputs), for a kernel that multiplies its result by them.
    fn at(self, outputs: &[f32]) -> Slope<'_, Self> {
        Slope { activation: self, outputs }
    }
}

/// The slopes of an activation at known outputs, or inputs.
#[derive(Clone, Copy)]
pub struct Slope<'a, A> {
    /// The activation.
    pub activation: A,
    /// The outputs, or inputs, at which the slopes are taken; empty for [`Identity`].
    pub outputs: &'a [f32],
}

struct Forward<'a, A>(A, &'a mut [f32]);

impl<A: Activation> Kernel for Forward<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for x in self.1 {
            *x = self.0.apply(*x);
        }
    }
}

struct Map<'a, A>(A, &'a [f32], &'a mut [f32]);

impl<A: Activation> Kernel for Map<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (y, &x) in self.2.iter_mut().zip(self.1) {
            *y = self.0.apply(x);
        }
    }
}

struct Backward<'a, A>(A, &'a [f32], &'a mut [f32]);

impl<A: Activation> Kernel for Backward<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (d, &at) in self.2.iter_mut().zip(self.1) {
            *d *= self.0.slope(at);
        }
    }
}

/// The cost of an activation, in multiplications.
const COST: u64 = 2 * MOVE;

/// Replaces each number by its activation.
#[inline]
pub fn forward<A: Activation>(activation: A, x: &mut [f32]) {
    Columns::rows(x, 1, COST, &|_, x| forward_in(Any, activation, x));
}

/// Runs [`forward`] with these instructions.
#[inline(always)]
pub fn forward_in(m: impl Instructions, activation: impl Activation, x: &mut [f32]) {
    m.run(Forward(activation, x));
}

/// Computes `y = activation(x)`.
#[inline]
pub fn map<A: Activation>(activation: A, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len());
    Columns::rows(y, 1, COST, &|first, y| map_in(Any, activation, &x[first..][..y.len()], y));
}

/// Runs [`map`] with these instructions.
#[inline(always)]
pub fn map_in(m: impl Instructions, activation: impl Activation, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len());
    m.run(Map(activation, x, y));
}

/// Multiplies each gradient by the slope at the output, or for some the input.
#[inline]
pub fn backward<A: Activation>(activation: A, at: &[f32], dy: &mut [f32]) {
    backward_in(Any, activation, at, dy);
}

/// Runs [`backward`] with these instructions.
#[inline(always)]
pub fn backward_in(m: impl Instructions, activation: impl Activation, at: &[f32], dy: &mut [f32]) {
    assert_eq!(at.len(), dy.len());
    m.run(Backward(activation, at, dy));
}

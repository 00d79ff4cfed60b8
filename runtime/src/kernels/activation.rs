//! Activations that act on each number by itself, with slopes computed from the activation's own output.

use super::isa::{Arithmetic, Kernel, dispatch};

/// An activation whose slope is a function of its output, so that backward needs nothing but what forward kept.
pub trait Activation: Copy + Send + Sync {
    /// The activation of `x`.
    fn apply(self, x: f32) -> f32;
    /// The slope where the activation's output is `y`.
    fn slope(self, y: f32) -> f32;

    /// The slopes at these outputs, for a kernel that multiplies its result by them.
    fn at(self, outputs: &[f32]) -> Slope<'_, Self> {
        Slope { activation: self, outputs }
    }
}

/// The slopes of an activation at known outputs.
#[derive(Clone, Copy)]
pub struct Slope<'a, A> {
    /// Which activation.
    pub activation: A,
    /// Where; empty for [`Identity`].
    pub outputs: &'a [f32],
}

/// `x`
#[derive(Clone, Copy, Debug)]
pub struct Identity;
/// `max(x, 0)`; the slope at 0 is 0, as in PyTorch.
#[derive(Clone, Copy, Debug)]
pub struct Relu;
/// `x` where positive, `slope · x` elsewhere; the slope must be positive.
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu(pub f32);
/// `1 / (1 + e⁻ˣ)`
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid;
/// `tanh x`
#[derive(Clone, Copy, Debug)]
pub struct Tanh;

impl Activation for Identity {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x
    }
    #[inline(always)]
    fn slope(self, _: f32) -> f32 {
        1.0
    }
}

impl Activation for Relu {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        if x > 0.0 { x } else { 0.0 }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y > 0.0 { 1.0 } else { 0.0 }
    }
}

impl Activation for LeakyRelu {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        if x > 0.0 { x } else { self.0 * x }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        if y > 0.0 { 1.0 } else { self.0 }
    }
}

impl Activation for Sigmoid {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        1.0 / (1.0 + (-x).exp())
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        y * (1.0 - y)
    }
}

impl Activation for Tanh {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x.tanh()
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        1.0 - y * y
    }
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

struct Backward<'a, A>(A, &'a [f32], &'a mut [f32]);

impl<A: Activation> Kernel for Backward<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (d, &y) in self.2.iter_mut().zip(self.1) {
            *d *= self.0.slope(y);
        }
    }
}

/// Replaces each number by its activation.
pub fn forward<A: Activation>(activation: A, x: &mut [f32]) {
    dispatch(Forward(activation, x));
}

/// Multiplies each gradient by the slope at the output `y`.
pub fn backward<A: Activation>(activation: A, y: &[f32], dy: &mut [f32]) {
    assert_eq!(y.len(), dy.len());
    dispatch(Backward(activation, y, dy));
}

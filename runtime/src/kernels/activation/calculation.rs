//! Functions of each number for calculations, such as the logarithm of a rate.

use super::Activation;
use crate::kernels::double;
use crate::sealed::seal;

seal!(Abs, Exp, Ln, Scale, Shift, Sqrt, Square);

/// `by · x`
#[derive(Clone, Copy, Debug)]
pub struct Scale(
    /// The factor, not 0.
    pub f32,
);
/// `x + by`
#[derive(Clone, Copy, Debug)]
pub struct Shift(
    /// The summand.
    pub f32,
);
/// `eˣ`; the slope follows from the output.
#[derive(Clone, Copy, Debug)]
pub struct Exp;
/// `ln x`; the slope follows from the input.
#[derive(Clone, Copy, Debug)]
pub struct Ln;
/// `|x|`; the slope follows from the input, and is 0 at 0 and NaN, as in PyTorch.
#[derive(Clone, Copy, Debug)]
pub struct Abs;
/// `√x`; the slope follows from the output, and is infinite at 0, as in PyTorch.
#[derive(Clone, Copy, Debug)]
pub struct Sqrt;
/// `x²`; the slope follows from the input.
#[derive(Clone, Copy, Debug)]
pub struct Square;

impl Activation for Scale {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        self.0 * x
    }
    #[inline(always)]
    fn slope(self, _: f32) -> f32 {
        self.0
    }
}

impl Activation for Shift {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x + self.0
    }
    #[inline(always)]
    fn slope(self, _: f32) -> f32 {
        1.0
    }
}

impl Activation for Exp {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        // In 64 bits, since those of 32 bits lose digits where the power is large.
        double::exp(f64::from(x)) as f32
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        y
    }
}

impl Activation for Ln {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        double::ln(f64::from(x)) as f32
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        1.0 / x
    }
}

impl Activation for Abs {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x.abs()
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        let falling = if x < 0.0 { -1.0 } else { 0.0 };
        if x > 0.0 { 1.0 } else { falling }
    }
}

impl Activation for Sqrt {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x.sqrt()
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        0.5 / y
    }
}

impl Activation for Square {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        x * x
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        2.0 * x
    }
}

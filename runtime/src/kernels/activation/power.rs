//! Powers and roots, between which the mean of a window becomes its norm.

use super::Activation;
use crate::sealed::seal;

seal!(Power, Root);

/// `|x|ᵖ` for `p` of at least 1; the slope follows from the input, and is 0 at 0.
#[derive(Clone, Copy, Debug)]
pub struct Power(
    /// `p`
    pub f32,
);

/// `(count · x)^(1/p)` for `x` that are not negative; the slope is 0 at 0.
#[derive(Clone, Copy, Debug)]
pub struct Root {
    /// The degree of the root, at least 1.
    pub p: f32,
    /// The factor that turns a mean into a sum.
    pub count: f32,
}

impl Activation for Power {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        let x = x.abs();
        match self.0 {
            1.0 => x,
            2.0 => x * x,
            3.0 => x * x * x,
            4.0 => (x * x) * (x * x),
            p => x.powf(p),
        }
    }
    #[inline(always)]
    fn slope(self, x: f32) -> f32 {
        let size = x.abs();
        let slope = match self.0 {
            1.0 => 1.0,
            2.0 => 2.0 * size,
            3.0 => 3.0 * size * size,
            4.0 => 4.0 * size * size * size,
            p => p * size.powf(p - 1.0),
        };
        if size > 0.0 { slope.copysign(x) } else { 0.0 }
    }
}

impl Activation for Root {
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        let sum = self.count * x;
        match self.p {
            1.0 => sum,
            2.0 => sum.sqrt(),
            4.0 => sum.sqrt().sqrt(),
            p => sum.powf(1.0 / p),
        }
    }
    #[inline(always)]
    fn slope(self, y: f32) -> f32 {
        let slope = match self.p {
            1.0 => self.count,
            2.0 => self.count / (2.0 * y),
            3.0 => self.count / (3.0 * y * y),
            4.0 => self.count / (4.0 * y * y * y),
            p => self.count / (p * y.powf(p - 1.0)),
        };
        if y > 0.0 { slope } else { 0.0 }
    }
}

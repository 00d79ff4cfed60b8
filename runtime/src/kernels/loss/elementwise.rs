//! Losses that are means of a function of one output and its target.

use super::LANES;
use crate::kernels::isa::{Arithmetic, Kernel, dispatch};
use crate::sealed::Sealed;

/// A function of an output and its target.
///
/// This trait is sealed.
pub trait Elementwise: Sealed + Copy {
    /// Returns the two options that choose between formulas. Each choice gets a loop of its own: one that
    /// asks is no vector loop.
    #[inline(always)]
    fn options(self) -> [bool; 2] {
        [false; 2]
    }

    /// Returns the loss, and its derivative by the output, with these options.
    fn at<const FIRST: bool, const SECOND: bool>(self, y: f64, t: f64) -> (f64, f64);

    /// Returns the loss.
    fn loss(self, y: f64, t: f64) -> f64 {
        match self.options() {
            [false, false] => self.at::<false, false>(y, t).0,
            [false, true] => self.at::<false, true>(y, t).0,
            [true, false] => self.at::<true, false>(y, t).0,
            [true, true] => self.at::<true, true>(y, t).0,
        }
    }
}

/// Returns the sum of losses `f(y, t)`; the outputs become `f'(y, t) · scale`. In 64 bits, but for what is
/// read and written.
pub fn elementwise<F: Elementwise>(f: F, targets: &[f32], scale: f32, y_to_grad: &mut [f32]) -> f32 {
    assert_eq!(targets.len(), y_to_grad.len());
    dispatch(Each { f, targets, scale, y: y_to_grad }) as f32
}

struct Each<'a, F> {
    f: F,
    targets: &'a [f32],
    scale: f32,
    y: &'a mut [f32],
}

impl<F: Elementwise> Kernel for Each<'_, F> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        match self.f.options() {
            [false, false] => self.sum::<false, false>(),
            [false, true] => self.sum::<false, true>(),
            [true, false] => self.sum::<true, false>(),
            [true, true] => self.sum::<true, true>(),
        }
    }
}

impl<F: Elementwise> Each<'_, F> {
    #[inline(always)]
    fn sum<const FIRST: bool, const SECOND: bool>(self) -> f64 {
        let scale = f64::from(self.scale);
        let mut sums = [0.0; LANES];
        let (blocks, rest) = self.y.as_chunks_mut::<LANES>();
        let (target_blocks, target_rest) = self.targets.as_chunks::<LANES>();
        for (y, targets) in blocks.iter_mut().zip(target_blocks) {
            for ((y, &t), sum) in y.iter_mut().zip(targets).zip(&mut sums) {
                let (loss, slope) = self.f.at::<FIRST, SECOND>(f64::from(*y), f64::from(t));
                *sum += loss;
                *y = (slope * scale) as f32;
            }
        }
        for ((y, &t), sum) in rest.iter_mut().zip(target_rest).zip(&mut sums) {
            let (loss, slope) = self.f.at::<FIRST, SECOND>(f64::from(*y), f64::from(t));
            *sum += loss;
            *y = (slope * scale) as f32;
        }
        sums.iter().sum()
    }
}

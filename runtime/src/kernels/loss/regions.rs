//! Losses that compare an output with its target as wholes: directions and regions.

use crate::kernels::isa::{Arithmetic, Kernel, dispatch};

/// The number that is added to squared lengths, as in PyTorch's [CosineEmbeddingLoss].
///
/// [CosineEmbeddingLoss]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html
pub(crate) const SHORTEST: f64 = 1e-12;

/// Computes the sum of one less the cosine of the angle between rows of `C` outputs and targets.
///
/// The outputs become its slopes, times `scale`.
pub fn cosine<const C: usize>(targets: &[f32], scale: f32, y_to_grad: &mut [f32]) -> f32 {
    assert_eq!(targets.len(), y_to_grad.len());
    dispatch(Cosine::<C> { targets, scale, y: y_to_grad }) as f32
}

/// `1 - (I + smooth) / (I + alpha (P - I) + beta (T - I) + smooth)` of each region, where `I`, `P` and `T` are its sums of
/// `p t`, `p` and `t` (Salehi et al. 2017); 0 where there is nothing and nothing is added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// The weight of what is there and should not be.
    pub alpha: f64,
    /// The weight of what is not there and should be.
    pub beta: f64,
    /// The number that is added to both sides of the fraction.
    pub smooth: f64,
}

impl Overlap {
    /// Returns the sum over samples of `P` places with `R` regions each, a number for each region at every
    /// place.
    ///
    /// The outputs become slopes, times `scale`.
    pub fn loss<const R: usize, const P: usize>(
        &self,
        targets: &[f32],
        scale: f32,
        y_to_grad: &mut [f32],
    ) -> f32 {
        assert_eq!(targets.len(), y_to_grad.len());
        assert_eq!(targets.len() % (R * P), 0);
        dispatch(Regions::<R, P> { of: *self, targets, scale, y: y_to_grad }) as f32
    }

    /// Returns the loss of one region with these sums, its slope by an output for a target of 0, and how much
    /// a target adds to it.
    #[inline(always)]
    pub(crate) fn at(&self, both: f64, outputs: f64, targets: f64) -> (f64, f64, f64) {
        let top = both + self.smooth;
        let bottom = top + self.alpha * (outputs - both) + self.beta * (targets - both);
        if bottom == 0.0 {
            return (0.0, 0.0, 0.0);
        }
        let share = top / bottom;
        let per_target = (share * (1.0 - self.alpha - self.beta) - 1.0) / bottom;
        (1.0 - share, share * self.alpha / bottom, per_target)
    }
}

struct Cosine<'a, const C: usize> {
    targets: &'a [f32],
    scale: f32,
    y: &'a mut [f32],
}

impl<const C: usize> Kernel for Cosine<'_, C> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let (mut loss, scale) = (0.0, f64::from(self.scale));
        for (y, targets) in self.y.chunks_exact_mut(C).zip(self.targets.chunks_exact(C)) {
            let [mut yy, mut tt, mut yt] = [SHORTEST, SHORTEST, 0.0];
            for (&y, &t) in y.iter().zip(targets) {
                let (y, t) = (f64::from(y), f64::from(t));
                yy += y * y;
                tt += t * t;
                yt += y * t;
            }
            let length = (yy * tt).sqrt();
            let cosine = yt / length;
            loss += 1.0 - cosine;
            let (by_y, by_t) = (cosine / yy * scale, scale / length);
            for (y, &t) in y.iter_mut().zip(targets) {
                *y = (f64::from(*y) * by_y - f64::from(t) * by_t) as f32;
            }
        }
        loss
    }
}

struct Regions<'a, const R: usize, const P: usize> {
    of: Overlap,
    targets: &'a [f32],
    scale: f32,
    y: &'a mut [f32],
}

/// Regions that are summed at once.
const SIDE_BY_SIDE: usize = 8;

impl<const R: usize, const P: usize> Kernel for Regions<'_, R, P> {
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let (mut loss, scale) = (0.0, f64::from(self.scale));
        for (y, targets) in self.y.chunks_exact_mut(R * P).zip(self.targets.chunks_exact(R * P)) {
            for first in (0..R).step_by(SIDE_BY_SIDE) {
                let regions = first..R.min(first + SIDE_BY_SIDE);
                let mut sums = [[0.0; 3]; SIDE_BY_SIDE];
                for (y, targets) in y.chunks_exact(R).zip(targets.chunks_exact(R)) {
                    let pairs = y[regions.clone()].iter().zip(&targets[regions.clone()]);
                    for (sums, (&y, &t)) in sums.iter_mut().zip(pairs) {
                        let (y, t) = (f64::from(y), f64::from(t));
                        sums[0] += y * t;
                        sums[1] += y;
                        sums[2] += t;
                    }
                }
                let mut slopes = [(0.0, 0.0); SIDE_BY_SIDE];
                for (slopes, [both, outputs, all]) in slopes[..regions.len()].iter_mut().zip(sums) {
                    let (cost, slope, per_target) = self.of.at(both, outputs, all);
                    loss += cost;
                    *slopes = (slope * scale, per_target * scale);
                }
                for (y, targets) in y.chunks_exact_mut(R).zip(targets.chunks_exact(R)) {
                    let pairs = y[regions.clone()].iter_mut().zip(&targets[regions.clone()]);
                    for ((y, &t), (slope, per_target)) in pairs.zip(slopes) {
                        *y = (slope + per_target * f64::from(t)) as f32;
                    }
                }
            }
        }
        loss
    }
}

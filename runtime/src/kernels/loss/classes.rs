//! Softmax and losses of shares of classes: `Σ share · -ln softmax(x)` of each row, in 64 bits but for the powers.

use super::{LANES, Labels};
use crate::kernels::isa::{Arithmetic, Kernel, dispatch};
use crate::kernels::softmax::{exponentials_from, largest};

/// Options of a cross-entropy of `C` classes: [CrossEntropyLoss].
///
/// [CrossEntropyLoss]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Classes<'a, const C: usize> {
    /// The weight of each class; all 1 if empty.
    pub weights: &'a [f32],
    /// The part of each target that is spread over all classes, from 0 to 1.
    pub smoothing: f32,
    /// The label whose samples or pixels do not count (PyTorch's `ignore_index`).
    pub ignore: Option<i32>,
}

impl<const C: usize> Classes<'_, C> {
    /// Returns the inverse of the sum of the labels' weights, which turns a sum over them into a mean; 0
    /// where that sum is 0.
    pub fn share(&self, labels: &[u32]) -> f32 {
        self.check(labels);
        let counted = labels.iter().filter(|&&label| Some(label as i32) != self.ignore);
        let total: f64 = counted.map(|&label| f64::from(self.weight(label as usize))).sum();
        if total == 0.0 { 0.0 } else { (1.0 / total) as f32 }
    }

    /// Returns the sum over rows of logits with a label each; the logits become gradients, times `scale`.
    ///
    /// A row whose label is ignored adds nothing.
    pub fn of_classes(&self, labels: &[u32], scale: f32, logits_to_grad: &mut [f32]) -> f32 {
        self.check(labels);
        assert_eq!(logits_to_grad.len(), labels.len() * C);
        let (spread, rest) = self.parts();
        let share = |row: usize, class: usize| {
            let label = labels[row];
            let share = if class == label as usize { spread + rest } else { spread };
            if Some(label as i32) == self.ignore { 0.0 } else { share * self.weight(class) }
        };
        dispatch(SoftmaxEntropy::<C, _, false> { share, scale, logits: logits_to_grad }) as f32
    }

    /// Returns the sum over rows of logits with a share for each class; the logits become gradients, times
    /// `scale`.
    pub fn of_shares(&self, shares: &[f32], scale: f32, logits_to_grad: &mut [f32]) -> f32 {
        self.check(&[]);
        assert_eq!(logits_to_grad.len(), shares.len());
        let (spread, rest) = self.parts();
        let share = |row: usize, class: usize| (spread + rest * shares[row * C + class]) * self.weight(class);
        dispatch(SoftmaxEntropy::<C, _, true> { share, scale, logits: logits_to_grad }) as f32
    }

    /// Returns the share of a target that each class gets, and the share that its own class keeps.
    fn parts(&self) -> (f32, f32) {
        (self.smoothing / C as f32, 1.0 - self.smoothing)
    }

    #[inline(always)]
    fn weight(&self, class: usize) -> f32 {
        if self.weights.is_empty() { 1.0 } else { self.weights[class] }
    }

    fn check(&self, labels: &[u32]) {
        assert!(self.weights.is_empty() || self.weights.len() == C, "a weight for each class");
        let expected = Labels::of(C);
        self.ignore.map_or(expected, |label| expected.ignoring(label)).check("labels", labels);
    }
}

/// Computes softmax and the Kullback-Leibler divergence of rows of `C` logits: the sum of `t (ln t - ln
/// softmax(x))`, where `t ln t` is 0 for `t` of 0.
///
/// The logits become `(softmax(x) · Σ t - t) · scale`.
pub fn softmax_kl_divergence<const C: usize>(targets: &[f32], scale: f32, logits_to_grad: &mut [f32]) -> f32 {
    assert_eq!(logits_to_grad.len(), targets.len());
    let share = |row: usize, class: usize| targets[row * C + class];
    let entropy = dispatch(SoftmaxEntropy::<C, _, true> { share, scale, logits: logits_to_grad });
    let own = targets.iter().filter(|&&t| t > 0.0).map(|&t| f64::from(t) * f64::from(t).ln());
    (entropy + own.sum::<f64>()) as f32
}

/// `share(row, class)`, where the target is a `SHARE` of every class: then an infinite distance to a class is NaN, even
/// with a share of 0, as in PyTorch. Classes beside a label cost nothing.
struct SoftmaxEntropy<'a, const C: usize, S, const SHARE: bool> {
    share: S,
    scale: f32,
    logits: &'a mut [f32],
}

impl<const C: usize, S: Fn(usize, usize) -> f32, const SHARE: bool> Kernel
    for SoftmaxEntropy<'_, C, S, SHARE>
{
    type Output = f64;
    #[inline(always)]
    fn run<M: Arithmetic>(self) -> f64 {
        let mut loss = 0.0;
        for (i, row) in self.logits.chunks_exact_mut(C).enumerate() {
            let (mut sums, mut distances) = ([0.0; LANES], [0.0; LANES]);
            let most = largest::<C>(row);
            for (block, x) in row.chunks(LANES).enumerate() {
                for (lane, &x) in x.iter().enumerate() {
                    let share = f64::from((self.share)(i, block * LANES + lane));
                    sums[lane] += share;
                    // From the largest: two logits of 10³⁸ may be equal, and the sum of what remains small.
                    let distance = share * (f64::from(most) - f64::from(x));
                    distances[lane] += if !SHARE && share == 0.0 { 0.0 } else { distance };
                }
            }
            let (all, distance): (f64, f64) = (sums.iter().sum(), distances.iter().sum());
            if !SHARE && all == 0.0 {
                row.fill(0.0);
                continue;
            }
            let sum = exponentials_from::<M, C>(row, most);
            loss += all * f64::from(sum).ln() + distance;
            let factor = all as f32 / sum * self.scale;
            for (class, x) in row.iter_mut().enumerate() {
                *x = *x * factor - (self.share)(i, class) * self.scale;
            }
        }
        loss
    }
}

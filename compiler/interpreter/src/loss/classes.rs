//! Losses of classes: `Σ shares · -ln p` for each sample or pixel.

use ndarray::{ArrayD, Axis, Zip};
use netwright_compiler::ops::CrossEntropy;

/// Converts class indices to shares, and returns them with the divisor of the sum:
/// [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
pub(super) fn of_indices(ce: &CrossEntropy, x: &ArrayD<f64>, classes: &ArrayD<usize>) -> (ArrayD<f64>, f64) {
    let mut shares = ArrayD::zeros(x.raw_dim());
    let spread = ce.label_smoothing / x.shape()[1] as f64;
    Zip::from(shares.lanes_mut(Axis(1))).and(classes).for_each(|mut shares, &label| {
        if ce.ignores(label) {
            return;
        }
        for (class, share) in shares.iter_mut().enumerate() {
            *share = spread * weight(ce, class);
        }
        shares[label] += (1.0 - ce.label_smoothing) * weight(ce, label);
    });
    (shares, total(ce, classes))
}

/// Returns the sum of the weights of the labels that count.
pub(super) fn total(ce: &CrossEntropy, classes: &ArrayD<usize>) -> f64 {
    classes.iter().filter(|label| !ce.ignores(**label)).map(|&label| weight(ce, label)).sum()
}

/// Shares with weights and smoothing applied.
pub(super) fn of_shares(ce: &CrossEntropy, target: &ArrayD<f64>) -> ArrayD<f64> {
    let mut shares = target.clone();
    let spread = ce.label_smoothing / target.shape()[1] as f64;
    for (class, mut shares) in shares.axis_iter_mut(Axis(1)).enumerate() {
        shares.mapv_inplace(|t| weight(ce, class) * ((1.0 - ce.label_smoothing) * t + spread));
    }
    shares
}

fn weight(ce: &CrossEntropy, class: usize) -> f64 {
    ce.weights.get(class).copied().unwrap_or(1.0)
}

/// Source of the targets' shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A label: most of them are 0 because they say nothing.
    Label,
    /// The caller: a share of 0 times an infinite loss is NaN, as in PyTorch.
    Shares,
}

/// Returns the sum of `shares · -ln p` over `count`, and its gradient; nothing of nothing is 0.
pub(super) fn entropy(
    target: Target,
    logits: bool,
    x: &ArrayD<f64>,
    shares: &ArrayD<f64>,
    count: f64,
) -> (f64, ArrayD<f64>) {
    let mut total = 0.0;
    let mut gradient = ArrayD::zeros(x.raw_dim());
    if count == 0.0 {
        return (0.0, gradient);
    }
    let rows = Zip::from(gradient.lanes_mut(Axis(1))).and(x.lanes(Axis(1))).and(shares.lanes(Axis(1)));
    rows.for_each(|mut gradient, x, shares| {
        if logits {
            let largest = x.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let sum = x.fold(0.0, |sum, x| sum + (x - largest).exp());
            let all = shares.sum();
            for ((slope, x), share) in gradient.iter_mut().zip(x).zip(shares) {
                // Classes beside a label cost nothing, at whatever distance.
                let counts = target == Target::Shares || *share != 0.0;
                total += if counts { share * (sum.ln() + (largest - x)) } else { 0.0 };
                *slope = all * (x - largest).exp() / sum - share;
            }
        } else {
            for ((slope, p), share) in
                gradient.iter_mut().zip(x).zip(shares).filter(|(_, share)| **share != 0.0)
            {
                total -= share * p.ln();
                *slope = -share / p;
            }
        }
    });
    (total / count, gradient / count)
}

/// Computes `Σ -t ln t`
pub(super) fn own_entropy(shares: &ArrayD<f64>) -> f64 {
    shares.iter().filter(|t| **t > 0.0).map(|t| -t * t.ln()).sum()
}

//! Losses that compare the outputs of a sample with its targets as a whole: means over samples, with the definitions of
//! the language.

use super::evaluation::{Sum, log};
use super::log_softmax;
use crate::kernels::loss::{Overlap, SHORTEST};

/// Options of a cross-entropy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classes<'a> {
    pub(super) logits: bool,
    /// The weight of each class; all 1 if empty.
    pub(super) weights: &'a [f64],
    pub(super) smoothing: f64,
}

impl Classes<'_> {
    fn weight(&self, class: usize) -> f64 {
        self.weights.get(class).copied().unwrap_or(1.0)
    }

    /// Returns the sum over samples with a class each, in whose mean each counts by its class's weight.
    pub(super) fn of_classes(&self, rows: &[f32], classes: &[u32], ignore: Option<i32>) -> Sum {
        let mut sum = Sum::default();
        for (row, &class) in rows.chunks_exact(rows.len() / classes.len()).zip(classes) {
            if Some(class as i32) == ignore {
                continue;
            }
            let right = class as usize;
            let weight = self.weight(right);
            sum.weight += weight;
            sum.loss += match self.smoothing == 0.0 {
                true if weight == 0.0 => 0.0,
                true if self.logits => -weight * log_softmax(row)(row[right]),
                true => -weight * log(row[right].into()),
                false => self.entropy(row, |class| if class == right { 1.0 } else { 0.0 }),
            };
        }
        sum
    }

    /// Returns the sum over samples with a share for each of `width` classes.
    pub(super) fn of_shares(&self, rows: &[f32], shares: &[f32], width: usize) -> Sum {
        let pairs = rows.chunks_exact(width).zip(shares.chunks_exact(width));
        let loss = pairs.map(|(row, t)| self.entropy(row, |class| f64::from(t[class]))).sum();
        Sum { loss, weight: (rows.len() / width) as f64 }
    }

    /// Computes `-Σ weight · smoothed target · ln p`
    fn entropy(&self, row: &[f32], target: impl Fn(usize) -> f64) -> f64 {
        let of_logits = self.logits.then(|| log_softmax(row));
        let spread = self.smoothing / row.len() as f64;
        let cost = |(class, &x): (usize, &f32)| {
            let share = self.weight(class) * ((1.0 - self.smoothing) * target(class) + spread);
            let log = || of_logits.as_ref().map_or_else(|| log(x.into()), |log| log(x));
            // An infinite distance to a class without a share costs nothing.
            if share == 0.0 { 0.0 } else { -share * log() }
        };
        row.iter().enumerate().map(cost).sum()
    }
}

/// Returns the sum of `Σ t (ln t - ln p)` over samples.
pub(super) fn kl_divergence(rows: &[f32], targets: &[f32], width: usize, logits: bool) -> Sum {
    let own: f64 = targets.iter().filter(|&&t| t > 0.0).map(|&t| f64::from(t) * f64::from(t).ln()).sum();
    let classes = Classes { logits, weights: &[], smoothing: 0.0 };
    let cross = classes.of_shares(rows, targets, width);
    Sum { loss: cross.loss + own, ..cross }
}

/// Returns the sum over samples of one less the cosine of the angle between output and target.
pub(super) fn cosine(rows: &[f32], targets: &[f32], width: usize) -> Sum {
    let pairs = rows.chunks_exact(width).zip(targets.chunks_exact(width));
    let product =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum() };
    let cost = |(y, t): (&[f32], &[f32])| {
        1.0 - product(y, t) / ((product(y, y) + SHORTEST) * (product(t, t) + SHORTEST)).sqrt()
    };
    Sum { loss: pairs.map(cost).sum(), weight: (rows.len() / width) as f64 }
}

/// Returns the sum over regions of `places` places.
pub(super) fn overlap(of: Overlap, outputs: &[f32], targets: &[f32], places: usize) -> Sum {
    let pairs = outputs.chunks_exact(places).zip(targets.chunks_exact(places));
    let sum = |numbers: &[f32]| numbers.iter().map(|&x| f64::from(x)).sum::<f64>();
    let cost = |(p, t): (&[f32], &[f32])| {
        let both = p.iter().zip(t).map(|(&p, &t)| f64::from(p) * f64::from(t)).sum();
        of.at(both, sum(p), sum(t)).0
    };
    Sum { loss: pairs.map(cost).sum(), weight: (outputs.len() / places) as f64 }
}

#[cfg(test)]
mod tests {
    use crate::metrics::Evaluation;
    use crate::recipe::Loss;
    use crate::samples::TargetsRef;

    fn close(found: f64, want: f64) {
        assert!((found - want).abs() < 1e-6, "{found} is not {want}");
    }

    const P: [f32; 9] = [0.7, 0.2, 0.1, 0.25, 0.25, 0.5, 0.125, 0.5, 0.375];

    #[test]
    fn weights_smoothing_and_an_ignored_class() {
        let loss = |ignore, smoothing| Loss::WeightedCrossEntropy {
            logits: false,
            weights: &[1.0, 2.0, 4.0],
            smoothing,
            ignore,
        };
        let of = |loss, classes: &[u32]| Evaluation::new(loss, &P, TargetsRef::Classes(classes));
        let found = of(loss(None, 0.0), &[0, 2, 1]);
        let want = -(0.7f64.ln() + 4.0 * 0.5f64.ln() + 2.0 * 0.5f64.ln()) / 7.0;
        close(found.loss, want);
        assert_eq!(found.accuracy, Some(1.0));
        let found = of(loss(Some(9), 0.0), &[0, 9, 0]);
        close(found.loss, -(0.7f64.ln() + 0.125f64.ln()) / 2.0);
        assert_eq!(found.accuracy, Some(0.5));
        let below = of(loss(Some(-100), 0.0), &[0, -100_i32 as u32, 0]);
        assert_eq!((below.loss, below.accuracy), (found.loss, found.accuracy));
        let all = of(loss(Some(9), 0.5), &[9, 9, 9]);
        assert_eq!((all.loss, all.accuracy), (0.0, None));
        let row = |p: [f64; 3]| -(p[0].ln() + 2.0 * p[1].ln() + 4.0 * p[2].ln()) / 3.0;
        let found = of(loss(Some(1), 0.25), &[0, 1, 1]).loss;
        close(found, 0.75 * -(0.7f64.ln()) + 0.25 * row([0.7, 0.2, 0.1]));
    }

    #[cfg(feature = "train")]
    #[test]
    fn an_ignored_class_is_not_counted() {
        let loss =
            Loss::WeightedCrossEntropy { logits: false, weights: &[], smoothing: 0.0, ignore: Some(9) };
        let targets = TargetsRef::Classes(&[0, 9, 0]);
        let confusion = crate::metrics::Confusion::new(loss, &P, targets).unwrap();
        assert_eq!(confusion.row(0), [1, 1, 0]);
    }

    #[test]
    fn equal_logits_of_any_size_are_equally_likely() {
        let loss = Loss::WeightedCrossEntropy { logits: true, weights: &[], smoothing: 0.1, ignore: None };
        for size in [0.0, 3e38, -3e38] {
            let found = Evaluation::new(loss, &[size; 4], TargetsRef::Classes(&[2]));
            close(found.loss, 4f64.ln());
            let plain =
                Evaluation::new(Loss::CrossEntropy { logits: true }, &[size; 4], TargetsRef::Classes(&[2]));
            close(plain.loss, 4f64.ln());
        }
    }

    #[test]
    fn shares_of_classes() {
        let targets = [0.5, 0.5, 0.0, 0.0, 0.25, 0.75, 0.0, 1.0, 0.0];
        let soft = Loss::SoftCrossEntropy { logits: false, classes: 3, weights: &[], smoothing: 0.0 };
        let found = Evaluation::new(soft, &P, TargetsRef::Values(&targets));
        let cross = -(0.5 * 0.7f64.ln() + 0.5 * 0.2f64.ln())
            - (0.25 * 0.25f64.ln() + 0.75 * 0.5f64.ln())
            - 0.5f64.ln();
        close(found.loss, cross / 3.0);
        assert_eq!(found.accuracy, Some(1.0));
        let own = 0.5f64.ln() + 0.25 * 0.25f64.ln() + 0.75 * 0.75f64.ln();
        let kl = |logits| Loss::KlDivergence { logits, classes: 3 };
        close(Evaluation::new(kl(false), &P, TargetsRef::Values(&targets)).loss, (cross + own) / 3.0);
        let logits = P.map(|p| p.ln() + 30.0);
        let found = Evaluation::new(kl(true), &logits, TargetsRef::Values(&targets));
        assert!((found.loss - (cross + own) / 3.0).abs() < 1e-5);
        // A class is the whole share of one.
        let found = Evaluation::new(soft, &P, TargetsRef::Classes(&[0, 2, 1]));
        close(found.loss, -(0.7f64.ln() + 2.0 * 0.5f64.ln()) / 3.0);
    }

    #[test]
    fn directions_and_regions() {
        let cosine = Loss::Cosine { outputs: 2 };
        let found = Evaluation::new(cosine, &[3.0, 0.0, 1.0, 1.0], TargetsRef::Values(&[2.0, 0.0, 0.0, 5.0]));
        close(found.loss, (1.0 - 0.5f64.sqrt()) / 2.0);
        assert_eq!(found.accuracy, None);
        let overlap = |smooth| Loss::Overlap { places: 3, alpha: 0.5, beta: 1.0, smooth };
        let found = Evaluation::new(
            overlap(1.0),
            &[0.5, 1.0, 0.0, 0.0, 0.0, 0.0],
            TargetsRef::Values(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        );
        close(found.loss, (1.0 - 1.5 / (1.5 + 0.5 + 0.5)) / 2.0);
        assert_eq!(found.accuracy, Some(4.0 / 6.0));
        assert_eq!(Evaluation::new(overlap(0.0), &[0.0; 3], TargetsRef::Values(&[0.0; 3])).loss, 0.0);
    }
}

//! Calibration: probabilities compared with how often answers are right.

use super::share;

/// Bins of equal width, as of Guo et al. (2017).
const BINS: usize = 15;

/// The likeliest answer of each sample: its bin, its probability, and whether it is right.
#[derive(Clone, Debug)]
pub(in crate::report) struct Calibration {
    each: Vec<Option<(usize, f64, bool)>>,
}

/// A bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::report) struct Bin {
    pub(in crate::report) samples: f64,
    /// The mean probability.
    pub(in crate::report) said: f64,
    /// The share of right answers.
    pub(in crate::report) right: f64,
}

impl Calibration {
    /// Takes the probability of each sample's answer and whether it is right; `None` for samples that do not count.
    pub(in crate::report) fn new(answers: impl Iterator<Item = Option<(f64, bool)>>) -> Calibration {
        let bin = |p: f64| ((p * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
        let each =
            answers.map(|answer| answer.filter(|(p, _)| !p.is_nan()).map(|(p, right)| (bin(p), p, right)));
        Calibration { each: each.collect() }
    }

    /// Returns the bins.
    pub(in crate::report) fn bins(&self, counts: &[u32]) -> Vec<Bin> {
        let mut bins = [Bin::default(); BINS];
        for (answer, count) in self.each.iter().zip(counts) {
            let Some((bin, p, right)) = *answer else { continue };
            let count = f64::from(*count);
            let bin = &mut bins[bin];
            bin.samples += count;
            bin.said += count * p;
            bin.right += if right { count } else { 0.0 };
        }
        let of_mean = |bin: Bin| Bin {
            said: share(bin.said, bin.samples),
            right: share(bin.right, bin.samples),
            ..bin
        };
        bins.map(of_mean).to_vec()
    }

    /// Returns the expected calibration error: the mean distance of both, weighed by the samples.
    pub(in crate::report) fn error(&self, counts: &[u32]) -> f64 {
        let bins = self.bins(counts);
        let full = || bins.iter().filter(|bin| bin.samples > 0.0);
        share(
            full().map(|bin| bin.samples * (bin.right - bin.said).abs()).sum(),
            full().map(|bin| bin.samples).sum(),
        )
    }

    /// Returns the mean probability less the share of right answers: positive if it is too sure.
    pub(in crate::report) fn surplus(&self) -> f64 {
        let answers = || self.each.iter().flatten();
        let count = answers().count() as f64;
        let said: f64 = answers().map(|(_, p, _)| p).sum();
        share(said - answers().filter(|answer| answer.2).count() as f64, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_that_of_the_definition() {
        // torchmetrics' multiclass_calibration_error (n_bins=15, norm="l1") of the same pairs: bins (0.8, 0.867] with 0.85, 0.85 and
        // one right; (0.933, 1] with 0.95 right; (0.533, 0.6] with 0.6 wrong.
        let answers = [(0.85, true), (0.85, false), (0.95, true), (0.6, false)];
        let calibration = Calibration::new(answers.into_iter().map(Some));
        let expected = (2.0 * 0.35 + 0.05 + 0.6) / 4.0;
        assert!((calibration.error(&[1; 4]) - expected).abs() < 1e-12);
        assert!((calibration.error(&[2; 4]) - expected).abs() < 1e-12);
        assert!((calibration.surplus() - (3.25 / 4.0 - 0.5)).abs() < 1e-12);
        assert!((calibration.error(&[0, 0, 1, 0]) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn perfect_answers_and_none_at_all() {
        let sure = Calibration::new([Some((1.0, true)), Some((1.0, true)), None].into_iter());
        assert_eq!((sure.error(&[1; 3]), sure.bins(&[1; 3])[BINS - 1].samples), (0.0, 2.0));
        assert!(Calibration::new([None].into_iter()).error(&[1]).is_nan());
        assert_eq!(Calibration::new([Some((0.0, false))].into_iter()).bins(&[1])[0].samples, 1.0);
    }
}

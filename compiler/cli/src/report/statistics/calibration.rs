//! Calibration: probabilities compared with how often answers are right.

use super::share;
use netwright_model::Calibration as Sums;

/// The likeliest answer of each sample: its probability, and whether it is right.
#[derive(Clone, Debug)]
pub(in crate::report) struct Calibration {
    each: Vec<Option<(f64, bool)>>,
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
        Calibration { each: answers.map(|answer| answer.filter(|(p, _)| !p.is_nan())).collect() }
    }

    /// Returns the bins.
    pub(in crate::report) fn bins(&self, counts: &[u32]) -> Vec<Bin> {
        let sums = self.sums(counts);
        let bins = sums.bins().iter().map(|bin| Bin {
            samples: bin.answers,
            said: share(bin.said, bin.answers),
            right: share(bin.right, bin.answers),
        });
        bins.collect()
    }

    /// Returns the expected calibration error: the mean distance of both, weighed by the samples.
    pub(in crate::report) fn error(&self, counts: &[u32]) -> f64 {
        self.sums(counts).error()
    }

    fn sums(&self, counts: &[u32]) -> Sums {
        let mut sums = Sums::default();
        for (answer, count) in self.each.iter().zip(counts) {
            if let Some((p, right)) = *answer {
                sums.add(p, right, f64::from(*count));
            }
        }
        sums
    }

    /// Returns the mean probability less the share of right answers: positive if it is too sure.
    pub(in crate::report) fn surplus(&self) -> f64 {
        let answers = || self.each.iter().flatten();
        let count = answers().count() as f64;
        let said: f64 = answers().map(|(p, _)| p).sum();
        share(said - answers().filter(|answer| answer.1).count() as f64, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_count_as_often_as_they_are_drawn() {
        let answers = [(0.85, true), (0.85, false), (0.95, true), (0.6, false)];
        let calibration = Calibration::new(answers.into_iter().map(Some));
        assert!((calibration.surplus() - (3.25 / 4.0 - 0.5)).abs() < 1e-12);
        assert!((calibration.error(&[0, 0, 1, 0]) - 0.05).abs() < 1e-12);
        let bin = calibration.bins(&[2, 1, 0, 0])[12];
        assert_eq!((bin.samples, bin.right), (3.0, 2.0 / 3.0));
        let some = Calibration::new([Some((1.0, true)), None, Some((f64::NAN, true))].into_iter());
        assert_eq!(some.error(&[1; 3]), 0.0);
        assert!(Calibration::new([None].into_iter()).error(&[1]).is_nan());
    }
}

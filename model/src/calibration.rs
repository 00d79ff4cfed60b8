//! The expected calibration error: how far probabilities are from the share of answers that are right (Guo et al., 2017).

/// Answers by the probability that the network gives them, in bins of equal width.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibration {
    bins: [Bin; Calibration::BINS],
}

/// Sums over the answers of a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// The number of answers.
    pub answers: f64,
    /// The sum of their probabilities.
    pub said: f64,
    /// The number of answers that are right.
    pub right: f64,
}

impl Calibration {
    /// The number of bins, as of Guo et al.
    pub const BINS: usize = 15;

    /// Adds an answer with its probability, which counts some times. A bin holds its upper end.
    pub fn add(&mut self, probability: f64, is_right: bool, count: f64) {
        let at = (probability * Calibration::BINS as f64).ceil() as usize;
        let bin = &mut self.bins[at.clamp(1, Calibration::BINS) - 1];
        bin.answers += count;
        bin.said += count * probability;
        bin.right += if is_right { count } else { 0.0 };
    }

    /// Returns the bins, from the least probabilities on.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// Returns the mean distance of probability and share of right answers over the bins, weighed by their answers; NaN without answers.
    pub fn error(&self) -> f64 {
        let answers: f64 = self.bins.iter().map(|bin| bin.answers).sum();
        self.bins.iter().map(|bin| (bin.right - bin.said).abs()).sum::<f64>() / answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(answers: &[(f64, bool, f64)]) -> f64 {
        let mut calibration = Calibration::default();
        answers
            .iter()
            .for_each(|&(probability, is_right, count)| calibration.add(probability, is_right, count));
        calibration.error()
    }

    #[test]
    fn the_error_is_that_of_the_definition() {
        // torchmetrics' multiclass_calibration_error (n_bins=15, norm="l1") of the same pairs: bins (0.8, 0.867] with 0.85, 0.85 and
        // one right; (0.933, 1] with 0.95 right; (0.533, 0.6] with 0.6 wrong.
        let all =
            |count| [(0.85, true, count), (0.85, false, count), (0.95, true, count), (0.6, false, count)];
        let expected = (2.0 * 0.35 + 0.05 + 0.6) / 4.0;
        assert!((error(&all(1.0)) - expected).abs() < 1e-12);
        assert!((error(&all(2.0)) - expected).abs() < 1e-12);
    }

    #[test]
    fn perfect_answers_and_none_at_all() {
        assert_eq!(error(&[(1.0, true, 1.0), (1.0, true, 1.0)]), 0.0);
        assert!(error(&[]).is_nan());
        let mut calibration = Calibration::default();
        calibration.add(0.0, false, 1.0);
        calibration.add(1.0, true, 3.0);
        let [first, .., last] = calibration.bins() else { panic!("there are several bins") };
        assert_eq!([first.answers, last.answers], [1.0, 3.0]);
    }
}

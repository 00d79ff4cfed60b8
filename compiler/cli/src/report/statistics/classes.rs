//! Metrics of classes, from the counts of right answers, of answers and of samples of each.

use super::{mean, share};

/// Counts of each class.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Tallies {
    /// Right answers, answers and samples.
    each: Vec<[f64; 3]>,
    total: f64,
}

impl Tallies {
    /// Counts answers; a sample with no class or no answer (`None`) is passed over, or wrong.
    pub(in crate::report) fn new(
        classes: usize,
        pairs: &[(Option<usize>, Option<usize>)],
        counts: &[u32],
    ) -> Tallies {
        let mut tallies = Tallies { each: vec![[0.0; 3]; classes], total: 0.0 };
        for ((class, answer), count) in pairs.iter().zip(counts) {
            let (Some(class), count) = (*class, f64::from(*count)) else { continue };
            tallies.total += count;
            tallies.each[class][2] += count;
            if let Some(answer) = *answer {
                tallies.each[answer][1] += count;
                tallies.each[class][0] += if answer == class { count } else { 0.0 };
            }
        }
        tallies
    }

    pub(in crate::report) fn accuracy(&self) -> f64 {
        share(self.each.iter().map(|counts| counts[0]).sum(), self.total)
    }

    /// Returns the samples of a class.
    pub(in crate::report) fn samples(&self, class: usize) -> f64 {
        self.each[class][2]
    }

    /// Returns the share of a class's answers that are right.
    pub(in crate::report) fn precision(&self, class: usize) -> f64 {
        let [right, answers, _] = self.each[class];
        share(right, answers)
    }

    /// Returns the share of a class's samples that are found.
    pub(in crate::report) fn recall(&self, class: usize) -> f64 {
        let [right, _, samples] = self.each[class];
        share(right, samples)
    }

    /// Returns the share of other samples that are not taken for a class.
    pub(in crate::report) fn specificity(&self, class: usize) -> f64 {
        let [right, answers, samples] = self.each[class];
        share(self.total - samples - (answers - right), self.total - samples)
    }

    pub(in crate::report) fn f1(&self, class: usize) -> f64 {
        let [right, answers, samples] = self.each[class];
        share(2.0 * right, answers + samples)
    }

    /// Returns the mean over the classes for which it is defined.
    pub(in crate::report) fn mean(&self, of: fn(&Tallies, usize) -> f64) -> f64 {
        mean((0..self.each.len()).map(|class| of(self, class)))
    }

    /// Returns Matthews' correlation of classes and answers.
    pub(in crate::report) fn matthews(&self) -> f64 {
        let [right, squared_answers, squared_samples, products] = self.sums();
        let (n, answers) = (self.total, self.each.iter().map(|counts| counts[1]).sum::<f64>());
        let spread = (n * n - squared_samples) * (answers * answers - squared_answers);
        if spread > 0.0 { (right * n - products) / spread.sqrt() } else { f64::NAN }
    }

    /// Returns Cohen's kappa.
    pub(in crate::report) fn kappa(&self) -> f64 {
        let [right, _, _, products] = self.sums();
        let (seen, chance) = (share(right, self.total), share(products, self.total * self.total));
        share(seen - chance, 1.0 - chance)
    }

    /// Sums of right answers, of the squares of answers and of samples, and of their products.
    fn sums(&self) -> [f64; 4] {
        self.each.iter().fold([0.0; 4], |sums, [right, answers, samples]| {
            [
                sums[0] + right,
                sums[1] + answers * answers,
                sums[2] + samples * samples,
                sums[3] + answers * samples,
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_those_of_scikit_learn() {
        // y_true = [0, 1, 2, 0, 1, 2, 2], y_pred = [0, 2, 1, 0, 0, 1, 2] of scikit-learn 1.7.
        let pairs = [(0, 0), (1, 2), (2, 1), (0, 0), (1, 0), (2, 1), (2, 2)];
        let pairs = pairs.map(|(class, answer)| (Some(class), Some(answer)));
        let tallies = Tallies::new(3, &pairs, &[1; 7]);
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        close(tallies.accuracy(), 3.0 / 7.0);
        close(tallies.mean(Tallies::recall), 4.0 / 9.0);
        close(tallies.mean(Tallies::precision), 7.0 / 18.0);
        close(tallies.mean(Tallies::f1), 0.4);
        // (3 · 7 - 16) / √((49 - 17) · (49 - 17)) and (3/7 - 16/49) / (1 - 16/49).
        close(tallies.matthews(), 5.0 / 32.0);
        close(tallies.kappa(), 5.0 / 33.0);
        close(tallies.specificity(0), 4.0 / 5.0);
        let twice = Tallies::new(3, &pairs, &[2; 7]);
        close(twice.matthews(), tallies.matthews());
    }

    #[test]
    fn what_does_not_count_is_passed_over() {
        let pairs = [(None, Some(0)), (Some(0), None), (Some(1), Some(1))];
        let tallies = Tallies::new(2, &pairs, &[1; 3]);
        assert_eq!((tallies.accuracy(), tallies.samples(0)), (0.5, 1.0));
        assert!(Tallies::new(2, &[], &[]).accuracy().is_nan());
    }
}

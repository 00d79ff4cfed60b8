//! Answers of several passes or networks to one sample, summed up.

use super::squash::Reading;

/// Sums over the answers to one sample, in the order in which they come.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    count: usize,
    mean: Vec<f64>,
    /// The summed squares of the distances from the mean.
    squares: Vec<f64>,
    /// The summed entropies of the answers.
    entropy: f64,
    /// The measures of doubt, once the numbers that they are made of are forgotten.
    settled: Option<Doubt>,
}

/// Measures of doubt of an answer that consists of probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Doubt {
    /// The entropy of the mean probabilities, in nats.
    pub(super) entropy: f64,
    /// The distance of the answer from the next one.
    pub(super) margin: f64,
    /// The mutual information of answer and network: the entropy of the mean less the mean entropy.
    pub(super) information: f64,
}

impl Gathered {
    /// Adds an answer.
    pub(super) fn add(&mut self, answer: &[f64], reading: Option<Reading>) {
        self.mean.resize(answer.len(), 0.0);
        self.squares.resize(answer.len(), 0.0);
        self.count += 1;
        for ((mean, squares), x) in self.mean.iter_mut().zip(&mut self.squares).zip(answer) {
            let before = x - *mean;
            *mean += before / self.count as f64;
            *squares += before * (x - *mean);
        }
        self.entropy += reading.map_or(0.0, |reading| reading.entropy(answer));
    }

    /// Returns the mean of the answers.
    pub(super) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Returns the standard deviation of each number over the answers; 0 of a single one.
    pub(super) fn spread(&self) -> Vec<f64> {
        let divisor = self.count.saturating_sub(1).max(1) as f64;
        self.squares.iter().map(|squares| (squares / divisor).sqrt()).collect()
    }

    /// Keeps nothing but the measures of doubt, after the last answer: the numbers of a mask are many.
    pub(super) fn settle(&mut self, reading: Reading) {
        let settled = Some(self.doubt(reading));
        *self = Gathered { settled, ..Gathered::default() };
    }

    /// Returns how doubtful probabilities are.
    pub(super) fn doubt(&self, reading: Reading) -> Doubt {
        if let Some(settled) = self.settled {
            return settled;
        }
        let entropy = reading.entropy(&self.mean);
        // Rounding may take it below 0.
        let information = (entropy - self.entropy / self.count as f64).max(0.0);
        Doubt { entropy, margin: reading.margin(&self.mean), information }
    }
}

#[cfg(test)]
mod tests {
    use super::super::squash::Squash;
    use super::*;

    const CLASSES: Reading = Reading { squash: Squash::Softmax, channels: 2 };

    #[test]
    fn passes_that_disagree_say_more_than_passes_that_doubt() {
        let gather = |rows: &[[f64; 2]]| {
            let mut gathered = Gathered::default();
            rows.iter().for_each(|row| gathered.add(row, Some(CLASSES)));
            gathered
        };
        let disagree = gather(&[[1.0, 0.0], [0.0, 1.0]]);
        assert_eq!(disagree.mean(), [0.5, 0.5]);
        assert_eq!(disagree.spread(), [0.5f64.sqrt(); 2]);
        let doubt = disagree.doubt(CLASSES);
        assert_eq!((doubt.entropy, doubt.information), (2f64.ln(), 2f64.ln()));
        let mut settled = disagree.clone();
        settled.settle(CLASSES);
        assert_eq!((settled.doubt(CLASSES), settled.mean()), (doubt, &[][..]));
        let unsure = gather(&[[0.5, 0.5], [0.5, 0.5]]).doubt(CLASSES);
        assert_eq!((unsure.entropy, unsure.information, unsure.margin), (2f64.ln(), 0.0, 0.0));
        assert_eq!(gather(&[[0.9, 0.1]]).spread(), [0.0, 0.0]);
    }

    #[test]
    fn spreads_of_large_numbers_are_exact() {
        let mut gathered = Gathered::default();
        for x in [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0] {
            gathered.add(&[x], None);
        }
        assert_eq!((gathered.mean()[0], gathered.spread()[0]), (1e9 + 2.0, 1.0));
    }
}

//! Temperature scaling (Guo et al., 2017): the one number by which logits are divided so that probabilities fit the held-out samples best.

use super::squash::Squash;
use netwright_model::Calibration;

/// The largest factor of logits that is looked at, and the inverse of the smallest: a temperature of a thousandth or of a thousand.
const MOST: f64 = 1e3;
/// Halvings of the range on a logarithmic scale, after which a factor is exact to rounding.
const HALVINGS: usize = 60;

/// Logits of held-out samples, each with the share of every class or label that is right.
#[derive(Debug, Default)]
pub(super) struct HeldOut {
    logits: Vec<f64>,
    shares: Vec<f64>,
    /// Numbers of a sample.
    len: usize,
}

/// The fit of a temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fitted {
    pub(super) outcome: Outcome,
    /// The mean negative logarithm of the right answers' probabilities, before and after.
    pub(super) nll: [f64; 2],
    /// The expected calibration error, before and after.
    pub(super) ece: [f64; 2],
}

/// The temperature that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    /// The best one.
    Temperature(f64),
    /// None: every answer is right, and the surer it is the better.
    AllRight,
    /// None: the answers say nothing, and the less sure they are the better.
    NoBetterThanChance,
}

impl Outcome {
    /// Returns the number that logits are divided by.
    pub(super) fn temperature(self) -> f64 {
        match self {
            Outcome::Temperature(temperature) => temperature,
            Outcome::AllRight | Outcome::NoBetterThanChance => 1.0,
        }
    }
}

impl HeldOut {
    pub(super) fn new(len: usize) -> HeldOut {
        HeldOut { len, ..HeldOut::default() }
    }

    /// Adds a sample with the share of each class or label.
    pub(super) fn add(&mut self, logits: &[f32], shares: impl Iterator<Item = f64>) {
        self.logits.extend(logits.iter().map(|&logit| f64::from(logit)));
        self.shares.extend(shares);
    }

    /// Returns the number of samples.
    pub(super) fn samples(&self) -> usize {
        self.logits.len() / self.len.max(1)
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], &[f64])> {
        self.logits.chunks_exact(self.len).zip(self.shares.chunks_exact(self.len))
    }

    /// Finds the temperature with the least negative log-likelihood.
    ///
    /// That is a convex function of the temperature's inverse, by which logits are multiplied, so its slope has one zero at most.
    pub(super) fn fit(&self, squash: Squash) -> Fitted {
        let (mut low, mut high) = (-MOST.ln(), MOST.ln());
        let outcome = if self.slope(squash, high.exp()) <= 0.0 {
            Outcome::AllRight
        } else if self.slope(squash, low.exp()) >= 0.0 {
            Outcome::NoBetterThanChance
        } else {
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(low, high);
                if self.slope(squash, middle.exp()) < 0.0 { low = middle } else { high = middle }
            }
            Outcome::Temperature((-f64::midpoint(low, high)).exp())
        };
        let temperatures = [1.0, outcome.temperature()];
        Fitted {
            outcome,
            nll: temperatures.map(|temperature| self.nll(squash, temperature)),
            ece: temperatures.map(|temperature| self.ece(squash, temperature)),
        }
    }

    /// Returns the slope of the summed negative log-likelihood by the factor of the logits.
    fn slope(&self, squash: Squash, factor: f64) -> f64 {
        self.rows()
            .map(|(logits, shares)| {
                let total: f64 = shares.iter().sum();
                let p = squash.probabilities(logits.iter().map(|logit| logit * factor));
                let terms = p.iter().zip(shares).zip(logits);
                match squash {
                    Squash::Softmax => {
                        terms.map(|((p, share), logit)| (total * p - share) * logit).sum::<f64>()
                    }
                    Squash::Sigmoid => terms.map(|((p, share), logit)| (p - share) * logit).sum(),
                }
            })
            .sum()
    }

    /// Returns the mean negative log-likelihood of a sample.
    pub(super) fn nll(&self, squash: Squash, temperature: f64) -> f64 {
        let each = self
            .rows()
            .map(|(logits, shares)| squash.surprise(logits.iter().map(|logit| logit / temperature), shares));
        each.sum::<f64>() / self.samples() as f64
    }

    /// Returns the expected calibration error of the answers.
    pub(super) fn ece(&self, squash: Squash, temperature: f64) -> f64 {
        let mut calibration = Calibration::default();
        let mut add = |probability: f64, is_right: bool| calibration.add(probability, is_right, 1.0);
        for (logits, shares) in self.rows() {
            let p = squash.probabilities(logits.iter().map(|logit| logit / temperature));
            match squash {
                Squash::Softmax => {
                    let largest = |row: &[f64]| netwright::metrics::class_of(row);
                    if let (Some(answer), Some(class)) = (largest(&p), largest(shares)) {
                        add(p[answer], answer == class);
                    }
                }
                Squash::Sigmoid => {
                    let each = p.iter().zip(shares);
                    each.for_each(|(&p, &share)| add(p.max(1.0 - p), (p > 0.5) == (share > 0.5)));
                }
            }
        }
        calibration.error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_classes(rows: &[(&[f32], usize)]) -> HeldOut {
        let mut held_out = HeldOut::new(rows[0].0.len());
        for &(logits, class) in rows {
            held_out.add(logits, (0..logits.len()).map(|at| f64::from(u8::from(at == class))));
        }
        held_out
    }

    /// Returns the temperature of the least negative log-likelihood, found without slopes.
    fn by_golden_section(held_out: &HeldOut, squash: Squash) -> f64 {
        let ratio = (5f64.sqrt() - 1.0) / 2.0;
        let (mut low, mut high) = (-5.0f64, 5.0f64);
        for _ in 0..100 {
            let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
            let [at_a, at_b] = [a, b].map(|log| held_out.nll(squash, log.exp()));
            if at_a < at_b { high = b } else { low = a }
        }
        f64::midpoint(low, high).exp()
    }

    #[test]
    fn three_of_four_right_at_one_distance_has_a_closed_form() {
        // The probability of the answer has to be 3/4: its logit ln 3 where the network says 4.
        let rows: Vec<(&[f32], usize)> =
            vec![(&[4.0, 0.0], 0), (&[4.0, 0.0], 0), (&[0.0, 4.0], 1), (&[0.0, 4.0], 0)];
        let fitted = of_classes(&rows).fit(Squash::Softmax);
        let Outcome::Temperature(temperature) = fitted.outcome else { panic!("{fitted:?}") };
        assert!((temperature - 4.0 / 3f64.ln()).abs() < 1e-12, "{temperature}");
        let entropy = -(0.75 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
        assert!((fitted.nll[1] - entropy).abs() < 1e-12);
        let before = 1.0 / (1.0 + (-4f64).exp()) - 0.75;
        assert!((fitted.ece[0] - before).abs() < 1e-12 && fitted.ece[1] < 1e-12, "{fitted:?}");

        let mut labels = HeldOut::new(1);
        for (logit, share) in [(4.0, 1.0), (4.0, 1.0), (-4.0, 0.0), (-4.0, 1.0)] {
            labels.add(&[logit], std::iter::once(share));
        }
        let same = labels.fit(Squash::Sigmoid);
        assert!((same.outcome.temperature() - temperature).abs() < 1e-12);
        assert!((same.nll[1] - entropy).abs() < 1e-12);
        assert!((same.ece[0] - before).abs() < 1e-12 && same.ece[1] < 1e-12, "{same:?}");
    }

    #[test]
    fn no_other_temperature_is_better() {
        let rows: Vec<(&[f32], usize)> = vec![
            (&[5.0, 1.0, -2.0], 0),
            (&[0.5, 3.0, 2.5], 2),
            (&[-1.0, 0.0, 6.0], 2),
            (&[2.0, 7.0, 1.0], 1),
            (&[4.0, 3.5, 0.0], 1),
            (&[0.0, 0.0, 9.0], 2),
        ];
        let held_out = of_classes(&rows);
        let found = held_out.fit(Squash::Softmax);
        let wanted = by_golden_section(&held_out, Squash::Softmax);
        // A minimum found by its values is exact to the root of rounding only.
        assert!((found.outcome.temperature() / wanted - 1.0).abs() < 1e-6, "{found:?} {wanted}");
        assert!(found.nll[1] < found.nll[0]);
    }

    #[test]
    fn where_none_is_best_logits_stay() {
        let right = of_classes(&[(&[1.0, 0.0], 0), (&[0.0, 2.0], 1)]).fit(Squash::Softmax);
        assert_eq!((right.outcome, right.nll[0]), (Outcome::AllRight, right.nll[1]));
        let wrong = of_classes(&[(&[1.0, 0.0], 1), (&[0.0, 2.0], 0)]).fit(Squash::Softmax);
        assert_eq!(wrong.outcome, Outcome::NoBetterThanChance);
        assert_eq!(wrong.outcome.temperature(), 1.0);
    }
}

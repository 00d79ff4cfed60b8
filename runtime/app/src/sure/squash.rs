//! Probabilities of logits.

use netwright::app::Sampled;
use netwright::train::{Answers, Loss};
use netwright_model::Head;

/// The function that makes probabilities of logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Squash {
    /// The logits are those of classes, one of which is right.
    Softmax,
    /// Each logit is that of a yes.
    Sigmoid,
}

impl Squash {
    /// Returns the function of a network; `None` if its answers are no probabilities.
    pub(super) fn of<P: Sampled>() -> Option<Squash> {
        let loss: Loss = P::loss();
        match (loss.answers(), P::HEAD) {
            (Answers::Classes { .. }, Head::Softmax) | (Answers::Classes { logits: true }, Head::None) => {
                Some(Squash::Softmax)
            }
            (Answers::YesOrNo { .. }, Head::Sigmoid)
            | (Answers::YesOrNo { logits: true, .. }, Head::None)
                if loss.of_shares() =>
            {
                Some(Squash::Sigmoid)
            }
            // Overlaps of masks are those of each class.
            (Answers::YesOrNo { logits: false, .. }, Head::Softmax)
                if has_places::<P>() && loss.of_shares() =>
            {
                Some(Squash::Softmax)
            }
            _ => None,
        }
    }

    /// Returns the probabilities.
    pub(super) fn probabilities(self, logits: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
        match self {
            Squash::Softmax => {
                let most = logits.clone().fold(f64::NEG_INFINITY, f64::max);
                let powers: Vec<f64> = logits.map(|logit| (logit - most).exp()).collect();
                let sum: f64 = powers.iter().sum();
                powers.into_iter().map(|power| power / sum).collect()
            }
            Squash::Sigmoid => logits.map(|logit| 1.0 / (1.0 + (-logit).exp())).collect(),
        }
    }

    /// Returns the negative log-likelihood of shares of classes, or of labels.
    pub(super) fn surprise(self, logits: impl Iterator<Item = f64> + Clone, shares: &[f64]) -> f64 {
        match self {
            Squash::Softmax => {
                let log_sum = log_sum(logits.clone());
                logits.zip(shares).map(|(logit, share)| share * (log_sum - logit)).sum()
            }
            Squash::Sigmoid => logits
                .zip(shares)
                .map(|(logit, share)| logit.max(0.0) + (-logit.abs()).exp().ln_1p() - share * logit)
                .sum(),
        }
    }

    /// Returns how much is unknown while these are the probabilities, in nats.
    pub(super) fn entropy(self, probabilities: &[f64]) -> f64 {
        let term = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
        match self {
            Squash::Softmax => probabilities.iter().map(|&p| term(p)).sum(),
            Squash::Sigmoid => probabilities.iter().map(|&p| term(p) + term(1.0 - p)).sum(),
        }
    }

    /// Returns how far the answer is ahead of the next one: of classes, the difference of the two largest probabilities, and of labels the
    /// least difference of a yes and a no.
    pub(super) fn margin(self, probabilities: &[f64]) -> f64 {
        match self {
            Squash::Softmax => {
                let mut sorted = probabilities.to_vec();
                sorted.sort_by(|a, b| b.total_cmp(a));
                sorted[0] - sorted.get(1).copied().unwrap_or(0.0)
            }
            Squash::Sigmoid => {
                probabilities.iter().map(|p| (2.0 * p - 1.0).abs()).fold(f64::INFINITY, f64::min)
            }
        }
    }
}

/// The way in which the numbers of an answer are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) squash: Squash,
    /// The numbers of each place.
    pub(super) channels: usize,
}

impl Reading {
    /// Returns the way for a network; `None` if its answers are no probabilities.
    pub(super) fn of<P: Sampled>() -> Option<Reading> {
        let channels = P::OUTPUT.first().copied().unwrap_or(1);
        Squash::of::<P>().map(|squash| Reading { squash, channels })
    }

    /// Returns the probabilities of logits that are divided by a temperature, place after place.
    pub(super) fn probabilities(self, logits: &[f32], temperature: f64) -> Vec<f64> {
        let places = logits.len() / self.channels;
        let of_place = |place| {
            let channels = logits.iter().skip(place).step_by(places);
            self.squash.probabilities(channels.map(|&logit| f64::from(logit) / temperature))
        };
        (0..places).flat_map(of_place).collect()
    }

    /// Returns how much is unknown of a place, on average.
    pub(super) fn entropy(self, probabilities: &[f64]) -> f64 {
        self.mean(probabilities, |of_place| self.squash.entropy(of_place))
    }

    /// Returns how far the answer of a place is ahead of the next one, on average.
    pub(super) fn margin(self, probabilities: &[f64]) -> f64 {
        self.mean(probabilities, |of_place| self.squash.margin(of_place))
    }

    fn mean(self, probabilities: &[f64], measure: impl Fn(&[f64]) -> f64) -> f64 {
        let places = probabilities.len() / self.channels;
        probabilities.chunks_exact(self.channels).map(measure).sum::<f64>() / places as f64
    }
}

/// Returns true if a network answers for each of several places.
pub(super) fn has_places<P: Sampled>() -> bool {
    P::OUTPUT.iter().skip(1).product::<usize>() > 1
}

/// Returns the logarithm of the sum of exponentials.
fn log_sum(logits: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    most + logits.map(|logit| (logit - most).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_each_for_itself() {
        // Two classes at three places, the logits of a class after those of the other.
        let reading = Reading { squash: Squash::Softmax, channels: 2 };
        let p = reading.probabilities(&[0.0, 3f32.ln(), 800.0, 0.0, 0.0, 0.0], 1.0);
        let expected = [0.5, 0.5, 0.75, 0.25, 1.0, 0.0];
        assert!(p.iter().zip(expected).all(|(p, expected)| (p - expected).abs() < 1e-7), "{p:?}");
        let quarter = 0.75 * (4f64 / 3.0).ln() + 0.25 * 4f64.ln();
        assert!((reading.entropy(&p) - (2f64.ln() + quarter) / 3.0).abs() < 1e-7);
        assert!((reading.margin(&p) - (0.0 + 0.5 + 1.0) / 3.0).abs() < 1e-7);
        let colder = reading.probabilities(&[0.0, 9f32.ln(), 0.0, 0.0, 0.0, 0.0], 2.0);
        assert!((colder[2] - 0.75).abs() < 1e-7, "{colder:?}");
    }

    #[test]
    fn measures_of_doubt() {
        let p = Squash::Softmax.probabilities([1000.0, 1000.0, f64::NEG_INFINITY].into_iter());
        assert_eq!(p, [0.5, 0.5, 0.0]);
        assert!((Squash::Softmax.entropy(&p) - 2f64.ln()).abs() < 1e-15);
        assert_eq!(Squash::Softmax.margin(&p), 0.0);
        assert!((Squash::Softmax.margin(&[0.2, 0.7, 0.1]) - 0.5).abs() < 1e-15);
        let p = Squash::Sigmoid.probabilities([0.0, 1000.0, -1000.0].into_iter());
        assert_eq!(p, [0.5, 1.0, 0.0]);
        assert!((Squash::Sigmoid.entropy(&p) - 2f64.ln()).abs() < 1e-15);
        assert_eq!(Squash::Sigmoid.margin(&p), 0.0);
        // A yes of 0.75 said with certainty costs ln(4/3), and a no ln 4.
        let logit = 3f64.ln();
        let yes = Squash::Sigmoid.surprise([logit, logit].into_iter(), &[1.0, 0.0]);
        assert!((yes - (4f64 / 3.0).ln() - 4f64.ln()).abs() < 1e-14);
    }
}

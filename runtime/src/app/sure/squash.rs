//! Probabilities of logits.

use super::Sampled;
use crate::recipe::{Answers, Loss};
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

/// Returns the logarithm of the sum of exponentials.
fn log_sum(logits: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    most + logits.map(|logit| (logit - most).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

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

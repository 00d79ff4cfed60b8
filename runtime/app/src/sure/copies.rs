//! The distance of a sample from the copy that an autoencoder makes of it, beside those of samples that it has not learned from.

use super::member::Member;
use super::note;
use crate::args;
use netwright::app::Sampled;
use netwright::train::Error;
use serde_json::{Map, Value, json};

/// Distances of held-out samples from their copies.
#[derive(Debug)]
pub(super) struct Copies {
    /// The distances, from the least to the largest; empty if no samples were held out.
    held_out: Vec<f64>,
    quantile: f64,
}

impl Copies {
    /// Measures the samples that each network's training has held out.
    pub(super) fn of<P: Sampled>(members: &[Member<P>], options: &args::Sure) -> Result<Copies, Error> {
        let mut held_out = vec![];
        for member in members {
            match member.held_out_errors(&options.inputs.data_root) {
                Ok(errors) => held_out.extend(errors),
                // Samples can be ranked without.
                Err(Error::Choice { reason, .. }) => note(&format!("there is no threshold: {reason}")),
                Err(error) => return Err(error),
            }
        }
        held_out.sort_by(f64::total_cmp);
        Ok(Copies { held_out, quantile: options.quantile })
    }

    /// Returns the least distance that so large a share of the held-out samples does not exceed; `None` if there are none.
    fn threshold(&self) -> Option<f64> {
        let count = (self.quantile * self.held_out.len() as f64).ceil() as usize;
        self.held_out.get(count.saturating_sub(1)).copied()
    }

    /// Returns what is the same for all samples.
    pub(super) fn facts(&self) -> Value {
        json!({ "held_out": self.held_out.len(), "quantile": self.quantile, "threshold": self.threshold() })
    }

    /// Returns what there is to say about a distance.
    pub(super) fn told(&self, error: f64) -> Map<String, Value> {
        let smaller = self.held_out.partition_point(|&other| other < error);
        let share = (!self.held_out.is_empty()).then(|| smaller as f64 / self.held_out.len() as f64);
        Map::from_iter([
            ("error".into(), json!(error)),
            ("rank".into(), json!(share)),
            ("unlike".into(), json!(self.threshold().map(|threshold| error > threshold))),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_leaves_a_share_above() {
        let copies = |quantile| Copies { held_out: (1..=20).map(f64::from).collect(), quantile };
        let thresholds = [0.0, 0.5, 0.95, 1.0].map(|quantile| copies(quantile).threshold());
        assert_eq!(thresholds, [1.0, 10.0, 19.0, 20.0].map(Some));
        let told = Value::from(copies(0.95).told(19.5));
        assert_eq!(told, json!({ "error": 19.5, "rank": 0.95, "unlike": true }));
        let empty = Value::from(Copies { held_out: vec![], quantile: 0.95 }.told(3.0));
        assert_eq!(empty, json!({ "error": 3.0, "rank": null, "unlike": null }));
    }
}

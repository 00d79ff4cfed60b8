//! Weights of samples.

use super::{Dataset, SampleWeights, Targets};
use crate::samples;

impl Dataset {
    /// Returns a weight for each sample; none if all count the same, or if samples have no class.
    pub(crate) fn sample_weights(&self, weights: SampleWeights) -> Vec<f32> {
        let leading = self.leading();
        let classes: Vec<u32> = match &leading.targets {
            Targets::Classes(classes) => classes.clone(),
            Targets::Values(_) if leading.target_len() != 1 => return vec![],
            Targets::Values(values) => values.iter().map(|&yes| u32::from(yes > 0.5)).collect(),
            Targets::Streamed(_) | Targets::Inputs => return vec![],
        };
        match weights {
            SampleWeights::Equal => vec![],
            SampleWeights::ByClass(weights) => {
                classes.iter().map(|&class| weights.get(class as usize).copied().unwrap_or(0.0)).collect()
            }
            SampleWeights::Balanced => {
                let counts = samples::counts(&classes);
                let occurring = counts.iter().filter(|&&count| count > 0).count();
                let weight = |class: u32| classes.len() as f64 / (occurring * counts[class as usize]) as f64;
                classes.iter().map(|&class| weight(class) as f32).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(targets: Targets) -> Dataset {
        let count = match &targets {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.len(),
            Targets::Streamed(_) | Targets::Inputs => 3,
        };
        Dataset::new(&[1], vec![0.0; count], targets).unwrap()
    }

    #[test]
    fn classes_that_are_balanced_count_the_same() {
        // sklearn.utils.class_weight.compute_sample_weight("balanced", [0, 0, 0, 2, 2, 3])
        let weights =
            dataset(Targets::Classes(vec![0, 0, 0, 2, 2, 3])).sample_weights(SampleWeights::Balanced);
        assert_eq!(weights, [2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 1.0, 1.0, 2.0]);
        let weights =
            dataset(Targets::Values(vec![1.0, 0.0, 1.0, 1.0])).sample_weights(SampleWeights::Balanced);
        assert_eq!(weights, [2.0 / 3.0, 2.0, 2.0 / 3.0, 2.0 / 3.0]);
    }

    #[test]
    fn weights_of_classes() {
        let data = dataset(Targets::Classes(vec![1, 0, 2]));
        assert_eq!(data.sample_weights(SampleWeights::ByClass(&[1.0, 0.5, 4.0])), [0.5, 1.0, 4.0]);
        assert!(data.sample_weights(SampleWeights::Equal).is_empty());
        assert!(dataset(Targets::Inputs).sample_weights(SampleWeights::Balanced).is_empty());
    }
}

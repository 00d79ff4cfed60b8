//! How inputs are scaled, measured on the samples to train with.

use super::Dataset;
use crate::train::Scaling;
use crate::weights::Normalization;

impl Dataset {
    /// What the recipe's scaling means for these samples, which must be those to train with.
    pub fn normalization(&self, scaling: Scaling) -> Normalization {
        match scaling {
            Scaling::None => Normalization::default(),
            Scaling::Normalize { mean, std } => Normalization { mean: vec![mean], std: vec![std] },
            Scaling::Standardize => self.statistics(),
        }
    }

    /// Scales all inputs.
    ///
    /// # Panics
    /// If the statistics are of samples of another size.
    pub fn normalize(&mut self, normalization: &Normalization) {
        normalization.apply(&mut self.inputs);
    }

    /// Scales inputs when [`Batches`](super::Batches) hand them out, behind augmentation.
    ///
    /// # Panics
    /// If the statistics are of samples of another size.
    pub fn scale_later(&mut self, normalization: Normalization) {
        assert!(normalization.fits(self.sample_len()), "statistics are of samples of another size");
        self.later = normalization;
    }

    /// Mean and standard deviation of each feature, that of a constant feature being 1.
    fn statistics(&self) -> Normalization {
        let len = self.sample_len();
        let count = self.len() as f64;
        let mut mean = vec![0.0; len];
        let mut square = vec![0.0; len];
        for sample in self.inputs.chunks_exact(len) {
            for (mean, &x) in mean.iter_mut().zip(sample) {
                *mean += f64::from(x) / count;
            }
        }
        for sample in self.inputs.chunks_exact(len) {
            for ((square, mean), &x) in square.iter_mut().zip(&mean).zip(sample) {
                *square += (f64::from(x) - mean).powi(2) / count;
            }
        }
        let std =
            square.iter().map(|square| square.sqrt() as f32).map(|std| if std > 0.0 { std } else { 1.0 });
        Normalization { mean: mean.iter().map(|&mean| mean as f32).collect(), std: std.collect() }
    }
}

//! What a weights file says besides the weights.

use std::fmt::Write;

/// Where weights come from, and how inputs were scaled for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The network's name; empty in a file from elsewhere.
    pub network: String,
    /// The training's, by which samples were held out.
    pub seed: Option<u64>,
    /// How inputs are scaled.
    pub normalization: Normalization,
    /// Names of the classes, if the data gave any.
    pub classes: Vec<String>,
}

/// `(x - mean) / std`: no numbers for none, one for all features, or one for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Normalization {
    /// Subtracted.
    pub mean: Vec<f64>,
    /// Divided by.
    pub std: Vec<f64>,
}

impl Normalization {
    /// Scales samples; each number is rounded to 32 bits only after it is scaled.
    ///
    /// # Panics
    /// If the numbers are no whole number of samples.
    pub fn apply(&self, inputs: &mut [f32]) {
        if let (&[mean], &[std]) = (&self.mean[..], &self.std[..]) {
            for x in inputs {
                *x = scaled(f64::from(*x), mean, std);
            }
        } else if !self.mean.is_empty() {
            self.check(inputs.len());
            for sample in inputs.chunks_exact_mut(self.mean.len()) {
                for ((x, mean), std) in sample.iter_mut().zip(&self.mean).zip(&self.std) {
                    *x = scaled(f64::from(*x), *mean, *std);
                }
            }
        }
    }

    /// Scales samples that are given in 64 bits.
    ///
    /// # Panics
    /// If the numbers are no whole number of samples.
    pub fn of(&self, inputs: &[f64]) -> Vec<f32> {
        if self.mean.is_empty() {
            return inputs.iter().map(|&x| x as f32).collect();
        }
        self.check(inputs.len());
        let statistics = self.mean.iter().zip(&self.std).cycle();
        inputs.iter().zip(statistics).map(|(&x, (&mean, &std))| scaled(x, mean, std)).collect()
    }

    fn check(&self, inputs: usize) {
        assert!(inputs.is_multiple_of(self.mean.len()), "statistics are of samples of another size");
    }

    /// Whether samples of `len` numbers can be scaled.
    pub fn fits(&self, len: usize) -> bool {
        self.mean.len() == self.std.len() && (self.mean.len() <= 1 || self.mean.len() == len)
    }
}

fn scaled(x: f64, mean: f64, std: f64) -> f32 {
    ((x - mean) / std) as f32
}

impl Metadata {
    /// A line for each thing; numbers are written so that they are read back as the very same.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("version: {}\nnetwork: {}\n", env!("CARGO_PKG_VERSION"), self.network);
        // Writing to a string cannot fail.
        if let Some(seed) = self.seed {
            let _ = writeln!(text, "seed: {seed}");
        }
        let numbers = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
        if !self.normalization.mean.is_empty() {
            let _ = writeln!(text, "mean: {}", numbers(&self.normalization.mean));
            let _ = writeln!(text, "std: {}", numbers(&self.normalization.std));
        }
        if !self.classes.is_empty() {
            let _ = writeln!(text, "classes: {}", self.classes.join(","));
        }
        text
    }

    /// What is unknown is left out: a later version may have written it.
    pub(super) fn from_text(text: &str) -> Metadata {
        let mut metadata = Metadata::default();
        let numbers = |text: &str| text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        for (key, value) in text.lines().filter_map(|line| line.split_once(": ")) {
            match key {
                "network" => metadata.network = value.into(),
                "seed" => metadata.seed = value.parse().ok(),
                "mean" => metadata.normalization.mean = numbers(value),
                "std" => metadata.normalization.std = numbers(value),
                "classes" => metadata.classes = value.split(',').map(String::from).collect(),
                _ => {}
            }
        }
        metadata
    }
}

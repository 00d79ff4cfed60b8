//! What a weights file says besides the weights.

use std::fmt::Write;

/// Where weights come from, and how inputs were scaled for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The network's name; empty in a file from elsewhere.
    pub network: String,
    /// The `.net` file it is from, as the weights' folder sees it; empty if that is not known.
    pub spec: String,
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
    pub mean: Vec<f32>,
    /// Divided by.
    pub std: Vec<f32>,
}

impl Normalization {
    /// Scales samples.
    ///
    /// # Panics
    /// If the numbers are no whole number of samples.
    pub fn apply(&self, inputs: &mut [f32]) {
        if let (&[mean], &[std]) = (&self.mean[..], &self.std[..]) {
            for x in inputs {
                *x = (*x - mean) / std;
            }
        } else if !self.mean.is_empty() {
            assert!(
                inputs.len().is_multiple_of(self.mean.len()),
                "statistics are of samples of another size"
            );
            for sample in inputs.chunks_exact_mut(self.mean.len()) {
                for ((x, mean), std) in sample.iter_mut().zip(&self.mean).zip(&self.std) {
                    *x = (*x - mean) / std;
                }
            }
        }
    }

    /// Whether samples of `len` numbers can be scaled.
    pub fn fits(&self, len: usize) -> bool {
        self.mean.len() == self.std.len() && (self.mean.len() <= 1 || self.mean.len() == len)
    }
}

impl Metadata {
    /// A line for each thing; numbers are written so that they are read back as the very same.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("version: {}\nnetwork: {}\n", env!("CARGO_PKG_VERSION"), self.network);
        // Writing to a string cannot fail.
        if !self.spec.is_empty() {
            let _ = writeln!(text, "spec: {}", self.spec.replace(['\n', '\r'], " "));
        }
        if let Some(seed) = self.seed {
            let _ = writeln!(text, "seed: {seed}");
        }
        let numbers = |numbers: &[f32]| numbers.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
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
                "spec" => metadata.spec = value.into(),
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

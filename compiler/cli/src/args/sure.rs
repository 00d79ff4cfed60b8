//! The arguments of commands that ask how sure a network is, and how it bears changed samples.

use super::{Fit, Network, Recipe};
use clap::{Args as Arguments, ValueEnum};
use std::path::PathBuf;

/// Ways to get probabilities that can be trusted.
#[derive(Arguments, Clone, Debug, Default)]
pub(crate) struct Sureness {
    /// Divide logits by the temperature that fits the held-out samples of the training best
    #[arg(long, conflicts_with = "temperature")]
    pub(crate) calibrated: bool,
    /// Divide logits by X, a temperature that is known
    #[arg(long, value_name = "X")]
    pub(crate) temperature: Option<f64>,
    /// Predict N times with dropout at work: the mean of the answers, and their spread
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(crate) mc_dropout: Option<u32>,
    /// Let the networks of all folds answer: <network>.fold1.safetensors and so on
    #[arg(long)]
    pub(crate) folds: bool,
    /// Seed of the dropout at work [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

impl Sureness {
    /// Returns true if something is asked for that a plain prediction does not say.
    pub(crate) fn is_asked(&self) -> bool {
        let Sureness { calibrated, temperature, mc_dropout, folds, seed } = self;
        *calibrated || *folds || temperature.is_some() || mc_dropout.is_some() || seed.is_some()
    }

    /// Returns the options that the program takes as they are.
    pub(crate) fn passed(&self) -> Vec<(&'static str, String)> {
        let mut passed = vec![];
        passed.extend(self.calibrated.then(|| ("--temperature", "fitted".to_string())));
        passed.extend(self.temperature.map(|temperature| ("--temperature", temperature.to_string())));
        passed.extend(self.mc_dropout.map(|passes| ("--passes", passes.to_string())));
        passed.extend(self.seed.map(|seed| ("--seed", seed.to_string())));
        passed
    }
}

/// Samples without labels.
#[derive(Arguments, Clone, Debug)]
pub(crate) struct Pool {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Samples without labels: folders, lists, files
    #[arg(required = true, value_name = "POOL")]
    pub(crate) pool: Vec<PathBuf>,
    /// Read the weights from FILE [default: <network>.safetensors]
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sureness: Sureness,
    /// Way from a picture's size to the network's, for a network whose data does not say it [default: exact]
    #[arg(long, value_enum)]
    pub(crate) fit: Option<Fit>,
}

#[derive(Arguments, Debug)]
pub(crate) struct Uncertain {
    #[command(flatten)]
    pub(crate) pool: Pool,
    /// Measure to rank by [default: entropy; reconstruction for an autoencoder]
    #[arg(long, value_enum)]
    pub(crate) by: Option<By>,
    /// Show only the first N samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) first: Option<u64>,
    /// Reconstruction: call a sample unlike if its error is above that of this share of the held-out samples [default: 0.95]
    #[arg(long, value_name = "X")]
    pub(crate) quantile: Option<f64>,
    /// Form of the list
    #[arg(long, value_enum, default_value_t = Listing::Table)]
    pub(crate) format: Listing,
}

#[derive(Arguments, Debug)]
pub(crate) struct Stress {
    #[command(flatten)]
    pub(crate) recipe: Recipe,
    /// Read the weights from FILE [default: <network>.safetensors]
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Use only the first N samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Seed of noise and bias fields [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Metric to show, such as `f1` [default: accuracy, or else loss]
    #[arg(long, value_name = "NAME")]
    pub(crate) metric: Option<String>,
    /// Plot the metric over the amount of each change to SVG
    #[arg(short, long, value_name = "SVG")]
    pub(crate) output: Option<PathBuf>,
    /// Form of the results; JSON has all metrics
    #[arg(long, value_enum, default_value_t = Listing::Table)]
    pub(crate) format: Listing,
}

/// A measure of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Entropy of the probabilities, the largest first
    Entropy,
    /// Distance between the two likeliest answers, the least first
    Margin,
    /// Disagreement of the passes with dropout: mutual information, or spread of numbers
    McDropout,
    /// Error of the copy that an autoencoder makes, the largest first
    Reconstruction,
}

/// A form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listing {
    /// Columns for people
    Table,
    /// Comma-separated values, with a line of names
    Csv,
    /// A list of objects in JSON
    Json,
}

#[derive(Arguments, Debug)]
pub(crate) struct PseudoLabel {
    #[command(flatten)]
    pub(crate) pool: Pool,
    /// Least probability of an answer that becomes a label
    #[arg(long, value_name = "X", default_value_t = 0.95)]
    pub(crate) above: f64,
    /// Write the list to FILE, for `images("FILE")`
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

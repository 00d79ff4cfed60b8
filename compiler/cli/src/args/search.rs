//! Arguments of the commands that try rates and values.

use super::{Network, Recipe};
use clap::Args as Arguments;
use std::path::PathBuf;

#[derive(Arguments, Debug)]
pub(crate) struct Lr {
    #[command(flatten)]
    pub(crate) recipe: Recipe,
    /// Rate of the first step
    #[arg(long, value_name = "RATE", default_value = "1e-6")]
    pub(crate) from: f64,
    /// Rate of the last step
    #[arg(long, value_name = "RATE", default_value = "10")]
    pub(crate) to: f64,
    /// Number of steps
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(20..))]
    pub(crate) steps: u64,
    /// Use only the first N samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Seed for all random numbers; overrides the file
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write rates and losses for programs to FILE, as JSON Lines
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Plot the loss over the rate to SVG
    #[arg(short, long, value_name = "SVG")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Arguments, Debug)]
pub(crate) struct Tune {
    #[command(flatten)]
    pub(crate) network: Network,
    /// Number of candidates to draw from the ranges
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) candidates: u64,
    /// Seed for the values that are drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Number to compare candidates by, such as `val_accuracy` [default: what `stop` watches, or val_loss]
    #[arg(long, value_name = "NAME")]
    pub(crate) metric: Option<String>,
    /// Epochs of all candidates; as many as the file's for random search without halving
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) min_epochs: u64,
    /// Halving: the best 1/N of the candidates go on, for N times as many epochs
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(2..))]
    pub(crate) eta: u64,
    /// Use only the first N samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Trainings at a time, which share the processor's threads [default: one per thread]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub(crate) jobs: Option<u64>,
    /// Keep journal, logs, weights and plot in FOLDER [default: <network>.tune]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Write the text with the best values to FILE, beside the .net file [default: <file>-best.net]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Go on with the search that was interrupted
    #[arg(long, conflicts_with = "overwrite")]
    pub(crate) resume: bool,
    /// Begin anew where there is a search already
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Show only the table and the best values
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

//! The training recipe: what a `train` block says, checked and with defaults.

mod augment;
mod metric;
mod optimizer;
mod schedule;

pub use augment::{Augment, Length, Operation, Resample};
pub use metric::{Average, Measure, Metric};
pub use optimizer::Optimizer;
pub use schedule::{Course, Schedule};

use netwright_grammar::Span;

/// How to train a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Where the samples are; `None` for a recipe that only a program can run.
    pub data: Option<Data>,
    /// Samples to test with at the end, where the data has no test set of its own.
    pub test: Option<Data>,
    /// What is done to training samples, in this order.
    pub augment: Vec<Augment>,
    /// The share of samples held out for validation, from 0 to 1.
    pub validate: f64,
    /// Passes over the data.
    pub epochs: usize,
    /// Samples a step.
    pub batch: usize,
    /// The update rule.
    pub optimizer: Optimizer,
    /// The rate over time.
    pub schedule: Schedule,
    /// Penalties in the loss.
    pub penalty: Penalty,
    /// When to stop early.
    pub stop: Option<EarlyStop>,
    /// What is measured besides the loss.
    pub metrics: Vec<Metric>,
    /// Of all random numbers.
    pub seed: u64,
    /// Weights to start from.
    pub from: Option<String>,
    /// Where the block stands.
    pub span: Span,
}

/// A data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Its files.
    pub source: Source,
    /// What is done to the inputs.
    pub scaling: Scaling,
}

/// The files of a data set; paths are relative to the `.net` file.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A folder with MNIST's four IDX files, plain or gzipped.
    Idx {
        /// The folder.
        path: String,
    },
    /// A table.
    Csv {
        /// The file.
        path: String,
        /// Which columns hold the label or targets.
        label: Column,
    },
}

/// Which columns of a table are the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The first ones.
    First,
    /// The last ones.
    Last,
    /// From this one on, counted from 0.
    At(usize),
}

/// What is done to inputs before the network sees them. Pixels come as 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Scaling {
    /// Nothing.
    None,
    /// `(x - mean) / std`
    Normalize {
        /// Subtracted.
        mean: f64,
        /// Divided by.
        std: f64,
    },
    /// Each feature by its mean and standard deviation over the training samples.
    Standardize,
}

/// Penalties added to the loss: `l1 ‖w‖₁ + l2 ‖w‖²`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// Factor of the sum of magnitudes.
    pub l1: f64,
    /// Factor of the sum of squares.
    pub l2: f64,
    /// Whether biases count.
    pub biases: bool,
    /// Whether scales and shifts of normalisations count.
    pub norms: bool,
}

/// Training ends when the watched number has not improved for some epochs; the best weights are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlyStop {
    /// How many epochs to wait.
    pub patience: usize,
    /// Which number.
    pub on: Watch,
}

/// A number that early stopping watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watch {
    /// The loss on the held-out samples.
    ValLoss,
    /// The accuracy on the held-out samples.
    ValAccuracy,
    /// The metric of this name in the log, without `val_`, on the held-out samples.
    Val(String),
}

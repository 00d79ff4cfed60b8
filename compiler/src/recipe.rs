//! The training recipe: what a `train` block says, checked and with defaults.

mod augment;
mod clip;
mod labels;
mod metric;
mod optimizer;
mod schedule;

pub use crate::args::Length;
pub use augment::Augment;
pub use clip::Clip;
pub use labels::{Factor, MaxNorm, Only, Penalty, Terms};
pub(crate) use labels::{names, prefixes};
pub use metric::Metric;
pub use netwright_model::{Column, EarlyStop, Scaling, Watch};
pub use optimizer::Optimizer;
pub use schedule::{Course, Schedule};

use crate::graph::{Graph, LayerId};
use netwright_grammar::Span;

/// Samples of a step, unless a recipe says how many.
pub(crate) const BATCH: usize = 32;

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
    /// Who learns faster or slower.
    pub rates: Vec<Factor>,
    /// Whose weights decay more or less than the optimizer says.
    pub decays: Vec<Factor>,
    /// Penalties in the loss.
    pub penalties: Vec<Penalty>,
    /// How gradients are kept small.
    pub clip: Option<Clip>,
    /// Bounds of weights.
    pub max_norms: Vec<MaxNorm>,
    /// Batches whose gradients' mean makes one update.
    pub accumulate: usize,
    /// How much of the average of the parameters stays at each update, if there is one: it is what is validated and saved.
    pub ema: Option<f64>,
    /// When to stop early.
    pub stop: Option<EarlyStop>,
    /// What is measured besides the loss.
    pub metrics: Vec<Metric>,
    /// Of all random numbers.
    pub seed: u64,
    /// Weights to start from.
    pub from: Option<String>,
    /// What comes after the first phase of the training, in which the graph's parameters are frozen or not.
    pub phases: Vec<Phase>,
    /// How much samples count, if not all the same.
    pub weights: Option<Weights>,
    /// The most memory that it may take.
    pub memory: Option<Budget>,
    /// Where the block stands.
    pub span: Span,
}

/// A part of the training, in which other parameters are frozen than in the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// How many epochs come before it.
    pub after: usize,
    /// For each of the graph's parameters whether it is frozen.
    pub frozen: Vec<bool>,
    /// What changes, for people: `` `stem` learns too``.
    pub change: String,
}

/// How much each sample counts in the loss.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// So that every class counts the same: `samples / (classes · samples of its class)`.
    Balanced,
    /// By its class.
    Classes(Vec<f64>),
    /// By a number that the program gives with it.
    Given,
}

/// A bound of the memory that a training takes, its data apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The most bytes.
    pub bytes: usize,
    /// Where it stands.
    pub span: Span,
}

impl Recipe {
    /// What an empty `train` block says, with its update rule.
    pub fn new(span: Span, optimizer: Optimizer) -> Recipe {
        Recipe {
            data: None,
            test: None,
            augment: vec![],
            validate: 0.0,
            epochs: 10,
            batch: BATCH,
            optimizer,
            schedule: Schedule::default(),
            rates: vec![],
            decays: vec![],
            penalties: vec![],
            clip: None,
            max_norms: vec![],
            accumulate: 1,
            ema: None,
            stop: None,
            metrics: vec![],
            seed: 0,
            from: None,
            phases: vec![],
            weights: None,
            memory: None,
            span,
        }
    }
}

impl Recipe {
    /// The first layer of the network that cannot learn from a batch of one sample, in any phase of the training.
    pub fn needs_several_samples(&self, graph: &Graph) -> Option<LayerId> {
        let first = graph.lone_batch_norm(|id| graph.param(id).frozen);
        let later = |phase: &Phase| graph.lone_batch_norm(|id| phase.frozen[id.0]);
        first.or_else(|| self.phases.iter().find_map(later))
    }
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
pub type Source = netwright_model::Source<String, Vec<u32>>;

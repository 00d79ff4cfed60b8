//! The training recipe: what a `train` block says, checked and with defaults.

mod augment;
mod clip;
mod joint;
mod labels;
mod metric;
mod optimizer;
mod schedule;

pub use crate::args::Length;
pub use augment::Augment;
pub use clip::Clip;
pub(crate) use joint::{answers, parts};
pub use labels::{Factor, MaxNorm, Only, Penalty, Terms};
pub(crate) use labels::{names, prefixes};
pub use metric::Metric;
pub(crate) use netwright_model::Answer;
pub use netwright_model::{EarlyStop, HeldOut, Save, Scaling, Watch};
pub use optimizer::Optimizer;
pub use schedule::{Course, Schedule};

use crate::graph::{Graph, LayerId};
use netwright_grammar::Span;
use netwright_grammar::ast::Ident;
use std::convert::Infallible;

/// Samples of a step, unless a recipe says how many.
pub(crate) const BATCH: usize = 32;

/// A rule that gives tensors of a file the names of a network's parameters.
pub type Rename = netwright_model::Rename<String>;

/// Weights that a training starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pretrained {
    /// The file, relative to the `.net` file.
    pub file: String,
    /// Other names for its tensors.
    pub renames: Vec<Rename>,
}

/// A training recipe: the settings of a `train` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The training data; `None` for a recipe that only a program can run.
    pub data: Option<Data>,
    /// Samples to test with at the end, where the data has no test set of its own.
    pub test: Option<Data>,
    /// The augmentation of training samples, in this order.
    pub augment: Vec<Augment>,
    /// The samples held out for validation.
    pub held_out: HeldOut<Data>,
    /// Passes over the data.
    pub epochs: usize,
    /// The number of samples of a step.
    pub batch: usize,
    /// The update rule.
    pub optimizer: Optimizer,
    /// The rate over time.
    pub schedule: Schedule,
    /// The factors of some parameters' rates.
    pub rates: Vec<Factor>,
    /// The factors of some parameters' weight decays.
    pub decays: Vec<Factor>,
    /// Penalties in the loss.
    pub penalties: Vec<Penalty>,
    /// The limit of the gradients.
    pub clip: Option<Clip>,
    /// Bounds of weights.
    pub max_norms: Vec<MaxNorm>,
    /// Batches whose gradients' mean makes one update.
    pub accumulate: usize,
    /// The share of the parameters' average that is kept at each update, if there is an average: it is what
    /// is validated and saved.
    pub ema: Option<f64>,
    /// The condition for stopping early.
    pub stop: Option<EarlyStop>,
    /// The metrics besides the loss.
    pub metrics: Vec<Metric>,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Weights to start from.
    pub from: Option<Pretrained>,
    /// The phases after the first one, in which the graph's parameters are frozen or not.
    pub phases: Vec<Phase>,
    /// The weights of the samples, if they are not equal.
    pub weights: Option<Weights>,
    /// The most memory that it may take.
    pub memory: Option<Budget>,
    /// The times at which the training is saved.
    pub save: Save,
    /// The place of the block in the source.
    pub span: Span,
}

/// A part of the training, in which other parameters are frozen than in the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// The number of epochs before the phase.
    pub after: usize,
    /// True for each of the graph's parameters that is frozen.
    pub frozen: Vec<bool>,
    /// The change as a sentence for people: `` `stem` learns too``.
    pub change: String,
}

/// The weight of each sample in the loss.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// Weights that give every class the same total: `samples / (classes · samples of its class)`.
    Balanced,
    /// A weight for each class.
    Classes(Vec<f64>),
    /// Weights that the program gives with the samples.
    Given,
}

/// A bound of the memory that a training takes, its data apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The most bytes.
    pub bytes: usize,
    /// The place of the setting in the source.
    pub span: Span,
}

impl Recipe {
    /// Returns the recipe of an empty `train` block with this update rule.
    pub fn new(span: Span, optimizer: Optimizer) -> Recipe {
        Recipe {
            data: None,
            test: None,
            augment: vec![],
            held_out: HeldOut::None,
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
            save: Save::USUAL,
            span,
        }
    }
}

impl Recipe {
    /// Returns true if some samples are held out for validation.
    pub fn holds_out(&self) -> bool {
        !self.held_out.is_none()
    }

    /// Returns all sources of samples.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        [self.data.as_ref(), self.held_out.source(), self.test.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(Data::all)
            .map(|data| &data.source)
    }

    /// Returns the first layer of the network that cannot learn from a batch of one sample, in any phase of
    /// the training.
    pub fn needs_several_samples(&self, graph: &Graph) -> Option<LayerId> {
        let first = graph.lone_batch_norm(|id| graph.param(id).frozen);
        let later = |phase: &Phase| graph.lone_batch_norm(|id| phase.frozen[id.0]);
        first.or_else(|| self.phases.iter().find_map(later))
    }
}

/// A data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The input that the source is for, if the text names it.
    pub input: Option<Ident>,
    /// The data's files.
    pub source: Source,
    /// The scaling of the inputs.
    pub scaling: Scaling,
    /// The places of the source and its arguments in the text.
    pub places: Places,
    /// Sources of the other inputs.
    pub beside: Vec<Data>,
}

impl Data {
    /// Returns this source and those beside it.
    pub fn all(&self) -> impl Iterator<Item = &Data> {
        std::iter::once(self).chain(&self.beside)
    }

    /// Returns the source of the input of this name.
    pub fn of_input(&self, name: &str) -> Option<&Data> {
        self.all().find(|part| part.input.as_ref().is_some_and(|input| input.node == name))
    }

    /// Returns the source of the input that another source is for; where inputs have no names, the only one.
    pub(crate) fn like(&self, other: &Data) -> Option<&Data> {
        match &other.input {
            Some(input) => self.of_input(&input.node),
            None => self.all().find(|part| part.input.is_none()),
        }
    }

    /// Returns true if the text says what the source's labels are.
    pub fn is_labelled(&self) -> bool {
        let given = |name: &(String, Span)| ["label", "labels", "masks", "targets"].contains(&&*name.0);
        self.source.is_idx() || self.places.arguments.iter().any(given)
    }
}

/// The places of a source of data and its arguments in the text, for what is found out when its files are looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// The place of the source: `csv("table.csv", label=kind)`.
    pub source: Span,
    /// The arguments by their names, and the places of their values; an argument without a name is the path.
    pub arguments: Vec<(String, Span)>,
}

impl Places {
    /// Returns the place of an argument's value, or of the source if it is not given.
    pub fn of(&self, argument: &str) -> Span {
        let found = self.arguments.iter().find(|(name, _)| name == argument);
        found.map_or(self.source, |(_, span)| *span)
    }
}

/// A column of a table.
pub type Column = netwright_model::Column<String>;

/// A table of text as a source.
pub type Table = netwright_model::Table<String, Vec<Column>>;

/// The files of a data set; paths are relative to the `.net` file.
pub type Source = netwright_model::Source<String, Vec<u32>, Vec<Column>, Infallible>;

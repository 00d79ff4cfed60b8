//! Catalogue of everything that has a name in the language, with its arguments: for documents, editors and
//! tests.

use crate::args::Signature;
use crate::ops::{self, INITS, JOINS, Split};
use crate::resolve::options;
use std::fmt;

/// A part of the language whose members have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Layers, those that join values included.
    Layer,
    /// Distributions of initial weights.
    Init,
    /// Losses.
    Loss,
    /// Sources of data.
    Source,
    /// Ways to scale inputs.
    Scaling,
    /// Ways to read weights to start from.
    Rename,
    /// Changes of training samples.
    Augmentation,
    /// Update rules.
    Optimizer,
    /// Courses of the learning rate.
    Schedule,
    /// Penalties in the loss.
    Penalty,
    /// Ways to clip gradients.
    Clip,
    /// Bounds of weights.
    Constraint,
    /// Reasons to stop early.
    Stop,
    /// Times at which a training is saved.
    Save,
    /// Measures besides the loss.
    Metric,
}

impl Kind {
    /// All, in the order of the language's reference.
    pub const ALL: [Kind; 15] = [
        Kind::Layer,
        Kind::Init,
        Kind::Loss,
        Kind::Source,
        Kind::Scaling,
        Kind::Rename,
        Kind::Augmentation,
        Kind::Optimizer,
        Kind::Schedule,
        Kind::Penalty,
        Kind::Clip,
        Kind::Constraint,
        Kind::Stop,
        Kind::Save,
        Kind::Metric,
    ];

    /// Returns its members.
    pub fn items(self) -> Vec<Item> {
        match self {
            Kind::Layer => layers(),
            Kind::Loss => ops::losses().map(|loss| Item::new(loss.signature)).collect(),
            Kind::Init => plain(INITS),
            Kind::Source => plain(options::SOURCES),
            Kind::Scaling => plain(options::SCALINGS),
            Kind::Rename => plain(options::RENAMES),
            Kind::Augmentation => plain(options::AUGMENTS),
            Kind::Optimizer => plain(options::OPTIMIZERS),
            Kind::Schedule => plain(options::SCHEDULES),
            Kind::Penalty => plain(options::PENALTIES),
            Kind::Clip => plain(options::CLIPS),
            Kind::Constraint => plain(options::CONSTRAINTS),
            Kind::Stop => plain(options::STOPS),
            Kind::Save => plain(options::SAVES),
            Kind::Metric => plain(options::METRICS),
        }
    }
}

fn plain(signatures: &[Signature<'static>]) -> Vec<Item> {
    signatures.iter().copied().map(Item::new).collect()
}

fn layers() -> Vec<Item> {
    let linear = Signature { name: ops::LINEAR, positional: 0, params: &[] };
    let operators = ops::entries().map(|entry| entry.signature).chain([linear, Split::SIGNATURE]);
    let joins = JOINS.iter().map(|join| Item { signature: join.signature, values: Some(join.values) });
    operators.map(Item::new).chain(joins).collect()
}

/// An item of the language with its arguments; its text is what help shows: `dense(units, bias=true)`.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    signature: Signature<'static>,
    /// The names of values that a layer takes before its arguments.
    values: Option<&'static str>,
}

impl Item {
    fn new(signature: Signature<'static>) -> Item {
        Item { signature, values: None }
    }

    /// Returns its name.
    pub fn name(&self) -> &'static str {
        self.signature.name
    }

    /// Returns its arguments and their defaults; an argument without a default must be given.
    pub fn params(&self) -> &'static [(&'static str, Option<&'static str>)] {
        self.signature.params
    }

    /// Returns the text without some of its arguments.
    pub fn text_without(&self, params: &[&str]) -> String {
        self.signature.text_of(self.values, |name| !params.contains(&name))
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text_without(&[]))
    }
}

//! Everything that a kernel tells of itself.

use super::gradient::Backward;
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::{self, Activation, Room as _};
use proc_macro2::TokenStream;

/// A family of kernels. No method has a default: a room that is silent about one does not compile.
pub(super) trait Room {
    /// Facts that passes decide by.
    fn facts(&self) -> Facts<'_>;

    /// The name that `explain` shows.
    fn name(&self) -> String;

    /// Appends what carries the gradient `dy` of the call's first result to its inputs and parameters.
    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>);

    /// The statements of a call.
    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream;

    /// Adds the types that the kernel is specialised for.
    fn types(&self, op: &Op, types: &mut Types<'_>);

    /// The activation that the kernel applies to its result; `None` if it can apply none.
    fn activation_mut(&mut self) -> Option<&mut Option<Activation>>;

    /// How much of a batch a call covers; `None` if that does not depend on the network.
    fn reach_mut(&mut self) -> Option<&mut Reach>;
}

/// Facts that passes and code generation decide by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts<'a> {
    /// How much of a batch one call covers.
    pub(crate) covers: Covers,
    /// Numbers of an image or row of its first input, of kernels that are told how many of these there are; others are told how
    /// many samples.
    pub(crate) image: Option<usize>,
    /// Whether its result depends on the step's random numbers.
    pub(crate) random: bool,
    /// Whether its result replaces its first input.
    pub(crate) in_place: bool,
    /// Whether it brings parameters into the form that other kernels read.
    pub(crate) packs: bool,
    /// Whether results behind the first are written only if something reads them.
    pub(crate) optional_results: bool,
    /// What it adds to, if that is a sum over samples.
    pub(crate) sum: Option<Sum>,
    /// Weights that are read once for each sample, so that reading them for many samples at a time pays; 0 where there are none, or
    /// where a sample's own pixels share the reading.
    pub(crate) weights_per_sample: usize,
    /// Which layer's function it is called in.
    pub(crate) function: Function,
    /// Of kernels that a small network has compiled in one piece with others: the weights that count towards its smallness.
    pub(crate) in_one_piece: Option<usize>,
    /// The loss that it computes: its first result is then the gradient of its first input.
    pub(crate) loss: Option<&'a ops::Loss>,
}

/// How much of a batch one call covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Covers {
    /// A lane's samples of a tile.
    Tile,
    /// The whole batch, between the lanes' work.
    Batch(Work),
}

/// What calls for the whole batch are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// Parameters in the form that kernels read.
    PackWeights,
    /// Sums of the lanes' parts.
    SumGradients,
    /// A batch's mean and variance.
    FinishStatistics,
    /// The number of terms of a mean.
    WeighTargets,
    /// Dense layers whose weights are read once for all samples.
    WideLayers,
    /// Gradients of convolutions with many weights.
    ManyWeights,
}

impl Work {
    /// The name of a function that does it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Work::PackWeights => "pack_weights",
            Work::SumGradients => "sum_gradients",
            Work::FinishStatistics => "finish_statistics",
            Work::WeighTargets => "weigh_targets",
            Work::WideLayers => "wide_layers",
            Work::ManyWeights => "many_weights",
        }
    }

    /// The same as a part of a sentence.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Work::PackWeights => "packs weights for the kernels",
            Work::SumGradients => "adds up the lanes' gradients",
            Work::FinishStatistics => "makes batch statistics of the lanes' moments",
            Work::WeighTargets => "adds up the weights of the targets",
            Work::WideLayers => "computes wide dense layers for the whole batch",
            Work::ManyWeights => "computes the gradients of many weights for the whole batch",
        }
    }
}

/// How much of a batch one call covers, where `place` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The samples of a tile, by one thread.
    Tile,
    /// The only sample of a batch: what is made of it is the sum.
    One,
    /// All samples, by all threads.
    Batch,
}

impl Reach {
    /// The same as a fact; `work` is what a call for the whole batch is for.
    pub(super) fn covers(self, work: Work) -> Covers {
        match self {
            Reach::Tile | Reach::One => Covers::Tile,
            Reach::Batch => Covers::Batch(work),
        }
    }

    /// A kernel's name for `explain`.
    pub(super) fn name(self, kernel: &str) -> String {
        match self {
            Reach::Tile => kernel.to_string(),
            Reach::One => format!("{kernel}_one"),
            Reach::Batch => format!("{kernel}_batch"),
        }
    }

    /// The kernel for a tile, or that for the batch.
    pub(super) fn kernel(self, tile: TokenStream, batch: TokenStream) -> TokenStream {
        match self {
            Reach::Tile | Reach::One => tile,
            Reach::Batch => batch,
        }
    }
}

/// A sum over samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Numbers of a row of the last input, if what is made of a single row is the sum, and can be written where that belongs.
    pub(crate) row: Option<usize>,
    /// Whether one sum over the batch costs less than each lane's part.
    pub(crate) over_batch: bool,
}

/// Which layer's function a kernel is called in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// Its own layer's.
    OfLayer,
    /// That of the layer which makes its input: it runs while that is still in cache.
    OfInput,
}

/// A kernel's name for `explain`, with the activation that it applies.
pub(super) fn acted(kernel: &str, activation: Option<Activation>) -> String {
    match activation {
        Some(activation) => format!("{kernel}_{}", activation.kind()),
        None => kernel.to_string(),
    }
}

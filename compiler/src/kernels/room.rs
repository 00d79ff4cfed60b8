//! The trait of kernel families, and the facts that each states about its kernels.

use super::gradient::Backward;
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::{self, Activation, Room as _};
use proc_macro2::TokenStream;

/// A family of kernels. No method has a default: a room that is silent about one does not compile.
pub(super) trait Room {
    /// Returns the facts that passes decide by.
    fn facts(&self) -> Facts<'_>;

    /// Returns the name that `explain` shows.
    fn name(&self) -> String;

    /// Appends what carries the gradient `dy` of the call's first result to its inputs and parameters.
    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>);

    /// Returns the statements of a call.
    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream;

    /// Adds the types that the kernel is specialised for.
    fn types(&self, op: &Op, types: &mut Types<'_>);

    /// Returns the activation that the kernel applies to its result; `None` if it can apply none.
    fn activation_mut(&mut self) -> Option<&mut Option<Activation>>;

    /// Returns the part of a batch that a call covers, to change; `None` if it does not depend on the
    /// network.
    fn reach_mut(&mut self) -> Option<&mut Reach>;
}

/// Facts that passes and code generation decide by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts<'a> {
    /// The part of a batch that a call covers.
    pub(crate) covers: Covers,
    /// Numbers of an image or row of its first input, of kernels that are told how many of these there are; others are told how
    /// many samples.
    pub(crate) image: Option<usize>,
    /// True if the result depends on the step's random numbers.
    pub(crate) random: bool,
    /// True if the result replaces the first input.
    pub(crate) in_place: bool,
    /// True if the kernel packs parameters for other kernels.
    pub(crate) packs: bool,
    /// True if results after the first are written only if something reads them.
    pub(crate) optional_results: bool,
    /// The sum over samples that the kernel adds to, if it does.
    pub(crate) sum: Option<Sum>,
    /// Weights that are read once for each sample, so that reading them for many samples at a time pays; 0 where there are none, or
    /// where a sample's own pixels share the reading.
    pub(crate) weights_per_sample: usize,
    /// The layer in whose function the kernel is called.
    pub(crate) function: Function,
    /// The number of weights that count towards the smallness of a network which is compiled in one piece;
    /// `None` if the kernel cannot be part of one.
    pub(crate) in_one_piece: Option<usize>,
    /// The loss that it computes: its first result is then the gradient of its first input.
    pub(crate) loss: Option<&'a ops::Loss>,
}

/// The part of a batch that a call covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Covers {
    /// A lane's samples of a tile.
    Tile,
    /// The whole batch, between the lanes' work.
    Batch(Work),
}

/// The purpose of calls for the whole batch.
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
    /// Returns the name of a function that does it.
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

    /// Returns the purpose as a part of a sentence.
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

/// The part of a batch that a call covers, where `place` chooses.
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
    /// Returns the part as a fact; `work` is the purpose of a call for the whole batch.
    pub(super) fn covers(self, work: Work) -> Covers {
        match self {
            Reach::Tile | Reach::One => Covers::Tile,
            Reach::Batch => Covers::Batch(work),
        }
    }

    /// Returns a kernel's name for `explain`.
    pub(super) fn name(self, kernel: &str) -> String {
        match self {
            Reach::Tile => kernel.to_string(),
            Reach::One => format!("{kernel}_one"),
            Reach::Batch => format!("{kernel}_batch"),
        }
    }

    /// Returns the kernel for a tile, or that for the batch.
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
    /// True if one sum over the batch costs less than each lane's part.
    pub(crate) over_batch: bool,
}

/// The layer in whose function a kernel is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// The kernel's own layer.
    OfLayer,
    /// The layer that computes the kernel's input: the kernel runs while that is still in cache.
    OfInput,
}

/// Returns a kernel's name for `explain`, with the activation that it applies.
pub(super) fn acted(kernel: &str, activation: Option<Activation>) -> String {
    match activation {
        Some(activation) => format!("{kernel}_{}", activation.kind()),
        None => kernel.to_string(),
    }
}

//! The operators of the language, one room each: arguments, attributes, shape rule, parameters, cost, facts.
//!
//! To add an operator, write its room, name it in the two lists of [`Operator`] and its arguments in `ROOMS`.

mod across;
mod activation;
mod adaptive_pool;
mod axis;
mod batch_norm;
mod conv;
mod conv_transpose;
mod dense;
mod depthwise_conv;
mod flatten;
mod init;
mod join;
mod loss;
mod mean;
mod misfit;
mod moves;
mod noise;
mod pad;
mod pool;
mod prelu;
mod rank;
mod role;
mod room;
mod sample_norm;
mod split;
mod text;
mod upsample;

pub use crate::spatial::Spatial;
pub use across::Across;
pub use activation::{Activation, SELU, SOFTPLUS_THRESHOLD};
pub use adaptive_pool::{AdaptivePool, Reduction};
pub use axis::Axis;
pub use batch_norm::BatchNorm;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use dense::{Dense, DenseAxis};
pub use depthwise_conv::DepthwiseConv;
pub use init::{Fan, Init, Named, Scaled};
pub use join::{Join, Spread};
pub use loss::{CrossEntropy, Loss, Pointwise, TargetKind};
pub use mean::Mean;
pub use misfit::Misfit;
pub use moves::Move;
pub use noise::Noise;
pub use pad::{Border, Pad};
pub use pool::{AvgPool, GlobalPool, MaxPool};
pub use prelu::Prelu;
pub use role::Role;
pub use room::{Facts, Group, ParamSpec};
pub use sample_norm::{Parts, SampleNorm};
pub use upsample::{Upsample, UpsampleMode};

pub(crate) use init::INITS;
pub(crate) use join::{JOINS, JoinEntry, find_join, spread};
pub(crate) use loss::losses;
pub(crate) use room::Room;
pub(crate) use split::Split;

use crate::args::{self, Signature};
use across::Softmax;
use flatten::Flatten;

/// The arguments of a layer.
pub(crate) type Args<'a> = args::Args<'a, LayerParts>;

/// The parts of a layer that is more than one operator.
#[derive(Debug, Default)]
pub(crate) struct LayerParts {
    /// Operators that come before the last one, with their names inside the layer.
    pub(crate) before: Vec<(&'static str, Operator)>,
    /// The last one's name; none if it has the layer's own.
    pub(crate) last: Option<&'static str>,
}

impl args::Args<'_, LayerParts> {
    /// Notes an operator that the layer applies before the one that is read.
    pub(crate) fn apply_before(&mut self, name: &'static str, op: Operator) {
        self.noted.before.push((name, op));
    }

    /// Notes that the operator that is read has a name of its own inside the layer.
    pub(crate) fn name_last(&mut self, name: &'static str) {
        self.noted.last = Some(name);
    }

    /// Returns what was noted of the layer's parts, and forgets it.
    pub(crate) fn take_parts(&mut self) -> LayerParts {
        std::mem::take(&mut self.noted)
    }
}

/// Sizes of one sample, channels first.
pub type Shape = Vec<usize>;

/// A layer's effect on its inputs. Definitions are PyTorch's.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    /// `y = x Wᵀ + b`
    Dense(Dense),
    /// Cross-correlation.
    Conv(Conv),
    /// The gradient of a convolution's input as a layer: every input pixel is spread over a window.
    ConvTranspose(ConvTranspose),
    /// A convolution of each channel by itself.
    DepthwiseConv(DepthwiseConv),
    /// The maximum of each window; the first one where several are equal.
    MaxPool(MaxPool),
    /// The mean of each window.
    AvgPool(AvgPool),
    /// The mean or maximum of each channel.
    GlobalPool(GlobalPool),
    /// The mean along an axis.
    Mean(Mean),
    /// The means or maxima of windows that divide the whole.
    AdaptivePool(AdaptivePool),
    /// The value, enlarged along each direction.
    Upsample(Upsample),
    /// The numbers in a row, channels first.
    Flatten,
    /// Numbers in other places.
    Move(Move),
    /// A border.
    Pad(Pad),
    /// Normalisation by the batch's statistics of each channel; by the running ones in inference.
    BatchNorm(BatchNorm),
    /// Normalisation by statistics of the sample itself.
    SampleNorm(SampleNorm),
    /// Changes at random; nothing in inference.
    Noise(Noise),
    /// A function of each number.
    Activation(Activation),
    /// `x` where positive, a learned slope times `x` elsewhere.
    Prelu(Prelu),
    /// Softmax over the first axis, features or channels.
    Softmax,
    /// Another function over the first axis.
    Across(Across),
    /// One value made of several.
    Join(Join),
}

/// The names and arguments of all layers but joins.
const ROOMS: &[&[Entry]] = &[
    dense::ENTRIES,
    conv::ENTRIES,
    conv_transpose::ENTRIES,
    depthwise_conv::ENTRIES,
    pool::ENTRIES,
    mean::ENTRIES,
    adaptive_pool::ENTRIES,
    upsample::ENTRIES,
    flatten::ENTRIES,
    moves::ENTRIES,
    pad::ENTRIES,
    batch_norm::ENTRIES,
    sample_norm::ENTRIES,
    noise::ENTRIES,
    activation::ENTRIES,
    prelu::ENTRIES,
    across::ENTRIES,
];

impl Operator {
    fn room(&self) -> &dyn Room {
        match self {
            Operator::Dense(op) => op,
            Operator::Conv(op) => op,
            Operator::ConvTranspose(op) => op,
            Operator::DepthwiseConv(op) => op,
            Operator::MaxPool(op) => op,
            Operator::AvgPool(op) => op,
            Operator::GlobalPool(op) => op,
            Operator::Mean(op) => op,
            Operator::AdaptivePool(op) => op,
            Operator::Upsample(op) => op,
            Operator::Flatten => &Flatten,
            Operator::Move(op) => op,
            Operator::Pad(op) => op,
            Operator::BatchNorm(op) => op,
            Operator::SampleNorm(op) => op,
            Operator::Noise(op) => op,
            Operator::Activation(op) => op,
            Operator::Prelu(op) => op,
            Operator::Softmax => &Softmax,
            Operator::Across(op) => op,
            Operator::Join(op) => op,
        }
    }

    /// Returns its name in the language, from which layers without a label get theirs: `conv`.
    pub fn kind(&self) -> &'static str {
        self.room().kind()
    }

    /// Returns it as one would write it, without defaults: `conv(6, 5x5, pad=2)`.
    pub fn text(&self) -> String {
        self.room().text()
    }

    /// Returns the shape that comes out of inputs of these shapes, of which there is at least one.
    ///
    /// # Errors
    /// If the operator does not apply to values of these shapes.
    pub fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        self.room().shape(inputs)
    }

    /// Returns the parameters that it needs for an input of this shape, which it must apply to.
    pub fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        self.room().params(input)
    }

    /// Returns the floating-point operations of one sample's forward pass in inference: 2 for a multiply-add, 1 for every other
    /// operation on a number, functions such as `exp` included.
    pub fn flops(&self, inputs: &[&[usize]], output: &[usize]) -> u64 {
        self.room().flops(inputs, output)
    }

    /// Returns the facts that lints and passes decide by.
    pub fn facts(&self) -> Facts {
        self.room().facts()
    }

    /// Returns why it leaves an input of this shape as it is, if it does.
    pub(crate) fn does_nothing(&self, input: &[usize]) -> Option<&'static str> {
        self.room().does_nothing(input)
    }
}

/// An operator's name, arguments and how to read them.
pub(crate) struct Entry {
    pub(crate) signature: Signature<'static>,
    read: fn(&mut Args<'_>) -> Operator,
}

impl Entry {
    /// Returns the operator that these arguments describe; meaningless if reading them failed.
    pub(crate) fn read(&self, args: &mut Args<'_>) -> Operator {
        (self.read)(args)
    }
}

/// Returns every layer that is written by its name and arguments; joins are not among them.
pub(crate) fn entries() -> impl Iterator<Item = &'static Entry> {
    ROOMS.iter().copied().flatten()
}

/// The activation that leaves every number as it is, Keras's `linear`: written to say that none is meant, it makes no operator.
pub(crate) const LINEAR: &str = "linear";

/// Returns the names of all layers, joins included.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let operators = entries().map(|entry| entry.signature.name);
    operators.chain([LINEAR]).chain(JOINS.iter().map(|join| join.name)).chain([Split::NAME])
}

/// Returns the operator of that name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    entries().find(|entry| entry.signature.name == name)
}

/// Returns the number of elements of a shape.
fn count(shape: &[usize]) -> u64 {
    product(shape)
}

fn product(sizes: &[usize]) -> u64 {
    sizes.iter().fold(1, |all, &size| all.saturating_mul(size as u64))
}

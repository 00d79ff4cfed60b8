//! The operators of the language, one file each: arguments, attributes, shape rule, parameters, cost.

mod across;
mod activation;
mod adaptive_pool;
mod axis;
mod conv;
mod conv_transpose;
mod dense;
mod depthwise_conv;
mod init;
mod join;
mod loss;
mod moves;
mod noise;
mod norm;
mod pool;
mod rank;
mod role;
mod sample_norm;
mod shaping;
mod sliding;
mod split;
mod upsample;

pub use across::Across;
pub use activation::{Activation, Prelu, SELU, SOFTPLUS_THRESHOLD};
pub use adaptive_pool::{AdaptivePool, Reduction};
pub use axis::Axis;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use dense::{Dense, DenseAxis};
pub use depthwise_conv::DepthwiseConv;
pub use init::{Fan, Init, Named, Scaled};
pub use join::Spread;
pub use loss::{CrossEntropy, Loss, TargetKind};
pub use moves::{Border, Move};
pub use noise::Noise;
pub use norm::BatchNorm;
pub use pool::{AvgPool, MaxPool};
pub use sample_norm::{Parts, SampleNorm};
pub use sliding::{Pad, Sliding};
pub use upsample::{Upsample, UpsampleMode};

pub(crate) use init::INITS;
pub(crate) use join::{JOINS, Join, find_join, spread};
pub(crate) use loss::LOSSES;
pub(crate) use split::Split;

use rank::{extents, kind_of, not_an_image, thing};

use crate::args::{self, Signature};
pub use role::Role;

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

/// Function of a layer. Definitions are PyTorch's.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    /// `y = x Wᵀ + b`
    Dense(Dense),
    /// Two-dimensional cross-correlation.
    Conv(Conv),
    /// The gradient of a convolution's input as a layer: every input pixel is spread over a window.
    ConvTranspose(ConvTranspose),
    /// A convolution of each channel by itself.
    DepthwiseConv(DepthwiseConv),
    /// The maximum of each window; the first one where several are equal.
    MaxPool(MaxPool),
    /// The mean of each window.
    AvgPool(AvgPool),
    /// The mean of each channel: `[c, h, w]` to `[c, 1, 1]`, `[c, l]` to `[c, 1]`.
    GlobalAvgPool,
    /// The maximum of each channel: `[c, h, w]` to `[c, 1, 1]`; the first one where several are equal.
    GlobalMaxPool,
    /// The means or maxima of windows that divide the image.
    AdaptivePool(AdaptivePool),
    /// The image, larger by whole factors.
    Upsample(Upsample),
    /// The numbers in a row, channels first.
    Flatten,
    /// Numbers in other places.
    Move(Move),
    /// Normalisation by the batch's statistics of each channel; by the running ones in inference.
    BatchNorm(BatchNorm),
    /// Normalisation by statistics of the sample itself.
    SampleNorm(SampleNorm),
    /// Zeroes numbers with this probability and scales the others by 1 / (1 - p); nothing in inference.
    Dropout(f64),
    /// Other random changes; nothing in inference.
    Noise(Noise),
    /// A function of each number.
    Activation(Activation),
    /// `x` where positive, a learned slope times `x` elsewhere.
    Prelu(Prelu),
    /// Softmax over the first axis (features or channels).
    Softmax,
    /// Another function over the first axis.
    Across(Across),
    /// The sum of two or more values of one shape.
    Add,
    /// The inputs side by side on an axis.
    Concat(Axis),
    /// The product of two or more values: of one shape, or some with one number for each channel or pixel of the others.
    Mul,
    /// The first of two values less the second.
    Sub,
    /// The largest of two or more values, number by number.
    Max,
    /// A layer with windows over a signal, `[c, l]`.
    Signal(Sliding<1>),
    /// A layer with windows over a volume, `[c, d, h, w]`.
    Volume(Sliding<3>),
}

/// A parameter that an operator needs.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// PyTorch's name: `weight`, `bias`, `running_mean`, `running_var`.
    pub name: &'static str,
    /// PyTorch's shape.
    pub shape: Vec<usize>,
    /// The initial values, before training.
    pub init: Init,
    /// The parameter's role in the layer.
    pub role: Role,
}

/// The reason why an operator does not apply to values of some shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// The diagnostic's code.
    pub code: &'static str,
    /// The diagnostic's message.
    pub message: String,
    /// The remark at the layer's place: what was found.
    pub found: String,
    /// Advice that fixes the error.
    pub help: Vec<String>,
    /// The shape that surely comes out once the error is fixed, so that later layers can be checked.
    pub recover: Option<Shape>,
}

impl Misfit {
    fn new(code: &'static str, message: impl Into<String>, found: impl Into<String>) -> Misfit {
        Misfit { code, message: message.into(), found: found.into(), help: vec![], recover: None }
    }

    fn help(mut self, text: impl Into<String>) -> Misfit {
        self.help.push(text.into());
        self
    }

    /// Speaks of the layer that was written, where this is about a part of it of another kind.
    pub(crate) fn of_part(mut self, kind: &str, written: &str) -> Misfit {
        self.message = self.message.replace(&format!("`{kind}`"), &format!("`{written}`"));
        self
    }
}

/// An operator's name, arguments and how to read them.
pub(crate) struct Entry {
    pub(crate) signature: Signature<'static>,
    read: fn(&mut Args<'_>) -> Operator,
}

impl Entry {
    /// Reads the arguments of the operator; the result is meaningless if that failed.
    pub(crate) fn read(&self, args: &mut Args<'_>) -> Operator {
        (self.read)(args)
    }
}

/// Every layer that is written by its name and arguments; joins are not among them.
pub(crate) const CATALOGUE: &[Entry] = &[
    dense::DENSE,
    conv::CONV,
    conv_transpose::CONV_TRANSPOSE,
    depthwise_conv::DEPTHWISE_CONV,
    depthwise_conv::SEPARABLE_CONV,
    pool::MAX_POOL,
    pool::AVG_POOL,
    pool::LP_POOL,
    pool::GLOBAL_AVG_POOL,
    pool::GLOBAL_MAX_POOL,
    adaptive_pool::ADAPTIVE_AVG_POOL,
    adaptive_pool::ADAPTIVE_MAX_POOL,
    upsample::UPSAMPLE,
    shaping::FLATTEN,
    moves::RESHAPE,
    moves::PERMUTE,
    moves::SLICE,
    moves::CROP,
    moves::PAD,
    moves::PIXEL_SHUFFLE,
    moves::PIXEL_UNSHUFFLE,
    norm::BATCH_NORM,
    sample_norm::LAYER_NORM,
    sample_norm::GROUP_NORM,
    sample_norm::INSTANCE_NORM,
    sample_norm::RMS_NORM,
    across::LOCAL_RESPONSE_NORM,
    shaping::DROPOUT,
    noise::SPATIAL_DROPOUT,
    noise::ALPHA_DROPOUT,
    noise::STOCHASTIC_DEPTH,
    noise::GAUSSIAN_NOISE,
    activation::RELU,
    activation::LEAKY_RELU,
    activation::SIGMOID,
    activation::TANH,
    activation::RELU6,
    activation::ELU,
    activation::SELU_ENTRY,
    activation::GELU,
    activation::SILU,
    activation::HARD_SWISH,
    activation::HARD_SIGMOID,
    activation::SOFTPLUS,
    activation::SOFTSIGN,
    activation::MISH,
    activation::PRELU,
    activation::SOFTMAX,
    across::LOG_SOFTMAX,
];

/// The activation that leaves every number as it is, Keras's `linear`: written to say that none is meant, it makes no operator.
pub(crate) const LINEAR: &str = "linear";

/// Returns the names that are written as layers, joins included.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let operators = CATALOGUE.iter().map(|entry| entry.signature.name);
    operators.chain([LINEAR]).chain(JOINS.iter().map(|join| join.name)).chain([Split::NAME])
}

/// Returns the operator of that name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.signature.name == name)
}

impl Operator {
    /// Returns the name in the language, from which layers without a label get theirs: `conv`.
    pub fn kind(&self) -> &'static str {
        match self {
            Operator::Dense(_) => "dense",
            Operator::Conv(_) => "conv",
            Operator::ConvTranspose(_) => "conv_transpose",
            Operator::DepthwiseConv(_) => "depthwise_conv",
            Operator::MaxPool(_) => "max_pool",
            Operator::AvgPool(_) => "avg_pool",
            Operator::GlobalAvgPool => "global_avg_pool",
            Operator::GlobalMaxPool => "global_max_pool",
            Operator::AdaptivePool(pool) => pool.kind(),
            Operator::Upsample(_) => "upsample",
            Operator::Flatten => "flatten",
            Operator::Move(moved) => moved.kind(),
            Operator::BatchNorm(_) => "batch_norm",
            Operator::SampleNorm(norm) => norm.kind(),
            Operator::Dropout(_) => "dropout",
            Operator::Noise(noise) => noise.kind(),
            Operator::Activation(activation) => activation.kind(),
            Operator::Prelu(_) => "prelu",
            Operator::Softmax => "softmax",
            Operator::Across(op) => op.kind(),
            Operator::Add => "add",
            Operator::Concat(_) => "concat",
            Operator::Mul => "mul",
            Operator::Sub => "sub",
            Operator::Max => "max",
            Operator::Signal(op) => op.kind(),
            Operator::Volume(op) => op.kind(),
        }
    }

    /// Returns true if the operator only reshapes or acts on the numbers of the layer before it, in whose
    /// function it is then called.
    pub(crate) fn follows(&self) -> bool {
        match self {
            Operator::Activation(_)
            | Operator::Prelu(_)
            | Operator::MaxPool(_)
            | Operator::Flatten
            | Operator::Dropout(_)
            | Operator::Noise(_)
            | Operator::Softmax => true,
            Operator::Signal(op) => op.is_max_pool(),
            Operator::Volume(op) => op.is_max_pool(),
            Operator::Move(moved) => moved.keeps_order(),
            Operator::Across(op) => match op {
                Across::LogSoftmax => true,
                Across::LocalResponse { .. } => false,
            },
            Operator::Dense(_)
            | Operator::Conv(_)
            | Operator::ConvTranspose(_)
            | Operator::DepthwiseConv(_)
            | Operator::AvgPool(_)
            | Operator::GlobalAvgPool
            | Operator::GlobalMaxPool
            | Operator::AdaptivePool(_)
            | Operator::Upsample(_)
            | Operator::BatchNorm(_)
            | Operator::SampleNorm(_)
            | Operator::Add
            | Operator::Concat(_)
            | Operator::Mul
            | Operator::Sub
            | Operator::Max => false,
        }
    }

    /// Returns the text that describes the operator, without defaults: `conv(6, 5x5, pad=2)`.
    pub fn text(&self) -> String {
        match self {
            Operator::Dense(dense) => dense.text(),
            Operator::Conv(conv) => conv.text(),
            Operator::ConvTranspose(conv) => conv.text(),
            Operator::DepthwiseConv(conv) => conv.text(),
            Operator::MaxPool(pool) => pool.text(),
            Operator::AvgPool(pool) => pool.text(),
            Operator::AdaptivePool(pool) => pool.text(),
            Operator::Upsample(op) => op.text(),
            Operator::Move(moved) => moved.text(),
            Operator::Concat(axis) => join::concat_text(*axis),
            Operator::BatchNorm(norm) => norm.text(),
            Operator::SampleNorm(norm) => norm.text(),
            Operator::Dropout(p) => shaping::dropout_text(*p),
            Operator::Noise(noise) => noise.text(),
            Operator::Activation(activation) => activation.text(),
            Operator::Prelu(prelu) => prelu.text(),
            Operator::Across(op) => op.text(),
            Operator::Signal(op) => op.text(),
            Operator::Volume(op) => op.text(),
            Operator::GlobalAvgPool
            | Operator::GlobalMaxPool
            | Operator::Flatten
            | Operator::Softmax
            | Operator::Add
            | Operator::Mul
            | Operator::Sub
            | Operator::Max => self.kind().to_string(),
        }
    }

    /// Returns the shape of the result.
    ///
    /// # Errors
    /// If the operator does not apply to values of these shapes.
    pub fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let first = inputs.first().copied().unwrap_or_default();
        match self {
            Operator::Dense(dense) => dense.shape(first),
            Operator::Conv(conv) => conv.shape(first),
            Operator::ConvTranspose(conv) => conv.shape(first),
            Operator::DepthwiseConv(conv) => conv.shape(first),
            Operator::MaxPool(pool) => pool.shape(first),
            Operator::AvgPool(pool) => pool.shape(first),
            Operator::GlobalAvgPool | Operator::GlobalMaxPool => pool::global_shape(self.kind(), first),
            Operator::AdaptivePool(pool) => pool.shape(first),
            Operator::Upsample(op) => op.shape(first),
            Operator::Flatten => Ok(shaping::flat_shape(first)),
            Operator::SampleNorm(norm) => norm.shape(first),
            Operator::Noise(noise) => noise.shape(first),
            Operator::Across(op) => op.shape(first),
            Operator::BatchNorm(_)
            | Operator::Dropout(_)
            | Operator::Activation(_)
            | Operator::Prelu(_)
            | Operator::Softmax => Ok(first.to_vec()),
            Operator::Move(moved) => moved.shape(first),
            Operator::Add | Operator::Max => join::same_shape(self.kind(), inputs),
            Operator::Sub => join::sub_shape(inputs),
            Operator::Mul => join::mul_shape(inputs),
            Operator::Concat(axis) => join::concat_shape(*axis, inputs),
            Operator::Signal(op) => op.shape(first),
            Operator::Volume(op) => op.shape(first),
        }
    }

    /// Returns the parameters it needs for an input of this shape, which it must apply to.
    pub fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        match self {
            Operator::Dense(dense) => dense.params(input),
            Operator::Conv(conv) => conv.params(input),
            Operator::ConvTranspose(conv) => conv.params(input),
            Operator::DepthwiseConv(conv) => conv.params(input),
            Operator::BatchNorm(norm) => norm.params(input),
            Operator::SampleNorm(norm) => norm.params(input),
            Operator::Prelu(prelu) => prelu.params(input),
            Operator::Signal(op) => op.params(input),
            Operator::Volume(op) => op.params(input),
            Operator::MaxPool(_)
            | Operator::AvgPool(_)
            | Operator::GlobalAvgPool
            | Operator::GlobalMaxPool
            | Operator::AdaptivePool(_)
            | Operator::Upsample(_)
            | Operator::Flatten
            | Operator::Move(_)
            | Operator::Dropout(_)
            | Operator::Noise(_)
            | Operator::Activation(_)
            | Operator::Softmax
            | Operator::Across(_)
            | Operator::Add
            | Operator::Mul
            | Operator::Sub
            | Operator::Max
            | Operator::Concat(_) => vec![],
        }
    }

    /// Counts the floating-point operations of one sample's forward pass in inference: 2 for a multiply-add,
    /// 1 for every other operation on a number, functions such as `exp` included.
    pub fn flops(&self, inputs: &[&[usize]], output: &[usize]) -> u64 {
        let first = inputs.first().copied().unwrap_or_default();
        let numbers = count(output);
        match self {
            Operator::Dense(dense) => dense.flops(first),
            Operator::Conv(conv) => conv.flops(first, output),
            Operator::ConvTranspose(conv) => conv.flops(first, output),
            Operator::DepthwiseConv(conv) => conv.flops(first, output),
            Operator::MaxPool(pool) => numbers.saturating_mul(product(&pool.window)),
            Operator::AvgPool(pool) => numbers.saturating_mul(product(&pool.window)),
            Operator::GlobalAvgPool | Operator::GlobalMaxPool | Operator::AdaptivePool(_) => count(first),
            Operator::Upsample(op) => numbers.saturating_mul(op.flops_each()),
            Operator::Flatten
            | Operator::Move(_)
            | Operator::Dropout(_)
            | Operator::Noise(_)
            | Operator::Concat(_) => 0,
            Operator::BatchNorm(_) => numbers.saturating_mul(2),
            Operator::SampleNorm(norm) => norm.flops(first),
            Operator::Signal(op) => op.flops(first, output),
            Operator::Volume(op) => op.flops(first, output),
            Operator::Activation(_) | Operator::Prelu(_) => numbers,
            Operator::Softmax => numbers.saturating_mul(4),
            Operator::Across(op) => numbers.saturating_mul(op.flops_each()),
            Operator::Add | Operator::Mul | Operator::Sub | Operator::Max => {
                numbers.saturating_mul(inputs.len().saturating_sub(1) as u64)
            }
        }
    }
}

/// Returns the number of elements of a shape.
fn count(shape: &[usize]) -> u64 {
    product(shape)
}

fn product(sizes: &[usize]) -> u64 {
    sizes.iter().fold(1, |all, &size| all.saturating_mul(size as u64))
}

/// Returns the signature of a layer, a join, a loss or initial weights.
fn signature(name: &str) -> Option<&'static Signature<'static>> {
    let layers =
        CATALOGUE.iter().map(|entry| &entry.signature).chain(JOINS.iter().map(|join| &join.signature));
    let losses = LOSSES.iter().map(|loss| &loss.signature);
    layers.chain([&Split::SIGNATURE]).chain(losses).chain(INITS).find(|known| known.name == name)
}

/// Builder of a layer's text, without what its signature has as defaults.
struct Text {
    name: &'static str,
    args: Vec<String>,
}

impl Text {
    fn new(name: &'static str) -> Text {
        Text { name, args: vec![] }
    }

    /// Returns true if the signature has this default, as a text or a number. What a signature does not have
    /// is never written.
    fn is_default(&self, name: &str, text: &str) -> bool {
        let Some(signature) = signature(self.name).filter(|found| found.has(name)) else { return true };
        let number = args::number(text);
        signature
            .default(name)
            .is_some_and(|default| default == text || number.is_some() && args::number(default) == number)
    }

    fn arg(mut self, value: &dyn ToString) -> Text {
        self.args.push(value.to_string());
        self
    }

    /// Adds an argument without its name, unless it is the default.
    fn optional(mut self, name: &str, value: &dyn ToString) -> Text {
        let text = value.to_string();
        if !self.is_default(name, &text) {
            self.args.push(text);
        }
        self
    }

    /// Adds an argument with its name, unless it is the default.
    fn option<T>(self, name: &str, value: &T, show: fn(&T) -> String) -> Text {
        let text = show(value);
        match self.is_default(name, &text) {
            true => self,
            false => self.named(name, &text),
        }
    }

    /// Adds an option whose default follows from other arguments.
    fn unless<T: PartialEq>(self, name: &str, value: &T, default: &T, show: fn(&T) -> String) -> Text {
        if value == default { self } else { self.named(name, &show(value)) }
    }

    fn named(mut self, name: &str, text: &str) -> Text {
        self.args.push(format!("{name}={text}"));
        self
    }

    fn finish(self) -> String {
        match self.args.is_empty() {
            true => self.name.to_string(),
            false => format!("{}({})", self.name, self.args.join(", ")),
        }
    }
}

/// Formats a window: `5x5`.
fn window_text(window: &[usize]) -> String {
    let sizes: Vec<String> = window.iter().map(usize::to_string).collect();
    sizes.join("x")
}

/// Formats a pair: `2`, or `[2, 1]` when they differ (`0x1` would be a hexadecimal number).
fn pair_text<const N: usize>(pair: &[usize; N]) -> String {
    match pair.iter().all(|size| *size == pair[0]) {
        true => pair[0].to_string(),
        false => format!("{pair:?}"),
    }
}

/// Returns the word of an option that stands for a value.
fn name_of<T: PartialEq>(words: &[(&str, T)], value: &T) -> String {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word).to_string()
}

fn plain_text<T: ToString>(value: &T) -> String {
    value.to_string()
}

/// Returns the size that a window leaves of `size`, or `None` if it does not fit; PyTorch's formula.
fn slide(size: usize, window: usize, stride: usize, pad: usize) -> Option<usize> {
    Some((size + 2 * pad).checked_sub(window)? / stride + 1)
}

//! A network as a straight line of kernel calls: what a training step, or a prediction, does in which order.
//!
//! [`crate::passes`] makes it of a [`Graph`](crate::graph::Graph), step by step; code is generated from the last form.
//! Images lie channels last here, but shapes are still written channels first.

use crate::cost;
use crate::graph::{LayerId, ParamId, Shape};
use crate::ops::{
    Across, Activation, AvgPool, Border, Conv, CrossEntropy, Loss, MaxPool, Spread, UpsampleMode,
};
use netwright_model::Algorithm;
pub use netwright_model::Depth;
use netwright_model::packing::{self, Convolution};
use std::collections::BTreeSet;

/// The straight line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    /// Everything that is computed or given.
    pub values: Vec<Value>,
    /// In the order of execution.
    pub ops: Vec<Op>,
    /// What a user gives.
    pub inputs: Vec<Id>,
    /// What a user gives to compare outputs with, in training.
    pub targets: Vec<Id>,
    /// How much each sample counts, if a user gives that.
    pub weights: Option<Id>,
    /// What a user gets: of a prediction the outputs, of a training step the losses and then the inputs' gradients.
    pub outputs: Vec<Id>,
    /// Of a prediction, the logits that a user may ask for: the position of the output that is made from them, and they.
    pub logits: Vec<(usize, Id)>,
    /// The inputs with gradients, if these are wanted, and the gradients.
    pub input_gradients: Vec<(Id, Id)>,
    /// The names that values have or had.
    names: BTreeSet<String>,
}

/// An index into [`Tape::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub usize);

/// Some numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// A Rust name that no other value has: `conv1`, `d_conv1`, `max_pool1_argmax`.
    pub name: String,
    /// Of one sample, or of the whole, as [`Value::extent`] says.
    pub shape: Shape,
    /// How many of that shape there are, and where they come from.
    pub extent: Extent,
    /// Bytes for masks and positions, floats for everything else.
    pub element: Element,
}

impl Value {
    /// Numbers of one sample, or of the whole.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a value is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One a sample, in the caller's memory.
    Given,
    /// One a sample.
    Sample,
    /// A sum over samples that each lane has its own part of.
    Partial,
    /// One for the whole step.
    Whole,
    /// The gradient of a parameter, with the parameter's shape.
    Gradient(ParamId),
    /// Room that one kernel call needs; nothing is kept in it.
    Scratch,
}

/// What a value's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `f32`
    Float,
    /// `u8`
    Byte,
    /// `u32` class indices
    Class,
}

/// One kernel call.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    /// Which kernel, with its constants.
    pub kind: Kind,
    /// Values it reads.
    pub reads: Vec<Id>,
    /// Parameters it reads.
    pub params: Vec<ParamId>,
    /// Values it writes; a [`Extent::Partial`] is added to.
    pub writes: Vec<Id>,
    /// For which layer.
    pub layer: LayerId,
    /// Other layers whose work was joined to it.
    pub joined: Vec<LayerId>,
    /// Whether it belongs to the backward pass.
    pub backward: bool,
}

/// The kernels. The comment says what is read, `;` which parameters, `→` what is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// x → y: an image from the caller's channels-first to channels last.
    ToChannelsLast,
    /// x → y: the other way round.
    ToChannelsFirst,
    /// x → logits, channels first, if the caller asks for them. The only reader of x besides an activation may be joined
    /// with that to the kernel before, which then writes them.
    Logits,
    /// ; weight → packed
    Pack(Window),
    /// ; weight, the convolution's bias?, the norm's weight, bias, running mean, running variance → packed, bias: a
    /// convolution that normalises by running statistics.
    PackFolded(Window, BatchNorm),
    /// ; weight → packed for the input's gradient
    PackTransposed(Window),
    /// x, packed, folded bias?, residual?; bias? → y, and with a pool: scratch, argmax?
    Conv {
        /// Its constants.
        window: Window,
        /// Applied to the sums.
        activation: Option<Activation>,
        /// Applied to the activations.
        pool: Option<Pooling>,
        /// Whether the pool's positions are kept for backward.
        argmax: bool,
        /// Whether the bias was made with the packed weights.
        folded: bool,
        /// Whether a value of the result's shape is added to the sums.
        residual: bool,
    },
    /// ; weight → packed for [`Kind::Dense`]
    PackDense(Sizes),
    /// dy, packed transposed → dx
    ConvInputGrad(Window),
    /// x, dy → packed weight gradient
    ConvWeightGrad {
        /// Its constants.
        window: Window,
        /// Over a tile, or over the whole batch.
        reach: Reach,
    },
    /// x, packed transposed; bias? → y. The window is the mirrored convolution's, from y to x: its other two kernels are
    /// this one's gradients.
    ConvTransposed {
        /// Its constants.
        window: Window,
        /// Applied to the sums.
        activation: Option<Activation>,
    },
    /// packed weight gradient → weight gradient
    UnpackGrad(Window),
    /// x, packed?; weight?, bias? → y
    Dense {
        /// Its sizes.
        sizes: Sizes,
        /// Whether the weights were packed before.
        packed: bool,
        /// Applied to the sums.
        activation: Option<Activation>,
        /// Over a tile, or over the whole batch.
        reach: Reach,
    },
    /// dy, what [`Kind::ActivationGrad`] of the previous activation reads?; weight → dx
    DenseInputGrad {
        /// Its sizes.
        sizes: Sizes,
        /// Whose slope the result is multiplied by.
        slope: Option<Activation>,
        /// Over a tile, or over the whole batch.
        reach: Reach,
    },
    /// x, dy → weight gradient
    DenseWeightGrad {
        /// Its sizes.
        sizes: Sizes,
        /// Over a tile, or over the whole batch.
        reach: Reach,
    },
    /// dy → sum over samples and pixels
    BiasGrad {
        /// Columns.
        channels: usize,
        /// Over a tile, or over the whole batch.
        reach: Reach,
    },
    /// x → y, argmax?
    MaxPool(Pooling),
    /// dy, argmax → dx
    MaxPoolGrad(Pooling),
    /// x → y
    AvgPool(Pooling),
    /// dy → dx
    AvgPoolGrad(Pooling),
    /// x → y: `[c, h, w]`, channels and pixels
    GlobalAvgPool(usize, usize),
    /// dy → dx
    GlobalAvgPoolGrad(usize, usize),
    /// x → y: `[c, h, w]`, channels and pixels
    GlobalMaxPool(usize, usize),
    /// dy, x → dx
    GlobalMaxPoolGrad(usize, usize),
    /// x → y: channels, height, width, and the height and width that come out
    AdaptiveAvgPool([usize; 5]),
    /// dy → dx
    AdaptiveAvgPoolGrad([usize; 5]),
    /// x → y: channels, height, width, and the height and width that come out
    AdaptiveMaxPool([usize; 5]),
    /// dy, x → dx
    AdaptiveMaxPoolGrad([usize; 5]),
    /// x → y
    Upsample(Upsampling),
    /// dy → dx
    UpsampleGrad(Upsampling),
    /// x → a part of it, or it with a border
    Remap(Remap),
    /// dy → dx
    RemapGrad(Remap),
    /// x → what taps along a volume's depth find, those of a channel together
    DepthTaps(Depth),
    /// dy; bias? → dx
    DepthTapsGrad(Depth),
    /// x → the same in another order
    Restride(Restride),
    /// dy → dx
    RestrideGrad(Restride),
    /// x, factor → their product
    Mul(Factor),
    /// dy, x → gradient of the factor
    FactorGrad(Factor),
    /// x, y → their difference
    Sub,
    /// x → -x
    Negate,
    /// x, y → the larger of each two numbers
    Max,
    /// dz, x, y → gradient of x
    MaxGrad,
    /// x → moments of a lane
    Moments(usize),
    /// moments; running mean, running variance → mean and 1 / σ
    FinishMoments(BatchNorm),
    /// x, statistics; weight, bias → y
    Normalize(usize, Option<Activation>),
    /// x, dy, statistics → sums of dy x̂ and of dy
    NormSums(usize),
    /// dy, x, statistics, sums; weight → dx: channels and pixels
    NormInputGrad(usize, usize),
    /// x; weight, bias, running mean, running variance → y
    NormalizeRunning(BatchNorm, Option<Activation>),
    /// dy; weight, running variance → dx
    NormRunningGrad(BatchNorm),
    /// ; a weight or bias for each number of an image → the same, channels last
    ReorderParam(usize, usize),
    /// gradient of such a parameter, channels last → gradient
    ReorderGrad(usize, usize),
    /// x, reordered weight?, reordered bias?; weight?, bias? → y, statistics?
    SampleNorm(Grouping, Option<Activation>),
    /// dy, x, statistics, reordered weight?; weight? → dx
    SampleNormInputGrad(Grouping),
    /// x, dy, statistics → gradient of the weight
    SampleNormWeightGrad(Grouping),
    /// x → y, mask
    Dropout(f64),
    /// dy, mask → dx
    DropoutGrad(f64),
    /// x → y, mask: as [`Kind::Dropout`] with this probability, of whole channels or the whole sample
    DropUnits(f64, Units),
    /// dy, mask → dx
    DropUnitsGrad(f64, Units),
    /// x → y, mask
    AlphaDropout(f64),
    /// dy, mask → dx
    AlphaDropoutGrad(f64),
    /// x → x with normal numbers of this deviation added
    Noise(f64),
    /// x → y
    Activate(Activation),
    /// dy, y (x where the slope needs the input) → dx
    ActivationGrad(Activation),
    /// x; slopes, so many → y
    Prelu(usize),
    /// dy, x; slopes → dx
    PreluInputGrad(usize),
    /// x, dy → gradient of the slopes
    PreluSlopeGrad(usize),
    /// x → y, rows of this many
    Softmax(usize),
    /// dy, y → dx
    SoftmaxGrad(usize),
    /// x → y, rows of this many
    Across(Across, usize),
    /// dy, y (x of a local response norm) → dx
    AcrossGrad(Across, usize),
    /// one or more → their sum, activated (of one a copy, without activation)
    Add(Option<Activation>),
    /// parts → whole, side by side
    Concat(Vec<Columns>),
    /// whole → part
    ConcatGrad(Columns),
    /// target → one by the sum of its classes' weights: classes
    WeighTargets(CrossEntropy, usize),
    /// y, target, share of a weight? → dy, sum of losses; of logits wherever an activation before it was joined to it
    Loss(Loss, f64),
    /// partial → sum over lanes
    Reduce,
    /// sums of a normalisation → gradients of its weight and bias
    SplitNormSums(usize),
}

/// A convolution with everything known.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// What the source says.
    pub conv: Conv,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Channels, height, width.
    pub output: [usize; 3],
    /// The layer, for names.
    pub layer: LayerId,
}

impl Window {
    /// Whether the outputs, or `backward` the inputs' gradients, are made with Winograd's fewer products.
    pub fn fewer_products(&self, backward: bool) -> bool {
        cost::fewer_products(self, backward)
    }

    /// Returns the lengths of its packed weights and of their sums.
    pub fn packing(&self) -> Convolution {
        let algorithm = |backward| match self.fewer_products(backward) {
            true => Algorithm::Winograd,
            false => Algorithm::Direct,
        };
        Convolution {
            inputs: self.input[0],
            outputs: self.output[0],
            taps: self.conv.kernel[0] * self.conv.kernel[1],
            groups: self.conv.groups,
            forward: algorithm(false),
            backward: algorithm(true),
        }
    }
}

/// A pool with everything known.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooling {
    /// Height and width.
    pub window: [usize; 2],
    /// Steps.
    pub stride: [usize; 2],
    /// Border above and left.
    pub pad: [usize; 2],
    /// Whether the border counts in a mean.
    pub count_pad: bool,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Channels, height, width.
    pub output: [usize; 3],
    /// The layer, for names.
    pub layer: LayerId,
    /// Whether it goes along the depth of volumes, whose slices are its rows.
    pub depth: bool,
}

impl Pooling {
    pub(crate) fn of_max(pool: &MaxPool, input: [usize; 3], output: [usize; 3], layer: LayerId) -> Pooling {
        Pooling {
            window: pool.window,
            stride: pool.stride,
            pad: pool.pad,
            count_pad: true,
            input,
            output,
            layer,
            depth: false,
        }
    }

    pub(crate) fn of_avg(pool: &AvgPool, input: [usize; 3], output: [usize; 3], layer: LayerId) -> Pooling {
        Pooling {
            window: pool.window,
            stride: pool.stride,
            pad: pool.pad,
            count_pad: pool.count_pad,
            input,
            output,
            layer,
            depth: false,
        }
    }
}

/// An upsampling with everything known.
#[derive(Clone, Debug, PartialEq)]
pub struct Upsampling {
    /// How many times the height and the width come out.
    pub scale: [usize; 2],
    /// What new pixels are made of.
    pub mode: UpsampleMode,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// The layer, for names.
    pub layer: LayerId,
    /// Whether it goes along the depth of volumes, whose slices are its rows.
    pub depth: bool,
}

/// A part of an image, or a border around it, with everything known.
#[derive(Clone, Debug, PartialEq)]
pub struct Remap {
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Channels, height, width.
    pub output: [usize; 3],
    /// The place along each axis that the first one of the output is at; less than 0 in a border.
    pub start: [isize; 3],
    /// How far two neighbours of the output are apart.
    pub step: [usize; 3],
    /// What the border is made of.
    pub border: Border,
    /// The layer, for names.
    pub layer: LayerId,
    /// Whether it goes along the depth of volumes, whose slices are its rows.
    pub depth: bool,
}

/// Another order of a value's numbers as they lie in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Restride {
    /// The output's sizes, from the outermost to the innermost.
    pub sizes: [usize; 5],
    /// How far apart in the input two neighbours along each of these are.
    pub strides: [usize; 5],
    /// The layer, for names.
    pub layer: LayerId,
}

/// A factor of an image, and how it is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// What it has a number for.
    pub spread: Spread,
    /// Channels.
    pub channels: usize,
    /// Pixels.
    pub pixels: usize,
}

/// What a sample's numbers are dropped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Channels.
    pub channels: usize,
    /// Pixels.
    pub pixels: usize,
    /// As many as channels, or 1.
    pub units: usize,
}

/// A dense layer's sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Features in.
    pub inputs: usize,
    /// Features out.
    pub outputs: usize,
}

impl Sizes {
    /// Floats of packed weights.
    pub fn packed(&self) -> usize {
        packing::dense(self.inputs, self.outputs)
    }
}

/// How much of a batch one call covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The samples of a tile, by one thread.
    Tile,
    /// The only sample of a batch: what is made of it is the sum.
    One,
    /// All samples, by all threads.
    Batch,
}

/// A batch normalisation with everything known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Channels.
    pub channels: usize,
    /// Added to the variance.
    pub eps: f64,
    /// The share of a new batch in the running statistics.
    pub momentum: f64,
}

/// A normalisation by a sample's own statistics with everything known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grouping {
    /// Channels.
    pub channels: usize,
    /// Pixels whose numbers share statistics.
    pub pixels: usize,
    /// Groups of neighbouring channels, each with statistics of its own.
    pub groups: usize,
    /// Whether the mean is subtracted.
    pub centered: bool,
    /// Added to the variance.
    pub eps: f64,
    /// Numbers of the weight, which [`Kind::SampleNorm`] has if it is not 0.
    pub weights: usize,
    /// Whether there is a bias.
    pub bias: bool,
}

/// Where a part stands in a concatenation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Channels of the part.
    pub part: usize,
    /// Channels of the whole.
    pub whole: usize,
    /// Its first channel there.
    pub at: usize,
    /// Pixels, 1 for features.
    pub pixels: usize,
}

impl Tape {
    /// A value.
    pub fn value(&self, id: Id) -> &Value {
        &self.values[id.0]
    }

    /// A new value; a name that is taken gets a number.
    pub(crate) fn push(&mut self, name: String, shape: Shape, extent: Extent, element: Element) -> Id {
        let name = self.unique(name);
        self.values.push(Value { name, shape, extent, element });
        Id(self.values.len() - 1)
    }

    /// Gives a value another name; one that is taken gets a number.
    pub(crate) fn rename(&mut self, id: Id, name: String) {
        self.values[id.0].name = self.unique(name);
    }

    fn unique(&mut self, name: String) -> String {
        if self.names.insert(name.clone()) {
            return name;
        }
        let mut count = 2;
        while !self.names.insert(format!("{name}_{count}")) {
            count += 1;
        }
        format!("{name}_{count}")
    }

    /// The operations that read a value.
    pub(crate) fn readers(&self, id: Id) -> impl Iterator<Item = usize> + '_ {
        (0..self.ops.len()).filter(move |&i| self.ops[i].reads.contains(&id))
    }

    /// Whether a value is logits that a caller may ask for.
    pub(crate) fn is_logits(&self, id: Id) -> bool {
        self.logits.iter().any(|(_, logits)| *logits == id)
    }

    /// The operation that writes a value first.
    pub(crate) fn writer(&self, id: Id) -> Option<usize> {
        self.ops.iter().position(|op| op.writes.contains(&id))
    }
}

impl Kind {
    /// A convolution with nothing joined to it.
    pub(crate) fn conv(window: Window) -> Kind {
        let (activation, pool) = (None, None);
        Kind::Conv { window, activation, pool, argmax: false, folded: false, residual: false }
    }

    /// The activation that a kernel applies to its result, of kernels that can.
    pub(crate) fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        match self {
            Kind::Conv { activation, .. }
            | Kind::ConvTransposed { activation, .. }
            | Kind::Dense { activation, .. }
            | Kind::Add(activation)
            | Kind::Normalize(_, activation)
            | Kind::NormalizeRunning(_, activation)
            | Kind::SampleNorm(_, activation) => Some(activation),
            _ => None,
        }
    }

    /// Whether it makes of parameters what other kernels read.
    pub(crate) fn packs(&self) -> bool {
        matches!(
            self,
            Kind::Pack(_)
                | Kind::PackFolded(..)
                | Kind::PackTransposed(_)
                | Kind::PackDense(_)
                | Kind::ReorderParam(..)
        )
    }

    /// Whether one call covers the whole batch, between the lanes' work.
    pub fn is_whole(&self) -> bool {
        match self {
            Kind::Pack(_)
            | Kind::PackFolded(..)
            | Kind::PackTransposed(_)
            | Kind::PackDense(_)
            | Kind::UnpackGrad(_)
            | Kind::FinishMoments(_)
            | Kind::Reduce
            | Kind::WeighTargets(..)
            | Kind::ReorderParam(..)
            | Kind::ReorderGrad(..)
            | Kind::SplitNormSums(_) => true,
            Kind::Dense { reach, .. }
            | Kind::DenseInputGrad { reach, .. }
            | Kind::DenseWeightGrad { reach, .. }
            | Kind::ConvWeightGrad { reach, .. }
            | Kind::BiasGrad { reach, .. } => *reach == Reach::Batch,
            Kind::ToChannelsLast
            | Kind::ToChannelsFirst
            | Kind::Logits
            | Kind::Conv { .. }
            | Kind::ConvInputGrad(_)
            | Kind::ConvTransposed { .. }
            | Kind::MaxPool(_)
            | Kind::MaxPoolGrad(_)
            | Kind::AvgPool(_)
            | Kind::AvgPoolGrad(_)
            | Kind::GlobalAvgPool(..)
            | Kind::GlobalAvgPoolGrad(..)
            | Kind::GlobalMaxPool(..)
            | Kind::GlobalMaxPoolGrad(..)
            | Kind::AdaptiveAvgPool(_)
            | Kind::AdaptiveAvgPoolGrad(_)
            | Kind::AdaptiveMaxPool(_)
            | Kind::AdaptiveMaxPoolGrad(_)
            | Kind::Upsample(_)
            | Kind::UpsampleGrad(_)
            | Kind::Remap(_)
            | Kind::RemapGrad(_)
            | Kind::DepthTaps(_)
            | Kind::DepthTapsGrad(_)
            | Kind::Restride(_)
            | Kind::RestrideGrad(_)
            | Kind::Mul(_)
            | Kind::FactorGrad(_)
            | Kind::Sub
            | Kind::Negate
            | Kind::Max
            | Kind::MaxGrad
            | Kind::Moments(_)
            | Kind::Normalize(..)
            | Kind::NormSums(_)
            | Kind::NormInputGrad(..)
            | Kind::NormalizeRunning(..)
            | Kind::NormRunningGrad(_)
            | Kind::SampleNorm(..)
            | Kind::SampleNormInputGrad(_)
            | Kind::SampleNormWeightGrad(_)
            | Kind::Dropout(_)
            | Kind::DropoutGrad(_)
            | Kind::DropUnits(..)
            | Kind::DropUnitsGrad(..)
            | Kind::AlphaDropout(_)
            | Kind::AlphaDropoutGrad(_)
            | Kind::Noise(_)
            | Kind::Activate(_)
            | Kind::ActivationGrad(_)
            | Kind::Prelu(_)
            | Kind::PreluInputGrad(_)
            | Kind::PreluSlopeGrad(_)
            | Kind::Softmax(_)
            | Kind::SoftmaxGrad(_)
            | Kind::Across(..)
            | Kind::AcrossGrad(..)
            | Kind::Add(_)
            | Kind::Concat(_)
            | Kind::ConcatGrad(_)
            | Kind::Loss(..) => false,
        }
    }
}

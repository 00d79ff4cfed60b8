//! The trait of operators, and the facts that each states about itself.

use super::{Init, Misfit, Role, Shape};

/// An operator with its attributes. No method has a default: a room that is silent about one does not compile.
pub(crate) trait Room {
    /// Returns the name in the language, from which layers without a label get theirs: `conv`.
    fn kind(&self) -> &'static str;

    /// Returns the text that describes the operator, without defaults: `conv(6, 5x5, pad=2)`.
    fn text(&self) -> String;

    /// Returns the shape of the output.
    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit>;

    /// Returns the parameters for an input of this shape, which the operator must apply to.
    fn params(&self, input: &[usize]) -> Vec<ParamSpec>;

    /// Counts the floating-point operations of one sample's forward pass in inference: 2 for a multiply-add,
    /// 1 for every other operation on a number, functions such as `exp` included.
    fn flops(&self, inputs: &[&[usize]], output: &[usize]) -> u64;

    /// Returns the facts that lints and passes decide by.
    fn facts(&self) -> Facts;

    /// Returns the reason why the operator leaves an input of this shape as it is, if it does.
    fn does_nothing(&self, input: &[usize]) -> Option<&'static str>;
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
    /// The parameter's role in the operator, which penalties and the optimizer go by.
    pub role: Role,
}

/// Facts that lints and passes decide by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// The section of the language's reference that describes the operator.
    pub group: Group,
    /// True if the operator only reshapes its input or acts on its numbers, so that it is called in the
    /// function of the layer before.
    pub(crate) follows: bool,
    /// True if each number of the output is a fixed linear combination of the input's, up to a constant and
    /// to random factors: without an activation it joins with the linear layers around it.
    pub(crate) affine: bool,
    /// True if the operator is chosen for its curve, as activations and `softmax` are.
    pub activation: bool,
    /// Learned weights that multiply its input.
    pub(crate) weights: Option<Weights>,
}

/// Sections of the language's reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Fully connected layers.
    Dense,
    /// Convolutions.
    Convolution,
    /// Reductions of windows.
    Pool,
    /// Normalisations.
    Norm,
    /// Random changes in training, none in inference.
    Noise,
    /// Functions of each number.
    Activation,
    /// Functions of all features or channels together.
    Across,
    /// Other shapes, places and sizes.
    Move,
    /// One value made of several.
    Join,
}

/// Learned weights that multiply an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weights {
    /// The number of features or channels that come out; `None` where it follows from the input.
    pub(crate) outputs: Option<usize>,
    /// True if a bias is added to each.
    pub(crate) bias: bool,
    /// True if they multiply along the last axis, for each place of the others.
    pub(crate) rows: bool,
    /// The groups of channels that they keep apart.
    pub(crate) groups: Groups,
    /// True if the first axis of their shape is that of the inputs.
    pub(crate) transposed: bool,
}

/// Groups of channels that weights keep apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Groups {
    /// This number of groups; one has all channels.
    Number(usize),
    /// Each channel of the input, from which `multiplier` channels are made.
    EachChannel {
        /// The number of output channels for each input channel.
        multiplier: usize,
    },
}

impl Groups {
    /// Returns the number of groups of weights whose shape begins with `first`.
    pub(crate) fn of(self, first: usize) -> usize {
        match self {
            Groups::Number(groups) => groups,
            Groups::EachChannel { multiplier } => first / multiplier,
        }
    }

    /// Returns whether there are outputs that do not see all inputs.
    pub(crate) fn are_apart(self) -> bool {
        self != Groups::Number(1)
    }
}

/// Returns a weight of this shape, and a bias of as many numbers as there are outputs.
pub(super) fn weight_and_bias(shape: Vec<usize>, init: Init, bias: Option<usize>) -> Vec<ParamSpec> {
    let weight = ParamSpec { name: "weight", shape, init, role: Role::Weight };
    let spec =
        |outputs| ParamSpec { name: "bias", shape: vec![outputs], init: Init::Zeros, role: Role::Bias };
    std::iter::once(weight).chain(bias.map(spec)).collect()
}

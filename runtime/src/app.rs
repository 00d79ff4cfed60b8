//! A network as generated code describes it: what the program around it, the crate `netwright-app`, asks of it.

#[doc(hidden)]
pub mod settings;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;

use crate::data::Dataset;
use crate::storage::Parameters;
use crate::train::{Error, Log, Loss, Predict, Recipe, Scaling, Source, Trained};
use netwright_model::Head;

/// A network with its recipe, as generated code describes it.
///
/// Generated programs implement it; a type of your own may, too.
pub trait App {
    /// The network's name as in the source: `LeNet5`.
    const NAME: &'static str;
    /// The shape of one input, channels first.
    const INPUT: &'static [usize];
    /// The shape of one output, channels first.
    const OUTPUT: &'static [usize];
    /// True if recipe and text are given to the program when it starts, as `netwright` does.
    const GIVEN: bool = false;
    /// True if the output is compared with the input, so that data needs no targets.
    const TO_INPUT: bool = false;
    /// The learned parameters.
    type Params: Parameters + Clone;
    /// The prediction.
    type Model: Predict<Params = Self::Params>;

    /// Returns the training recipe.
    fn recipe() -> Recipe;

    /// Returns the layers and the updates as lines of text: a training goes on from a checkpoint of the same ones only.
    fn spec() -> &'static [&'static str] {
        &[]
    }

    /// Returns the parameters before training.
    fn init(seed: u64) -> Self::Params;

    /// Runs the training loop, such as [`train`](crate::train::train).
    ///
    /// # Errors
    /// If the loss becomes NaN or infinite.
    fn train(
        recipe: &Recipe,
        params: Self::Params,
        training: &Dataset,
        held_out: &Dataset,
        log: &mut dyn Log,
    ) -> Result<Trained<Self::Params>, Error>;
}

/// A network that predicts, as generated code describes it. Every [`App`] is one.
///
/// Generated programs of networks without data implement it; a type of your own may, too.
pub trait Predictor {
    /// The network's name as in the source: `LeNet5`.
    const NAME: &'static str;
    /// The shape of one input, channels first.
    const INPUT: &'static [usize];
    /// The shape of one output, channels first.
    const OUTPUT: &'static [usize];
    /// True if the output is compared with the input.
    const TO_INPUT: bool = false;
    /// The learned parameters.
    type Params: Parameters + Clone;
    /// The prediction.
    type Model: Predict<Params = Self::Params>;

    /// Returns the loss, which gives the outputs their meaning. A network without one has a loss that fits its last activation: outputs
    /// of a softmax are classes, those of a sigmoid probabilities, and others numbers.
    fn loss() -> Loss;

    /// Returns the source of the training samples, if there is one: other samples are read as it says.
    fn data() -> Option<Source> {
        None
    }

    /// Returns the scaling of inputs, for weights that do not say it.
    fn scaling() -> Scaling {
        Scaling::None
    }

    /// Returns the parameters before training.
    fn init(seed: u64) -> Self::Params;
}

impl<A: App> Predictor for A {
    const NAME: &'static str = A::NAME;
    const INPUT: &'static [usize] = A::INPUT;
    const OUTPUT: &'static [usize] = A::OUTPUT;
    const TO_INPUT: bool = A::TO_INPUT;
    type Params = A::Params;
    type Model = A::Model;

    fn loss() -> Loss {
        A::recipe().loss
    }

    fn data() -> Option<Source> {
        A::recipe().data
    }

    fn scaling() -> Scaling {
        A::recipe().scaling
    }

    fn init(seed: u64) -> A::Params {
        A::init(seed)
    }
}

/// A recipe with its data, as generated code describes it for `netwright data`: of the network it has the shapes only.
pub trait Described {
    /// The network's name as in the source: `LeNet5`.
    const NAME: &'static str;
    /// The shape of one input, channels first.
    const INPUT: &'static [usize];
    /// The shape of one output, channels first.
    const OUTPUT: &'static [usize];
    /// True if the recipe is given to the program when it starts, as `netwright` does.
    const GIVEN: bool = false;
    /// True if the output is compared with the input, so that data needs no targets.
    const TO_INPUT: bool = false;

    /// Returns the training recipe.
    fn recipe() -> Recipe;
}

/// A network that explains its answers, as generated code describes it. Its model's outputs are logits.
pub trait Explained: Predictor {
    /// True if the recipe is given to the program when it starts, as `netwright` does.
    const GIVEN: bool = false;
    /// The activation that makes the network's output of the logits.
    const HEAD: Head;
    /// The gradient of a choice of logits.
    type Gradients: Insight<Params = Self::Params>;
    /// The same gradient, except that a ReLU lets only positive ones back.
    type Guided: Insight<Params = Self::Params>;
}

/// A network that gives more of samples than their outputs, as generated code describes it.
pub trait Insight {
    /// The learned parameters.
    type Params;
    /// The layers whose feature maps are given, and the shape of each, channels first.
    const MAPS: &'static [(&'static str, &'static [usize])];

    /// Prepares these parameters.
    fn new(params: Self::Params) -> Self;

    /// Takes samples through the layers, and back if it has gradients: those of the sum of all outputs, each multiplied by its number in
    /// `chosen`, which has as many for each sample.
    fn look(&mut self, inputs: &[f32], chosen: &[f32], seen: Seen<'_>);
}

/// Places for what an [`Insight`] gives, sample after sample; those for what it does not give are empty.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The outputs.
    pub outputs: &'a mut [f32],
    /// The gradients by the inputs.
    pub slopes: &'a mut [f32],
    /// The feature maps: all samples of the first layer, then those of the next.
    pub maps: &'a mut [f32],
    /// The gradients by the feature maps.
    pub map_slopes: &'a mut [f32],
}

/// A network that shows its feature maps, as generated code describes it.
pub trait Shown: Predictor {
    /// True if the recipe is given to the program when it starts, as `netwright` does.
    const GIVEN: bool = false;
    /// The name of the first convolution's weights, if there is one.
    const FILTERS: Option<&'static str>;
    /// The feature maps.
    type Maps: Insight<Params = Self::Params>;
}

/// A network that says how sure it is, as generated code describes it. Its model's outputs are logits.
pub trait Sampled: Predictor {
    /// True if the recipe is given to the program when it starts, as `netwright` does.
    const GIVEN: bool = false;
    /// The activation that makes the network's output of the logits.
    const HEAD: Head;
    /// True if the network has layers of noise, such as dropout.
    const NOISY: bool;
    /// The network with its layers of noise at work.
    type Passes: Passes<Params = Self::Params>;

    /// Returns the training recipe, if it has data.
    fn recipe() -> Option<Recipe> {
        None
    }
}

/// A network whose layers of noise are at work while it predicts, as generated code describes it.
pub trait Passes {
    /// The learned parameters.
    type Params;

    /// Prepares these parameters.
    fn new(params: Self::Params) -> Self;

    /// Takes samples through the layers and writes their logits. The noise follows from the seed, the number of the pass, which is below 2⁵⁶,
    /// and the place of each sample among these.
    fn pass(&mut self, inputs: &[f32], seed: u64, number: u64, outputs: &mut [f32]);
}

//! The training recipe, which generated code has in a constant.

pub use netwright_model::{
    Answer, Answers, Cache, Channels, Damaged, EarlyStop, Fit, Header, Missing, Plane, Pointwise, RateError,
    Save, Scaling, Watch,
};
use netwright_model::{Augment, Metric, Targets};

/// The settings of a `train` block, except for the optimizer, which is part of the training step.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The source of the samples; `None` for those of a program.
    pub data: Option<Source>,
    /// The source of the test samples, if the data has no test set of its own.
    pub test: Option<Source>,
    /// The scaling of the inputs before they enter the network.
    pub scaling: Scaling,
    /// The augmentation of training samples, before they are scaled.
    pub augment: Augmentation,
    /// The samples that are held out for validation.
    pub held_out: HeldOut,
    /// Passes over the data.
    pub epochs: usize,
    /// The number of samples per step.
    pub batch: usize,
    /// The optimizer's rate.
    pub rate: f64,
    /// The factor of the rate over time.
    pub schedule: Schedule,
    /// The condition for stopping early.
    pub stop: Option<EarlyStop>,
    /// The metrics besides the loss.
    pub metrics: Metrics,
    /// The weights of the samples.
    pub weights: SampleWeights,
    /// The seed of all random numbers.
    pub seed: u64,
    /// Weights to start from.
    pub from: Option<Start>,
    /// The times at which `netwright train` saves the training; [`Log::saver`](crate::train::Log::saver) does in a program.
    pub save: Save,
    /// The loss of the network's output; of several losses the first.
    pub loss: Loss,
}

impl Recipe {
    /// Returns the source of the samples.
    ///
    /// # Panics
    /// If they are a program's own. Networks with such recipes are no [`App`](crate::app::App).
    #[cfg(feature = "train")]
    pub fn source(&self) -> Source {
        self.data.expect("the recipe says where its samples are")
    }

    /// Returns the description of inputs and losses, if there are several.
    pub fn joint(&self) -> Option<&'static Joint> {
        match self.data {
            Some(Source::Joint(joint)) => Some(joint),
            _ => None,
        }
    }

    /// Returns the recipe of each training: one for each part that is held out in turn, or this one alone.
    ///
    /// ```
    /// # use netwright::train::{HeldOut, Recipe};
    /// # fn example(recipe: Recipe) {
    /// let recipe = Recipe { held_out: HeldOut::Folds { count: 5, stratified: true }, ..recipe };
    /// let held_out: Vec<HeldOut> = recipe.folds().map(|recipe| recipe.held_out).collect();
    /// assert_eq!(held_out[4], HeldOut::Fold { fold: 4, count: 5, stratified: true });
    /// # }
    /// ```
    pub fn folds(&self) -> impl Iterator<Item = Recipe> {
        let (count, stratified) = match self.held_out {
            HeldOut::Folds { count, stratified } => (Some(count), stratified),
            _ => (None, false),
        };
        let recipe = self.clone();
        (0..count.unwrap_or(1)).map(move |fold| match count {
            Some(count) => Recipe { held_out: HeldOut::Fold { fold, count, stratified }, ..recipe.clone() },
            None => recipe.clone(),
        })
    }

    /// Returns the rate of a step, counted from 0, when an epoch has `steps`.
    pub fn rate(&self, step: u64, steps: usize) -> f32 {
        (self.rate * self.schedule.factor(step, steps, self.epochs)) as f32
    }

    /// Checks that a training whose epochs have `steps` steps can learn at its rates, before its first step.
    ///
    /// # Errors
    /// If the rate is 0 in every step or not finite in one, or the warm-up lasts as long as the training.
    pub fn check_rates(&self, steps: usize) -> Result<(), RateError> {
        self.schedule.check(self.rate, steps, self.epochs)
    }
}

/// The samples that are held out from training.
pub type HeldOut = netwright_model::HeldOut<Source>;

/// Weights that a training starts from, and the parameters that stay as they are there.
pub type Start = netwright_model::Start<&'static str, &'static [Rename], &'static [&'static str]>;

/// A rule that gives tensors of a file the names of a network's parameters.
pub type Rename = netwright_model::Rename<&'static str>;

/// The files of a data set; paths are relative to the `.net` file.
pub type Source = netwright_model::Source<&'static str, &'static [u32], &'static [Column], &'static Joint>;

/// Sources for a network with several inputs, outputs or losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joint {
    /// A source for each input, in the network's order.
    pub parts: &'static [Part],
    /// The name and shape of each output, channels first.
    pub outputs: &'static [(&'static str, &'static [usize])],
    /// The same of the outputs that only losses of training are computed from; they count on from `outputs`.
    pub auxiliary: &'static [(&'static str, &'static [usize])],
    /// The losses, of which those of `auxiliary` come last; the metrics of a recipe are those of the first.
    pub losses: &'static [Compared],
}

/// The source of one of several inputs.
pub type Part = netwright_model::Part<&'static str, &'static [usize], Source>;

/// A loss of a network with several inputs, outputs or losses.
pub type Compared = netwright_model::Compared<&'static str, &'static [f64]>;

impl netwright_model::Sources<&'static str, &'static [u32], &'static [Column]> for &'static Joint {
    fn first(&self) -> &Source {
        &self.parts[0].source
    }
}

impl Joint {
    /// Returns the shape of an output, channels first.
    pub fn shape(&self, output: usize) -> &'static [usize] {
        self.outputs.iter().chain(self.auxiliary).nth(output).map_or(&[], |(_, shape)| shape)
    }

    /// Returns the losses that predictions are measured by: not those of training alone.
    pub fn measured(&self) -> &'static [Compared] {
        let outputs = self.outputs.len();
        &self.losses[..self.losses.partition_point(|loss| loss.output < outputs)]
    }

    /// Returns the number of numbers of an output.
    pub fn output_len(&self, output: usize) -> usize {
        self.shape(output).iter().product()
    }

    /// Returns the number of numbers of all inputs of a sample.
    pub fn input_len(&self) -> usize {
        self.parts.iter().map(|part| part.shape.iter().product::<usize>()).sum()
    }

    /// Returns the numbers of an output, where `all` are those of `samples` samples: of each output, sample after sample.
    ///
    /// # Panics
    /// If there are fewer numbers.
    pub fn output<'a>(&self, output: usize, all: &'a [f32], samples: usize) -> &'a [f32] {
        let before: usize = (0..output).map(|before| self.output_len(before)).sum();
        &all[before * samples..(before + self.output_len(output)) * samples]
    }
}

/// A table of text as a source.
pub type Table = netwright_model::Table<&'static str, &'static [Column]>;

/// Pictures as a source.
pub type Pictures = netwright_model::Pictures<&'static str, &'static [Column]>;

/// Scans of DICOM as a source.
pub type Dicom = netwright_model::Dicom<&'static str, &'static [Column]>;

/// Volumes of NIfTI as a source.
pub type Nifti = netwright_model::Nifti<&'static str, &'static [Column]>;

/// Arrays of NumPy as a source.
pub type Arrays = netwright_model::Arrays<&'static str>;

/// A column of a table.
pub type Column = netwright_model::Column<&'static str>;

/// A loss function; each is a mean over samples or outputs.
pub type Loss = netwright_model::Loss<&'static [f64]>;

/// The course of the learning rate over the steps of a training.
pub type Schedule = netwright_model::Schedule<&'static [f64]>;

/// The rate's course, with the epochs of a [`MultiStep`](Course::MultiStep) in a constant.
pub type Course = netwright_model::Course<&'static [f64]>;

/// The metrics that a recipe measures besides the loss.
pub type Metrics = netwright_model::Metrics<&'static [Metric]>;

/// The weight of each sample in the loss of a training step.
pub type SampleWeights = netwright_model::SampleWeights<&'static [f32]>;

/// The augmentation of training samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    /// The operations, in their order.
    pub operations: &'static [Augment],
    /// The change of targets when their images move.
    pub targets: Targets,
}

impl Augmentation {
    /// No augmentation.
    pub const NONE: Augmentation = Augmentation { operations: &[], targets: Targets::Labels };

    /// Returns true if there are no operations.
    pub fn is_none(&self) -> bool {
        self.operations.is_empty()
    }
}

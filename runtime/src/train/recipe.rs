//! How a network is trained, as generated code has it in a constant.

use crate::augment::Augmentation;
use crate::metrics::Metrics;
use crate::samples::SampleWeights;
use crate::schedule::{RateError, Schedule};
pub use netwright_model::EarlyStop;

/// What a `train` block says, but for the optimizer, which is part of the training step.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Where the samples are; `None` for those of a program.
    pub data: Option<Source>,
    /// Where samples to test with are, if the data has no test set of its own.
    pub test: Option<Source>,
    /// What is done to inputs before the network sees them.
    pub scaling: Scaling,
    /// What is done to training samples before they are scaled.
    pub augment: Augmentation,
    /// The share of the samples that is held out for validation, from 0 to 1.
    pub validate: f64,
    /// Passes over the data.
    pub epochs: usize,
    /// Samples a step.
    pub batch: usize,
    /// The optimizer's rate.
    pub rate: f64,
    /// Its factor over time.
    pub schedule: Schedule,
    /// When to stop early.
    pub stop: Option<EarlyStop>,
    /// What is measured besides the loss.
    pub metrics: Metrics,
    /// How much samples count.
    pub weights: SampleWeights,
    /// Of all random numbers.
    pub seed: u64,
    /// Weights to start from.
    pub from: Option<Start>,
    /// What the network's output is compared by; of several losses the first.
    pub loss: Loss,
}

impl Recipe {
    /// Where the samples are.
    ///
    /// # Panics
    /// If they are a program's own. Networks with such recipes are no [`App`](crate::app::App).
    #[cfg(feature = "train")]
    pub fn source(&self) -> Source {
        self.data.expect("the recipe says where its samples are")
    }

    /// The rate of a step, counted from 0, when an epoch has `steps`.
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

/// Weights that a training starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The file, relative to the `.net` file.
    pub file: &'static str,
    /// The parameters that stay as they are there.
    pub frozen: &'static [&'static str],
}

/// The files of a data set; paths are relative to the `.net` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder with MNIST's four IDX files, plain or gzipped.
    Idx {
        /// The folder.
        path: &'static str,
    },
    /// Some samples of such a folder.
    IdxPart {
        /// The folder.
        path: &'static str,
        /// The classes that are taken, which are counted anew in this order; all if there are none.
        only: &'static [u32],
        /// How many of the samples to train with are taken, if not all.
        first: Option<usize>,
    },
    /// A table.
    Csv {
        /// The file.
        path: &'static str,
        /// Which columns hold the label or targets.
        label: Column,
    },
}

impl Source {
    /// The file or folder.
    pub fn path(&self) -> &'static str {
        match *self {
            Source::Idx { path } | Source::IdxPart { path, .. } | Source::Csv { path, .. } => path,
        }
    }
}

/// Which columns of a table are the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The first ones.
    First,
    /// The last ones.
    Last,
    /// From this one on, counted from 0.
    At(usize),
}

/// What is done to inputs before the network sees them. Pixels come as 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scaling {
    /// Nothing.
    None,
    /// `(x - mean) / std`
    Normalize {
        /// Subtracted.
        mean: f64,
        /// Divided by.
        std: f64,
    },
    /// Each feature by its mean and standard deviation over the training samples.
    Standardize,
}

/// What a network is measured by; all are means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Squared differences.
    Mse,
    /// Absolute differences.
    Mae,
    /// Half the squared differences up to `delta`, straight lines beyond.
    Huber {
        /// Where the lines begin, and their slope.
        delta: f64,
    },
    /// Huber's divided by `beta`.
    SmoothL1 {
        /// Where the lines begin; their slope is 1.
        beta: f64,
    },
    /// What an output falls short of 1 where the target is above 0, or exceeds -1 elsewhere.
    Hinge,
    /// Of the rates of Poisson distributions, or of their logarithms.
    PoissonNll {
        /// Whether outputs are logarithms.
        log_input: bool,
        /// Whether Stirling's approximation of the target's factorial is added.
        full: bool,
        /// Added to a rate before its logarithm.
        eps: f64,
    },
    /// Of probabilities or logits, with targets from 0 to 1.
    BinaryCrossEntropy {
        /// Whether outputs are logits.
        logits: bool,
        /// How much more a yes counts than a no.
        pos_weight: f64,
    },
    /// Binary cross entropy that counts what is right already less.
    Focal {
        /// Whether outputs are logits.
        logits: bool,
        /// The power of the distance to the right answer.
        gamma: f64,
        /// The weight of a yes; that of a no is the rest to 1.
        alpha: f64,
    },
    /// Of the probabilities or logits of classes.
    CrossEntropy {
        /// Whether outputs are logits.
        logits: bool,
    },
    /// The same, in which classes count differently.
    WeightedCrossEntropy {
        /// Whether outputs are logits.
        logits: bool,
        /// How much each class counts; all the same if empty.
        weights: &'static [f64],
        /// The part of each target that is spread over all classes.
        smoothing: f64,
        /// The label that stands for no class.
        ignore: Option<usize>,
    },
    /// Of the probabilities or logits of classes, with a share for each class as target.
    SoftCrossEntropy {
        /// Whether outputs are logits.
        logits: bool,
        /// How many classes.
        classes: usize,
        /// How much each class counts; all the same if empty.
        weights: &'static [f64],
        /// The part of each target that is spread over all classes.
        smoothing: f64,
    },
    /// The information by which classes' probabilities differ from the targets.
    KlDivergence {
        /// Whether outputs are logits.
        logits: bool,
        /// How many classes.
        classes: usize,
    },
    /// One less the cosine of the angle between output and target.
    Cosine {
        /// Numbers of one output.
        outputs: usize,
    },
    /// One less the overlap's share of itself and what is wrong.
    Overlap {
        /// Numbers that are compared as one region.
        places: usize,
        /// The weight of what is there and should not be.
        alpha: f64,
        /// The weight of what is not there and should be.
        beta: f64,
        /// Added to both sides of the fraction.
        smooth: f64,
    },
}

/// What a network's outputs are, by its loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answers {
    /// A probability or a logit for each class.
    Classes {
        /// Whether they are logits.
        logits: bool,
    },
    /// Each a yes if it is above a border, else a no.
    YesOrNo {
        /// 0 or 1/2.
        border: f32,
        /// Whether they are logits.
        logits: bool,
    },
    /// Just numbers.
    Numbers,
}

impl Loss {
    /// The same loss of the logits that outputs are made from; `None` where it is of logits already, or never.
    pub(crate) fn of_logits(self) -> Option<Loss> {
        let mut loss = self;
        match &mut loss {
            Loss::CrossEntropy { logits }
            | Loss::WeightedCrossEntropy { logits, .. }
            | Loss::SoftCrossEntropy { logits, .. }
            | Loss::KlDivergence { logits, .. }
            | Loss::BinaryCrossEntropy { logits, .. }
            | Loss::Focal { logits, .. } => {
                let of_probabilities = !std::mem::replace(logits, true);
                of_probabilities.then_some(loss)
            }
            _ => None,
        }
    }

    /// What the outputs are.
    pub(crate) fn answers(self) -> Answers {
        match self {
            Loss::CrossEntropy { logits }
            | Loss::WeightedCrossEntropy { logits, .. }
            | Loss::SoftCrossEntropy { logits, .. }
            | Loss::KlDivergence { logits, .. } => Answers::Classes { logits },
            Loss::BinaryCrossEntropy { logits, .. } | Loss::Focal { logits, .. } => {
                Answers::YesOrNo { border: if logits { 0.0 } else { 0.5 }, logits }
            }
            Loss::Hinge => Answers::YesOrNo { border: 0.0, logits: false },
            Loss::Overlap { .. } => Answers::YesOrNo { border: 0.5, logits: false },
            Loss::Mse
            | Loss::Mae
            | Loss::Huber { .. }
            | Loss::SmoothL1 { .. }
            | Loss::PoissonNll { .. }
            | Loss::Cosine { .. } => Answers::Numbers,
        }
    }

    #[cfg(feature = "train")]
    /// Whether it compares with the index of a class, rather than with numbers.
    pub(crate) fn of_indices(self) -> bool {
        matches!(self, Loss::CrossEntropy { .. } | Loss::WeightedCrossEntropy { .. })
    }

    #[cfg(feature = "train")]
    /// Whether its targets are numbers from 0 to 1.
    pub(crate) fn of_shares(self) -> bool {
        matches!(
            self,
            Loss::BinaryCrossEntropy { .. }
                | Loss::Focal { .. }
                | Loss::SoftCrossEntropy { .. }
                | Loss::KlDivergence { .. }
                | Loss::Overlap { .. }
        )
    }

    /// The label that stands for no class.
    pub(crate) fn ignored(self) -> Option<usize> {
        if let Loss::WeightedCrossEntropy { ignore, .. } = self { ignore } else { None }
    }

    /// How many classes its targets have a share for.
    pub(crate) fn classes(self) -> Option<usize> {
        match self {
            Loss::SoftCrossEntropy { classes, .. } | Loss::KlDivergence { classes, .. } => Some(classes),
            _ => None,
        }
    }
}

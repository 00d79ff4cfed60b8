//! Errors of a training.

#[cfg(feature = "train")]
use crate::files::Kept;
use crate::samples::{Indivisible, LoneSample};
use crate::schedule::RateError;
use crate::state::Mismatch;
#[cfg(feature = "train")]
use crate::{augment, checkpoint, data, weights};
#[cfg(feature = "train")]
use std::io;
#[cfg(feature = "train")]
use std::path::PathBuf;
use thiserror::Error;

/// The reason why a network was not trained, or not used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    #[cfg(feature = "train")]
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] data::Error),
    #[cfg(feature = "train")]
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] weights::Error),
    #[cfg(feature = "train")]
    /// The samples cannot be augmented.
    #[error(transparent)]
    Augment(#[from] augment::Error),
    #[cfg(feature = "train")]
    /// The training cannot be saved, or go on from a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    /// The state to go on from is that of another training.
    #[error("the state to go on from is of another training: {0}")]
    State(#[from] Mismatch),
    #[cfg(feature = "train")]
    /// A signal has ended the training.
    #[error("interrupted in epoch {epoch}, after step {step}: {}", .kept)]
    Interrupted {
        /// The epoch's number, counted from 1.
        epoch: usize,
        /// The number of steps over all epochs.
        step: u64,
        /// A sentence on the checkpoint to go on from.
        kept: String,
        /// The code to exit with: 128 and the number of the signal.
        code: u8,
    },
    /// A listener to the training has ended it: it has what it wants.
    #[doc(hidden)]
    #[error("the training was ended")]
    Ended,
    /// The network cannot learn at the recipe's rates.
    #[error(transparent)]
    Rate(#[from] RateError),
    #[cfg(feature = "train")]
    /// The samples to measure are not in the data.
    #[error(
        "{}: holds {found} of the {expected} samples that were held out when {} was trained",
        .data.display(), .weights.display()
    )]
    HeldOut {
        /// The data in which they were looked for.
        data: PathBuf,
        /// The weights file that names them.
        weights: PathBuf,
        /// The number of samples that were held out.
        expected: usize,
        /// The number of them that were found.
        found: usize,
    },
    #[cfg(feature = "train")]
    /// The recipe watches a number that the held-out samples do not define.
    #[error("`{name}`, which the recipe watches, is undefined for the {samples} held-out samples{classes}")]
    Undefined {
        /// The name of the number: `val_roc_auc`.
        name: String,
        /// The number of held-out samples.
        samples: usize,
        /// The samples of each class for people, after a colon; empty if they have no classes.
        classes: String,
    },
    #[cfg(feature = "train")]
    /// The curves for TensorBoard cannot be written.
    #[error("curves for TensorBoard cannot be written to {}: {source}", .folder.display())]
    Board {
        /// The folder.
        folder: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    #[cfg(feature = "train")]
    /// The log cannot be written.
    #[error("the log {} cannot be written: {source}", .file.display())]
    Log {
        /// The path of the log.
        file: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    #[cfg(feature = "train")]
    /// Something else exists at the path of a result, and is kept.
    #[error("{}: is {kept}, so it is not overwritten", .file.display())]
    Kept {
        /// The file that exists.
        file: PathBuf,
        /// The kind of the existing file.
        kept: Kept,
    },
    #[cfg(feature = "train")]
    /// Two results would go to one file.
    #[error("{}: two results would be written to this file", .file.display())]
    Twice {
        /// The file.
        file: PathBuf,
    },
    #[cfg(feature = "train")]
    /// Weights that must stay have appeared where the training's were to go.
    #[error("{cause}")]
    Moved {
        /// The weights that have appeared.
        #[source]
        cause: Box<weights::Error>,
        /// The file that the training's weights were saved to.
        saved: PathBuf,
    },
    #[cfg(feature = "train")]
    /// The results cannot be written.
    #[error("standard output cannot be written: {0}")]
    Output(#[source] io::Error),
    #[cfg(feature = "train")]
    /// An option does not fit the network or other options.
    #[error("`{option}`: {reason}")]
    Choice {
        /// The option.
        option: &'static str,
        /// The problem with it.
        reason: String,
    },
    #[cfg(feature = "train")]
    /// A picture has another size than the network's, and nothing says how to fit it.
    #[error(transparent)]
    Unfitted(Box<data::Error>),
    #[cfg(feature = "train")]
    /// One file is to hold the outputs of several samples.
    #[error("{}: is one file, and there are {samples} samples", .file.display())]
    OneFile {
        /// The file.
        file: PathBuf,
        /// The number of samples.
        samples: usize,
    },
    #[cfg(feature = "train")]
    /// The outputs of two samples would go to one file.
    #[error("{}: would hold the outputs of both {} and {}", .file.display(), .samples[0].display(), .samples[1].display())]
    SameResult {
        /// The file.
        file: PathBuf,
        /// The files of the samples.
        samples: [PathBuf; 2],
    },
    #[cfg(feature = "train")]
    /// A result would replace a file that is read.
    #[error("{}: is read for this prediction, so it is not overwritten", .file.display())]
    IsInput {
        /// The file.
        file: PathBuf,
    },
    #[cfg(feature = "train")]
    /// A result would replace a file.
    #[error("{}: exists, so it is not overwritten", .file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    #[cfg(feature = "train")]
    /// A program that can only predict was asked for something else.
    #[error("`{network}` has no `train` block with data: it can only predict")]
    NoRecipe {
        /// The network's name.
        network: &'static str,
    },
    #[cfg(feature = "train")]
    /// The network's output is not an image.
    #[error("there is no image to show: the network turns a sample into {output:?}")]
    NoImages {
        /// The shape of its output.
        output: Vec<usize>,
    },
    /// The last batch of an epoch would be a single sample, which has no variance for a batch norm.
    #[error(transparent)]
    LoneSample(#[from] LoneSample),
    /// The arrays of a program's samples are not of one length.
    #[error("there are {samples} rows of `{first}` and {found} of `{name}`")]
    Lengths {
        /// The name of the first array.
        first: &'static str,
        /// The number of rows of the first array.
        samples: usize,
        /// The name of another array.
        name: &'static str,
        /// The number of rows of the other array.
        found: usize,
    },
    /// A program gives no samples.
    #[error("there are no samples to train with")]
    NoSamples,
    /// The samples cannot be divided as the recipe says.
    #[error(transparent)]
    Indivisible(#[from] Indivisible),
    /// The network has no such class.
    #[error("sample {sample} of `{name}`: expected a class from 0 to {}, found {found}", .classes - 1)]
    Class {
        /// The array of labels.
        name: &'static str,
        /// The sample's number, counted from 0.
        sample: usize,
        /// The label.
        found: u32,
        /// The number of classes.
        classes: usize,
    },
    /// A recipe of a program's own has batches that the training step has no room for.
    #[error("batches of {found} samples do not fit the step: expected 1 to {most}")]
    Batch {
        /// The largest batch of the step.
        most: usize,
        /// The batch of the recipe.
        found: usize,
    },
    /// A recipe of a program's own watches samples that it does not hold out.
    #[error("there are no held-out samples to watch")]
    Unwatched,
    #[cfg(feature = "train")]
    /// Outputs are NaN.
    #[error("{}: the network's outputs are NaN for {nan} of {samples} sample{}", .file.display(), if *.samples == 1 { "" } else { "s" })]
    NanOutputs {
        /// The file with the samples.
        file: PathBuf,
        /// The number of samples with such outputs.
        nan: usize,
        /// The number of samples measured.
        samples: usize,
    },
    /// The loss has become NaN or infinite.
    #[error("the training diverged: the loss is {loss} in epoch {epoch}, step {step}")]
    Diverged {
        /// The epoch's number, counted from 1.
        epoch: usize,
        /// The step's number, counted from 0 over all epochs.
        step: u64,
        /// The loss: NaN or infinite.
        loss: f32,
        /// The learning rate of the step.
        rate: f32,
    },
}

impl Error {
    /// Returns advice that fixes the error, if there is any.
    pub fn help(&self) -> Option<String> {
        match self {
            #[cfg(feature = "train")]
            Error::Data(error) => error.help(),
            #[cfg(feature = "train")]
            Error::Weights(error) => error.help(),
            #[cfg(feature = "train")]
            Error::Augment(error) => error.help(),
            #[cfg(feature = "train")]
            Error::Checkpoint(error) => error.help(),
            Error::State(_) => None,
            #[cfg(feature = "train")]
            Error::Interrupted { .. } => None,
            Error::Ended => None,
            Error::Rate(error) => Some(error.help()),
            #[cfg(feature = "train")]
            Error::HeldOut { .. } => Some(
                "it may have been trained with the others: restore the data as it was then, train again, \
                 or name other samples by `test csv(\"...\")`"
                    .into(),
            ),
            #[cfg(feature = "train")]
            Error::Log { .. } => Some("give `--log` a file in a folder that exists".into()),
            #[cfg(feature = "train")]
            Error::Undefined { .. } => Some(
                "hold out more samples by `validate`, so that some of each class are among them, or watch `val_loss`".into(),
            ),
            #[cfg(feature = "train")]
            Error::Board { .. } => Some("give `--tensorboard` a folder that can be written to".into()),
            #[cfg(feature = "train")]
            Error::Kept { kept, .. } => Some(kept.help().into()),
            #[cfg(feature = "train")]
            Error::Twice { .. } => Some("give each option a file of its own".into()),
            #[cfg(feature = "train")]
            Error::Moved { saved, .. } => {
                Some(format!("the weights of this training are in {}", saved.display()))
            }
            #[cfg(feature = "train")]
            Error::Output(_) => None,
            #[cfg(feature = "train")]
            Error::Choice { .. } => None,
            #[cfg(feature = "train")]
            Error::Unfitted(_) => Some(
                "write `--fit stretch` to scale height and width, `--fit pad` to scale and fill up, or `--fit crop` to scale \
                 and cut off"
                    .into(),
            ),
            #[cfg(feature = "train")]
            Error::OneFile { .. } => Some("name a folder: `-o FOLDER --format png`".into()),
            #[cfg(feature = "train")]
            Error::SameResult { .. } => Some("predict for one of them alone, into another folder".into()),
            #[cfg(feature = "train")]
            Error::IsInput { .. } => Some("name another folder by `-o`".into()),
            #[cfg(feature = "train")]
            Error::Exists { .. } => Some("name another folder by `-o`, or replace results by `--overwrite`".into()),
            #[cfg(feature = "train")]
            Error::NoRecipe { network } => {
                Some(format!("write `train {network} {{ data ... }}`, or call the generated code from a program"))
            }
            #[cfg(feature = "train")]
            Error::NoImages { .. } => {
                Some("`--images` is for outputs `[channels, height, width]`; leave it out here".into())
            }
            Error::LoneSample(error) => Some(error.help()),
            Error::Lengths { .. } => Some("give a row of each array for every sample".into()),
            Error::NoSamples => None,
            Error::Indivisible(error) => Some(error.help()),
            Error::Class { .. } => {
                Some("classes are numbered from 0, and the network's output has one number a class".into())
            }
            Error::Batch { .. } => Some("write the largest `batch` into the `train` block".into()),
            Error::Unwatched => Some("hold some out by `validate`".into()),
            #[cfg(feature = "train")]
            Error::NanOutputs { .. } => Some(
                "the weights are NaN, or numbers became too large: train again, with a smaller learning rate or with \
                 inputs that `standardize` or `normalize` brings near 0"
                    .into(),
            ),
            Error::Diverged { rate, .. } => Some(format!(
                "the learning rate was {rate:.1e}: try {:.1e}, or let it rise by `schedule cosine(warmup=1)`; \
                 inputs far from 0 diverge too: `standardize` or `normalize` brings them there",
                rate / 10.0
            )),
        }
    }
}

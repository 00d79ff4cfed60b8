//! What can go wrong in training.

use crate::files::Kept;
use crate::{augment, data, weights};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a network was not trained, or not used.
#[derive(Debug, Error)]
pub enum Error {
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] data::Error),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] weights::Error),
    /// The samples cannot be augmented.
    #[error(transparent)]
    Augment(#[from] augment::Error),
    /// The log cannot be written.
    #[error("the log {} cannot be written: {source}", .file.display())]
    Log {
        /// Where it should be.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something else is where a result was to go, and stays.
    #[error("{}: is {kept}, and is not replaced", .file.display())]
    Kept {
        /// The file.
        file: PathBuf,
        /// What is there.
        kept: Kept,
    },
    /// Two results would go to one file.
    #[error("{}: is to take two results", .file.display())]
    Twice {
        /// The file.
        file: PathBuf,
    },
    /// Weights that must stay have appeared where the training's were to go.
    #[error("{cause}")]
    Moved {
        /// What has appeared.
        cause: Box<weights::Error>,
        /// Where the training's are.
        saved: PathBuf,
    },
    /// The results cannot be written.
    #[error("standard output cannot be written: {0}")]
    Output(io::Error),
    /// What the network makes is not an image.
    #[error("there is no image to show: the network makes {output:?} of a sample")]
    NoImages {
        /// The shape of its output.
        output: Vec<usize>,
    },
    /// The loss is no number any more.
    #[error("the training diverged: the loss is {loss} in epoch {epoch}, step {step}")]
    Diverged {
        /// Counted from 1.
        epoch: usize,
        /// Counted from 0 over all epochs.
        step: u64,
        /// Infinite or not a number.
        loss: f32,
        /// The learning rate of the step.
        rate: f32,
    },
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Error::Data(error) => error.help(),
            Error::Weights(error) => error.help(),
            Error::Augment(error) => error.help(),
            Error::Log { .. } => Some("give `--log` a file in a folder that exists".into()),
            Error::Kept { kept, .. } => Some(kept.help().into()),
            Error::Twice { .. } => Some("give each option a file of its own".into()),
            Error::Moved { saved, .. } => {
                Some(format!("the weights of this training are in {}", saved.display()))
            }
            Error::Output(_) => None,
            Error::NoImages { .. } => {
                Some("`--images` is for outputs `[channels, height, width]`; leave it out here".into())
            }
            Error::Diverged { rate, .. } => Some(format!(
                "the learning rate was {rate:.1e}: try {:.1e}, or let it rise by `schedule cosine(warmup=1)`; \
                 inputs far from 0 diverge too: `standardize` or `normalize` brings them there",
                rate / 10.0
            )),
        }
    }
}

//! What can go wrong in training.

use crate::schedule::RateError;
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
    /// Nothing can be learned at the recipe's rates.
    #[error(transparent)]
    Rate(#[from] RateError),
    /// The samples to measure are not in the data.
    #[error(
        "{}: holds {found} of the {expected} samples that were held out when {} was trained",
        .data.display(), .weights.display()
    )]
    HeldOut {
        /// Where they were looked for.
        data: PathBuf,
        /// The file that says which they are.
        weights: PathBuf,
        /// How many they are.
        expected: usize,
        /// How many were found.
        found: usize,
    },
    /// The log cannot be written.
    #[error("the log {} cannot be written: {source}", .file.display())]
    Log {
        /// Where it should be.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
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
            Error::Rate(error) => Some(error.help()),
            Error::HeldOut { .. } => Some(
                "it may have been trained with the others: restore the data as it was then, train again, \
                 or name other samples by `test csv(\"...\")`"
                    .into(),
            ),
            Error::Log { .. } => Some("give `--log` a file in a folder that exists".into()),
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

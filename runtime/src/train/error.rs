//! What can go wrong in training.

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
    /// What the network makes is not an image.
    #[error("there is no image to show: the network makes {output:?} of a sample")]
    NoImages {
        /// The shape of its output.
        output: Vec<usize>,
    },
    /// Outputs are NaN.
    #[error("{}: the network's outputs are NaN for {nan} of {samples} sample{}", .file.display(), if *.samples == 1 { "" } else { "s" })]
    NanOutputs {
        /// The file with the samples.
        file: PathBuf,
        /// How many samples have such outputs.
        nan: usize,
        /// Of how many.
        samples: usize,
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
            Error::NoImages { .. } => {
                Some("`--images` is for outputs `[channels, height, width]`; leave it out here".into())
            }
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

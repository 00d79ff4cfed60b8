//! Errors of checkpoints.

use crate::state::Mismatch;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// A checkpoint that cannot be read, written or used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not exist.
    #[error("{}: there is no such file", .file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// No training has been saved here.
    #[error("{}: there is no checkpoint to go on from", .folder.display())]
    None {
        /// The folder of the checkpoints.
        folder: PathBuf,
    },
    /// The system says no.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The system's error.
        #[source]
        cause: io::Error,
    },
    /// The system says no.
    #[error("{}: cannot be written: {cause}", .file.display())]
    Write {
        /// The file or folder.
        file: PathBuf,
        /// The system's error.
        #[source]
        cause: io::Error,
    },
    /// The file is not as it was written.
    #[error("{}: {cause}", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The problem.
        #[source]
        cause: Damage,
    },
    /// There are checkpoints, and not one is as it was written.
    #[error("{}: none of the {count} checkpoints is as it was written", .folder.display())]
    AllDamaged {
        /// The folder of the checkpoints.
        folder: PathBuf,
        /// The number of checkpoints.
        count: usize,
    },
    /// Another version of Netwright has written the file.
    #[error("{}: was saved by Netwright {found}, and this is {expected}", .file.display())]
    Version {
        /// The file.
        file: PathBuf,
        /// This version.
        expected: String,
        /// The version that has written the file.
        found: String,
    },
    /// The state is not that of this trainer.
    #[error("{}: holds the state of another trainer: {cause}", .file.display())]
    Unfit {
        /// The file.
        file: PathBuf,
        /// The first difference.
        #[source]
        cause: Mismatch,
    },
    /// The training that was saved is another one.
    #[error("{}: is of another training{}", .file.display(), lines(.differences))]
    Other {
        /// The file.
        file: PathBuf,
        /// The differences.
        differences: Vec<String>,
    },
    /// Another training will write these weights.
    #[error("{}: are being trained by another process", .weights.display())]
    InUse {
        /// The weights.
        weights: PathBuf,
    },
    /// The training is to have fewer epochs than before.
    #[error("{}: is of a training of {found} epochs, and this one has {expected}", .file.display())]
    Fewer {
        /// The file.
        file: PathBuf,
        /// The epochs now.
        expected: usize,
        /// The epochs of the training that was saved.
        found: usize,
    },
}

/// A file that is no checkpoint, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Damage {
    /// The beginning is not that of a checkpoint.
    #[error("is not a checkpoint of Netwright's")]
    Foreign,
    /// The hash is not that of the content.
    #[error("is damaged: it is not as it was written")]
    Altered,
    /// The content is none that this version can read.
    #[error("cannot be understood: {0}")]
    Unreadable(String),
}

/// Lines that a message shows; the rest is counted.
const SHOWN: usize = 6;

fn lines(differences: &[String]) -> String {
    let mut text: String = differences.iter().take(SHOWN).map(|line| format!("\n  {line}")).collect();
    match differences.len().saturating_sub(SHOWN) {
        0 => {}
        more => text += &format!("\n  and {more} more"),
    }
    text
}

impl Error {
    /// Returns advice that fixes the error, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Error::InUse { .. } => "wait for its end, or train to another file by `--weights FILE`".into(),
            Error::None { .. } => {
                "name the weights of the training by `--weights FILE`, or begin it without `--resume`".into()
            }
            Error::AllDamaged { .. } => {
                "begin anew without `--resume`; `best.safetensors` in this folder may be whole: start from it by `from`".into()
            }
            Error::Other { .. } => {
                "restore the text, the options and the data as they were, or begin anew without `--resume`".into()
            }
            Error::Fewer { found, .. } => format!("go on with `--epochs {found}` or more"),
            Error::Version { .. } => {
                "results are the same bit for bit within a version only: go on with that one, or begin anew".into()
            }
            Error::Damaged { .. } => "copy the file again, or use an older one".into(),
            Error::Missing { .. } | Error::Read { .. } | Error::Write { .. } | Error::Unfit { .. } => return None,
        })
    }
}

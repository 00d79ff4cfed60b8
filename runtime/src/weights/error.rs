//! What can be wrong with a weights file.

use crate::files::Kept;
use std::fmt;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// A weights file that cannot be read or written.
#[derive(Debug, Error)]
pub enum Error {
    /// Nothing is there.
    #[error("{}: there is no such file", .file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// The system says no.
    #[error("{}: cannot be read: {cause}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The system says no.
    #[error("{}: cannot be written: {cause}", .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Something else is there, and stays.
    #[error("{}: is {kept}, and is not replaced", .file.display())]
    Kept {
        /// The file.
        file: PathBuf,
        /// What is there.
        kept: Kept,
    },
    /// Weights that are not of this network are there, and stay.
    #[error("{}: holds weights {found}; those {new} would replace them{misfits}", .file.display())]
    Others {
        /// The file.
        file: PathBuf,
        /// Where the weights in the file are from.
        found: Box<Origin>,
        /// Where the weights are from that would replace them.
        new: Box<Origin>,
        /// How the tensors of a network of the same name differ.
        misfits: Misfits,
    },
    /// The end is missing, or something follows it.
    #[error("{}: is damaged: its {found} bytes are not as many as its header says", .file.display())]
    Truncated {
        /// The file.
        file: PathBuf,
        /// Its size in bytes.
        found: usize,
    },
    /// It is something else.
    #[error("{}: is not a safetensors file ({cause})", .file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What its first bytes fail at.
        cause: String,
    },
    /// Its tensors are not the network's.
    #[error("{}: holds the weights of another network{}{misfits}", .file.display(), named(.network))]
    Misfit {
        /// The file.
        file: PathBuf,
        /// The network that it was saved from, if it says.
        network: String,
        /// Every difference.
        misfits: Misfits,
    },
    /// It lacks what a training is to leave as it is.
    #[error("{}: has no `{name}` of the network's shape, which is frozen", .file.display())]
    Frozen {
        /// The file.
        file: PathBuf,
        /// A frozen parameter.
        name: String,
    },
    /// Its statistics are not the network's.
    #[error("{}: scales inputs of {found} numbers, and the network's have {expected}", .file.display())]
    Statistics {
        /// The file.
        file: PathBuf,
        /// Numbers of one input.
        expected: usize,
        /// Features that the file has statistics of.
        found: usize,
    },
    /// There is nothing to scale inputs by.
    #[error("{}: does not say how inputs are to be standardized", .file.display())]
    Unscaled {
        /// The file.
        file: PathBuf,
    },
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Error::Missing { .. } => {
                "train the network first, or name its weights by `--weights FILE`".into()
            }
            Error::Truncated { .. } => "copy the file again, or train the network again".into(),
            Error::Foreign { .. } => "weights are read from .safetensors files only".into(),
            Error::Misfit { .. } => {
                "was the network changed after it was trained? then train it again".into()
            }
            Error::Frozen { .. } => {
                "what is frozen never learns, so it must come from a trained network; remove its name from `freeze`".into()
            }
            Error::Statistics { .. } | Error::Unscaled { .. } => "train the network again".into(),
            Error::Kept { kept, .. } => kept.help().into(),
            Error::Others { .. } => {
                "keep them and name another file by `--weights FILE`, or replace them by `--overwrite`".into()
            }
            Error::Read { .. } | Error::Write { .. } => return None,
        })
    }
}

/// Every difference between a file and a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfits(pub Vec<Misfit>);

/// One tensor that differs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant is described by its message")]
pub enum Misfit {
    #[error("`{name}` {shape:?} is missing")]
    Missing { name: String, shape: Vec<usize> },
    #[error("`{name}` has shape {found:?}, expected {expected:?}")]
    Shape { name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("`{name}` holds {found} numbers, expected F32")]
    Type { name: String, found: String },
    #[error("`{name}` is not part of the network")]
    Unexpected { name: String },
}

impl Misfit {
    /// The tensor.
    pub fn name(&self) -> &str {
        match self {
            Misfit::Missing { name, .. }
            | Misfit::Shape { name, .. }
            | Misfit::Type { name, .. }
            | Misfit::Unexpected { name } => name,
        }
    }

    /// Whether it is the file that has too much.
    pub fn is_unexpected(&self) -> bool {
        matches!(self, Misfit::Unexpected { .. })
    }
}

/// Lines that a message shows; the rest is counted.
const SHOWN: usize = 12;

impl fmt::Display for Misfits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for misfit in self.0.iter().take(SHOWN) {
            write!(f, "\n  {misfit}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// Where weights are from, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The network's name; empty in a file from elsewhere.
    pub network: String,
    /// The `.net` file, as the folder of the weights sees it; empty if that is not known.
    pub spec: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.network, &*self.spec) {
            ("", _) => write!(f, "from elsewhere"),
            (network, "") => write!(f, "of `{network}`"),
            (network, spec) => write!(f, "of `{network}` in {spec}"),
        }
    }
}

pub(super) fn named(network: &str) -> String {
    if network.is_empty() { String::new() } else { format!(" (`{network}`)") }
}

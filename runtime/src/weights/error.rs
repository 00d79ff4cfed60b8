//! Errors of weights files.

use crate::files::Kept;
use netwright_model::weights_of_fold;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A weights file that cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not exist.
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
        /// The system's error.
        #[source]
        cause: io::Error,
    },
    /// The system says no.
    #[error("{}: cannot be written: {cause}", .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// The system's error.
        #[source]
        cause: io::Error,
    },
    /// Something else exists at this path, and is kept.
    #[error("{}: is {kept}, so it is not overwritten", .file.display())]
    Kept {
        /// The file.
        file: PathBuf,
        /// The kind of the existing file.
        kept: Kept,
    },
    /// Weights that are not of this network exist at this path, and are kept.
    #[error("{}: holds weights {found}; those {new} would replace them{misfits}", .file.display())]
    Others {
        /// The file.
        file: PathBuf,
        /// The origin of the weights in the file.
        found: Box<Origin>,
        /// The origin of the weights that would replace them.
        new: Box<Origin>,
        /// The differences between the tensors of two networks of the same name.
        misfits: Misfits,
    },
    /// The end is missing, or something follows it.
    #[error("{}: is damaged: its header says {expected} bytes, and there are {found}", .file.display())]
    Truncated {
        /// The file.
        file: PathBuf,
        /// The size in bytes that its header gives.
        expected: u64,
        /// The actual size in bytes.
        found: u64,
    },
    /// The file is not in the safetensors format.
    #[error("{}: is not a safetensors file ({cause})", .file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// The reason why its first bytes cannot be parsed.
        #[source]
        cause: HeaderError,
    },
    /// The tensors are not those of the network.
    #[error("{}: holds the weights of another network{}{misfits}", .file.display(), named(.network))]
    Misfit {
        /// The file.
        file: PathBuf,
        /// The network that it was saved from, if it says.
        network: String,
        /// The differences.
        misfits: Misfits,
    },
    /// The tensors are those of the network, but their type cannot be read.
    #[error("{}: holds numbers of a type that cannot be read{misfits}", .file.display())]
    Types {
        /// The file.
        file: PathBuf,
        /// The tensors of such types.
        misfits: Misfits,
    },
    /// A number of 64 bits is too large.
    #[error("{}: `{name}` holds {found:e}, which is beyond the range of F32", .file.display())]
    Range {
        /// The file.
        file: PathBuf,
        /// The tensor.
        name: String,
        /// The number.
        found: f64,
    },
    /// An entry of the metadata is not valid.
    #[error("{}: its metadata cannot be used: `{key}` is `{}`, expected {expected}", .file.display(), shortened(.found))]
    Metadata {
        /// The file.
        file: PathBuf,
        /// The entry.
        key: String,
        /// A description of valid values.
        expected: String,
        /// The entry's value.
        found: String,
    },
    /// The tensors are not those that were saved.
    #[error("{}: was altered after it was saved: its tensors have another hash than it says", .file.display())]
    Altered {
        /// The file.
        file: PathBuf,
    },
    /// A rule for other names is for none of the tensors.
    #[error("{}: has no tensor for `rename(\"{pattern}\", ...)`", .file.display())]
    Rename {
        /// The file.
        file: PathBuf,
        /// The rule's pattern.
        pattern: String,
        /// The name of a tensor of the file.
        first: String,
    },
    /// Two tensors would have one name.
    #[error("{}: `rename` gives `{}` and `{}` one name, `{name}`", .file.display(), .tensors[0], .tensors[1])]
    Renamed {
        /// The file.
        file: PathBuf,
        /// The name.
        name: String,
        /// The names of the tensors in the file.
        tensors: [String; 2],
    },
    /// The file lacks a parameter that the training leaves as it is.
    #[error("{}: has no `{name}` of the network's shape, which is frozen", .file.display())]
    Frozen {
        /// The file.
        file: PathBuf,
        /// A frozen parameter.
        name: String,
    },
    /// The statistics are not those of the network's inputs.
    #[error("{}: scales inputs of {found} numbers, and the network's have {expected}", .file.display())]
    Statistics {
        /// The file.
        file: PathBuf,
        /// Numbers of one input.
        expected: usize,
        /// Features that the file has statistics of.
        found: usize,
    },
    /// The file has no statistics to scale inputs by.
    #[error("{}: does not say how inputs are to be standardized", .file.display())]
    Unscaled {
        /// The file.
        file: PathBuf,
    },
}

impl Error {
    /// Returns advice that fixes the error, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Error::Missing { file } if weights_of_fold(file, 0).exists() => format!(
                "each fold has weights of its own: write `--weights {}`",
                weights_of_fold(file, 0).display()
            ),
            Error::Missing { .. } => {
                "train the network first, or name its weights by `--weights FILE`".into()
            }
            Error::Truncated { .. } => "copy the file again, or train the network again".into(),
            Error::Foreign { .. } => "weights are read from .safetensors files only".into(),
            Error::Misfit { network, misfits, .. } => misfits.help(network),
            Error::Types { .. } => TYPES.into(),
            Error::Range { .. } => "the weights are no sound ones: train the network again, or scale them down".into(),
            Error::Metadata { key, .. } if key == "version" => {
                "if a newer Netwright has saved the file, update this one".into()
            }
            Error::Metadata { .. } => {
                "was the file changed after it was saved? then copy it again, or train the network again".into()
            }
            Error::Altered { .. } => {
                "copy the file again, or train the network again; tensors that another tool has changed on purpose are \
                 saved without the entry `netwright` of the metadata"
                    .into()
            }
            Error::Rename { first, .. } => format!(
                "a pattern is for whole names of the file, such as `{first}`, and an earlier `rename` may have taken them"
            ),
            Error::Renamed { .. } => "give each tensor a name of its own by a longer pattern".into(),
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

const TYPES: &str = "numbers of type F32, F16, BF16 and F64 can be read: convert the tensors and save the file again, \
                     in PyTorch by `tensor.float()`";

/// Reason why a file does not begin as a safetensors file does.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The file ends before its header.
    #[error("it is too short for a header")]
    Short,
    /// The header would be longer than the format allows.
    #[error("its header would be too long")]
    Long,
    /// The header has no bytes.
    #[error("its header is empty")]
    Empty,
    /// The header begins as something else.
    #[error("its header is not a JSON object")]
    Object,
    /// The header is not what the format describes.
    #[error("its header: {0}")]
    Json(#[source] serde_json::Error),
}

/// Returns the error for a file whose tensors are not those of a network, or only their numbers are not.
pub(super) fn misfit(file: &Path, network: String, misfits: Vec<Misfit>) -> Error {
    let (file, misfits) = (file.into(), Misfits(misfits));
    match misfits.0.iter().all(|misfit| matches!(misfit, Misfit::Type { .. })) {
        true => Error::Types { file, misfits },
        false => Error::Misfit { file, network, misfits },
    }
}

/// The differences between a file and a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfits(pub Vec<Misfit>);

/// A tensor that differs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Misfit {
    #[error("`{name}` {shape:?} is missing")]
    Missing { name: String, shape: Vec<usize> },
    #[error("`{name}` has shape {found:?}, expected {expected:?}")]
    Shape { name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("`{name}` holds {found} numbers, expected F32, F16, BF16 or F64")]
    Type { name: String, found: String },
    #[error("`{name}`{} is not part of the network", .renamed.as_ref().map(|to| format!(", renamed `{to}`,")).unwrap_or_default())]
    Unexpected { name: String, renamed: Option<String> },
}

impl Misfit {
    /// Returns the tensor's name.
    pub fn name(&self) -> &str {
        match self {
            Misfit::Missing { name, .. }
            | Misfit::Shape { name, .. }
            | Misfit::Type { name, .. }
            | Misfit::Unexpected { name, .. } => name,
        }
    }

    /// Returns true if the file has a tensor that the network lacks.
    pub fn is_unexpected(&self) -> bool {
        matches!(self, Misfit::Unexpected { .. })
    }
}

impl Misfits {
    /// Returns advice for a file of the network of this name, if it has one.
    fn help(&self, network: &str) -> String {
        let any = |kind: fn(&Misfit) -> bool| self.0.iter().any(kind);
        if any(|misfit| matches!(misfit, Misfit::Type { .. })) {
            return TYPES.into();
        }
        if !network.is_empty() {
            return "was the network changed after it was trained? then train it again; \
                    or name the network's own weights by `--weights FILE`"
                .into();
        }
        let named = any(|misfit| matches!(misfit, Misfit::Missing { .. }))
            && any(|misfit| matches!(misfit, Misfit::Unexpected { .. }));
        match named {
            true => "the file does not come from Netwright: give its tensors the network's names by \
                     `from \"FILE\" rename(\"PATTERN\", \"NAME\")` in the recipe, or the layers the file's names as labels"
                .into(),
            false => "the file does not come from Netwright: change the network to the file's tensors, \
                      or take them as far as they fit by `from` in the recipe"
                .into(),
        }
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

/// The origin of weights, as far as it is known.
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

/// Returns the beginning of a text on one line.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut short: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push_str("...");
    }
    short
}

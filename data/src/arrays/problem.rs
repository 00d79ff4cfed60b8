//! Problems of arrays.

use std::io;
use thiserror::Error;

/// The problem with a file of arrays.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Problem {
    #[error("is not a file of arrays: expected .npy, .npz or .safetensors, found {}", bytes(.found))]
    Foreign { found: Vec<u8> },
    #[error("{}has a damaged header: expected {expected}", array(.name))]
    Header { name: String, expected: &'static str },
    #[error("{}has version {major}.{minor} of the .npy format, expected 1.0 to 3.0", array(.name))]
    Version { name: String, major: u8, minor: u8 },
    #[error("{}has shape {shape:?}, which is more than can be addressed", array(.name))]
    Huge { name: String, shape: Vec<usize> },
    #[error("{}is cut short: expected {expected} bytes of numbers, found {found}", array(.name))]
    Truncated { name: String, expected: u64, found: u64 },
    #[error("{}continues after its last number: expected {expected} bytes of numbers", array(.name))]
    Long { name: String, expected: u64 },
    #[error("{}holds Python objects, which only Python can read (they are pickled)", array(.name))]
    Objects { name: String },
    #[error("{}holds texts, expected numbers", array(.name))]
    Texts { name: String },
    #[error("{}holds records of several fields, expected numbers", array(.name))]
    Fields { name: String },
    #[error("{}holds numbers of type `{found}`, expected integers or floats of 8 to 64 bits", array(.name))]
    Type { name: String, found: String },
    #[error("{}cannot be unpacked from the archive ({})", array(.name), lower(&.cause.to_string()))]
    Archive {
        name: String,
        #[source]
        cause: io::Error,
    },
    #[error("{}is compressed by {found}, expected no compression or DEFLATE", array(.name))]
    Compression { name: String, found: String },
    #[error("{}is encrypted", array(.name))]
    Encrypted { name: String },
    #[error("is not a complete safetensors file: {cause}")]
    Tensors { cause: String },
    #[error("has no array `{name}`; {}", list(.names))]
    Unknown { name: String, names: Vec<String> },
    #[error("has no single array; {}", list(.names))]
    Unnamed { names: Vec<String> },
    #[error("samples of shape {found:?} do not fit the network's input {expected:?}")]
    Shape { expected: Vec<usize>, found: Vec<usize> },
    #[error("samples of shape {shape:?} fit the network's input with channels first and with channels last")]
    Ambiguous { shape: Vec<usize> },
}

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Problem::Foreign { found } if found.starts_with(b"\x89HDF") => {
                "convert HDF5 with h5py: `numpy.savez(\"data.npz\", **{name: file[name][:] for name in file})`"
            }
            Problem::Foreign { .. } => "save arrays with `numpy.savez(\"data.npz\", x=x, y=y)`",
            Problem::Header { .. }
            | Problem::Version { .. }
            | Problem::Huge { .. }
            | Problem::Truncated { .. }
            | Problem::Archive { .. }
            | Problem::Tensors { .. } => {
                "the file was not copied or downloaded completely, or was not written to its end: make it again"
            }
            Problem::Long { .. } => "save each array to a file of its own, or all of them with `numpy.savez`",
            Problem::Objects { .. } => {
                "make it an array of numbers before saving it: `array.astype(\"float32\")`; samples of different \
                 sizes need padding first"
            }
            Problem::Texts { .. } => {
                "number the classes before saving them: `numpy.unique(labels, return_inverse=True)[1]`"
            }
            Problem::Fields { .. } => "save each field as an array of its own",
            Problem::Type { .. } => "convert it before saving it: `array.astype(\"float32\")`",
            Problem::Compression { .. } => "save it with `numpy.savez` or `numpy.savez_compressed`",
            Problem::Encrypted { .. } => "save it without a password",
            Problem::Unknown { .. } => return None,
            Problem::Unnamed { names } if names.is_empty() => return None,
            Problem::Unnamed { .. } => "name the array",
            Problem::Shape { .. } => {
                "change the network's input, or reshape the samples to [channels, height, width] before saving them"
            }
            Problem::Ambiguous { .. } => "write `channels=first` or `channels=last`",
        };
        Some(text.into())
    }
}

/// Returns the beginning of a message on the array of a name.
fn array(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("array `{name}` ") }
}

fn list(names: &[String]) -> String {
    /// The names that a message holds.
    const MOST: usize = 10;
    let quoted: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "it has no arrays".into(),
        len if len > MOST => format!("it has {}, and {} more", quoted.join(", "), len - MOST),
        _ => format!("it has {}", quoted.join(", ")),
    }
}

/// Returns a message with a small first letter.
fn lower(message: &str) -> String {
    let mut rest = message.chars();
    rest.next().into_iter().flat_map(char::to_lowercase).chain(rest).collect()
}

/// Describes a file's first bytes.
fn bytes(found: &[u8]) -> String {
    if found.is_empty() { "no bytes".into() } else { format!("`{}`", found.escape_ascii()) }
}

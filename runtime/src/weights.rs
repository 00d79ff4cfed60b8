//! Weights in [safetensors](https://huggingface.co/docs/safetensors) files, by name and in PyTorch's layout.
//!
//! `safetensors.torch.load_file` reads them in Python, and what `save_file` writes there is read here.

mod destination;
mod error;
mod metadata;

pub use crate::files::Kept;
pub use destination::{Others, check_replaceable, check_writable, save_anew};
pub use error::{Error, Misfit, Misfits, Origin};
pub use metadata::{Metadata, Normalization};

use crate::files::{self, Destination, Existing, Refusal};
use crate::storage::{Parameters, TensorRef};
use safetensors::tensor::{Dtype, SafeTensorError, View};
use safetensors::{SafeTensors, serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The entry of a file's metadata that is Netwright's. There is only one, so that the same weights make the same file.
const ENTRY: &str = "netwright";

/// Writes all tensors. The file is complete at every time: it replaces an older one only when it is on the disk. Where a
/// symbolic link leads to it, the link stays.
///
/// # Errors
/// If the file cannot be written, or is a device or a pipe.
pub fn save(file: &Path, params: &impl Parameters, metadata: &Metadata) -> Result<(), Error> {
    let bytes = bytes(file, params, metadata)?;
    let error = |cause| Error::Write { file: file.into(), cause };
    match files::destination(file) {
        Ok(Destination::File(path)) => files::write(&path, &bytes, Existing::Replaced).map_err(error),
        Ok(Destination::Stream(kept)) | Err(Refusal::Kept(kept)) => {
            Err(Error::Kept { file: file.into(), kept })
        }
        Err(Refusal::Io(cause)) => Err(error(cause)),
    }
}

/// What a file of weights holds.
fn bytes(file: &Path, params: &impl Parameters, metadata: &Metadata) -> Result<Vec<u8>, Error> {
    let tensors = params.tensors();
    let views = tensors.iter().map(|tensor| (tensor.name, Stored(*tensor)));
    let entries = HashMap::from([(ENTRY.to_string(), metadata.to_text())]);
    serialize(views, Some(entries))
        .map_err(|cause| Error::Write { file: file.into(), cause: io::Error::other(cause) })
}

/// Reads all tensors into `params`, which stays as it was if that fails.
///
/// # Errors
/// If the file is missing or damaged, or its tensors are not those of `params` by name and shape.
pub fn load(file: &Path, params: &mut impl Parameters) -> Result<Metadata, Error> {
    let bytes = read(file)?;
    let stored = SafeTensors::deserialize(&bytes).map_err(|cause| damage(file, &bytes, cause))?;
    let metadata = metadata_of(&bytes);
    let misfits = compare(&stored, &params.tensors());
    if !misfits.is_empty() {
        return Err(Error::Misfit {
            file: file.into(),
            network: metadata.network,
            misfits: Misfits(misfits),
        });
    }
    copy(&stored, params);
    Ok(metadata)
}

/// Reads those tensors into `params` that have their names and shapes, and says which are others. The parameters that are
/// `frozen` must be among them.
///
/// # Errors
/// If the file is missing or damaged, holds none of the network's tensors, or not one that is frozen; `params` then stays as it was.
pub fn transfer(file: &Path, params: &mut impl Parameters, frozen: &[&str]) -> Result<Transfer, Error> {
    let bytes = read(file)?;
    let stored = SafeTensors::deserialize(&bytes).map_err(|cause| damage(file, &bytes, cause))?;
    let network = metadata_of(&bytes).network;
    let misfits = compare(&stored, &params.tensors());
    let anew: Vec<&str> = misfits.iter().filter(|misfit| !misfit.is_unexpected()).map(Misfit::name).collect();
    let tensors = params.tensors().len();
    if anew.len() == tensors {
        return Err(Error::Misfit { file: file.into(), network, misfits: Misfits(misfits) });
    }
    if let Some(name) = frozen.iter().find(|name| anew.contains(name)) {
        return Err(Error::Frozen { file: file.into(), name: (*name).to_string() });
    }
    let matched = tensors - anew.len();
    copy(&stored, params);
    Ok(Transfer { file: file.into(), network, matched, tensors, misfits: Misfits(misfits) })
}

/// What a training has taken from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The file.
    pub file: PathBuf,
    /// The network that it was saved from, if it says.
    pub network: String,
    /// How many tensors were taken.
    pub matched: usize,
    /// How many the network has.
    pub tensors: usize,
    /// Those that were not.
    pub misfits: Misfits,
}

impl fmt::Display for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Transfer { file, network, matched, tensors, misfits } = self;
        write!(f, "from {}{}: {matched} of {tensors} tensors", file.display(), error::named(network))?;
        if matched < tensors {
            write!(f, ", the others begin anew")?;
        }
        write!(f, "{misfits}")
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    fs::read(file).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => Error::Missing { file: file.into() },
        _ => Error::Read { file: file.into(), cause },
    })
}

fn metadata_of(bytes: &[u8]) -> Metadata {
    let entry = SafeTensors::read_metadata(bytes).ok().and_then(|(_, metadata)| {
        metadata.metadata().as_ref()?.get(ENTRY).map(|text| Metadata::from_text(text))
    });
    entry.unwrap_or_default()
}

/// Copies what has the same name, shape and type.
fn copy(stored: &SafeTensors<'_>, params: &mut impl Parameters) {
    for tensor in params.tensors_mut() {
        let Ok(view) = stored.tensor(tensor.name) else { continue };
        if view.shape() != tensor.shape || view.dtype() != Dtype::F32 {
            continue;
        }
        for (to, &from) in tensor.data.iter_mut().zip(view.data().as_chunks().0) {
            *to = f32::from_le_bytes(from);
        }
    }
}

/// Everything in which a file differs from what is wanted, in the order of the layers.
fn compare(stored: &SafeTensors<'_>, wanted: &[TensorRef<'_>]) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    for tensor in wanted {
        let name = tensor.name.to_string();
        match stored.tensor(tensor.name) {
            Err(_) => misfits.push(Misfit::Missing { name, shape: tensor.shape.into() }),
            Ok(found) if found.shape() != tensor.shape => {
                misfits.push(Misfit::Shape {
                    name,
                    expected: tensor.shape.into(),
                    found: found.shape().into(),
                });
            }
            Ok(found) if found.dtype() != Dtype::F32 => {
                misfits.push(Misfit::Type { name, found: found.dtype().to_string() });
            }
            Ok(_) => {}
        }
    }
    let mut unexpected: Vec<&str> =
        stored.names().into_iter().filter(|name| wanted.iter().all(|tensor| tensor.name != *name)).collect();
    unexpected.sort_unstable();
    misfits.extend(unexpected.into_iter().map(|name| Misfit::Unexpected { name: name.into() }));
    misfits
}

/// Why bytes are no safetensors file: cut short, or something else altogether.
fn damage(file: &Path, bytes: &[u8], cause: SafeTensorError) -> Error {
    let header = bytes.first_chunk().map(|&length| u64::from_le_bytes(length));
    match cause {
        SafeTensorError::MetadataIncompleteBuffer => {
            Error::Truncated { file: file.into(), found: bytes.len() }
        }
        SafeTensorError::InvalidHeaderLength if header.is_some_and(|length| length < 100_000_000) => {
            Error::Truncated { file: file.into(), found: bytes.len() }
        }
        cause => Error::Foreign { file: file.into(), cause: cause.to_string() },
    }
}

struct Stored<'a>(TensorRef<'a>);

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        self.0.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        self.0.data.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>().into()
    }
    fn data_len(&self) -> usize {
        size_of_val(self.0.data)
    }
}

#[cfg(all(test, feature = "train"))]
mod tests;

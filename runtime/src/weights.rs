//! Weights in [safetensors](https://huggingface.co/docs/safetensors) files, by name and in PyTorch's layout.
//!
//! `safetensors.torch.load_file` reads them in Python, and what `save_file` writes there is read here.

mod destination;
mod error;
mod floats;
mod metadata;
mod numbers;
mod samples;
mod stored;

pub use crate::files::Kept;
pub use destination::Others;
#[doc(hidden)]
pub use destination::{check_replaceable, check_writable, save_anew};
pub use error::{Error, HeaderError, Misfit, Misfits, Origin};
pub(crate) use floats::Floats;
pub use metadata::{Metadata, Normalization};
pub use netwright_model::{Fingerprinted, Manifest};
pub use samples::{Fingerprint, Samples, TrainingSamples};

use crate::files::{self, Destination, Existing, Refusal};
use crate::recipe::Rename;
use crate::storage::{Parameters, TensorRef};
use metadata::Invalid;
use netwright_model::seal::{self, ENTRY};
use safetensors::serialize;
use safetensors::tensor::View;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use stored::{Comparison, Stored};

/// Writes all tensors. The file is complete at every time: it replaces an older one only when it is on the disk. Where a
/// symbolic link leads to it, the link stays.
///
/// # Errors
/// If the file cannot be written, or is a device or a pipe, or the metadata could not be read back: statistics must be
/// finite numbers.
pub fn save(file: &Path, params: &(impl Parameters + ?Sized), metadata: &Metadata) -> Result<(), Error> {
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

/// Serialises parameters and metadata as a weights file.
fn bytes(file: &Path, params: &(impl Parameters + ?Sized), metadata: &Metadata) -> Result<Vec<u8>, Error> {
    let tensors = params.tensors();
    let views = tensors.iter().map(|tensor| (tensor.name, Floats { shape: tensor.shape, data: tensor.data }));
    let text = metadata.to_text(bits(&tensors)).map_err(|Invalid { key, expected, found }| {
        Error::Metadata { file: file.into(), key, expected, found }
    })?;
    let entries = HashMap::from([(ENTRY.to_string(), text)]);
    serialize(views, Some(entries))
        .map_err(|cause| Error::Write { file: file.into(), cause: io::Error::other(cause) })
}

/// Returns the hash of tensors as a file holds them.
#[doc(hidden)]
pub fn bits(tensors: &[TensorRef<'_>]) -> u64 {
    let hash = |tensor: &TensorRef<'_>| {
        let floats = Floats { shape: tensor.shape, data: tensor.data };
        let bytes = floats.data();
        // Memory can always be read.
        seal::tensor(tensor.name, &floats.dtype().to_string(), tensor.shape, &bytes[..]).unwrap_or_default()
    };
    tensors.iter().map(hash).fold(0, u64::wrapping_add)
}

/// Reads all tensors into `params`, which stays as it was if that fails.
///
/// Numbers of type F16 and BF16 are widened, those of F64 are rounded. A prefix that all names have, such as `module.`, is
/// removed, and PyTorch's `num_batches_tracked` is left out. [`read`] tells which of these it was.
///
/// # Errors
/// If the file is missing or damaged, it is not as it was saved, its tensors are not those of `params` by name and shape, or they
/// hold numbers of another type. Files of other tools and of older versions do not say how they were saved.
pub fn load(file: &Path, params: &mut impl Parameters) -> Result<Metadata, Error> {
    read(file, params).map(|loaded| loaded.metadata)
}

/// Like [`load`], but also returns the metadata and the conversions made.
///
/// # Errors
/// As [`load`].
pub fn read(file: &Path, params: &mut impl Parameters) -> Result<Loaded, Error> {
    let mut stored = Stored::open(file)?;
    let metadata = stored.metadata()?;
    let Comparison { prefix, misfits } = stored.compare(&params.tensors());
    if !misfits.is_empty() {
        return Err(error::misfit(file, metadata.network, misfits));
    }
    let changes = take(&mut stored, prefix, params)?;
    Ok(Loaded { metadata, changes })
}

/// Reads those tensors into `params` that have their names and shapes, as [`load`] does, and says which are others. The
/// parameters that are `frozen` must be among them. Each tensor of the file first gets the name that the first rule of `renames`
/// for its name says.
///
/// # Errors
/// If the file is missing, damaged or altered, holds none of the network's tensors, not one that is frozen, or one whose numbers are of
/// a type that cannot be read; or if a rule is for none of its tensors, or gives two of them one name. `params` then stays as it was.
pub fn transfer(
    file: &Path,
    params: &mut impl Parameters,
    renames: &[Rename],
    frozen: &[&str],
) -> Result<Transfer, Error> {
    let mut stored = Stored::open(file)?;
    stored.rename(renames)?;
    let network = stored.metadata()?.network;
    let Comparison { prefix, misfits } = stored.compare(&params.tensors());
    let anew: Vec<&str> = misfits.iter().filter(|misfit| !misfit.is_unexpected()).map(Misfit::name).collect();
    let tensors = params.tensors().len();
    let of_type = |misfit: &&Misfit| matches!(misfit, Misfit::Type { .. });
    if misfits.iter().any(|misfit| of_type(&misfit)) {
        let misfits = misfits.iter().filter(of_type).cloned().collect();
        return Err(Error::Types { file: file.into(), misfits: Misfits(misfits) });
    }
    if anew.len() == tensors {
        return Err(error::misfit(file, network, misfits));
    }
    if let Some(name) = frozen.iter().find(|name| anew.contains(name)) {
        return Err(Error::Frozen { file: file.into(), name: (*name).to_string() });
    }
    let matched = tensors - anew.len();
    let changes = take(&mut stored, prefix, params)?;
    Ok(Transfer { file: file.into(), network, matched, tensors, changes, misfits: Misfits(misfits) })
}

/// The contents of a weights file besides the weights, and the conversions made.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The file's metadata.
    pub metadata: Metadata,
    /// The conversions made to read the weights.
    pub changes: Changes,
}

/// Conversions of weights from elsewhere to those of the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The prefix that was removed from all names; empty if there was none.
    pub prefix: String,
    /// The number of tensors that were rounded from 64 to 32 bits.
    pub rounded: usize,
}

impl Changes {
    /// Returns a sentence for each conversion.
    pub fn notes(&self) -> Vec<String> {
        let Changes { prefix, rounded } = self;
        let prefix =
            (!prefix.is_empty()).then(|| format!("`{prefix}` was removed from the names of the tensors"));
        let rounded = match rounded {
            0 => None,
            1 => Some("1 tensor was rounded from F64 to F32".to_string()),
            more => Some(format!("{more} tensors were rounded from F64 to F32")),
        };
        prefix.into_iter().chain(rounded).collect()
    }
}

/// The weights that a training has taken from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The file.
    pub file: PathBuf,
    /// The network that it was saved from, if it says.
    pub network: String,
    /// The number of tensors taken.
    pub matched: usize,
    /// The number of tensors of the network.
    pub tensors: usize,
    /// The conversions made to read them.
    pub changes: Changes,
    /// The tensors that were not taken.
    pub misfits: Misfits,
}

impl fmt::Display for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Transfer { file, network, matched, tensors, changes, misfits } = self;
        write!(f, "from {}{}: {matched} of {tensors} tensors", file.display(), error::named(network))?;
        if matched < tensors {
            write!(f, ", the others begin anew")?;
        }
        for note in changes.notes() {
            write!(f, "\n  {note}")?;
        }
        write!(f, "{misfits}")
    }
}

/// Takes what is there, and only when all of it could be read.
fn take(stored: &mut Stored, prefix: String, params: &mut impl Parameters) -> Result<Changes, Error> {
    stored.check_bits()?;
    let (tensors, rounded) = stored.read(&prefix, &params.tensors())?;
    for (tensor, data) in params.tensors_mut().into_iter().zip(tensors) {
        if let Some(data) = data {
            tensor.data.copy_from_slice(&data);
        }
    }
    Ok(Changes { prefix, rounded })
}

#[cfg(all(test, feature = "train"))]
mod tests;

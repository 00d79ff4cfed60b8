//! Replacement of weights files: only older ones of the same network are replaced.

use super::error::{Error, Misfit, Misfits, Origin};
use super::stored::Stored;
use super::{Metadata, bytes};
use crate::files::{self, Content, Destination, Existing, Kept, Refusal};
use crate::storage::Parameters;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Treatment of existing weights of another network, or of the same one from another `.net` file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Others {
    /// Existing weights are kept.
    #[default]
    Kept,
    /// Existing weights are replaced.
    Replaced,
}

const SAFETENSORS: Content = Content { is: begins_as_safetensors, otherwise: Kept::NoSafetensors };

/// Returns true if bytes are the beginning of a safetensors file: the length of a header, and the header, in
/// JSON.
fn begins_as_safetensors(bytes: &[u8]) -> bool {
    /// The longest header by the format's specification, in bytes.
    const LONGEST: u64 = 100_000_000;
    bytes
        .split_first_chunk()
        .is_some_and(|(&length, header)| u64::from_le_bytes(length) <= LONGEST && header.starts_with(b"{"))
}

/// Checks that weights can be saved to `file`, and that this replaces at most another safetensors file: the end of a
/// training is late to learn that it cannot. Links are followed.
///
/// # Errors
/// If not.
pub fn check_writable(file: &Path) -> Result<(), Error> {
    place(file).map(drop)
}

/// Returns the path that weights are written to, where all links end.
fn place(file: &Path) -> Result<PathBuf, Error> {
    match files::check(file, SAFETENSORS) {
        Ok(Destination::File(path)) => Ok(path),
        Ok(Destination::Stream(kept)) | Err(Refusal::Kept(kept)) => {
            Err(Error::Kept { file: file.into(), kept })
        }
        Err(Refusal::Io(cause)) => Err(Error::Write { file: file.into(), cause }),
    }
}

/// Checks that [`save_anew`] can save to `file`: it is [writable](check_writable), has space for the weights, and does not
/// hold weights that are kept.
///
/// # Errors
/// If not.
pub fn check_replaceable(
    file: &Path,
    params: &impl Parameters,
    metadata: &Metadata,
    others: Others,
) -> Result<(), Error> {
    let path = place(file)?;
    check_owner(file, &path, params, metadata, others)?;
    let tensors = params.tensors();
    // The header has a line for each tensor.
    let bytes =
        tensors.iter().map(|tensor| size_of_val(tensor.data) + tensor.name.len() + 100).sum::<usize>();
    files::check_space(&path, bytes as u64).map_err(|cause| Error::Write { file: file.into(), cause })
}

/// Checks whose weights a file holds.
fn check_owner(
    file: &Path,
    path: &Path,
    params: &impl Parameters,
    metadata: &Metadata,
    others: Others,
) -> Result<(), Error> {
    if others == Others::Replaced || path.metadata().map_or(0, |found| found.len()) == 0 {
        return Ok(());
    }
    let (old, misfits) = contents(path, params)?;
    let other_spec = !old.spec.is_empty() && !metadata.spec.is_empty() && old.spec != metadata.spec;
    if old.network == metadata.network && misfits.is_empty() && !other_spec {
        return Ok(());
    }
    // Differences of another network's tensors say nothing.
    let misfits = if old.network == metadata.network { misfits } else { vec![] };
    let origin = |of: &Metadata| Box::new(Origin { network: of.network.clone(), spec: of.spec.clone() });
    let (found, new) = (origin(&old), origin(metadata));
    Err(Error::Others { file: file.into(), found, new, misfits: Misfits(misfits) })
}

/// Returns a file's metadata, and the differences of its weights from these.
fn contents(file: &Path, params: &impl Parameters) -> Result<(Metadata, Vec<Misfit>), Error> {
    let stored = Stored::open(file)?;
    Ok((stored.metadata()?, stored.compare(&params.tensors()).misfits))
}

/// Saves weights, if need be under another name: a file that has appeared there since [`check_replaceable`] is not lost, and
/// neither are the weights. Returns where they are, and why they are not at `file`.
///
/// # Errors
/// If they cannot be written.
pub fn save_anew(
    file: &Path,
    params: &impl Parameters,
    metadata: &Metadata,
    others: Others,
) -> Result<(PathBuf, Option<Error>), Error> {
    let bytes = bytes(file, params, metadata)?;
    let (mut number, mut first) = (1, None);
    loop {
        let name = numbered(file, number);
        match save_if_free(&name, &bytes, params, metadata, others) {
            Ok(()) => return Ok((name, first)),
            Err(error) if number < 1000 && !matches!(error, Error::Write { .. }) => {
                first.get_or_insert(error);
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Saves weights where nothing is, or weights that they may replace.
fn save_if_free(
    file: &Path,
    bytes: &[u8],
    params: &impl Parameters,
    metadata: &Metadata,
    others: Others,
) -> Result<(), Error> {
    let path = place(file)?;
    // A file that appears between a check and the writing is checked, too.
    for _ in 0..2 {
        let existing = if path.exists() { Existing::Replaced } else { Existing::Kept };
        check_owner(file, &path, params, metadata, others)?;
        match files::write(&path, bytes, existing) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            done => return done.map_err(|cause| Error::Write { file: file.into(), cause }),
        }
    }
    Err(Error::Write { file: file.into(), cause: io::ErrorKind::AlreadyExists.into() })
}

/// Returns the numbered name of a file: `a.safetensors`, then `a-2.safetensors`.
fn numbered(file: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return file.into();
    }
    let mut name: OsString = file.file_stem().unwrap_or_default().into();
    name.push(format!("-{number}"));
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}

#[cfg(all(test, feature = "train"))]
mod tests;

//! Checkpoints: files that hold the state of a training, whole or not at all.
//!
//! A checkpoint is a safetensors file. Its tensors are those of the state, and the entry `netwright checkpoint` of its metadata has a
//! line for each number of the state and for each fact about the training. The first line is a hash of the whole file, in which the
//! digits of the hash itself count as zeros.

mod error;

pub use error::{Damage, Error};

use crate::files::{self, Existing};
use crate::state::{Carried, Part, Snapshot};
use crate::weights::Floats;
use netwright_model::Hash;
use safetensors::serialize;
use safetensors::tensor::{Dtype, SafeTensors};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

/// The entry of the metadata.
const ENTRY: &str = "netwright checkpoint";
/// The line of the hash, with zeros for its digits.
const UNHASHED: &str = "hash: 0000000000000000";
/// The key of the numbers of a state.
const NUMBER: &str = "number";

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub struct Checkpoint {
    /// Facts about the training, as keys and values; a key may come several times.
    pub facts: Vec<(String, String)>,
    /// The state.
    pub snapshot: Snapshot,
}

/// Writes a checkpoint of the parts of a state, each with its name; values of facts are on one line. The file is there as a whole, and
/// on the disk, or as it was before.
///
/// # Errors
/// If the file cannot be written.
#[doc(hidden)]
pub fn write(path: &Path, facts: &[(&str, String)], parts: &[(&str, &dyn Carried)]) -> io::Result<()> {
    files::write(path, &bytes(facts, parts)?, Existing::Replaced)
}

fn bytes(facts: &[(&str, String)], parts: &[(&str, &dyn Carried)]) -> io::Result<Vec<u8>> {
    let mut named = vec![];
    parts.iter().for_each(|(name, part)| part.parts(name, &mut named));
    let mut text = format!("{UNHASHED}\n");
    facts.iter().for_each(|(key, value)| text += &format!("{key}: {value}\n"));
    let mut tensors = vec![];
    for (name, part) in &named {
        match part {
            Part::Number(number) => text += &format!("{NUMBER}: {name} {number}\n"),
            Part::Tensor { shape, data } => tensors.push((name, Floats { shape, data })),
        }
    }
    let entries = HashMap::from([(ENTRY.to_string(), text)]);
    let mut bytes = serialize(tensors, Some(entries)).map_err(io::Error::other)?;
    let at = digits(&bytes).ok_or_else(|| io::Error::other("the entry of the hash is missing"))?;
    let hash = format!("{:016x}", hash(&bytes));
    bytes[at..at + hash.len()].copy_from_slice(hash.as_bytes());
    Ok(bytes)
}

/// Reads a checkpoint that is as it was written.
///
/// # Errors
/// If the file cannot be read, or any bit of it has changed.
#[doc(hidden)]
pub fn read(path: &Path) -> Result<Checkpoint, Error> {
    let bytes = fs::read(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => Error::Missing { file: path.into() },
        _ => Error::Read { file: path.into(), cause },
    })?;
    parse(bytes).map_err(|cause| Error::Damaged { file: path.into(), cause })
}

fn parse(mut bytes: Vec<u8>) -> Result<Checkpoint, Damage> {
    let at = digits(&bytes).ok_or(Damage::Foreign)?;
    let digits = at..at + HASH;
    let found = bytes.get(digits.clone()).ok_or(Damage::Foreign)?.to_vec();
    bytes[digits].fill(b'0');
    if format!("{:016x}", hash(&bytes)).as_bytes() != found {
        return Err(Damage::Altered);
    }
    let unreadable = |cause: safetensors::SafeTensorError| Damage::Unreadable(cause.to_string());
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(unreadable)?;
    let text = header.metadata().as_ref().and_then(|entries| entries.get(ENTRY)).ok_or(Damage::Foreign)?;
    let mut checkpoint = Checkpoint { facts: vec![], snapshot: Snapshot::default() };
    for line in text.lines().skip(1) {
        let unreadable = || Damage::Unreadable(line.into());
        let (key, value) = line.split_once(": ").ok_or_else(unreadable)?;
        match key {
            NUMBER => {
                let (name, number) = value.split_once(' ').ok_or_else(unreadable)?;
                checkpoint.snapshot.numbers.insert(name.into(), number.into());
            }
            _ => checkpoint.facts.push((key.into(), value.into())),
        }
    }
    let tensors = SafeTensors::deserialize(&bytes).map_err(unreadable)?;
    for (name, tensor) in tensors.iter() {
        if tensor.dtype() != Dtype::F32 {
            return Err(Damage::Unreadable(format!("`{name}` holds {}", tensor.dtype())));
        }
        let (numbers, _) = tensor.data().as_chunks::<4>();
        let numbers = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
        checkpoint.snapshot.tensors.insert(name.into(), numbers);
    }
    Ok(checkpoint)
}

/// The number of digits of a hash.
const HASH: usize = 16;

/// Returns the place of the hash's digits in a file; `None` if it is no checkpoint.
fn digits(bytes: &[u8]) -> Option<usize> {
    let pattern = format!("{{\"__metadata__\":{{\"{ENTRY}\":\"hash: ");
    // The length of the header comes first.
    bytes.get(8..)?.starts_with(pattern.as_bytes()).then_some(8 + pattern.len())
}

#[doc(hidden)]
pub fn hash(bytes: &[u8]) -> u64 {
    let mut hash = Hash::default();
    hash.bytes(bytes);
    hash.finish()
}

/// The fact that every checkpoint has.
const VERSION: &str = "version";

/// The version of Netwright, whose bits a training goes on with.
#[doc(hidden)]
pub fn version() -> (&'static str, String) {
    (VERSION, env!("CARGO_PKG_VERSION").into())
}

/// The name of the state that a program saves.
const TRAINER: &str = "trainer";

/// Saves the state of a program's trainer.
pub(crate) fn save(file: &Path, trainer: &dyn Carried) -> Result<(), Error> {
    write(file, &[version()], &[(TRAINER, trainer)])
        .map_err(|cause| Error::Write { file: file.into(), cause })
}

/// Restores the state of a program's trainer.
pub(crate) fn load(file: &Path, trainer: &mut dyn Carried) -> Result<(), Error> {
    let Checkpoint { facts, mut snapshot } = read(file)?;
    let (key, expected) = version();
    let found = facts.into_iter().find(|(found, _)| found == key).map(|(_, value)| value).unwrap_or_default();
    if found != expected {
        return Err(Error::Version { file: file.into(), expected, found });
    }
    snapshot.restore(TRAINER, trainer).map_err(|cause| Error::Unfit { file: file.into(), cause })
}

#[cfg(test)]
mod tests;

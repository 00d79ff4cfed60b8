//! Arrays of NumPy (`.npy`, `.npz`) and tensors of safetensors.
//!
//! [`names`] reads the headers alone; [`read`] reads one array. The kind of a file is found from its first bytes, not from
//! its name.

mod blocks;
mod header;
mod kind;
mod npy;
mod npz;
mod numbers;
mod order;
mod problem;
mod splits;
mod tensors;
#[cfg(test)]
mod tests;
mod write;

pub use blocks::{Samples, each};
pub use kind::Kind;
pub use numbers::Numbers;
pub use order::Order;
pub use problem::Problem;
pub use splits::{Part, Splits, splits};
pub use write::encode_npy;

use crate::{Error, files};
use npz::Npz;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use tensors::Tensors;

/// An array's name, shape and type, as its header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name; empty in an `.npy` file.
    pub name: String,
    /// The lengths of the axes.
    pub shape: Vec<usize>,
    /// The type of its numbers in the file.
    pub kind: Kind,
}

/// An array in the order of C: its last axis is contiguous.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The lengths of the axes.
    pub shape: Vec<usize>,
    /// The numbers.
    pub numbers: Numbers,
}

/// A file of arrays.
enum Store {
    Npy(BufReader<Box<dyn std::io::Read>>),
    Npz(Npz),
    Tensors(Tensors),
}

impl Store {
    fn open(file: &Path) -> Result<Store, crate::Problem> {
        let mut input = BufReader::new(files::open(file, "array")?);
        let start = input.fill_buf().map_err(files::unreadable)?;
        if start.starts_with(npy::MAGIC) {
            return Ok(Store::Npy(input));
        }
        // An archive without members has its directory alone.
        let zipped = start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06");
        let tensors = start.get(8) == Some(&b'{');
        let first = start[..start.len().min(8)].to_vec();
        // Both are read at places that their directories name, so that only a plain file will do.
        let file = || File::open(file).map_err(crate::Problem::Read);
        match (zipped, tensors) {
            (true, _) => Ok(Store::Npz(Npz::open(file()?)?)),
            (_, true) => Ok(Store::Tensors(Tensors::open(file()?)?)),
            _ => Err(Problem::Foreign { found: first }.into()),
        }
    }

    fn headers(&mut self) -> Result<Vec<Header>, crate::Problem> {
        match self {
            Store::Npy(input) => Ok(vec![npy::header(input, "", &files::unreadable)?.public("")?]),
            Store::Npz(archive) => archive.headers(),
            Store::Tensors(tensors) => Ok(tensors.headers()?),
        }
    }

    fn read(&mut self, name: &str) -> Result<Array, crate::Problem> {
        match self {
            Store::Npy(input) => npy::read(input, "", &files::unreadable),
            Store::Npz(archive) => archive.read(name),
            Store::Tensors(tensors) => tensors.read(name),
        }
    }
}

/// Returns the headers of a file's arrays, in the file's order.
///
/// # Errors
/// If the file is missing or damaged, or an array holds something other than numbers.
pub fn names(file: &Path) -> Result<Vec<Header>, Error> {
    Store::open(file).and_then(|mut store| store.headers()).map_err(|problem| Error::new(file, problem))
}

/// Returns the header of the array of a name; of the only one if the name is empty.
///
/// # Errors
/// Like [`names`], or if there is no such array, or several and no name.
pub fn header(file: &Path, name: &str) -> Result<Header, Error> {
    let mut headers = names(file)?;
    let index = find(headers.iter().map(|header| &*header.name), name)
        .map_err(|problem| Error::new(file, problem))?;
    Ok(headers.swap_remove(index))
}

/// Reads the array of a name; the only one if the name is empty.
///
/// # Errors
/// Like [`header`], or if the array's numbers are incomplete.
pub fn read(file: &Path, name: &str) -> Result<Array, Error> {
    Store::open(file).and_then(|mut store| store.read(name)).map_err(|problem| Error::new(file, problem))
}

/// Returns the index of a name; that of the only one if `name` is empty. An array of an `.npy` file has none.
fn find<'a>(mut names: impl Iterator<Item = &'a str> + Clone, name: &str) -> Result<usize, Problem> {
    let all = || names.clone().map(String::from).collect::<Vec<_>>();
    if name.is_empty() {
        return match all().len() {
            1 => Ok(0),
            _ => Err(Problem::Unnamed { names: all() }),
        };
    }
    let unknown = Problem::Unknown { name: name.into(), names: all() };
    names.position(|other| other == name || other.is_empty()).ok_or(unknown)
}

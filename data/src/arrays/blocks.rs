//! Arrays of many samples, of which some are in memory at a time.

use super::header::{Written, size};
use super::npy::{self, Body, Unreadable};
use super::numbers::{Encoding, Stop, fill};
use super::{Array, Problem, Store, order};
use crate::{Error, Problem as FileProblem};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Reads the array of a name, the only one if the name is empty, and calls `work` with some samples after others: as many as have
/// `numbers` numbers, at least one. Arrays in Fortran's order, and tensors, come whole.
///
/// # Errors
/// Like [`read`](super::read()); samples before the damage have been handed out.
pub fn each(file: &Path, name: &str, numbers: usize, work: &mut dyn FnMut(Array)) -> Result<(), Error> {
    let read = |mut store: Store| match &mut store {
        Store::Npy(input) => parts(input, "", &crate::files::unreadable, numbers, work),
        Store::Npz(archive) => {
            archive.with(name, |from, name, unreadable| parts(from, name, unreadable, numbers, work))
        }
        Store::Tensors(tensors) => {
            work(tensors.read(name)?);
            Ok(())
        }
    };
    Store::open(file).and_then(read).map_err(|problem| Error::new(file, problem))
}

fn parts(
    from: &mut dyn Read,
    name: &str,
    unreadable: Unreadable<'_>,
    numbers: usize,
    work: &mut dyn FnMut(Array),
) -> Result<(), FileProblem> {
    let written = npy::header(from, name, unreadable)?;
    let encoding = written.encoding(name)?;
    let (count, expected) = size(name, &written.shape, encoding.kind)?;
    let (samples, len) = match written.shape.split_first() {
        Some((&samples, rest)) if !written.fortran => (samples, order::product(rest).unwrap_or(0)),
        // All of it is one part.
        _ => (1, count),
    };
    let at_once = (numbers / len.max(1)).max(1);
    let mut body = Body { from, name, unreadable, encoding, expected, read: 0 };
    for first in (0..samples).step_by(at_once) {
        let part = at_once.min(samples - first);
        let read = body.next(part * len)?;
        work(match written.fortran || written.shape.is_empty() {
            true => npy::in_order(&written, read),
            false => Array { shape: [&[part], &written.shape[1..]].concat(), numbers: read },
        });
    }
    body.end()
}

/// An `.npy` file of C's order whose samples are read by their numbers.
#[derive(Debug)]
pub struct Samples {
    path: PathBuf,
    file: File,
    /// The offset of the first number.
    start: u64,
    encoding: Encoding,
    /// The lengths of the axes of a sample.
    shape: Vec<usize>,
}

impl Samples {
    /// Opens a file; `None` if it is packed, an archive, or in Fortran's order.
    ///
    /// # Errors
    /// If the file is missing or damaged.
    pub fn open(path: &Path) -> Result<Option<Samples>, Error> {
        let error = |problem: FileProblem| Error::new(path, problem);
        let file = File::open(path).map_err(|cause| error(FileProblem::Read(cause)))?;
        let mut input = BufReader::new(file);
        let mut magic = [0; 6];
        let found = fill(&mut input, &mut magic).map_err(|cause| error(FileProblem::Read(cause)))?;
        if found < 6 || magic != *npy::MAGIC {
            return Ok(None);
        }
        input.seek(SeekFrom::Start(0)).map_err(|cause| error(FileProblem::Read(cause)))?;
        let written: Written = npy::header(&mut input, "", &FileProblem::Read).map_err(error)?;
        let encoding = written.encoding("").map_err(|problem| error(problem.into()))?;
        let start = input.stream_position().map_err(|cause| error(FileProblem::Read(cause)))?;
        let sample = written.shape.split_first().map(|(_, sample)| sample.to_vec());
        Ok(sample.filter(|_| !written.fortran).map(|shape| Samples {
            path: path.into(),
            file: input.into_inner(),
            start,
            encoding,
            shape,
        }))
    }

    /// Reads a sample, as an array of one.
    ///
    /// # Errors
    /// If the file has become shorter, or cannot be read.
    pub fn read(&mut self, sample: usize) -> Result<Array, Error> {
        let len = order::product(&self.shape).unwrap_or(0);
        let size = len as u64 * self.encoding.kind.size() as u64;
        let read = || -> Result<_, Stop> {
            let mut file = &self.file;
            file.seek(SeekFrom::Start(self.start + sample as u64 * size)).map_err(Stop::Read)?;
            self.encoding.read(&mut file, len)
        };
        let numbers = read().map_err(|stop| {
            Error::new(
                &self.path,
                match stop {
                    Stop::End(found) => {
                        FileProblem::from(Problem::Truncated { name: String::new(), expected: size, found })
                    }
                    Stop::Read(cause) => FileProblem::Read(cause),
                },
            )
        })?;
        Ok(Array { shape: [&[1], &self.shape[..]].concat(), numbers })
    }
}

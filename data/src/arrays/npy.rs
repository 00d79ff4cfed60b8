//! One array in NumPy's [format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).

use super::header::{Written, size};
use super::numbers::{Encoding, Numbers, Stop, each, fill};
use super::{Array, Problem, order};
use crate::Problem as FileProblem;
use std::io::{self, Read};

/// The first bytes of an array.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header in bytes; NumPy itself reads 10,000.
const MOST_HEADER: usize = 1 << 20;

/// Conversion of a failure to read an array's source.
pub(super) type Unreadable<'a> = &'a dyn Fn(io::Error) -> FileProblem;

/// Reads an array's header up to its first number.
pub(super) fn header(
    from: &mut dyn Read,
    name: &str,
    unreadable: Unreadable<'_>,
) -> Result<Written, FileProblem> {
    let damaged = |expected| Problem::Header { name: name.into(), expected };
    let mut start = [0; 8];
    if fill(from, &mut start).map_err(unreadable)? < 8 || !start.starts_with(MAGIC) {
        return Err(damaged("\\x93NUMPY and a version").into());
    }
    let mut len = [0; 4];
    let bytes = match start[6] {
        1 => 2,
        2 | 3 => 4,
        major => return Err(Problem::Version { name: name.into(), major, minor: start[7] }.into()),
    };
    if fill(from, &mut len[..bytes]).map_err(unreadable)? < bytes {
        return Err(damaged("the length of its header").into());
    }
    let len = u32::from_le_bytes(len) as usize;
    let mut text = Vec::new();
    from.take(len.min(MOST_HEADER) as u64).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() < len {
        return Err(damaged("the whole of its header").into());
    }
    // Versions 1 and 2 are Latin-1, which matters in names of fields alone.
    let text = String::from_utf8_lossy(&text);
    Ok(Written::parse(&text)
        .ok_or_else(|| damaged("a dictionary with `descr`, `fortran_order` and `shape`"))?)
}

/// Reads an array to its end.
pub(super) fn read(
    from: &mut dyn Read,
    name: &str,
    unreadable: Unreadable<'_>,
) -> Result<Array, FileProblem> {
    let written = header(from, name, unreadable)?;
    let encoding = written.encoding(name)?;
    let (count, expected) = size(name, &written.shape, encoding.kind)?;
    let mut body = Body { from, name, unreadable, encoding, expected, read: 0 };
    let numbers = body.next(count)?;
    body.end()?;
    Ok(in_order(&written, numbers))
}

/// The numbers of an array, which follow its header.
pub(super) struct Body<'a> {
    pub(super) from: &'a mut dyn Read,
    pub(super) name: &'a str,
    pub(super) unreadable: Unreadable<'a>,
    pub(super) encoding: Encoding,
    /// The number of bytes that the header promises.
    pub(super) expected: u64,
    /// The number of bytes so far.
    pub(super) read: u64,
}

impl Body<'_> {
    /// Reads the next `count` numbers.
    pub(super) fn next(&mut self, count: usize) -> Result<Numbers, FileProblem> {
        let Body { name, expected, read, .. } = *self;
        let numbers = self.encoding.read(self.from, count).map_err(|stop| match stop {
            Stop::End(found) => {
                Problem::Truncated { name: name.into(), expected, found: read + found }.into()
            }
            Stop::Read(error) => (self.unreadable)(error),
        })?;
        self.read += (count * self.encoding.kind.size()) as u64;
        Ok(numbers)
    }

    /// Checks that nothing follows. An archive compares its checksum when its end is seen.
    pub(super) fn end(self) -> Result<(), FileProblem> {
        match fill(self.from, &mut [0]).map_err(self.unreadable)? {
            0 => Ok(()),
            _ => Err(Problem::Long { name: self.name.into(), expected: self.expected }.into()),
        }
    }
}

/// Returns the numbers of a whole array in the order of C.
pub(super) fn in_order(written: &Written, numbers: Numbers) -> Array {
    let numbers = match written.fortran {
        true => each!(numbers, values => order::from_fortran(&values, &written.shape)),
        false => numbers,
    };
    Array { shape: written.shape.clone(), numbers }
}

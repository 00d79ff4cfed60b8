//! Opening files, which may be gzipped.

use crate::Problem;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Opens a file; its contents are unpacked if they are gzipped. `what` is its kind in messages.
///
/// # Errors
/// If there is no such file, or it cannot be read.
pub fn open(file: &Path, what: &'static str) -> Result<Box<dyn Read>, Problem> {
    let mut input = BufReader::new(File::open(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing { what },
        _ => Problem::Read(error),
    })?);
    let gzipped = input.fill_buf().map_err(Problem::Read)?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) })
}

/// Converts a failure to read what [`open`] gave to a problem: the kinds that only unpacking has are damage.
pub fn unreadable(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Problem::Gzip(error)
        }
        _ => Problem::Read(error),
    }
}

//! One module a sub-command.

pub(crate) mod augment;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod data;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod gradcheck;
pub(crate) mod lr;
pub(crate) mod new;
pub(crate) mod predict;
pub(crate) mod train;

use crate::error::Error;
use std::io::{self, Write};

/// Writes to standard output. A reader who has seen enough and is gone is no error.
///
/// # Errors
/// If it cannot be written, as to a full disk.
pub(crate) fn show(text: &str) -> Result<(), Error> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(()),
    }
}

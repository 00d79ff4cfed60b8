//! One module a sub-command.

pub(crate) mod augment;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod gradcheck;
pub(crate) mod predict;
pub(crate) mod train;

use std::io::Write;

/// Writes to standard output. A reader who has seen enough and is gone is no error.
fn show(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

//! Files that cannot be used: the error that tells of them, or the note that they were left out.

use super::{Error, Problem};
use std::path::PathBuf;

/// The number of a file that cannot be used, and the reason.
pub(super) type Failed = (usize, Error);

/// Files that a note names at most.
const NAMED: usize = 5;

/// Returns the error of the first file, which says how many others there are.
pub(super) fn first(failed: Vec<Failed>) -> Error {
    let more = failed.len() - 1;
    let mut errors = failed.into_iter().map(|(_, error)| error);
    match errors.next() {
        Some(Error { file, problem }) if more > 0 => {
            Error { file, problem: Problem::Several { first: Box::new(problem), more } }
        }
        Some(error) => error,
        None => Error { file: PathBuf::new(), problem: Problem::Empty },
    }
}

/// Says which files were left out.
pub(super) fn left_out(failed: &[Failed]) -> String {
    let named: Vec<String> = failed.iter().take(NAMED).map(|(_, error)| error.to_string()).collect();
    let rest = match failed.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!("; and {rest} more"),
    };
    let files = if failed.len() == 1 { "1 file is" } else { &format!("{} files are", failed.len()) };
    format!("{files} left out: {}{rest}", named.join("; "))
}

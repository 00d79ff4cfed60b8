//! Files that cannot be used: the error that tells of them, or the note that they were left out.

use super::{Error, Problem};
use crate::recipe::Damaged;
use std::path::PathBuf;

/// The number of a file that cannot be used, and the reason.
pub(super) type Failed = (usize, Error);

/// Files that a note names at most.
const NAMED: usize = 5;

#[cfg_attr(
    not(any(feature = "pictures", feature = "dicom", feature = "nifti")),
    expect(dead_code, reason = "tables and arrays are one file")
)]
/// Parts what was read from what cannot be used.
pub(super) fn parted<T>(all: Vec<Result<T, Error>>) -> (Vec<T>, Vec<Failed>) {
    let (mut read, mut failed) = (vec![], vec![]);
    for (at, one) in all.into_iter().enumerate() {
        match one {
            Ok(one) => read.push(one),
            Err(error) => failed.push((at, error)),
        }
    }
    (read, failed)
}

/// Returns the files that are left out: those that failed, if that is wanted and there are others.
///
/// # Errors
/// If files that cannot be used are refused, or there are no others.
pub(super) fn admitted(
    failed: Vec<Failed>,
    are_others: bool,
    damaged: Damaged,
) -> Result<Vec<Failed>, Error> {
    match failed.is_empty() || damaged == Damaged::Skip && are_others {
        true => Ok(failed),
        false => Err(first(failed)),
    }
}

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

/// Says which files were left out, if some were.
pub(super) fn left_out(failed: &[Failed]) -> Option<String> {
    if failed.is_empty() {
        return None;
    }
    let named: Vec<String> = failed.iter().take(NAMED).map(|(_, error)| error.to_string()).collect();
    let rest = match failed.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!("; and {rest} more"),
    };
    let files = if failed.len() == 1 { "1 file is" } else { &format!("{} files are", failed.len()) };
    Some(format!("{files} left out: {}{rest}", named.join("; ")))
}

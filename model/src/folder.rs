//! The names of files and folders beside a weights file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Returns the folder beside a weights file whose name has another ending: `net.report` for `net.safetensors` and `.report`.
pub fn folder_beside(weights: &Path, ending: &str) -> PathBuf {
    let is_usual = weights.extension().is_some_and(|extension| extension == "safetensors");
    let name = if is_usual { weights.file_stem() } else { weights.file_name() };
    let mut name: OsString = name.unwrap_or_default().into();
    name.push(ending);
    weights.with_file_name(name)
}

/// Returns the weights file of a fold, counted from 0: `net.fold1.safetensors` for the first.
pub fn weights_of_fold(weights: &Path, fold: usize) -> PathBuf {
    let mut name = weights.file_stem().unwrap_or_default().to_os_string();
    name.push(format!(".fold{}", fold + 1));
    if let Some(ending) = weights.extension() {
        name.push(".");
        name.push(ending);
    }
    weights.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusual_ending_stays() {
        let beside = |weights: &str| folder_beside(Path::new(weights), ".report");
        assert_eq!(beside("a/net.safetensors"), Path::new("a/net.report"));
        assert_eq!(beside("a/net.v2"), Path::new("a/net.v2.report"));
    }

    #[test]
    fn folds_are_counted_from_one() {
        let first = |weights: &str| weights_of_fold(Path::new(weights), 0);
        assert_eq!(first("a/net.safetensors"), Path::new("a/net.fold1.safetensors"));
        assert_eq!(first("net"), Path::new("net.fold1"));
    }
}

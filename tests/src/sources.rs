//! The `.net` texts of the repository, and a loader that finds what they import.

use netwright_compiler::Loader;
use std::path::{Path, PathBuf};

/// Loader of imports from a folder below `tests`; names are paths in it.
pub struct Folder(pub &'static str);

impl Loader for Folder {
    fn load(&self, from: &str, path: &str) -> Result<(String, String), String> {
        let beside = Path::new(from).parent().unwrap_or(Path::new("")).join(path);
        let name = beside.to_string_lossy().into_owned();
        match std::fs::read_to_string(folder(self.0).join(&beside)) {
            Ok(text) => Ok((text, name)),
            Err(_) => Err("there is no such file".to_string()),
        }
    }
}

/// Returns a folder below `tests`.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Returns the names, without `.net`, and texts of a folder's own files, in the order of their names.
///
/// # Panics
/// If a file cannot be read.
pub fn texts(name: &str) -> Vec<(String, String)> {
    let mut texts = vec![];
    for path in files(&folder(name)) {
        if path.extension().is_some_and(|end| end == "net") && path.parent() == Some(&folder(name)) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            texts.push((stem, std::fs::read_to_string(&path).expect("a readable file")));
        }
    }
    texts
}

/// Returns all files of a folder and its folders, in the order of their names.
///
/// # Panics
/// If the folder cannot be read.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}

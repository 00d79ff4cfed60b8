//! The files that a macro names or imports.

use netwright_compiler::Loader;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Reads files relative to the crate's folder, and remembers which.
pub(crate) struct Files {
    root: PathBuf,
    read: RefCell<Vec<String>>,
}

impl Files {
    pub(crate) fn new(root: &str) -> Files {
        Files { root: root.into(), read: RefCell::default() }
    }

    /// A file's text; the path is relative to the crate's folder.
    pub(crate) fn read(&self, path: &str) -> Result<String, String> {
        let path = self.root.join(path);
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        self.read.borrow_mut().push(path.display().to_string());
        Ok(text)
    }

    /// What has been read, so that a change of it builds the crate again.
    pub(crate) fn read_so_far(&self) -> Vec<String> {
        self.read.borrow().clone()
    }
}

impl Loader for Files {
    fn load(&self, from: &str, path: &str) -> Result<(String, String), String> {
        let name = Path::new(from).parent().unwrap_or(Path::new("")).join(path).display().to_string();
        Ok((name.clone(), self.read(&name)?))
    }
}

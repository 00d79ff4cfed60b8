//! Files of the calling crate.

use netwright_compiler::{Loader, decode};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// A crate's files; their names are paths from the folder of its `Cargo.toml`.
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Returns the folder of the crate that is being compiled.
    pub(crate) fn of_caller() -> Folder {
        Folder { root: std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default() }
    }

    /// Returns the path of a file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// If it cannot be read; the sentence gives the reason.
    pub(crate) fn read(&self, name: &str) -> Result<String, String> {
        let bytes = std::fs::read(self.path(name)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("there is no file `{name}`"),
            _ => format!("`{name}` cannot be read: {error}"),
        })?;
        decode(bytes).map_err(|problem| format!("`{name}` {problem}"))
    }
}

impl Loader for Folder {
    fn load(&self, from: &str, path: &str) -> Result<(String, String), String> {
        let beside = Path::new(from).parent().unwrap_or(Path::new("")).join(path);
        let name = plain(&beside);
        Ok((self.read(&name)?, name))
    }
}

/// Returns a path without detours, so that a file has one name.
pub(crate) fn plain(path: &Path) -> String {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.components().next_back(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name() {
        for (path, name) in [
            ("a.net", "a.net"),
            ("./nets//a.net", "nets/a.net"),
            ("nets/../a.net", "a.net"),
            ("../a.net", "../a.net"),
            ("../../x/../a.net", "../../a.net"),
        ] {
            assert_eq!(plain(Path::new(path)), name);
        }
    }

    #[test]
    fn an_import_is_looked_for_beside_its_file() {
        let folder = Folder { root: env!("CARGO_MANIFEST_DIR").into() };
        let (text, name) = folder.load("src/lib.rs", "../Cargo.toml").expect("the manifest is there");
        assert!(text.contains("proc-macro = true"));
        assert_eq!(name, "Cargo.toml");
        assert_eq!(folder.load("src/lib.rs", "no.net").unwrap_err(), "there is no file `src/no.net`");
    }
}

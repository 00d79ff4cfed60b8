//! Errors of the compilation of a file.

use std::error;
use std::fmt;
use std::io;
use std::path::Path;

/// The reason why a file was not compiled, as a text for people that may have several lines.
///
/// It is the same for `Debug`, because that is what a build script's `main` and `unwrap` show.
pub struct Error {
    text: String,
}

impl Error {
    pub(crate) fn read(path: &Path, cause: &io::Error) -> Error {
        Error { text: format!("cannot read {}: {cause}", path.display()) }
    }

    pub(crate) fn encoding(path: &Path, problem: &str) -> Error {
        Error { text: format!("{} {problem}", path.display()) }
    }

    pub(crate) fn write(path: &Path, cause: &io::Error) -> Error {
        Error { text: format!("cannot write {}: {cause}", path.display()) }
    }

    pub(crate) fn source(path: &Path, findings: &str) -> Error {
        Error { text: format!("{} has errors\n\n{findings}", path.display()) }
    }

    pub(crate) fn runtime(name: &str) -> Error {
        Error {
            text: format!(
                "`{name}` is not the name of a dependency: give `Config::runtime` the name that `Cargo.toml` lists `netwright` under"
            ),
        }
    }

    pub(crate) fn outside() -> Error {
        Error {
            text: "there is no OUT_DIR: outside of a build script, set a folder by `Config::out_dir`".into(),
        }
    }

    pub(crate) fn generator(name: &str, cause: impl fmt::Display) -> Error {
        Error { text: format!("the code generated for {name} is not Rust ({cause}): please report this") }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl error::Error for Error {}

//! Errors of the compilation of a file.

use netwright_compiler::{Diagnostic, EncodingError};
use std::error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// The reason why a file was not compiled, as a text for people that may have several lines.
///
/// `Debug` gives the same text, because that is what a build script's `main` and `unwrap` show.
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    Read {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file is not in UTF-8.
    Encoding {
        /// The file.
        file: PathBuf,
        /// The reason why it is none.
        source: EncodingError,
    },
    /// A text has errors.
    Invalid {
        /// The file.
        file: PathBuf,
        /// Errors and warnings, in the order of their places.
        diagnostics: Vec<Diagnostic>,
        /// The same with the lines that they point to, as people read them.
        report: String,
    },
    /// No dependency can have the name that [`Config::runtime`](crate::Config::runtime) was given.
    Runtime {
        /// The name.
        name: String,
    },
    /// There is no folder to write to, because no build script runs.
    NoOutDir,
    /// The code cannot be written.
    Write {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The generated code is not Rust, which is a mistake of Netwright's.
    Generated {
        /// The text that it was made from, as diagnostics name it.
        name: String,
        /// The parser's error.
        source: Box<dyn error::Error + Send + Sync>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Read { file, source } => write!(f, "cannot read {}: {source}", file.display()),
            Error::Encoding { file, source } => write!(f, "{} {source}", file.display()),
            Error::Invalid { file, report, .. } => write!(f, "{} has errors\n\n{report}", file.display()),
            Error::Runtime { name } => write!(
                f,
                "`{name}` is not the name of a dependency: give `Config::runtime` the name that `Cargo.toml` lists `netwright` under"
            ),
            Error::NoOutDir => f.write_str(
                "there is no OUT_DIR: outside of a build script, set a folder by `Config::out_dir`",
            ),
            Error::Write { file, source } => write!(f, "cannot write {}: {source}", file.display()),
            Error::Generated { name, source } => {
                write!(f, "the code generated for {name} is not Rust ({source}): please report this")
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Error::Read { source, .. } | Error::Write { source, .. } => Some(source),
            Error::Encoding { source, .. } => Some(source),
            Error::Generated { source, .. } => Some(&**source),
            Error::Invalid { .. } | Error::Runtime { .. } | Error::NoOutDir => None,
        }
    }
}

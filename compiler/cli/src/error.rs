//! Why a command failed.

use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a command failed.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// The source has errors, which have been shown.
    #[error("{file} has {count}")]
    Source { file: String, count: String },
    /// The source cannot be read, or its code not be made.
    #[error(transparent)]
    Build(#[from] netwright_build::Error),
    /// The source does not describe what the command needs.
    #[error("{message}")]
    Unfit { message: String, help: String },
    /// A file cannot be written.
    #[error("cannot write {}: {cause}", .path.display())]
    Write { path: PathBuf, cause: io::Error },
    /// There is no place for compiled programs.
    #[error("there is no folder to keep compiled programs in")]
    Homeless,
    /// Rust is not installed.
    #[error("cannot run `{command}`: {cause}")]
    Cargo { command: String, cause: io::Error },
    /// The generated program was not built.
    #[error("the program for {network} was not built")]
    Compile { network: String, output: String },
    /// The program was built and does not run.
    #[error("cannot run {}: {cause}", .path.display())]
    Run { path: PathBuf, cause: io::Error },
}

impl Error {
    /// As people read it, with colours.
    pub(crate) fn render(&self) -> String {
        let (output, help) = match self {
            Error::Unfit { help, .. } => ("", Some(help.as_str())),
            Error::Homeless => ("", Some("set NETWRIGHT_HOME to a folder that can be written")),
            Error::Cargo { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                ("", Some("networks are compiled by Rust's own tools: install them from https://rustup.rs"))
            }
            Error::Compile { output, .. } => (output.as_str(), None),
            _ => ("", None),
        };
        let separator = if output.is_empty() || output.ends_with('\n') { "" } else { "\n" };
        let mut text = format!("{output}{separator}\u{1b}[1;31merror\u{1b}[0m: {self}\n");
        if let Some(help) = help {
            text += &format!("\u{1b}[1mhelp\u{1b}[0m: {help}\n");
        }
        text
    }
}

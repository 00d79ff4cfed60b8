//! Errors of a command.

use crate::process::Signal;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use thiserror::Error;

/// The reason why a command failed.
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
    /// A file cannot be read.
    #[error("cannot read {}: {cause}", .path.display())]
    Read { path: PathBuf, cause: io::Error },
    /// A plot cannot be drawn.
    #[error("cannot draw the plot: {0}")]
    Plot(String),
    /// No folder for compiled programs is known.
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
    /// A candidate of a search was not trained.
    #[error("the training of candidate {candidate} failed")]
    Trial { candidate: usize, output: String },
    /// Signals cannot be handled.
    #[error("cannot handle signals: {0}")]
    Signals(io::Error),
    /// A signal has ended the program, or cargo.
    #[error("{what} was ended by {}", described(.signal.number))]
    Ended { what: &'static str, signal: Signal },
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl Error {
    /// Says that an option would change nothing, why, and what to do instead.
    pub(crate) fn idle(option: &str, reason: &str, help: &str) -> Error {
        Error::Unfit { message: format!("`{option}` would change nothing: {reason}"), help: help.into() }
    }

    /// Renders the error for the terminal, with colours.
    pub(crate) fn render(&self) -> String {
        let (output, help) = match self {
            Error::Unfit { help, .. } => ("", Some(help.as_str())),
            Error::Homeless => ("", Some("set NETWRIGHT_HOME to a folder that can be written")),
            Error::Cargo { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                ("", Some("networks are compiled by Rust's own tools: install them from https://rustup.rs"))
            }
            Error::Compile { output, .. } | Error::Trial { output, .. } => (output.as_str(), None),
            Error::Ended { signal, .. } if signal.number == KILL => (
                "",
                Some(
                    "when memory runs out, the system kills a large process: try a smaller `batch`, \
                     or fewer samples by `--limit`",
                ),
            ),
            _ => ("", None),
        };
        let separator = if output.is_empty() || output.ends_with('\n') { "" } else { "\n" };
        let mut text = format!("{output}{separator}\u{1b}[1;31merror\u{1b}[0m: {self}\n");
        if let Some(help) = help {
            text += &format!("\u{1b}[1mhelp\u{1b}[0m: {help}\n");
        }
        text
    }

    /// Ends the command: by the signal that has ended its program, or with an exit code.
    pub(crate) fn exit(&self) -> ExitCode {
        let Error::Ended { signal, .. } = self else { return ExitCode::FAILURE };
        if signal.received {
            crate::process::end_by(signal.number);
        }
        u8::try_from(128 + signal.number).map_or(ExitCode::FAILURE, ExitCode::from)
    }
}

/// The number of SIGKILL.
const KILL: i32 = 9;

/// Returns a signal's number and name.
fn described(signal: i32) -> String {
    #[cfg(unix)]
    let name = crate::process::signal_name(signal).map(|name| format!(" ({name})"));
    #[cfg(not(unix))]
    let name: Option<String> = None;
    let guess = if signal == KILL { ": out of memory?" } else { "" };
    format!("signal {signal}{}{guess}", name.unwrap_or_default())
}

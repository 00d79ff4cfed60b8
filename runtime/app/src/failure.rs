//! The reason why a program did not do what its arguments say.

use super::args::{ArgsError, USAGE};
use super::verify::VerifyError;
use netwright::train;
use std::process::ExitCode;
use thiserror::Error;

/// The reason why the program did not do what its arguments say.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The arguments are wrong.
    #[error(transparent)]
    Args(#[from] ArgsError),
    /// The command failed.
    #[error(transparent)]
    Command(#[from] train::Error),
    /// Weights are not confirmed.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

impl Failure {
    /// Returns the code to exit with: that of a signal, or 1.
    pub(super) fn code(&self) -> ExitCode {
        match self {
            Failure::Command(train::Error::Interrupted { code, .. }) => ExitCode::from(*code),
            Failure::Args(_) | Failure::Command(_) | Failure::Verify(_) => ExitCode::FAILURE,
        }
    }

    /// Returns the failure with what to do about it, as people read it.
    pub(super) fn report(&self) -> String {
        if let Failure::Command(interrupted @ train::Error::Interrupted { .. }) = self {
            return format!("{interrupted}\n");
        }
        let line = |help: String| format!("help: {help}\n");
        let help = match self {
            Failure::Args(_) => Some(USAGE.to_string()),
            Failure::Command(error) => error.help().map(line),
            Failure::Verify(error) => error.help().map(line),
        };
        format!("error: {self}\n{}", help.unwrap_or_default())
    }
}

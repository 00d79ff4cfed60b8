//! Errors of files: the file, what is wrong in it and where, and the fix.

use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file that cannot be used.
#[derive(Debug, Error)]
#[error("{}: {problem}", .file.display())]
#[non_exhaustive]
pub struct Error {
    /// The file, or the folder that it was looked for in.
    pub file: PathBuf,
    /// The problem.
    #[source]
    pub problem: Problem,
}

impl Error {
    /// Creates the error of a file.
    pub fn new(file: &Path, problem: impl Into<Problem>) -> Error {
        Error { file: file.to_path_buf(), problem: problem.into() }
    }

    /// Returns advice that fixes the error, if there is any.
    pub fn help(&self) -> Option<String> {
        self.problem.help()
    }
}

/// The problem with a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is no such file.
    #[error("there is no such {what}")]
    Missing {
        /// The kind of file, such as `table`.
        what: &'static str,
    },
    /// The system cannot read it.
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    /// The gzip data is damaged.
    #[error("is damaged: its gzip data cannot be unpacked ({0})")]
    Gzip(#[source] io::Error),
    /// A table is not as it should be.
    #[error(transparent)]
    Table(#[from] crate::table::Problem),
    /// A picture is not as it should be.
    #[cfg(feature = "pictures")]
    #[error(transparent)]
    Picture(#[from] crate::picture::Problem),
    /// An array is not as it should be.
    #[cfg(feature = "arrays")]
    #[error(transparent)]
    Array(#[from] crate::arrays::Problem),
    /// A scan or volume has another size than the network takes.
    #[cfg(any(feature = "dicom", feature = "nifti"))]
    #[error(transparent)]
    Grid(#[from] crate::grid::Problem),
    /// A DICOM file is not as it should be.
    #[cfg(feature = "dicom")]
    #[error(transparent)]
    Dicom(#[from] crate::dicom::Problem),
    /// A NIfTI file is not as it should be.
    #[cfg(feature = "nifti")]
    #[error(transparent)]
    Nifti(#[from] crate::nifti::Problem),
}

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        match self {
            Problem::Missing { .. } => Some("paths are relative to the .net file".into()),
            Problem::Read(_) => None,
            Problem::Gzip(_) => {
                Some("the file was not copied or downloaded completely: fetch it again".into())
            }
            Problem::Table(problem) => problem.help(),
            #[cfg(feature = "pictures")]
            Problem::Picture(problem) => problem.help(),
            #[cfg(feature = "arrays")]
            Problem::Array(problem) => problem.help(),
            #[cfg(any(feature = "dicom", feature = "nifti"))]
            Problem::Grid(problem) => problem.help(),
            #[cfg(feature = "dicom")]
            Problem::Dicom(problem) => problem.help(),
            #[cfg(feature = "nifti")]
            Problem::Nifti(problem) => problem.help(),
        }
    }
}

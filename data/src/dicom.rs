//! Scans of [DICOM](https://www.dicomstandard.org/current): one image, several frames, or a series of slices.
//!
//! Pixels may be without compression, or compressed by RLE or JPEG (of 8 bits, or without loss). They go through the file's
//! rescaling and a window, or through its tables, to 0 to 1.

mod colour;
mod data_set;
mod file;
mod jpeg;
mod keywords;
mod layout;
mod lut;
mod pixels;
mod place;
mod problem;
mod rle;
mod scan;
mod series;
mod syntax;
#[cfg(test)]
mod tests;
mod window;

pub use lut::Table;
pub use place::Place;
pub use problem::Problem;
pub use scan::{Scan, read};
pub use series::{Series, Stack, series};
pub use window::{Function, Window, Windowing};

use crate::Error;
use file::Bytes;
use std::path::Path;

/// Returns true for a keyword of an attribute that is known here, such as `PatientID`, or an attribute's number, such as `00100020`.
pub fn is_keyword(name: &str) -> bool {
    keywords::find(name).is_some()
}

/// Returns attributes by their keywords, such as `PatientID`, or their numbers, such as `00100020`, as text; several values of
/// one attribute are separated by backslashes, and an empty text stands for an attribute that the file does not have.
///
/// # Errors
/// If the file is missing or damaged, or a keyword is unknown.
pub fn attributes(file: &Path, keywords: &[&str]) -> Result<Vec<String>, Error> {
    let error = |problem| Error::new(file, problem);
    let bytes = Bytes::read_attributes(file).map_err(error)?;
    let set = bytes.data_set().map_err(|problem| error(problem.into()))?;
    let attribute = |keyword: &&str| file::attribute(&set, keyword).map_err(|problem| error(problem.into()));
    keywords.iter().map(attribute).collect()
}

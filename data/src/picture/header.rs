//! Headers of picture files.

use super::orientation::Orientation;
use super::{Format, Problem, jpeg, known, open, png};
#[cfg(feature = "more-pictures")]
use super::{bmp, gif, tiff, webp};
use crate::Error;
use std::io::{BufRead, BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Facts of a picture that its header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The number of columns of the upright picture.
    pub width: usize,
    /// The number of rows of the upright picture.
    pub height: usize,
    /// The number of channels: 1 for grey, 2 for grey with opacity, 3 for RGB, 4 for RGB with opacity.
    pub channels: usize,
    /// The bits of a sample; 32 if they are floats.
    pub bits: u8,
    /// The format of the file.
    pub format: Format,
}

impl Header {
    /// Returns the header of the picture when it is turned upright.
    pub(super) fn turned(self, orientation: Orientation) -> Header {
        if orientation.swaps() { Header { width: self.height, height: self.width, ..self } } else { self }
    }
}

/// Reads the header of a picture, and nothing after it.
///
/// # Errors
/// If the file cannot be read, or its beginning is that of no picture.
pub fn header(file: &Path) -> Result<Header, Error> {
    let read = || -> Result<Header, crate::Problem> {
        let mut input = open(file)?;
        let mut beginning = Vec::new();
        (&mut input).take(256).read_to_end(&mut beginning).map_err(crate::Problem::Read)?;
        let format = known(&beginning)?;
        let input = BufReader::new(open(file)?);
        // A damaged file may show a fault of a decoder.
        let header = catch_unwind(AssertUnwindSafe(|| of_format(format, input)));
        let failed = || Problem::Damaged { format, reason: "its decoder failed".into() };
        Ok(header.unwrap_or_else(|_| Err(failed()))?)
    };
    read().map_err(|problem| Error::new(file, problem))
}

fn of_format(format: Format, input: impl BufRead + Seek) -> Result<Header, Problem> {
    match format {
        Format::Png => png::header(input),
        Format::Jpeg => jpeg::header(input),
        #[cfg(feature = "more-pictures")]
        Format::Tiff => tiff::header(input),
        #[cfg(feature = "more-pictures")]
        Format::Bmp => bmp::header(input),
        #[cfg(feature = "more-pictures")]
        Format::WebP => webp::header(input),
        #[cfg(feature = "more-pictures")]
        Format::Gif => gif::header(input),
        #[cfg(not(feature = "more-pictures"))]
        format => Err(Problem::NotBuilt { format }),
    }
}

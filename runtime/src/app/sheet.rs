//! Images side by side, to look at.

use super::PNG;
use crate::data::{self, Problem};
use crate::files::{self, Destination, Existing, Refusal};
use crate::train::Error;
use image::{ImageError, ImageFormat, Rgb, RgbImage};
use std::io::{self, Cursor, Write};
use std::path::Path;

/// The most samples of a column.
pub(super) const SAMPLES: usize = 8;
/// Small images are enlarged to about this height.
const HEIGHT: usize = 64;
/// The gap between images, in pixels.
const GAP: usize = 4;

/// Images below each other.
pub(super) struct Column {
    /// The images, sample after sample, from 0 to 1.
    pub(super) images: Vec<f32>,
    /// Channels, height and width of each.
    pub(super) shape: [usize; 3],
}

impl Column {
    /// Returns the first of these samples, if they are images.
    pub(super) fn new(samples: &[f32], shape: &[usize]) -> Option<Column> {
        let shape: [usize; 3] = shape.try_into().ok()?;
        let shown = samples.len().min(SAMPLES * shape.iter().product::<usize>());
        Some(Column { images: samples[..shown].to_vec(), shape })
    }

    /// Returns the factor by which an image is enlarged.
    fn scale(&self) -> usize {
        HEIGHT.div_ceil(self.shape[1]).max(1)
    }

    /// Returns the height and width of an image as it is shown.
    fn size(&self) -> [usize; 2] {
        [self.shape[1] * self.scale(), self.shape[2] * self.scale()]
    }

    /// Returns the image of a row.
    fn image(&self, row: usize) -> &[f32] {
        let len = self.shape.iter().product();
        &self.images[row * len..][..len]
    }

    fn rows(&self) -> usize {
        self.images.len() / self.shape.iter().product::<usize>()
    }
}

/// Checks that an image can be written, and replaces nothing but a PNG.
///
/// # Errors
/// If not.
pub(super) fn check(file: &Path) -> Result<(), Error> {
    destination(file).map(drop)
}

fn destination(file: &Path) -> Result<Destination, Error> {
    files::check(file, PNG).map_err(|refusal| match refusal {
        Refusal::Kept(kept) => Error::Kept { file: file.into(), kept },
        Refusal::Io(cause) => failed(file, ImageError::IoError(cause)),
    })
}

fn failed(file: &Path, cause: ImageError) -> Error {
    data::Error { file: file.into(), problem: Problem::Write(cause) }.into()
}

/// Writes a PNG with a row for each sample: what it is in each of the columns.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn save(columns: &[Column], file: &Path) -> Result<(), Error> {
    let mut png = Cursor::new(Vec::new());
    sheet(columns).write_to(&mut png, ImageFormat::Png).map_err(|cause| failed(file, cause))?;
    let written = match destination(file)? {
        Destination::File(path) => files::write(&path, png.get_ref(), Existing::Replaced),
        stream => files::open(file, &stream).and_then(|mut out| {
            out.write_all(png.get_ref())?;
            out.flush()
        }),
    };
    match written {
        // A reader who has seen enough and is gone is no error.
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(failed(file, ImageError::IoError(cause)))
        }
        _ => Ok(()),
    }
}

fn sheet(columns: &[Column]) -> RgbImage {
    let rows = columns.iter().map(Column::rows).min().unwrap_or(0);
    let height = columns.iter().map(|column| column.size()[0]).max().unwrap_or(0) + GAP;
    let width: usize = columns.iter().map(|column| column.size()[1] + GAP).sum();
    let mut sheet =
        RgbImage::from_pixel((width + GAP) as u32, (rows * height + GAP) as u32, Rgb([64, 64, 96]));
    let mut left = GAP;
    for column in columns {
        let ([channels, high, wide], scale) = (column.shape, column.scale());
        let [tall, broad] = column.size();
        for row in 0..rows {
            let image = column.image(row);
            for (y, x) in (0..tall).flat_map(|y| (0..broad).map(move |x| (y, x))) {
                let pixel = y / scale * wide + x / scale;
                // Red, green and blue, or else grey of the first channel.
                let channel = |c: usize| if channels == 3 { c } else { 0 };
                let byte =
                    |c| (255.0 * image[channel(c) * high * wide + pixel].clamp(0.0, 1.0)).round() as u8;
                let at = [left + x, GAP + row * height + y].map(|at| at as u32);
                sheet.put_pixel(at[0], at[1], Rgb([byte(0), byte(1), byte(2)]));
            }
        }
        left += broad + GAP;
    }
    sheet
}

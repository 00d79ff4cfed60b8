//! Images side by side, to look at.

use netwright::data::{self, Problem};
use netwright::train::Error;
use std::path::Path;

#[cfg(feature = "pictures")]
use super::PNG;
#[cfg(feature = "pictures")]
use netwright::__app::files::{self, Destination, Existing, Refusal};
#[cfg(feature = "pictures")]
use netwright_data::picture::{Picture, Pixels, encode_png};
#[cfg(feature = "pictures")]
use std::io::{self, Write};

/// The most samples of a column.
pub(super) const SAMPLES: usize = 8;
/// Small images are enlarged to about this height.
#[cfg(feature = "pictures")]
const HEIGHT: usize = 64;
/// The gap between images, in pixels.
#[cfg(feature = "pictures")]
const GAP: usize = 4;

/// Background colour of the sheet.
#[cfg(feature = "pictures")]
const GROUND: [u8; 3] = [64, 64, 96];

/// Images below each other.
#[cfg_attr(not(feature = "pictures"), expect(dead_code, reason = "nothing draws them"))]
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
}

#[cfg(feature = "pictures")]
impl Column {
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
#[cfg(feature = "pictures")]
pub(super) fn check(file: &Path) -> Result<(), Error> {
    destination(file).map(drop)
}

/// Refuses to write an image: this program was compiled without the feature.
#[cfg(not(feature = "pictures"))]
pub(super) fn check(file: &Path) -> Result<(), Error> {
    Err(data::Error::new(file, Problem::Feature { feature: "pictures" }).into())
}

#[cfg(feature = "pictures")]
fn destination(file: &Path) -> Result<Destination, Error> {
    files::check(file, PNG).map_err(|refusal| match refusal {
        Refusal::Kept(kept) => Error::Kept { file: file.into(), kept },
        Refusal::Io(cause) => failed(file, Problem::Write(cause)),
    })
}

#[cfg(feature = "pictures")]
fn failed(file: &Path, problem: Problem) -> Error {
    data::Error::new(file, problem).into()
}

/// Writes a PNG with a row for each sample: what it is in each of the columns.
///
/// # Errors
/// If the file cannot be written.
#[cfg(feature = "pictures")]
pub(super) fn save(columns: &[Column], file: &Path) -> Result<(), Error> {
    let png = encode_png(&sheet(columns))
        .map_err(|problem| failed(file, netwright_data::Problem::from(problem).into()))?;
    let written = match destination(file)? {
        Destination::File(path) => files::write(&path, &png, Existing::Replaced),
        stream => files::open(file, &stream).and_then(|mut out| {
            out.write_all(&png)?;
            out.flush()
        }),
    };
    match written {
        // A reader who has seen enough and is gone is no error.
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => Err(failed(file, Problem::Write(cause))),
        _ => Ok(()),
    }
}

/// Refuses to write an image, as [`check`] does.
#[cfg(not(feature = "pictures"))]
pub(super) fn save(_: &[Column], file: &Path) -> Result<(), Error> {
    check(file)
}

#[cfg(feature = "pictures")]
fn sheet(columns: &[Column]) -> Picture {
    let rows = columns.iter().map(Column::rows).min().unwrap_or(0);
    let tallest = columns.iter().map(|column| column.size()[0]).max().unwrap_or(0) + GAP;
    let height = rows * tallest + GAP;
    let width = columns.iter().map(|column| column.size()[1] + GAP).sum::<usize>() + GAP;
    let mut bytes: Vec<u8> = GROUND.iter().flat_map(|&byte| vec![byte; height * width]).collect();
    let mut left = GAP;
    for column in columns {
        let ([channels, high, wide], scale) = (column.shape, column.scale());
        let [tall, broad] = column.size();
        for row in 0..rows {
            let image = column.image(row);
            for (y, x) in (0..tall).flat_map(|y| (0..broad).map(move |x| (y, x))) {
                let pixel = y / scale * wide + x / scale;
                let at = (GAP + row * tallest + y) * width + left + x;
                for colour in 0..3 {
                    // Red, green and blue, or else grey of the first channel.
                    let channel = if channels == 3 { colour } else { 0 };
                    let value = image[channel * high * wide + pixel].clamp(0.0, 1.0);
                    // There is nothing to show.
                    if value.is_nan() {
                        continue;
                    }
                    bytes[colour * height * width + at] = (255.0 * value).round() as u8;
                }
            }
        }
        left += broad + GAP;
    }
    Picture { channels: 3, height, width, pixels: Pixels::Bytes(bytes) }
}

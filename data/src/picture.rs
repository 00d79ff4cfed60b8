//! Pictures: PNG and JPEG; TIFF, BMP, WebP and GIF with the feature `more-pictures`.
//!
//! A file's format is found by its contents. All bits of its samples are used. The picture is turned upright as its
//! EXIF says, transparent pixels are composed with a background, and colours become grey, or grey three channels, as
//! the network wants. At last it is resized as Pillow does with `Resampling.BILINEAR`.

#[cfg(feature = "more-pictures")]
mod bmp;
mod colour;
mod folder;
mod format;
mod geometry;
#[cfg(feature = "more-pictures")]
mod gif;
mod header;
mod jpeg;
mod mask;
mod orientation;
mod png;
mod problem;
mod raw;
mod resize;
mod restore;
mod sample;
#[cfg(feature = "more-pictures")]
mod tiff;
#[cfg(feature = "more-pictures")]
mod webp;
mod write;

pub use folder::{Folder, folder, pictures};
pub use format::Format;
pub use header::{Header, header};
pub use mask::{Mask, Masks, Meaning, colour, decode_mask, mask};
pub use netwright_model::Fit;
pub use problem::Problem;
pub use restore::{Way, restore};
pub use sample::Pixels;
pub use write::{encode_png, encode_png_palette, write_png};

use crate::Error;
use geometry::Plan;
use orientation::Orientation;
use raw::Raw;
use resize::Resizer;
use sample::Sample;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The most samples of a picture: a header that promises more is refused before memory is taken.
pub const MOST_SAMPLES: u64 = 1 << 27;

/// The most bytes of a file.
const MOST_BYTES: u64 = 1 << 30;

/// Channels and size that pictures are converted to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// The number of channels: 1 for grey, 3 for RGB, or 4 for RGB with opacity.
    pub channels: usize,
    /// The height and width; the picture's own if `None`.
    pub size: Option<[usize; 2]>,
    /// The way to that size.
    pub fit: Fit,
    /// The grey value, from 0 to 1, behind transparent pixels and around padded pictures.
    pub background: f64,
}

/// A decoded picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The number of channels.
    pub channels: usize,
    /// The number of rows.
    pub height: usize,
    /// The number of columns.
    pub width: usize,
    /// The samples: all rows of the first channel, then those of the others.
    pub pixels: Pixels,
}

/// Shape of the samples of a file.
#[derive(Clone, Copy)]
struct Stored {
    height: usize,
    width: usize,
    channels: usize,
    orientation: Orientation,
}

/// Decoder of pictures, which keeps its buffers: one for each thread serves many files.
#[derive(Debug, Default)]
pub struct Decoder {
    file: Vec<u8>,
    samples: Vec<u8>,
    resizer: Resizer,
}

impl Decoder {
    /// Creates a decoder with empty buffers.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Reads a picture from a file.
    ///
    /// # Errors
    /// If the file cannot be read, is no whole picture, or does not fit what is wanted.
    pub fn read(&mut self, file: &Path, wanted: &Wanted) -> Result<Picture, Error> {
        let mut bytes = std::mem::take(&mut self.file);
        let result = load(file, &mut bytes).and_then(|()| Ok(self.decode(&bytes, wanted)?));
        self.file = bytes;
        result.map_err(|problem| Error::new(file, problem))
    }

    /// Decodes a picture from the bytes of a file.
    ///
    /// # Errors
    /// If the bytes are no whole picture, or it does not fit what is wanted.
    pub fn decode(&mut self, bytes: &[u8], wanted: &Wanted) -> Result<Picture, Problem> {
        let format = known(bytes)?;
        let raw = decode_raw(format, bytes, std::mem::take(&mut self.samples))?.widen(format)?;
        let Raw { height, width, colours, orientation, samples, .. } = raw;
        let stored = Stored { height, width, channels: colours.samples(), orientation };
        match samples {
            Pixels::Bytes(samples) => {
                let (samples, picture) = self.finish(samples, stored, wanted, Pixels::Bytes)?;
                self.samples = samples;
                Ok(picture)
            }
            Pixels::Words(samples) => Ok(self.finish(samples, stored, wanted, Pixels::Words)?.1),
            Pixels::Floats(samples) => Ok(self.finish(samples, stored, wanted, Pixels::Floats)?.1),
        }
    }

    /// Converts colours, turns and resizes; returns the buffer, too.
    fn finish<S: Sample>(
        &mut self,
        samples: Vec<S>,
        stored: Stored,
        wanted: &Wanted,
        pixels: fn(Vec<S>) -> Pixels,
    ) -> Result<(Vec<S>, Picture), Problem> {
        let Stored { height, width, channels: from, orientation } = stored;
        let (channels, background) = (wanted.channels, S::of_value(wanted.background));
        let found = orientation.upright(height, width);
        let plan = Plan::new(found, wanted.size, wanted.fit)?;
        admit(plan.outer[1] as u64, plan.outer[0] as u64, channels)?;
        let samples = colour::convert(samples, from, channels, background)?;
        let mut samples = orientation.apply(samples, height, width, channels);
        let [height, width] = plan.outer;
        let planes = if found == plan.outer {
            resize::to_planes(&samples, channels)
        } else {
            let mut planes = vec![background; channels * height * width];
            if channels == 4 {
                self.resize_with_opacity(&mut samples, found[1], &plan, &mut planes);
            } else {
                self.resizer.run(&samples, found[1], channels, &plan, &mut planes);
            }
            planes
        };
        Ok((samples, Picture { channels, height, width, pixels: pixels(planes) }))
    }

    /// Resizes RGBA such that the colours of transparent pixels do not shine through.
    fn resize_with_opacity<S: Sample>(
        &mut self,
        samples: &mut [S],
        width: usize,
        plan: &Plan,
        planes: &mut [S],
    ) {
        let plane = planes.len() / 4;
        planes[3 * plane..].fill(S::ONE);
        colour::multiply(samples);
        self.resizer.run(samples, width, 4, plan, planes);
        let (colours, alphas) = planes.split_at_mut(3 * plane);
        for (sample, &alpha) in colours.iter_mut().zip(alphas.iter().cycle()) {
            *sample = colour::divide(*sample, alpha);
        }
    }
}

/// Returns the format of bytes.
fn known(bytes: &[u8]) -> Result<Format, Problem> {
    let format = Format::of(bytes).ok_or_else(|| Problem::Unknown { found: format::other(bytes) })?;
    if format.is_built() { Ok(format) } else { Err(Problem::NotBuilt { format }) }
}

/// Decodes bytes of a format; `buffer` is used for samples where it can be.
fn decode_raw(format: Format, bytes: &[u8], buffer: Vec<u8>) -> Result<Raw, Problem> {
    // A damaged file may show a fault of a decoder, which must not end a training.
    catch_unwind(AssertUnwindSafe(|| decode_format(format, bytes, buffer)))
        .unwrap_or_else(|_| Err(Problem::Damaged { format, reason: "its decoder failed".into() }))
}

fn decode_format(format: Format, bytes: &[u8], buffer: Vec<u8>) -> Result<Raw, Problem> {
    match format {
        Format::Png => png::decode(bytes, buffer),
        Format::Jpeg => jpeg::decode(bytes, buffer),
        #[cfg(feature = "more-pictures")]
        Format::Tiff => tiff::decode(bytes),
        #[cfg(feature = "more-pictures")]
        Format::Bmp => bmp::decode(bytes),
        #[cfg(feature = "more-pictures")]
        Format::WebP => webp::decode(bytes),
        #[cfg(feature = "more-pictures")]
        Format::Gif => gif::decode(bytes),
        #[cfg(not(feature = "more-pictures"))]
        format => Err(Problem::NotBuilt { format }),
    }
}

/// Refuses a picture without pixels, or with too many to take memory for.
fn admit(width: u64, height: u64, channels: usize) -> Result<(), Problem> {
    if width == 0 || height == 0 {
        return Err(Problem::NoPixels { width, height });
    }
    match width.checked_mul(height).and_then(|pixels| pixels.checked_mul(channels as u64)) {
        Some(samples) if samples <= MOST_SAMPLES => Ok(()),
        _ => Err(Problem::TooLarge { width, height, channels }),
    }
}

fn open(file: &Path) -> Result<File, crate::Problem> {
    File::open(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => crate::Problem::Missing { what: "picture" },
        _ => crate::Problem::Read(error),
    })
}

/// Reads a whole file to `bytes`.
fn load(file: &Path, bytes: &mut Vec<u8>) -> Result<(), crate::Problem> {
    bytes.clear();
    let input = open(file)?;
    let size = input.metadata().map_err(crate::Problem::Read)?.len();
    if size > MOST_BYTES {
        return Err(Problem::LargeFile { bytes: size, most: MOST_BYTES }.into());
    }
    bytes.reserve(size as usize + 1);
    input.take(MOST_BYTES).read_to_end(bytes).map_err(crate::Problem::Read)?;
    Ok(())
}

/// Decodes a picture from the bytes of a file; a [`Decoder`] that serves many files is faster.
///
/// # Errors
/// If the bytes are no whole picture, or it does not fit what is wanted.
pub fn decode(bytes: &[u8], wanted: &Wanted) -> Result<Picture, Problem> {
    Decoder::new().decode(bytes, wanted)
}

//! A file's pixels as intensities from 0 to 1.

use super::colour::{Palette, from_ybr};
use super::data_set::{DataSet, Tag};
use super::file::Bytes;
use super::layout::{Layout, Photometric};
use super::pixels::{Pixels, Samples};
use super::place::Groups;
use super::{Place, Problem, Table, Window, Windowing};
use crate::Error;
use std::path::Path;

const PATIENT: Tag = 0x0010_0020;
const SERIES: Tag = 0x0020_000e;
const SLOPE: Tag = 0x0028_1053;
const INTERCEPT: Tag = 0x0028_1052;
const CENTER: Tag = 0x0028_1050;
const MODALITY_TABLE: Tag = 0x0028_3000;
const VOI_TABLE: Tag = 0x0028_3010;
const TRANSFORMATION: Tag = 0x0028_9145;
const VALUES: Tag = 0x0028_9132;

/// The pixels of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The number of frames.
    pub frames: usize,
    /// The number of channels: 1, or 3 for red, green and blue.
    pub samples: usize,
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// The intensities from 0, which is black, to 1, which is white: an array of shape `[frames, samples, rows, columns]`.
    pub data: Vec<f32>,
    /// The window, and where it is from.
    pub windowing: Windowing,
    /// The patient's identifier; empty if the file has none.
    pub patient: String,
    /// The identifier of the series; empty if the file has none.
    pub series: String,
    /// The place of each frame if the file says; one for all frames if it does not tell them apart.
    pub places: Vec<Option<Place>>,
}

/// Reads a file's pixels. Each goes through the file's modality LUT, or else through its slope and intercept, and then through `window`,
/// or else the file's first VOI LUT, or else its first window, or else from the smallest to the largest intensity of all frames. Of
/// `MONOCHROME1`, where small intensities are white, the result is subtracted from 1. Colours become red, green and blue, and a window
/// does not change them.
///
/// The pixel padding value is ignored.
///
/// # Errors
/// If the file is missing or damaged, or its pixels are encoded in a way that cannot be decoded.
pub fn read(file: &Path, window: Option<Window>) -> Result<Scan, Error> {
    read_through(file, &window.map_or(Choice::File, Choice::Given))
}

/// The choice of a window.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    Given(Window),
    /// A table instead of a window, as of another slice.
    Table(Table),
    /// The file's first table or window; the range of the intensities if there is none.
    File,
    /// The range of the intensities.
    Range,
}

/// Reads a file's pixels through a window.
pub(super) fn read_through(file: &Path, window: &Choice) -> Result<Scan, Error> {
    let error = |problem| Error::new(file, problem);
    let bytes = Bytes::read(file).map_err(error)?;
    scan(&bytes, window).map_err(|problem| error(problem.into()))
}

fn scan(bytes: &Bytes, window: &Choice) -> Result<Scan, Problem> {
    let set = bytes.data_set()?;
    // Without pixels that can be decoded, the layout is not worth a message.
    Pixels::check(&set, bytes.syntax, &bytes.uid)?;
    let layout = Layout::of(&set)?;
    let pixels = Pixels::of(&set, layout, bytes.syntax, &bytes.uid)?;
    let (samples, data, windowing) = match layout.photometric {
        Photometric::Monochrome1 | Photometric::Monochrome2 => grey(&set, &layout, &pixels, window)?,
        Photometric::Palette => {
            let palette = Palette::of(&set, &layout)?;
            let mut data = Vec::new();
            for frame in 0..layout.frames {
                let (places, _) = pixels.frame(frame)?;
                for channel in 0..3 {
                    data.extend(places.iter().map(|&place| palette.colour(channel, layout.number(place))));
                }
            }
            (3, data, Windowing::Colours)
        }
        Photometric::Rgb | Photometric::Ybr | Photometric::Ybr422 => {
            let mut data = Vec::new();
            for frame in 0..layout.frames {
                let (samples, photometric) = pixels.frame(frame)?;
                coloured(&samples, photometric, &layout, &mut data)?;
            }
            (3, data, Windowing::Colours)
        }
    };
    Ok(Scan {
        frames: layout.frames,
        samples,
        rows: layout.rows,
        columns: layout.columns,
        data,
        windowing,
        patient: set.text(PATIENT),
        series: set.text(SERIES),
        places: Place::of(&set, layout.frames)?,
    })
}

/// Returns the intensities of all frames.
fn grey(
    set: &DataSet<'_>,
    layout: &Layout,
    pixels: &Pixels<'_>,
    choice: &Choice,
) -> Result<(usize, Vec<f32>, Windowing), Problem> {
    let groups = Groups::of(set)?;
    let rescaling = |frame| {
        groups.find(frame, TRANSFORMATION, SLOPE, |set| {
            Ok((set.decimal(SLOPE)?.unwrap_or(1.0), set.decimal(INTERCEPT)?.unwrap_or(0.0)))
        })
    };
    let table =
        |frame, sequence, tag| groups.find(frame, sequence, tag, |set| Table::of(set, tag, layout.signed));
    let stored = |frame| -> Result<Option<Windowing>, Problem> {
        match table(frame, VALUES, VOI_TABLE) {
            Ok(Some(table)) => Ok(Some(Windowing::Table(table))),
            // Without its numbers a table is none, as in pydicom.
            Ok(None) | Err(Problem::Missing { .. }) => {
                Ok(groups.find(frame, VALUES, CENTER, Window::of)?.map(Windowing::File))
            }
            Err(problem) => Err(problem),
        }
    };
    // Without a window the range is known when all frames are.
    let first = match choice {
        Choice::Given(window) => Some(Windowing::Given(*window)),
        Choice::Table(table) => Some(Windowing::Table(table.clone())),
        Choice::File => stored(0)?,
        Choice::Range => None,
    };
    let (mut data, mut least, mut most) = (Vec::new(), f64::INFINITY, f64::NEG_INFINITY);
    let mut intensities = Vec::new();
    for frame in 0..layout.frames {
        let modality = table(frame, TRANSFORMATION, MODALITY_TABLE)?;
        let (slope, intercept) = rescaling(frame)?;
        let shown = match (&first, choice) {
            (Some(first), Choice::File) => Some(stored(frame)?.unwrap_or_else(|| first.clone())),
            (first, _) => first.clone(),
        };
        let (samples, _) = pixels.frame(frame)?;
        let frame = samples.iter().map(|&raw| match &modality {
            Some(table) => table.number(layout.number(raw) as f64),
            None => layout.number(raw) as f64 * slope + intercept,
        });
        match shown {
            Some(Windowing::Given(window) | Windowing::File(window)) => {
                data.extend(frame.map(|intensity| window.apply(intensity) as f32));
            }
            Some(Windowing::Table(table)) => {
                data.extend(frame.map(|intensity| table.share(intensity) as f32));
            }
            Some(Windowing::Range { .. } | Windowing::Colours) | None => {
                intensities.extend(frame.inspect(|&intensity| {
                    (least, most) = (least.min(intensity), most.max(intensity));
                }));
            }
        }
    }
    let windowing = match first {
        Some(windowing) => windowing,
        None => {
            if !(most - least).is_finite() {
                return Err(Problem::Range { least, most });
            }
            let width = if most > least { most - least } else { 1.0 };
            data = intensities.iter().map(|intensity| ((intensity - least) / width) as f32).collect();
            Windowing::Range { least, most }
        }
    };
    if layout.photometric == Photometric::Monochrome1 {
        data.iter_mut().for_each(|intensity| *intensity = 1.0 - *intensity);
    }
    Ok((1, data, windowing))
}

/// Adds the colours of a frame.
fn coloured(
    samples: &Samples,
    photometric: Photometric,
    layout: &Layout,
    data: &mut Vec<f32>,
) -> Result<(), Problem> {
    let most = ((1u64 << layout.stored) - 1) as f64;
    if photometric == Photometric::Rgb {
        data.extend(samples.iter().map(|&raw| (layout.number(raw) as f64 / most).max(0.0) as f32));
        return Ok(());
    }
    if layout.stored != 8 {
        return Err(Problem::Photometric { found: format!("YBR of {} bits", layout.stored) });
    }
    let (start, area) = (data.len(), layout.area());
    data.resize(start + 3 * area, 0.0);
    for pixel in 0..area {
        let colour = from_ybr([0, 1, 2].map(|channel| layout.number(samples[channel * area + pixel]) as f32));
        for (channel, colour) in colour.into_iter().enumerate() {
            data[start + channel * area + pixel] = colour / 255.0;
        }
    }
    Ok(())
}

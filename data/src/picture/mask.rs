//! Masks: pictures whose pixels are classes.

use super::geometry::Plan;
use super::raw::{Colours, Raw};
use super::sample::{Pixels, Sample};
use super::{Fit, Format, Problem, decode_raw, known, load};
use crate::Error;
use std::path::Path;

/// Meaning of a mask's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// The samples of a grey picture, or the indices of a palette whatever its colours, are numbers of classes.
    Indices,
    /// A pixel with a sample of at least half is class 1. If none is above 1 of 255, as in masks of the numbers 0 and
    /// 1, samples of 1 are class 1; the noise of a JPEG is not.
    YesOrNo,
    /// The place of a colour in this table, of red, green and blue, is its class.
    Colours(&'a [[u8; 3]]),
}

/// Meaning and size of the masks that files are converted to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Masks<'a> {
    /// The meaning of pixels.
    pub meaning: Meaning<'a>,
    /// The height and width; the file's own if `None`.
    pub size: Option<[usize; 2]>,
    /// The way to that size, which takes the nearest pixel.
    pub fit: Fit,
    /// The label around masks that are padded.
    pub outside: i32,
}

/// A class for each pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The number of rows.
    pub height: usize,
    /// The number of columns.
    pub width: usize,
    /// The classes, row by row, and the label around them.
    pub classes: Vec<i32>,
}

/// Reads a mask from a file.
///
/// # Errors
/// If the file cannot be read, is no whole picture, or has no classes of this meaning.
pub fn mask(file: &Path, wanted: &Masks) -> Result<Mask, Error> {
    let mut bytes = Vec::new();
    let read = |bytes: &mut Vec<u8>| load(file, bytes).and_then(|()| Ok(decode_mask(bytes, wanted)?));
    read(&mut bytes).map_err(|problem| Error::new(file, problem))
}

/// Decodes a mask from the bytes of a file.
///
/// # Errors
/// If the bytes are no whole picture, or it has no classes of this meaning.
pub fn decode_mask(bytes: &[u8], wanted: &Masks) -> Result<Mask, Problem> {
    let format = known(bytes)?;
    let raw = decode_raw(format, bytes, Vec::new())?;
    let (height, width, orientation) = (raw.height, raw.width, raw.orientation);
    let classes = match wanted.meaning {
        Meaning::Indices => indices(raw, format)?,
        Meaning::YesOrNo => yes_or_no(raw, format)?,
        Meaning::Colours(colours) => places(raw, format, colours)?,
    };
    let classes = orientation.apply(classes, height, width, 1);
    let found = orientation.upright(height, width);
    let plan = Plan::new(found, wanted.size, wanted.fit)?;
    let [height, width] = plan.outer;
    super::admit(width as u64, height as u64, 1)?;
    if found == plan.outer {
        return Ok(Mask { height, width, classes: classes.into_iter().map(i32::from).collect() });
    }
    let mut result = vec![wanted.outside; height * width];
    let columns = nearest(found[1], plan.from[1], plan.inner[1]);
    for (y, row) in nearest(found[0], plan.from[0], plan.inner[0]).into_iter().enumerate() {
        let start = (y + plan.offset[0]) * width + plan.offset[1];
        for (to, column) in result[start..].iter_mut().zip(&columns) {
            *to = i32::from(classes[row * found[1] + column]);
        }
    }
    Ok(Mask { height, width, classes: result })
}

/// Returns the nearest of `length` pixels to each of `outputs` from a part, as Pillow's `Resampling.NEAREST`: steps
/// are added up, so that ties are the same.
fn nearest(length: usize, [start, end]: [f32; 2], outputs: usize) -> Vec<usize> {
    let step = f64::from(end - start) / outputs as f64;
    let mut at = f64::from(start) + step * 0.5;
    let next = |_| {
        let pixel = (at.max(0.0) as usize).min(length - 1);
        at += step;
        pixel
    };
    (0..outputs).map(next).collect()
}

fn indices(raw: Raw, format: Format) -> Result<Vec<u16>, Problem> {
    if format == Format::Jpeg {
        return Err(Problem::NotIndices { found: "a JPEG file, whose compression changes pixels".into() });
    }
    let channels = raw.colours.samples();
    // Grey is also stored as equal red, green and blue.
    let each = |pixel: &[u16]| match channels {
        3.. if pixel[1] != pixel[0] || pixel[2] != pixel[0] => None,
        _ => Some(pixel[0]),
    };
    let samples = match raw.samples {
        Pixels::Bytes(samples) => samples.into_iter().map(u16::from).collect(),
        Pixels::Words(samples) => samples,
        Pixels::Floats(_) => return Err(Problem::NotIndices { found: "a picture of floats".into() }),
    };
    let classes: Option<Vec<u16>> = samples.chunks_exact(channels).map(each).collect();
    classes.ok_or_else(|| Problem::NotIndices { found: "a picture of colours".into() })
}

fn yes_or_no(raw: Raw, format: Format) -> Result<Vec<u16>, Problem> {
    fn each<S: Sample + PartialOrd>(samples: &[S], channels: usize, least: S) -> Vec<u16> {
        // The last of an even number is opacity.
        let colours = channels - usize::from(channels.is_multiple_of(2));
        samples
            .chunks_exact(channels)
            .map(|pixel| pixel[..colours].iter().any(|&s| s >= least).into())
            .collect()
    }
    let raw = raw.widen(format)?;
    let channels = raw.colours.samples();
    Ok(match &raw.samples {
        Pixels::Bytes(samples) => {
            let numbers = format != Format::Jpeg
                && raw.colours == Colours::Grey
                && samples.iter().all(|&sample| sample <= 1);
            each(samples, channels, if numbers { 1 } else { 128 })
        }
        Pixels::Words(samples) => each(samples, channels, 32768),
        Pixels::Floats(samples) => each(samples, channels, 0.5),
    })
}

fn places(raw: Raw, format: Format, colours: &[[u8; 3]]) -> Result<Vec<u16>, Problem> {
    if format == Format::Jpeg {
        return Err(Problem::NotIndices { found: "a JPEG file, whose compression changes pixels".into() });
    }
    let raw = raw.widen(format)?;
    let channels = raw.colours.samples();
    let samples: Vec<u8> = match raw.samples {
        Pixels::Bytes(samples) => samples,
        Pixels::Words(samples) => samples.into_iter().map(|sample| (sample >> 8) as u8).collect(),
        Pixels::Floats(_) => return Err(Problem::NotIndices { found: "a picture of floats".into() }),
    };
    // Neighbours mostly have the same colour.
    let mut last = None;
    (samples.chunks_exact(channels).enumerate())
        .map(|(at, pixel)| {
            let colour = if channels < 3 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
            if let Some((known, class)) = last
                && known == colour
            {
                return Ok(class);
            }
            let class = colours.iter().position(|&known| known == colour).ok_or_else(|| Problem::Colour {
                colour,
                row: at / raw.width,
                column: at % raw.width,
                nearest: most_similar(colours, colour),
            })? as u16;
            last = Some((colour, class));
            Ok(class)
        })
        .collect()
}

fn most_similar(colours: &[[u8; 3]], wanted: [u8; 3]) -> Option<[u8; 3]> {
    let distance = |colour: &[u8; 3]| -> u32 {
        colour.iter().zip(wanted).map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    colours.iter().copied().min_by_key(distance)
}

/// Parses a colour such as `#ff8000`.
///
/// # Errors
/// If the text is not `#` and six hexadecimal digits.
pub fn colour(text: &str) -> Result<[u8; 3], Problem> {
    let wrong = || Problem::ColourText { found: text.into() };
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or_else(wrong)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let number = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
    let [_, red, green, blue] = number.to_be_bytes();
    Ok([red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Picture, encode_png};

    fn png(channels: usize, samples: &[u8]) -> Vec<u8> {
        let width = samples.len() / channels;
        encode_png(&Picture { channels, height: 1, width, pixels: Pixels::Bytes(samples.to_vec()) }).unwrap()
    }

    fn classes(bytes: &[u8], meaning: Meaning) -> Result<Vec<i32>, String> {
        let wanted = Masks { meaning, size: None, fit: Fit::Exact, outside: 0 };
        decode_mask(bytes, &wanted).map(|mask| mask.classes).map_err(|problem| problem.to_string())
    }

    #[test]
    fn indices_are_stored_samples() {
        assert_eq!(classes(&png(1, &[0, 3, 255]), Meaning::Indices).unwrap(), [0, 3, 255]);
        // Grey as colours: planes of red, green and blue.
        assert_eq!(classes(&png(3, &[0, 7, 0, 7, 0, 7]), Meaning::Indices).unwrap(), [0, 7]);
        let error = classes(&png(3, &[0, 7, 0, 7, 0, 6]), Meaning::Indices).unwrap_err();
        assert!(error.starts_with("is a picture of colours, whose pixels are not class indices"), "{error}");
    }

    #[test]
    fn a_half_is_yes_and_so_is_a_one_of_a_mask_of_ones() {
        assert_eq!(classes(&png(1, &[0, 127, 128, 255]), Meaning::YesOrNo).unwrap(), [0, 0, 1, 1]);
        assert_eq!(classes(&png(1, &[0, 1, 1]), Meaning::YesOrNo).unwrap(), [0, 1, 1]);
        assert_eq!(classes(&png(1, &[0, 1, 2]), Meaning::YesOrNo).unwrap(), [0, 0, 0]);
        assert_eq!(classes(&png(4, &[0, 128, 0, 0, 0, 0, 255, 255]), Meaning::YesOrNo).unwrap(), [0, 1]);
    }

    #[test]
    fn a_colour_outside_of_the_table_is_an_error_with_its_place() {
        let table = [colour("#000000").unwrap(), colour("#Ff8000").unwrap()];
        assert_eq!(classes(&png(3, &[255, 0, 128, 0, 0, 0]), Meaning::Colours(&table)).unwrap(), [1, 0]);
        let error = classes(&png(3, &[255, 0, 128, 1, 0, 0]), Meaning::Colours(&table)).unwrap_err();
        assert_eq!(error, "has the colour #000100 at row 0, column 1, which is not in the table of colours");
        for text in ["000000", "#00000", "#0000000", "#00000g", "#+00000", "#ä0000"] {
            assert!(colour(text).is_err(), "{text}");
        }
    }
}

//! TIFF files.

use super::orientation::{Order, Orientation, find_short};
use super::raw::{Colours, Raw, unpack};
use super::sample::Pixels;
use super::{Format, Header, MOST_SAMPLES, Problem, admit, colour};
use ::tiff::decoder::{ChunkType, Decoder, DecodingResult, Limits};
use ::tiff::tags::Tag;
use ::tiff::{ColorType, TiffError};
use std::borrow::Cow;
use std::io::{BufRead, Cursor, ErrorKind, Seek};

/// Conversion to RGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conversion {
    None,
    /// From cyan, magenta, yellow and black.
    Inks,
    /// From brightness and differences of colours.
    Differences,
}

/// Reads the header.
pub(super) fn header(input: impl BufRead + Seek) -> Result<Header, Problem> {
    let mut decoder = Decoder::new(input).map_err(problem)?;
    let (width, height) = decoder.dimensions().map_err(problem)?;
    let (colours, bits) = match decoder.find_tag_unsigned(Tag::PhotometricInterpretation) {
        Ok(Some(PALETTE)) => (Colours::Rgb, 8),
        _ => {
            let (colours, bits, _) = colours(decoder.colortype().map_err(problem)?)?;
            (colours, bits)
        }
    };
    let (width, height) = (width as usize, height as usize);
    let header = Header { width, height, channels: colours.samples(), bits, format: Format::Tiff };
    Ok(header.turned(orientation(&mut decoder)))
}

/// Decodes the first page of a file.
pub(super) fn decode(bytes: &[u8]) -> Result<Raw, Problem> {
    let (bytes, has_palette) = without_palette(bytes);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 8 * MOST_SAMPLES as usize;
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    let mut decoder = Decoder::new(Cursor::new(&bytes[..])).map_err(problem)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(problem)?;
    let (mut colours, mut bits, conversion) = colours(decoder.colortype().map_err(problem)?)?;
    let stored = if conversion == Conversion::Inks { 4 } else { colours.samples() };
    admit(width.into(), height.into(), stored)?;
    let (width, height) = (width as usize, height as usize);
    let orientation = orientation(&mut decoder);
    let premultiplied = stored.is_multiple_of(2) && is_premultiplied(&mut decoder);
    let reversed = is_reversed(&mut decoder, bits)?;
    let layout = decoder.image_buffer_layout().map_err(problem)?;
    if layout.planes > 1 && decoder.get_chunk_type() == ChunkType::Tile {
        return Err(unsupported("the planes of its colours are cut into tiles"));
    }
    let mut result = DecodingResult::U8(Vec::new());
    let planes = decoder.read_image_to_buffer(&mut result).map_err(problem)?.planes.max(1);
    let mut samples = match result {
        DecodingResult::U8(mut samples) if bits < 8 => {
            if reversed {
                samples.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
            }
            Pixels::Bytes(unpack(&samples, width * stored, bits))
        }
        DecodingResult::U8(samples) => Pixels::Bytes(interleave(samples, planes)),
        DecodingResult::U16(samples) => Pixels::Words(interleave(samples, planes)),
        DecodingResult::F16(samples) => {
            bits = 32;
            Pixels::Floats(interleave(samples.iter().map(|f| f.to_f32()).collect(), planes))
        }
        DecodingResult::F32(samples) => Pixels::Floats(interleave(samples, planes)),
        DecodingResult::F64(samples) => {
            bits = 32;
            Pixels::Floats(interleave(samples.iter().map(|&f| f as f32).collect(), planes))
        }
        DecodingResult::U32(_) | DecodingResult::U64(_) => {
            return Err(unsupported("its integers have over 16 bits"));
        }
        _ => return Err(unsupported("its integers have signs")),
    };
    if samples.len() != width * height * stored {
        return Err(Problem::Damaged {
            format: Format::Tiff,
            reason: "it has another number of samples".into(),
        });
    }
    if let Pixels::Floats(samples) = &samples
        && let Some(at) = samples.iter().position(|sample| !sample.is_finite())
    {
        return Err(Problem::NotFinite { row: at / stored / width, column: at / stored % width });
    }
    if has_palette {
        colours = Colours::Palette(palette(&mut decoder, bits)?);
    } else if premultiplied {
        divide(&mut samples, stored);
    }
    samples = convert(samples, conversion)?;
    Ok(Raw { height, width, colours, bits, transparent: None, samples, orientation })
}

/// The value of the tag `PhotometricInterpretation` of palettes.
const PALETTE: u16 = 3;

/// Calls the indices of a palette grey, as the decoder reads none; returns whether they were indices.
fn without_palette(bytes: &[u8]) -> (Cow<'_, [u8]>, bool) {
    const PHOTOMETRIC: u16 = 262;
    let found = find_short(bytes, PHOTOMETRIC).and_then(|(at, order)| {
        let (palette, grey) = match order {
            Order::Little => (PALETTE.to_le_bytes(), 1u16.to_le_bytes()),
            Order::Big => (PALETTE.to_be_bytes(), 1u16.to_be_bytes()),
        };
        (bytes.get(at..at + 2)? == palette).then_some((at, grey))
    });
    match found {
        Some((at, grey)) => {
            let mut changed = bytes.to_vec();
            changed[at..at + 2].copy_from_slice(&grey);
            (changed.into(), true)
        }
        None => (bytes.into(), false),
    }
}

/// Reads the palette: all red samples of 16 bits, then green and blue.
fn palette<R: BufRead + Seek>(decoder: &mut Decoder<R>, bits: u8) -> Result<Vec<[u8; 4]>, Problem> {
    let samples = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(problem)?;
    let length = samples.len() / 3;
    if bits > 8 {
        return Err(unsupported("its palette has more than 256 colours"));
    }
    let colour = |i: usize| {
        let [red, green, blue] = [0, 1, 2].map(|c| (samples[c * length + i] >> 8) as u8);
        [red, green, blue, 255]
    };
    Ok((0..length.min(256)).map(colour).collect())
}

/// Returns whether the bits of a byte are from the right to the left.
///
/// # Errors
/// If the bytes are compressed, or more than bits would have to be reversed.
fn is_reversed<R: BufRead + Seek>(decoder: &mut Decoder<R>, bits: u8) -> Result<bool, Problem> {
    let mut tag = |tag, otherwise: u16| decoder.find_tag_unsigned(tag).ok().flatten().unwrap_or(otherwise);
    match (tag(Tag::FillOrder, 1), tag(Tag::Compression, 1), bits) {
        (2, 1, ..8) => Ok(true),
        (2, ..) => Err(unsupported("the bits of its bytes are reversed")),
        _ => Ok(false),
    }
}

/// Returns the colours and bits of samples, and the conversion to them.
fn colours(kind: ColorType) -> Result<(Colours, u8, Conversion), Problem> {
    let (colours, bits, conversion) = match kind {
        ColorType::Gray(bits) => (Colours::Grey, bits, Conversion::None),
        ColorType::GrayA(bits) => (Colours::GreyAlpha, bits, Conversion::None),
        ColorType::RGB(bits) => (Colours::Rgb, bits, Conversion::None),
        ColorType::YCbCr(bits) => (Colours::Rgb, bits, Conversion::Differences),
        ColorType::RGBA(bits) => (Colours::Rgba, bits, Conversion::None),
        ColorType::CMYK(bits) => (Colours::Rgb, bits, Conversion::Inks),
        kind => return Err(unsupported(&format!("its colours are {kind:?}"))),
    };
    match bits {
        1 | 2 | 4 | 8 | 16 | 32 | 64 => Ok((colours, bits, conversion)),
        bits => Err(unsupported(&format!("it has {bits} bits for each sample"))),
    }
}

fn orientation<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> Orientation {
    let number = decoder.find_tag_unsigned(Tag::Orientation).ok().flatten();
    number.map_or(Orientation::UPRIGHT, Orientation::new)
}

/// Returns whether colours are multiplied by their opacity.
fn is_premultiplied<R: BufRead + Seek>(decoder: &mut Decoder<R>) -> bool {
    let kinds = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).ok().flatten();
    kinds.is_some_and(|kinds| kinds.first() == Some(&1))
}

/// Divides colours by their opacity.
fn divide(samples: &mut Pixels, channels: usize) {
    fn each<S: super::Sample>(samples: &mut [S], channels: usize) {
        for pixel in samples.chunks_exact_mut(channels) {
            if let [colours @ .., alpha] = pixel {
                colours.iter_mut().for_each(|sample| *sample = colour::divide(*sample, *alpha));
            }
        }
    }
    match samples {
        Pixels::Bytes(samples) => each(samples, channels),
        Pixels::Words(samples) => each(samples, channels),
        Pixels::Floats(samples) => each(samples, channels),
    }
}

/// Puts the samples of a pixel beside one another that are in planes.
fn interleave<T: Copy>(samples: Vec<T>, planes: usize) -> Vec<T> {
    if planes == 1 {
        return samples;
    }
    let length = samples.len() / planes;
    (0..length * planes).map(|i| samples[i % planes * length + i / planes]).collect()
}

/// Converts samples to RGB.
fn convert(samples: Pixels, conversion: Conversion) -> Result<Pixels, Problem> {
    Ok(match (samples, conversion) {
        (samples, Conversion::None) => samples,
        (Pixels::Bytes(samples), Conversion::Inks) => Pixels::Bytes(from_inks(&samples, 255)),
        (Pixels::Words(samples), Conversion::Inks) => Pixels::Words(from_inks(&samples, 65535)),
        (Pixels::Bytes(mut samples), Conversion::Differences) => {
            for pixel in samples.as_chunks_mut::<3>().0 {
                let [light, blue, red] = pixel.map(f32::from);
                let (blue, red) = (blue - 128.0, red - 128.0);
                let green = light - 0.344_136 * blue - 0.714_136 * red;
                *pixel = [light + 1.402 * red, green, light + 1.772 * blue].map(super::Sample::nearest);
            }
            Pixels::Bytes(samples)
        }
        _ => return Err(unsupported("its colours have neither 8 nor 16 bits")),
    })
}

/// Converts cyan, magenta, yellow and black to RGB.
fn from_inks<T: Copy + Into<u64> + TryFrom<u64>>(samples: &[T], most: u64) -> Vec<T> {
    let (pixels, _) = samples.as_chunks::<4>();
    let rgb = pixels.iter().flat_map(|&[cyan, magenta, yellow, black]| {
        [cyan, magenta, yellow].map(|ink| {
            let light = (most - ink.into()) * (most - black.into());
            T::try_from((light + most / 2) / most).unwrap_or(ink)
        })
    });
    rgb.collect()
}

fn unsupported(reason: &str) -> Problem {
    Problem::Unsupported { format: Format::Tiff, reason: reason.into() }
}

fn problem(error: TiffError) -> Problem {
    let format = Format::Tiff;
    match error {
        TiffError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Problem::Truncated { format }
        }
        TiffError::UnsupportedError(kind) => unsupported(&kind.to_string()),
        TiffError::LimitsExceeded | TiffError::IntSizeError => unsupported("it needs too much memory"),
        error => Problem::Damaged { format, reason: error.to_string() },
    }
}

//! PNG files.

use super::orientation::Orientation;
use super::raw::{Colours, Raw, unpack};
use super::sample::Pixels;
use super::{Format, Header, Problem, admit};
use ::png::{ColorType, Decoder, DecodingError, Info, Limits, Reader, Transformations};
use std::io::{BufRead, Cursor, ErrorKind, Seek};

/// The most bytes that a decoder takes beside the picture, such as for a palette or EXIF.
const MOST_EXTRA: usize = 1 << 26;

/// The most bytes that a byte of deflated data can stand for.
const MOST_DEFLATED: usize = 1032;

/// Reads the header.
pub(super) fn header(input: impl BufRead + Seek) -> Result<Header, Problem> {
    let reader = begin(input)?;
    let info = reader.info();
    let colours = colours(info);
    let (channels, bits) = match &colours {
        Colours::Palette(palette) if palette.iter().any(|colour| colour[3] < 255) => (4, 8),
        Colours::Palette(_) => (3, 8),
        colours => (colours.samples() + usize::from(info.trns.is_some()), info.bit_depth as u8),
    };
    let (width, height) = (info.width as usize, info.height as usize);
    Ok(Header { width, height, channels, bits, format: Format::Png }.turned(orientation(info)))
}

/// Decodes a file; `buffer` becomes the picture's samples where it can.
pub(super) fn decode(bytes: &[u8], mut buffer: Vec<u8>) -> Result<Raw, Problem> {
    let mut reader = begin(Cursor::new(bytes))?;
    // No memory is taken for data that cannot be there.
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    if size / MOST_DEFLATED > bytes.len() {
        return Err(Problem::Truncated { format: Format::Png });
    }
    buffer.resize(size, 0);
    let frame = reader.next_frame(&mut buffer).map_err(problem)?;
    buffer.truncate(frame.buffer_size());
    // The other frames of an animation are not read.
    if reader.info().animation_control.is_none() {
        reader.finish().map_err(problem)?;
    }
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    let colours = colours(info);
    let bits = info.bit_depth as u8;
    let transparent = match (&info.trns, &colours) {
        (Some(samples), Colours::Grey | Colours::Rgb) => {
            // The decoder keeps one byte for each sample that fits into it.
            let each = if bits == 16 { 2 } else { 1 };
            let sample = |i: usize| samples.get(i * each..(i + 1) * each);
            let word = |bytes: &[u8]| bytes.iter().fold(0, |word, &byte| word << 8 | u16::from(byte));
            sample(0).map(|first| [0, 1, 2].map(|i| word(sample(i).unwrap_or(first))))
        }
        _ => None,
    };
    let samples = match bits {
        16 => {
            Pixels::Words(buffer.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
        }
        8 => Pixels::Bytes(buffer),
        bits => Pixels::Bytes(unpack(&buffer, width * colours.samples(), bits)),
    };
    Ok(Raw { height, width, colours, bits, transparent, samples, orientation: orientation(info) })
}

fn begin<R: BufRead + Seek>(input: R) -> Result<Reader<R>, Problem> {
    let mut decoder = Decoder::new_with_limits(input, Limits { bytes: MOST_EXTRA });
    decoder.set_transformations(Transformations::IDENTITY);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(problem)?;
    admit(info.width.into(), info.height.into(), info.color_type.samples())?;
    decoder.read_info().map_err(problem)
}

fn colours(info: &Info) -> Colours {
    match info.color_type {
        ColorType::Grayscale => Colours::Grey,
        ColorType::GrayscaleAlpha => Colours::GreyAlpha,
        ColorType::Rgb => Colours::Rgb,
        ColorType::Rgba => Colours::Rgba,
        ColorType::Indexed => {
            let colours = info.palette.as_deref().unwrap_or_default().chunks_exact(3);
            let alpha =
                info.trns.as_deref().unwrap_or_default().iter().copied().chain(std::iter::repeat(255));
            Colours::Palette(colours.zip(alpha).map(|(c, alpha)| [c[0], c[1], c[2], alpha]).collect())
        }
    }
}

fn orientation(info: &Info) -> Orientation {
    info.exif_metadata.as_deref().map_or(Orientation::UPRIGHT, Orientation::of_exif)
}

fn problem(error: DecodingError) -> Problem {
    let format = Format::Png;
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Problem::Truncated { format }
        }
        DecodingError::LimitsExceeded => {
            Problem::Unsupported { format, reason: "a row or a block needs too much memory".into() }
        }
        error => Problem::Damaged { format, reason: error.to_string() },
    }
}

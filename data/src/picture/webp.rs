//! WebP files.

use super::orientation::Orientation;
use super::raw::{Colours, Raw};
use super::sample::Pixels;
use super::{Format, Header, Problem, admit};
use image_webp::{DecodingError, WebPDecoder};
use std::io::{BufRead, Cursor, ErrorKind, Seek};

/// The most bytes that the decoder takes for EXIF.
const MOST_EXTRA: usize = 1 << 26;

/// Reads the header.
pub(super) fn header(input: impl BufRead + Seek) -> Result<Header, Problem> {
    let (mut decoder, colours) = begin(input)?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    let header = Header { width, height, channels: colours.samples(), bits: 8, format: Format::WebP };
    Ok(header.turned(orientation(&mut decoder)))
}

/// Decodes the first frame of a file.
pub(super) fn decode(bytes: &[u8]) -> Result<Raw, Problem> {
    // The decoder takes what is missing for zeros. A last byte that fills up an odd size may be missing.
    let promised = bytes.get(4..8).map_or(0, |size| u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
    if bytes.len() as u64 + 1 < u64::from(promised) + 8 {
        return Err(Problem::Truncated { format: Format::WebP });
    }
    let (mut decoder, colours) = begin(Cursor::new(bytes))?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    let mut samples = vec![0; width * height * colours.samples()];
    decoder.read_image(&mut samples).map_err(problem)?;
    let orientation = orientation(&mut decoder);
    let samples = Pixels::Bytes(samples);
    Ok(Raw { height, width, colours, bits: 8, transparent: None, samples, orientation })
}

fn begin<R: BufRead + Seek>(input: R) -> Result<(WebPDecoder<R>, Colours), Problem> {
    let mut decoder = WebPDecoder::new(input).map_err(problem)?;
    decoder.set_memory_limit(MOST_EXTRA);
    let (width, height) = decoder.dimensions();
    admit(width.into(), height.into(), 4)?;
    let colours = if decoder.has_alpha() { Colours::Rgba } else { Colours::Rgb };
    Ok((decoder, colours))
}

fn orientation<R: BufRead + Seek>(decoder: &mut WebPDecoder<R>) -> Orientation {
    let exif = decoder.exif_metadata().ok().flatten();
    exif.map_or(Orientation::UPRIGHT, |exif| Orientation::of_exif(&exif))
}

fn problem(error: DecodingError) -> Problem {
    let format = Format::WebP;
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Problem::Truncated { format }
        }
        DecodingError::NotEnoughInitData => Problem::Truncated { format },
        DecodingError::UnsupportedFeature(reason) => Problem::Unsupported { format, reason },
        error => Problem::Damaged { format, reason: error.to_string() },
    }
}

//! JPEG files.

use super::orientation::Orientation;
use super::raw::{Colours, Raw};
use super::sample::Pixels;
use super::{Format, Header, Problem, admit};
use std::io::{BufRead, Seek};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::{ZByteReaderTrait, ZCursor};
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Reads the header.
pub(super) fn header(input: impl BufRead + Seek) -> Result<Header, Problem> {
    let (decoder, colours) = begin(input)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let header = Header { width, height, channels: colours.samples(), bits: 8, format: Format::Jpeg };
    Ok(header.turned(orientation(&decoder)))
}

/// Decodes a file; `buffer` becomes the picture's samples.
pub(super) fn decode(bytes: &[u8], mut buffer: Vec<u8>) -> Result<Raw, Problem> {
    // A decoder fills up what is missing with grey.
    if !is_complete(bytes) {
        return Err(Problem::Truncated { format: Format::Jpeg });
    }
    let (mut decoder, colours) = begin(ZCursor::new(bytes))?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    buffer.resize(width * height * colours.samples(), 0);
    decoder.decode_into(&mut buffer).map_err(problem)?;
    Ok(Raw {
        height,
        width,
        colours,
        bits: 8,
        transparent: None,
        samples: Pixels::Bytes(buffer),
        orientation: orientation(&decoder),
    })
}

/// Reads the header and chooses the colours that the decoder converts to: CMYK and YCCK become RGB.
fn begin<T: ZByteReaderTrait>(input: T) -> Result<(JpegDecoder<T>, Colours), Problem> {
    // Other readers pass over bytes between the blocks of a header, but data must be as it should be.
    let options = DecoderOptions::default().set_strict_mode(false).set_max_width(65535).set_max_height(65535);
    let mut decoder = JpegDecoder::new_with_options(input, options);
    decoder.decode_headers().map_err(problem)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let components = decoder.info().map_or(0, |info| info.components);
    admit(width as u64, height as u64, components.into())?;
    let (space, colours) = match components {
        1 => (ColorSpace::Luma, Colours::Grey),
        3 | 4 => (ColorSpace::RGB, Colours::Rgb),
        _ => {
            let reason = format!("it has {components} components");
            return Err(Problem::Unsupported { format: Format::Jpeg, reason });
        }
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space).set_strict_mode(true));
    Ok((decoder, colours))
}

fn orientation<T: ZByteReaderTrait>(decoder: &JpegDecoder<T>) -> Orientation {
    decoder.exif().map_or(Orientation::UPRIGHT, |exif| Orientation::of_exif(exif))
}

fn problem(error: DecodeErrors) -> Problem {
    let format = Format::Jpeg;
    match error {
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => Problem::Truncated { format },
        DecodeErrors::Unsupported(kind) => Problem::Unsupported { format, reason: format!("{kind:?}") },
        DecodeErrors::SofError(reason) if reason.contains("bits of precision") => {
            Problem::Unsupported { format, reason: "it has more than 8 bits".into() }
        }
        DecodeErrors::ZeroError => Problem::Damaged { format, reason: "its height or width is 0".into() },
        // Some of its texts are quoted.
        error => Problem::Damaged { format, reason: error.to_string().trim_matches('"').into() },
    }
}

/// Returns whether the marker of the end follows the last scan. The marker may also occur inside of segments, such
/// as that of a thumbnail, so that segments are passed over.
fn is_complete(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) else {
            return false;
        };
        at += found + 1;
        match bytes.get(at) {
            None => return false,
            // A byte of 255 in the data, a restart, or a byte that fills up.
            Some(0 | 1 | 0xd0..=0xd8) => at += 1,
            Some(0xff) => {}
            Some(0xd9) => return true,
            Some(_) => match bytes.get(at + 1..at + 3) {
                Some(&[high, low]) => at += 1 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
        }
    }
}

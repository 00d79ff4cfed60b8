//! BMP files.

use super::orientation::Orientation;
use super::raw::{Colours, Raw};
use super::sample::Pixels;
use super::{Format, Header, Problem, admit};
use std::borrow::Cow;
use std::io::{BufRead, Seek};
use zune_bmp::zune_core::bytestream::{ZByteReaderTrait, ZCursor};
use zune_bmp::zune_core::colorspace::ColorSpace;
use zune_bmp::zune_core::options::DecoderOptions;
use zune_bmp::{BmpDecoder, BmpDecoderErrors};

/// Reads the header.
pub(super) fn header(input: impl BufRead + Seek) -> Result<Header, Problem> {
    let (decoder, colours) = begin(input)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    Ok(Header { width, height, channels: colours.samples(), bits: 8, format: Format::Bmp })
}

/// Decodes a file.
pub(super) fn decode(bytes: &[u8]) -> Result<Raw, Problem> {
    let bytes = prepared(bytes)?;
    let (mut decoder, colours) = begin(ZCursor::new(&bytes[..]))?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let samples = Pixels::Bytes(decoder.decode().map_err(problem)?);
    if samples.len() != width * height * colours.samples() {
        return Err(Problem::Damaged {
            format: Format::Bmp,
            reason: "it has another number of pixels".into(),
        });
    }
    Ok(Raw { height, width, colours, bits: 8, transparent: None, samples, orientation: Orientation::UPRIGHT })
}

fn begin<T: ZByteReaderTrait>(input: T) -> Result<(BmpDecoder<T>, Colours), Problem> {
    let options = DecoderOptions::default().set_strict_mode(true);
    let options = options.set_max_width(1 << 27).set_max_height(1 << 27);
    let mut decoder = BmpDecoder::new_with_options(input, options);
    decoder.decode_headers().map_err(problem)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    admit(width as u64, height as u64, 4)?;
    let colours = match decoder.colorspace() {
        Some(ColorSpace::Luma) => Colours::Grey,
        Some(ColorSpace::RGB) => Colours::Rgb,
        Some(ColorSpace::RGBA) => Colours::Rgba,
        space => {
            let reason = format!("its colours are {space:?}");
            return Err(Problem::Unsupported { format: Format::Bmp, reason });
        }
    };
    Ok((decoder, colours))
}

/// Changes a file so that the decoder reads it as it is meant: it takes the bytes that fill up rows of 1, 2 or 4 bits
/// to a multiple of 4 for pixels, and looks for masks of colours after any header, even at the end of a file.
fn prepared(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Problem> {
    const LEAST: usize = 128;
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let short = |at: usize| u16::from_le_bytes([byte(at), byte(at + 1)]);
    let long = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| byte(at + i)));
    let (width, height, bits, compression) = match long(14) {
        12 => (short(18).into(), short(20).into(), short(24), 0),
        16 => (long(18), long(22), short(28), 0),
        _ => (long(18), long(22), short(28), long(30)),
    };
    let row = (u64::from(width) * u64::from(bits)).div_ceil(8);
    let packed = row.next_multiple_of(4);
    let rows = u64::from((height as i32).unsigned_abs());
    // The last row may lack what fills it up.
    let end = packed
        .checked_mul(rows.saturating_sub(1))
        .and_then(|start| start.checked_add(row + u64::from(long(10))));
    if matches!(compression, 0 | 3) && end.is_none_or(|end| end > bytes.len() as u64) {
        return Err(Problem::Truncated { format: Format::Bmp });
    }
    let mut changed = Cow::Borrowed(bytes);
    if bits < 8
        && compression == 0
        && row < packed
        && let Some((header, data)) = bytes.split_at_checked(long(10) as usize)
    {
        let mut packed_rows = header.to_vec();
        for row_bytes in data.chunks(packed as usize) {
            packed_rows.extend_from_slice(&row_bytes[..row_bytes.len().min(row as usize)]);
        }
        changed = packed_rows.into();
    }
    if changed.len() < LEAST {
        changed.to_mut().resize(LEAST, 0);
    }
    Ok(changed)
}

fn problem(error: BmpDecoderErrors) -> Problem {
    let format = Format::Bmp;
    match error {
        BmpDecoderErrors::IoErrors(_) => Problem::Truncated { format },
        error => Problem::Damaged { format, reason: format!("{error:?}").trim_end().to_string() },
    }
}

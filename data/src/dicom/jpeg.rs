//! Frames of JPEG: baseline, extended of 8 bits, and lossless.

use super::Problem;
use super::layout::{Layout, Photometric};
use super::pixels::Samples;
use jpeg_decoder::{ColorTransform, Decoder, Error, PixelFormat, UnsupportedFeature};

/// The most samples that one byte of JPEG makes: a block of 64 takes at least two bits, and colours may be halved twice.
const MOST_RATIO: usize = 1024;

/// Decodes a frame; returns it with the meaning of its samples, which the frame itself may say.
pub(super) fn decode(bytes: &[u8], layout: &Layout, frame: usize) -> Result<(Samples, Photometric), Problem> {
    let damaged = |cause: String| Problem::Jpeg { frame, cause };
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(bytes.len().saturating_mul(MOST_RATIO));
    // Colours are converted later, as the attributes say: samples that are called RGB stay as they are.
    if layout.samples == 3 {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    let refused = |error: Error| match error {
        Error::Unsupported(UnsupportedFeature::SamplePrecision(bits)) => Problem::Precision { frame, bits },
        other => damaged(other.to_string()),
    };
    decoder.read_info().map_err(refused)?;
    let info = decoder.info().ok_or_else(|| damaged("it has no frame".into()))?;
    let (samples, size) = match info.pixel_format {
        PixelFormat::L8 => (1, 1),
        PixelFormat::L16 => (1, 2),
        PixelFormat::RGB24 => (3, 1),
        PixelFormat::CMYK32 => (4, 1),
    };
    let found = [usize::from(info.height), usize::from(info.width), samples];
    let expected = [layout.rows, layout.columns, layout.samples];
    if found != expected {
        return Err(Problem::FrameSize { frame, expected, found });
    }
    if layout.area().saturating_mul(samples * size) > bytes.len().saturating_mul(MOST_RATIO) {
        return Err(damaged("it is too short for its size".into()));
    }
    let pixels = decoder.decode().map_err(refused)?;
    if pixels.len() != layout.area() * samples * size {
        return Err(damaged(format!("it has {} bytes of pixels", pixels.len())));
    }
    let decoded = match size {
        1 => (0..samples)
            .flat_map(|channel| pixels[channel..].iter().step_by(samples).map(|&byte| u32::from(byte)))
            .collect(),
        _ => {
            let (words, _) = pixels.as_chunks::<2>();
            words.iter().map(|&word| u32::from(u16::from_ne_bytes(word))).collect()
        }
    };
    let photometric = match (layout.samples, adobe(bytes)) {
        (3, Some(0)) => Photometric::Rgb,
        (3, Some(1)) => Photometric::Ybr,
        _ => layout.photometric,
    };
    Ok((decoded, photometric))
}

/// Returns the transformation of colours in Adobe's marker before the first scan, if there is one.
fn adobe(mut bytes: &[u8]) -> Option<u8> {
    bytes = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let ([0xff, marker], rest) = bytes.split_first_chunk::<2>()? else { return None };
        if *marker == 0xff {
            bytes = &bytes[1..];
            continue;
        }
        let (&len, _) = rest.split_first_chunk::<2>()?;
        let (segment, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(len)))?;
        match (marker, segment.get(2..7)) {
            (0xee, Some(b"Adobe")) => return segment.get(13).copied(),
            (0xda, _) => return None,
            _ => bytes = rest,
        }
    }
}

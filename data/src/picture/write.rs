//! Writing of PNG files.

use super::{Picture, Pixels, Problem};
use crate::Error;
use ::png::{BitDepth, ColorType, Encoder};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a picture as a PNG file of 8 bits, or of 16 bits if its samples are words.
///
/// # Errors
/// If the picture's channels are not 1, 3 or 4, its samples are floats, or the file cannot be written.
pub fn write_png(file: &Path, picture: &Picture) -> Result<(), Error> {
    let write = || -> Result<(), Problem> {
        let bytes = encode_png(picture)?;
        let mut output = BufWriter::new(File::create(file).map_err(Problem::Write)?);
        output.write_all(&bytes).and_then(|()| output.flush()).map_err(Problem::Write)
    };
    write().map_err(|problem| Error::new(file, problem))
}

/// Encodes a picture as the bytes of a PNG file.
///
/// # Errors
/// If the picture's channels are not 1, 3 or 4, its samples are floats, or they are not as many as its size says.
pub fn encode_png(picture: &Picture) -> Result<Vec<u8>, Problem> {
    let Picture { channels, height, width, .. } = *picture;
    let colours = match channels {
        1 => ColorType::Grayscale,
        3 => ColorType::Rgb,
        4 => ColorType::Rgba,
        wanted => return Err(Problem::Channels { wanted }),
    };
    let invalid = |text: &str| Problem::Write(io::Error::new(io::ErrorKind::InvalidInput, text));
    let plane = height * width;
    if picture.pixels.len() != channels * plane {
        return Err(invalid("the number of samples is not that of the size"));
    }
    // PNG has the channels of a pixel beside one another.
    let order = (0..plane).flat_map(|pixel| (0..channels).map(move |c| c * plane + pixel));
    let (depth, data): (_, Vec<u8>) = match &picture.pixels {
        Pixels::Bytes(samples) => (BitDepth::Eight, order.map(|i| samples[i]).collect()),
        Pixels::Words(samples) => (BitDepth::Sixteen, order.flat_map(|i| samples[i].to_be_bytes()).collect()),
        Pixels::Floats(_) => return Err(invalid("PNG has no floats")),
    };
    let size = |length: usize| u32::try_from(length).map_err(|_| invalid("the size is too large"));
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, size(width)?, size(height)?);
    encoder.set_color(colours);
    encoder.set_depth(depth);
    let encode = || encoder.write_header()?.write_image_data(&data);
    encode().map_err(|error| Problem::Write(error.into()))?;
    Ok(bytes)
}

/// Encodes a picture of a palette's colours, each pixel the index of one, as the bytes of a PNG file.
///
/// # Errors
/// If there are no or more than 256 colours, an index is of none, or there are not as many as the size says.
pub fn encode_png_palette(
    indices: &[u8],
    [height, width]: [usize; 2],
    colours: &[[u8; 3]],
) -> Result<Vec<u8>, Problem> {
    let invalid = |text: &str| Problem::Write(io::Error::new(io::ErrorKind::InvalidInput, text));
    if indices.len() != height * width {
        return Err(invalid("the number of samples is not that of the size"));
    }
    if colours.len() > 256 || indices.iter().any(|&index| usize::from(index) >= colours.len()) {
        return Err(invalid("a palette has a colour for each index, and 256 at most"));
    }
    let size = |length: usize| u32::try_from(length).map_err(|_| invalid("the size is too large"));
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, size(width)?, size(height)?);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(colours.concat());
    let encode = || encoder.write_header()?.write_image_data(indices);
    encode().map_err(|error| Problem::Write(error.into()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::{Fit, Wanted, decode};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (channels, pixels) in [
            (1, Pixels::Bytes(vec![0, 1, 2, 253, 254, 255])),
            (1, Pixels::Words(vec![0, 1, 256, 257, 65534, 65535])),
            (3, Pixels::Bytes((0..18).collect())),
            (3, Pixels::Words((0..18).map(|i| i * 3000).collect())),
            (4, Pixels::Bytes((0..24).collect())),
        ] {
            let picture = Picture { channels, height: 2, width: 3, pixels };
            let wanted = Wanted { channels, size: Some([2, 3]), fit: Fit::Exact, background: 1.0 };
            assert_eq!(decode(&encode_png(&picture).unwrap(), &wanted).unwrap(), picture);
        }
    }

    #[test]
    fn a_palette_is_read_as_colours_and_as_indices() {
        use super::super::{Masks, Meaning, decode_mask};
        let colours = [[0, 0, 0], [255, 128, 0], [0, 0, 255]];
        let png = encode_png_palette(&[0, 1, 2, 1], [2, 2], &colours).unwrap();
        for meaning in [Meaning::Indices, Meaning::Colours(&colours)] {
            let wanted = Masks { meaning, size: None, fit: Fit::Exact, outside: 0 };
            assert_eq!(decode_mask(&png, &wanted).unwrap().classes, [0, 1, 2, 1]);
        }
        assert!(encode_png_palette(&[0, 3], [1, 2], &colours).is_err());
        assert!(encode_png_palette(&[0], [1, 2], &colours).is_err());
        assert!(encode_png_palette(&[], [0, 2], &colours).is_err());
    }

    #[test]
    fn what_png_cannot_hold_is_an_error() {
        let picture = |channels, pixels| Picture { channels, height: 1, width: 1, pixels };
        assert!(encode_png(&picture(2, Pixels::Bytes(vec![0; 2]))).is_err());
        assert!(encode_png(&picture(1, Pixels::Bytes(vec![0; 2]))).is_err());
        assert!(encode_png(&picture(1, Pixels::Floats(vec![0.0]))).is_err());
    }
}

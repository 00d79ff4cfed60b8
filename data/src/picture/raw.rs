//! Pictures as files store them, before colours and sizes are changed.

use super::orientation::Orientation;
use super::sample::{Pixels, Sample};
use super::{Format, Problem};

/// Meaning of a pixel's samples.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Colours {
    /// Brightness.
    Grey,
    /// Brightness and opacity.
    GreyAlpha,
    /// Red, green and blue.
    Rgb,
    /// Red, green, blue and opacity.
    Rgba,
    /// An index into colours of red, green, blue and opacity.
    Palette(Vec<[u8; 4]>),
}

impl Colours {
    /// Returns the number of samples of a pixel in the file.
    pub(super) fn samples(&self) -> usize {
        match self {
            Colours::Grey | Colours::Palette(_) => 1,
            Colours::GreyAlpha => 2,
            Colours::Rgb => 3,
            Colours::Rgba => 4,
        }
    }
}

/// A picture as its file stores it.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    /// The number of rows.
    pub(super) height: usize,
    /// The number of pixels of a row.
    pub(super) width: usize,
    /// The meaning of samples.
    pub(super) colours: Colours,
    /// The bits of a sample: 1, 2, 4 or 8 of a byte, 16 of a word, 32 of a float.
    pub(super) bits: u8,
    /// The stored colour that is transparent.
    pub(super) transparent: Option<[u16; 3]>,
    /// The samples, pixel by pixel.
    pub(super) samples: Pixels,
    /// The way to turn the picture upright.
    pub(super) orientation: Orientation,
}

impl Raw {
    /// Replaces palettes, transparent colours and samples of fewer than 8 bits by samples of the full range.
    ///
    /// # Errors
    /// If an index is outside of the palette.
    pub(super) fn widen(mut self, format: Format) -> Result<Raw, Problem> {
        if let Colours::Palette(palette) = &self.colours {
            let Pixels::Bytes(indices) = &self.samples else {
                return Err(Problem::Unsupported {
                    format,
                    reason: "its palette has more than 256 colours".into(),
                });
            };
            let mut table = [[0; 4]; 256];
            table.iter_mut().zip(palette).for_each(|(to, &colour)| *to = colour);
            if let Some(index) = indices.iter().find(|&&index| usize::from(index) >= palette.len()) {
                let reason = format!("a pixel has colour {index} of a palette of {}", palette.len());
                return Err(Problem::Damaged { format, reason });
            }
            let opaque = palette.iter().all(|colour| colour[3] == 255);
            let samples = if opaque {
                indices
                    .iter()
                    .flat_map(|&i| {
                        let [r, g, b, _] = table[usize::from(i)];
                        [r, g, b]
                    })
                    .collect()
            } else {
                indices.iter().flat_map(|&i| table[usize::from(i)]).collect()
            };
            self.samples = Pixels::Bytes(samples);
            self.colours = if opaque { Colours::Rgb } else { Colours::Rgba };
            self.bits = 8;
        }
        if let Some(transparent) = self.transparent.take() {
            self.make_transparent(transparent);
        }
        if let (1..8, Pixels::Bytes(samples)) = (self.bits, &mut self.samples) {
            let scale = 255 / ((1 << self.bits) - 1);
            samples.iter_mut().for_each(|sample| *sample *= scale);
            self.bits = 8;
        }
        Ok(self)
    }

    /// Adds opacity: none where pixels have the transparent colour.
    fn make_transparent(&mut self, transparent: [u16; 3]) {
        fn add<S: Sample + Into<u32>, const FROM: usize>(
            samples: &[S],
            full: S,
            transparent: [u16; 3],
        ) -> Vec<S> {
            let (pixels, _) = samples.as_chunks::<FROM>();
            let mut with = Vec::with_capacity(pixels.len() * (FROM + 1));
            for pixel in pixels {
                let hidden = pixel.iter().zip(transparent).all(|(&sample, t)| sample.into() == u32::from(t));
                with.extend_from_slice(pixel);
                with.push(if hidden { S::default() } else { full });
            }
            with
        }
        let full = ((1u32 << self.bits.min(16)) - 1) as u16;
        let grey = self.colours == Colours::Grey;
        self.samples = match &self.samples {
            Pixels::Bytes(samples) if grey => Pixels::Bytes(add::<u8, 1>(samples, full as u8, transparent)),
            Pixels::Bytes(samples) => Pixels::Bytes(add::<u8, 3>(samples, full as u8, transparent)),
            Pixels::Words(samples) if grey => Pixels::Words(add::<u16, 1>(samples, full, transparent)),
            Pixels::Words(samples) => Pixels::Words(add::<u16, 3>(samples, full, transparent)),
            Pixels::Floats(_) => return,
        };
        self.colours = if grey { Colours::GreyAlpha } else { Colours::Rgba };
    }
}

/// Unpacks rows of samples of 1, 2 or 4 bits, each of which begins with a byte, to a byte for each sample.
pub(super) fn unpack(packed: &[u8], row_samples: usize, bits: u8) -> Vec<u8> {
    let row_bytes = (row_samples * usize::from(bits)).div_ceil(8).max(1);
    let (each, mask) = (8 / usize::from(bits), ((1u16 << bits) - 1) as u8);
    let mut samples = Vec::with_capacity(packed.len() / row_bytes * row_samples);
    for row in packed.chunks_exact(row_bytes) {
        samples
            .extend((0..row_samples).map(|i| row[i / each] >> (8 - bits as usize * (i % each + 1)) & mask));
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_unpacked_from_the_highest_bits() {
        assert_eq!(unpack(&[0b1010_0000, 0b0110_0000], 3, 1), [1, 0, 1, 0, 1, 1]);
        assert_eq!(unpack(&[0b0001_1011, 0b1100_0000], 5, 2), [0, 1, 2, 3, 3]);
        assert_eq!(unpack(&[0x1f], 2, 4), [1, 15]);
    }
}

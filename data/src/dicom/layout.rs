//! The size and the encoding of a file's pixels.

use super::Problem;
use super::data_set::{DataSet, Tag};

const SAMPLES: Tag = 0x0028_0002;
const PHOTOMETRIC: Tag = 0x0028_0004;
const PLANAR: Tag = 0x0028_0006;
const FRAMES: Tag = 0x0028_0008;
const ROWS: Tag = 0x0028_0010;
const COLUMNS: Tag = 0x0028_0011;
const ALLOCATED: Tag = 0x0028_0100;
const STORED: Tag = 0x0028_0101;
const HIGH: Tag = 0x0028_0102;
const REPRESENTATION: Tag = 0x0028_0103;

/// The meaning of a pixel's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Photometric {
    /// Intensities, of which the smallest is white.
    Monochrome1,
    /// Intensities, of which the smallest is black.
    Monochrome2,
    Rgb,
    /// Luminance and two differences of colours.
    Ybr,
    /// Like [`Photometric::Ybr`]; without compression two pixels share their colours.
    Ybr422,
    /// Places in a table of colours.
    Palette,
}

/// The size and the encoding of pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) samples: usize,
    pub(super) frames: usize,
    pub(super) photometric: Photometric,
    /// The samples of a frame lie one after the other, not those of a pixel.
    pub(super) planar: bool,
    /// The bits of a sample: 1, 8, 16 or 32.
    pub(super) allocated: u32,
    /// The bits that are used.
    pub(super) stored: u32,
    /// The number of the highest of these.
    high: u32,
    pub(super) signed: bool,
}

impl Layout {
    pub(super) fn of(set: &DataSet<'_>) -> Result<Layout, Problem> {
        let required = |tag| set.integers(tag).first().copied().ok_or(Problem::Missing { tag });
        let photometric = match &*set.text(PHOTOMETRIC) {
            "MONOCHROME1" => Photometric::Monochrome1,
            "MONOCHROME2" => Photometric::Monochrome2,
            "RGB" => Photometric::Rgb,
            "YBR_FULL" => Photometric::Ybr,
            "YBR_FULL_422" => Photometric::Ybr422,
            "PALETTE COLOR" => Photometric::Palette,
            "" => return Err(Problem::Missing { tag: PHOTOMETRIC }),
            other => return Err(Problem::Photometric { found: other.into() }),
        };
        let wrong = |tag, expected: &'static str, found: u32| Problem::Attribute {
            tag,
            expected,
            found: found.to_string(),
        };
        let coloured = matches!(photometric, Photometric::Rgb | Photometric::Ybr | Photometric::Ybr422);
        let samples = set.integers(SAMPLES).first().copied().unwrap_or(1);
        match (coloured, samples) {
            (true, 3) | (false, 1) => {}
            (true, _) => return Err(wrong(SAMPLES, "3, for colours", samples)),
            (false, _) => return Err(wrong(SAMPLES, "1, for intensities", samples)),
        }
        let allocated = required(ALLOCATED)?;
        if !matches!(allocated, 1 | 8 | 16 | 32) {
            return Err(wrong(ALLOCATED, "1, 8, 16 or 32", allocated));
        }
        let stored = set.integers(STORED).first().copied().unwrap_or(allocated);
        if !(1..=allocated).contains(&stored) {
            return Err(wrong(STORED, "1 to the number of bits allocated", stored));
        }
        let high = set.integers(HIGH).first().copied().unwrap_or(stored - 1);
        if !(stored - 1..allocated).contains(&high) {
            return Err(wrong(HIGH, "the number of the highest bit stored", high));
        }
        let positive = |tag| match required(tag)? {
            number @ 1..=0xffff => Ok(number as usize),
            number => Err(wrong(tag, "1 to 65535", number)),
        };
        let frames = match &*set.text(FRAMES) {
            "" => 1,
            text => text.parse().ok().filter(|&frames| frames > 0).ok_or_else(|| Problem::Attribute {
                tag: FRAMES,
                expected: "a positive number",
                found: text.into(),
            })?,
        };
        Ok(Layout {
            rows: positive(ROWS)?,
            columns: positive(COLUMNS)?,
            samples: samples as usize,
            frames,
            photometric,
            planar: coloured && set.integers(PLANAR).first() == Some(&1),
            allocated,
            stored,
            high,
            signed: set.integers(REPRESENTATION).first() == Some(&1),
        })
    }

    /// Returns the number of a frame's pixels, which are less than 2^32.
    pub(super) fn area(&self) -> usize {
        self.rows * self.columns
    }

    /// Converts a sample as it lies in the file to its number.
    pub(super) fn number(&self, raw: u32) -> i64 {
        let bits = i64::from(raw >> (self.high + 1 - self.stored)) & ((1 << self.stored) - 1);
        if self.signed && bits >> (self.stored - 1) == 1 { bits - (1 << self.stored) } else { bits }
    }
}

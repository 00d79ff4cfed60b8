//! The numbers of samples: in 64 bits from a table to their scaling, in bytes from pictures to a batch.

use super::{compact, copied};
use crate::weights::Normalization;
use std::borrow::Cow;
use std::ops::Range;

/// Bytes that are scaled at once take four times their memory: 512 MB at most.
const MOST: usize = 1 << 27;

/// Numbers of samples, one sample after another.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Numbers {
    /// Numbers of 32 bits.
    Single(Vec<f32>),
    /// A table's numbers, which keep 64 bits until they are scaled: the seconds of a Unix time differ in digits that 32 bits do
    /// not have.
    Double {
        /// The numbers as the network sees them.
        rounded: Vec<f32>,
        /// The numbers with all their digits.
        exact: Vec<f64>,
    },
    /// Pixels: a byte `b` is `b / 255`.
    Bytes(Vec<u8>),
}

impl Numbers {
    /// Creates the numbers of a table.
    pub(super) fn exact(exact: Vec<f64>) -> Numbers {
        Numbers::Double { rounded: exact.iter().map(|&x| x as f32).collect(), exact }
    }

    /// Returns the number of numbers.
    pub(super) fn len(&self) -> usize {
        match self {
            Numbers::Single(numbers) => numbers.len(),
            Numbers::Double { exact, .. } => exact.len(),
            Numbers::Bytes(bytes) => bytes.len(),
        }
    }

    /// Returns all numbers in 32 bits.
    pub(super) fn in_32_bits(&self) -> Cow<'_, [f32]> {
        match self {
            Numbers::Single(numbers) | Numbers::Double { rounded: numbers, .. } => Cow::Borrowed(numbers),
            Numbers::Bytes(bytes) => Cow::Owned(bytes.iter().map(|&byte| pixel(byte)).collect()),
        }
    }

    /// Returns the place of the first number that fits; bytes are not looked at, which are all from 0 to 1.
    pub(super) fn position(&self, fits: impl Fn(f32) -> bool) -> Option<usize> {
        match self {
            Numbers::Single(numbers) | Numbers::Double { rounded: numbers, .. } => {
                numbers.iter().position(|&number| fits(number))
            }
            Numbers::Bytes(_) => None,
        }
    }

    /// Returns the numbers, to change; from here on they have 32 bits.
    pub(super) fn as_mut(&mut self) -> &mut Vec<f32> {
        if !matches!(self, Numbers::Single(_)) {
            *self = Numbers::Single(self.in_32_bits().into_owned());
        }
        match self {
            Numbers::Single(numbers) => numbers,
            Numbers::Double { .. } | Numbers::Bytes(_) => unreachable!("it was replaced above"),
        }
    }

    /// Appends the numbers of a range.
    pub(super) fn append(&self, range: Range<usize>, to: &mut Vec<f32>) {
        match self {
            Numbers::Single(numbers) | Numbers::Double { rounded: numbers, .. } => {
                to.extend_from_slice(&numbers[range]);
            }
            Numbers::Bytes(bytes) => to.extend(bytes[range].iter().map(|&byte| pixel(byte))),
        }
    }

    /// Returns the number at index `at` with all its bits.
    pub(super) fn get(&self, at: usize) -> f64 {
        match self {
            Numbers::Single(numbers) => f64::from(numbers[at]),
            Numbers::Double { exact, .. } => exact[at],
            Numbers::Bytes(bytes) => f64::from(pixel(bytes[at])),
        }
    }

    /// Scales all numbers at once, which then have 32 bits; returns whether it did: too many bytes are scaled when they are needed.
    #[must_use]
    pub(super) fn normalize(&mut self, normalization: &Normalization) -> bool {
        match self {
            Numbers::Single(numbers) => normalization.apply(numbers),
            Numbers::Double { exact, .. } => *self = Numbers::Single(normalization.of(exact)),
            Numbers::Bytes(bytes) if bytes.len() > MOST => return false,
            Numbers::Bytes(_) => normalization.apply(self.as_mut()),
        }
        true
    }

    /// Returns the numbers of these samples, `len` numbers each.
    pub(super) fn copied(&self, len: usize, samples: &[u32]) -> Numbers {
        match self {
            Numbers::Single(numbers) => Numbers::Single(copied(numbers, len, samples)),
            Numbers::Double { rounded, exact } => {
                Numbers::Double { rounded: copied(rounded, len, samples), exact: copied(exact, len, samples) }
            }
            Numbers::Bytes(bytes) => Numbers::Bytes(copied(bytes, len, samples)),
        }
    }

    /// Keeps these samples, which ascend.
    pub(super) fn keep(&mut self, len: usize, samples: &[u32]) {
        match self {
            Numbers::Single(numbers) => compact(numbers, len, samples),
            Numbers::Double { rounded, exact } => {
                compact(rounded, len, samples);
                compact(exact, len, samples);
            }
            Numbers::Bytes(bytes) => compact(bytes, len, samples),
        }
    }
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers::Single(vec![])
    }
}

fn pixel(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

impl From<Vec<f32>> for Numbers {
    fn from(numbers: Vec<f32>) -> Numbers {
        Numbers::Single(numbers)
    }
}

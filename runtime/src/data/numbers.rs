//! The numbers of samples: in 64 bits from a table to their scaling, in bytes from pictures to a batch, or outside of memory.

use super::streamed::Streamed;
use super::{Error, compact, copied};
use crate::weights::Normalization;
use netwright_model::Hash;
use rayon::prelude::*;
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
    /// Samples that are read when they are needed.
    #[cfg_attr(
        not(any(feature = "pictures", feature = "arrays")),
        expect(dead_code, reason = "only pictures and arrays are streamed")
    )]
    Streamed(Streamed),
}

impl Numbers {
    /// Creates the numbers of a table.
    pub(super) fn exact(exact: Vec<f64>) -> Numbers {
        Numbers::Double { rounded: exact.par_iter().map(|&x| x as f32).collect(), exact }
    }

    /// Returns the number of numbers.
    pub(super) fn len(&self) -> usize {
        match self {
            Numbers::Single(numbers) => numbers.len(),
            Numbers::Double { exact, .. } => exact.len(),
            Numbers::Bytes(bytes) => bytes.len(),
            Numbers::Streamed(samples) => samples.len(),
        }
    }

    /// Returns the samples if they are outside of memory.
    pub(super) fn streamed(&self) -> Option<&Streamed> {
        match self {
            Numbers::Streamed(samples) => Some(samples),
            Numbers::Single(_) | Numbers::Double { .. } | Numbers::Bytes(_) => None,
        }
    }

    /// Returns all numbers in 32 bits.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(super) fn in_32_bits(&self) -> Result<Cow<'_, [f32]>, Error> {
        Ok(match self {
            Numbers::Single(numbers) | Numbers::Double { rounded: numbers, .. } => Cow::Borrowed(numbers),
            Numbers::Bytes(bytes) => Cow::Owned(bytes.iter().map(|&byte| pixel(byte)).collect()),
            Numbers::Streamed(samples) => {
                let mut all = Vec::with_capacity(samples.len());
                samples.each(|numbers| all.extend_from_slice(numbers))?;
                Cow::Owned(all)
            }
        })
    }

    /// Returns the place of the first number that fits; bytes are not looked at, which are all from 0 to 1, and neither is what is
    /// outside of memory.
    #[cfg_attr(not(feature = "arrays"), expect(dead_code, reason = "other sources are checked elsewhere"))]
    pub(super) fn position(&self, fits: impl Fn(f32) -> bool) -> Option<usize> {
        match self {
            Numbers::Single(numbers) | Numbers::Double { rounded: numbers, .. } => {
                numbers.iter().position(|&number| fits(number))
            }
            Numbers::Bytes(_) | Numbers::Streamed(_) => None,
        }
    }

    /// Returns the first number of a range of whole samples that is not from 0 to 1; bytes are not looked at, which all are.
    pub(super) fn beyond(&self, range: Range<usize>) -> Option<f32> {
        match self {
            Numbers::Single(numbers) | Numbers::Double { rounded: numbers, .. } => {
                numbers[range].iter().copied().find(|number| !(0.0..=1.0).contains(number))
            }
            Numbers::Bytes(_) => None,
            Numbers::Streamed(samples) => samples.beyond(range),
        }
    }

    /// Returns the numbers, to change; from here on they are in memory and have 32 bits.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(super) fn as_mut(&mut self) -> Result<&mut Vec<f32>, Error> {
        if !matches!(self, Numbers::Single(_)) {
            *self = Numbers::Single(self.in_32_bits()?.into_owned());
        }
        match self {
            Numbers::Single(numbers) => Ok(numbers),
            Numbers::Double { .. } | Numbers::Bytes(_) | Numbers::Streamed(_) => {
                unreachable!("it was replaced above")
            }
        }
    }

    /// Appends the numbers of these samples, `len` numbers each.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(super) fn append(&self, len: usize, samples: &[u32], to: &mut Vec<f32>) -> Result<(), Error> {
        if let Numbers::Streamed(streamed) = self {
            return streamed.append(samples, to);
        }
        for &sample in samples {
            let at = sample as usize * len;
            self.append_range(at..at + len, to);
        }
        Ok(())
    }

    /// Appends all numbers, which are in memory.
    pub(super) fn append_all(&self, to: &mut Vec<f32>) {
        self.append_range(0..self.len(), to);
    }

    fn append_range(&self, range: Range<usize>, to: &mut Vec<f32>) {
        match self {
            Numbers::Single(numbers) | Numbers::Double { rounded: numbers, .. } => {
                to.extend_from_slice(&numbers[range]);
            }
            Numbers::Bytes(bytes) => to.extend(bytes[range].iter().map(|&byte| pixel(byte))),
            Numbers::Streamed(_) => unreachable!("these are read by samples"),
        }
    }

    /// Returns the number at index `at` with all its bits. The numbers are in memory.
    pub(super) fn get(&self, at: usize) -> f64 {
        match self {
            Numbers::Single(numbers) => f64::from(numbers[at]),
            Numbers::Double { exact, .. } => exact[at],
            Numbers::Bytes(bytes) => f64::from(pixel(bytes[at])),
            Numbers::Streamed(_) => unreachable!("these are read by samples"),
        }
    }

    /// Calls `work` with all numbers, with all their bits.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(super) fn each(&self, mut work: impl FnMut(f64)) -> Result<(), Error> {
        match self {
            Numbers::Streamed(samples) => {
                samples.each(|numbers| numbers.iter().for_each(|&x| work(f64::from(x))))
            }
            _ => {
                (0..self.len()).for_each(|at| work(self.get(at)));
                Ok(())
            }
        }
    }

    /// Returns the hash of a sample's numbers, `len` of them.
    pub(super) fn hash(&self, len: usize, sample: usize) -> Hash {
        match self {
            Numbers::Streamed(samples) => samples.hash(sample),
            _ => {
                let mut hash = Hash::default();
                (sample * len..(sample + 1) * len).for_each(|at| hash.number(self.get(at)));
                hash
            }
        }
    }

    /// Scales all numbers at once, which then have 32 bits; returns whether it did: numbers that would take too much memory are
    /// scaled when they are needed.
    #[must_use]
    pub(super) fn normalize(&mut self, normalization: &Normalization) -> bool {
        match self {
            Numbers::Single(numbers) => normalization.apply(numbers),
            Numbers::Double { exact, .. } => *self = Numbers::Single(normalization.of(exact)),
            Numbers::Bytes(bytes) if bytes.len() <= MOST => {
                let mut numbers = bytes.iter().map(|&byte| pixel(byte)).collect::<Vec<_>>();
                normalization.apply(&mut numbers);
                *self = Numbers::Single(numbers);
            }
            Numbers::Bytes(_) | Numbers::Streamed(_) => return false,
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
            Numbers::Streamed(streamed) => Numbers::Streamed(streamed.copied(samples)),
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
            Numbers::Streamed(streamed) => *streamed = streamed.copied(samples),
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

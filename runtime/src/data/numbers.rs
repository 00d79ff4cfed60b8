//! The numbers of samples, which keep 64 bits from the file to their scaling.

use super::{compact, copied};
use crate::weights::Normalization;

/// Numbers of samples, one sample after another.
///
/// A table's numbers are also kept in 64 bits until they are scaled: the seconds of a Unix time differ in digits that 32
/// bits do not have. Pixels are exact in 32 bits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Numbers {
    rounded: Vec<f32>,
    /// The numbers with 64 bits; empty where the rounded ones are all there is.
    exact: Vec<f64>,
}

impl Numbers {
    /// Creates the numbers of a table.
    pub(super) fn exact(exact: Vec<f64>) -> Numbers {
        Numbers { rounded: exact.iter().map(|&x| x as f32).collect(), exact }
    }

    pub(super) fn as_slice(&self) -> &[f32] {
        &self.rounded
    }

    /// Returns the numbers, to change; from here on they have 32 bits.
    pub(super) fn as_mut_slice(&mut self) -> &mut [f32] {
        self.exact = Vec::new();
        &mut self.rounded
    }

    /// Returns the number at index `at` with all its bits.
    pub(super) fn get(&self, at: usize) -> f64 {
        self.exact.get(at).copied().unwrap_or_else(|| f64::from(self.rounded[at]))
    }

    /// Scales all numbers, which then have 32 bits.
    pub(super) fn normalize(&mut self, normalization: &Normalization) {
        match std::mem::take(&mut self.exact) {
            exact if exact.is_empty() => normalization.apply(&mut self.rounded),
            exact => self.rounded = normalization.of(&exact),
        }
    }

    /// Returns the numbers of these samples, `len` numbers each.
    pub(super) fn copied(&self, len: usize, samples: &[u32]) -> Numbers {
        let exact = if self.exact.is_empty() { Vec::new() } else { copied(&self.exact, len, samples) };
        Numbers { rounded: copied(&self.rounded, len, samples), exact }
    }

    /// Keeps these samples, which ascend.
    pub(super) fn keep(&mut self, len: usize, samples: &[u32]) {
        compact(&mut self.rounded, len, samples);
        if !self.exact.is_empty() {
            compact(&mut self.exact, len, samples);
        }
    }
}

impl From<Vec<f32>> for Numbers {
    fn from(rounded: Vec<f32>) -> Numbers {
        Numbers { rounded, exact: Vec::new() }
    }
}

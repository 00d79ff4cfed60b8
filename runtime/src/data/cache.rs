//! Decoded samples: kept in memory, in a temporary file, or nowhere.

mod budget;
mod flat;

use super::Error;
use super::numbers::Numbers;
use super::streamed::{Facts, Outside, Seen, Streamed};
use crate::recipe::Cache;
use flat::Writer;
use rayon::prelude::*;
use std::sync::Arc;

pub(super) use budget::budget;

/// Collector of decoded samples, in their order.
#[derive(Debug)]
pub(super) struct Keeper {
    place: Place,
    seen: Seen,
    /// The number of samples that were added.
    added: usize,
    /// Numbers of a sample.
    len: usize,
    /// The number of samples that are expected.
    count: usize,
    /// The bytes that they may take in memory; `None` if they are there, or not, whatever they take.
    budget: Option<u64>,
    /// The bytes that they would take, if that is too much.
    too_many: Option<u64>,
}

#[derive(Debug)]
enum Place {
    Memory(Numbers),
    Disk(Writer),
    Nowhere,
}

impl Keeper {
    /// Creates the collector of `count` samples of `len` numbers each. Samples that stay in memory by themselves take at most
    /// `budget` bytes.
    ///
    /// # Errors
    /// If they are to be kept in a file that cannot be created.
    pub(super) fn new(cache: Cache, count: usize, len: usize, budget: u64) -> Result<Keeper, Error> {
        let place = match cache {
            Cache::Found | Cache::Memory => Place::Memory(Numbers::Bytes(vec![])),
            Cache::Disk => Place::Disk(Writer::new()?),
            Cache::None => Place::Nowhere,
        };
        let budget = (cache == Cache::Found).then_some(budget);
        let mut keeper =
            Keeper { place, seen: Seen::default(), added: 0, len, count, budget, too_many: None };
        if keeper.is_too_much(1) {
            keeper.place = Place::Nowhere;
        }
        if let Place::Memory(Numbers::Bytes(bytes)) = &mut keeper.place {
            // Without room they grow step by step, until there is none.
            let _ = bytes.try_reserve_exact(count.saturating_mul(len));
        }
        Ok(keeper)
    }

    /// Returns true if [`add`](Keeper::add) needs the facts of samples: whoever decodes them can learn them on many threads.
    pub(super) fn needs_facts(&self) -> bool {
        !matches!(self.place, Place::Memory(_))
    }

    /// Adds the next sample.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn add(&mut self, sample: Numbers, facts: Option<Facts>) -> Result<(), Error> {
        let is_finer = !matches!(sample, Numbers::Bytes(_));
        if is_finer && matches!(self.place, Place::Memory(Numbers::Bytes(_))) && self.is_too_much(4) {
            self.forget();
        }
        if self.needs_facts() {
            self.seen.push(facts.unwrap_or_else(|| Facts::of(&sample, sample.len(), 0)));
        }
        match &mut self.place {
            Place::Memory(numbers) => match (numbers, sample) {
                (Numbers::Bytes(all), Numbers::Bytes(sample)) => all.extend_from_slice(&sample),
                (numbers, sample) => sample.append_all(numbers.as_mut()?),
            },
            Place::Disk(writer) => writer.add(&sample)?,
            Place::Nowhere => {}
        }
        self.added += 1;
        Ok(())
    }

    /// Returns all samples; those that are kept nowhere are read again from where they come from.
    ///
    /// # Errors
    /// If the last ones cannot be written.
    pub(super) fn finish(self, origin: impl FnOnce() -> Arc<dyn Outside>) -> Result<Numbers, Error> {
        match self.place {
            Place::Memory(numbers) => Ok(numbers),
            Place::Disk(_) | Place::Nowhere => Ok(Numbers::Streamed(self.outside(origin())?)),
        }
    }

    /// Returns all samples, which are not in memory: in the file, or read again from where they come from.
    ///
    /// # Errors
    /// If the last ones cannot be written.
    pub(super) fn outside(self, origin: Arc<dyn Outside>) -> Result<Streamed, Error> {
        let place: Arc<dyn Outside> = match self.place {
            Place::Disk(writer) => Arc::new(writer.finish(self.len)?),
            Place::Memory(_) | Place::Nowhere => origin,
        };
        Ok(Streamed::new(place, self.seen, self.added, self.len))
    }

    /// Returns a remark for people on samples that take too much memory.
    #[cfg_attr(not(feature = "pictures"), expect(dead_code, reason = "arrays have remarks of their own"))]
    pub(super) fn note(&self) -> Option<String> {
        const GIGABYTE: f64 = (1_u64 << 30) as f64;
        let bytes = self.too_many? as f64;
        Some(format!(
            "decoded, the samples take {:.1} GB, more than half of the free memory: they are read anew in each epoch; \
             `cache=disk` keeps them in a temporary file, `cache=memory` in memory",
            bytes / GIGABYTE
        ))
    }

    /// Returns true if all samples would take too much memory with numbers of `bytes` bytes, and notes it.
    fn is_too_much(&mut self, bytes: u64) -> bool {
        let bytes = bytes.saturating_mul(self.count as u64).saturating_mul(self.len as u64);
        let is_too_much = self.budget.is_some_and(|budget| bytes > budget);
        // Samples that are not all of one size will be refused, which needs them in memory.
        let is_even = match &self.place {
            Place::Memory(numbers) => numbers.len() == self.added * self.len,
            Place::Disk(_) | Place::Nowhere => true,
        };
        if is_too_much && is_even {
            self.too_many = Some(bytes);
        }
        is_too_much && is_even
    }

    /// Keeps the facts of the samples in memory instead of them.
    fn forget(&mut self) {
        if let Place::Memory(numbers) = std::mem::replace(&mut self.place, Place::Nowhere) {
            let facts = |sample| Facts::of(&numbers, self.len, sample);
            let facts: Vec<Facts> = (0..self.added).into_par_iter().map(facts).collect();
            facts.into_iter().for_each(|facts| self.seen.push(facts));
        }
    }
}

#[cfg(test)]
mod tests;

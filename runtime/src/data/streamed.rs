//! Samples that stay outside of memory, and are read when they are needed.

use super::numbers::Numbers;
use super::{Error, Problem};
use netwright_model::Hash;
use rayon::prelude::*;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Numbers that are read at once by all threads: 16 MB in 32 bits.
const NUMBERS_AT_ONCE: usize = 1 << 22;

/// Place of samples outside of memory, such as files of pictures.
pub(super) trait Outside: fmt::Debug + Send + Sync {
    /// Returns a function that makes a sample from its number; each thread has its own.
    fn reader(&self) -> ReadOne;

    /// Returns the file of a sample, for messages.
    fn file(&self, sample: usize) -> &Path;
}

/// Function that makes a sample from its number.
pub(super) type ReadOne = Box<dyn FnMut(usize) -> Result<Numbers, Error> + Send>;

/// Facts about samples that were learned when each was read once.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The hash of each sample's numbers.
    hashes: Vec<Hash>,
    /// The samples with numbers that are not from 0 to 1, in ascending order, with the first such number of each.
    beyond: Vec<(u32, f32)>,
}

impl Seen {
    /// Notes the facts of the next sample.
    pub(super) fn push(&mut self, facts: Facts) {
        let sample = self.hashes.len() as u32;
        self.hashes.push(facts.hash);
        self.beyond.extend(facts.beyond.map(|number| (sample, number)));
    }
}

/// Facts about one sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    hash: Hash,
    beyond: Option<f32>,
}

impl Facts {
    /// Creates the facts of a target, of which the hash counts.
    #[cfg_attr(
        all(feature = "arrays", not(feature = "pictures")),
        expect(dead_code, reason = "only masks are streamed targets")
    )]
    pub(super) fn of_target(hash: Hash) -> Facts {
        Facts { hash, beyond: None }
    }

    /// Learns the facts of a sample among others in memory, `len` numbers each.
    pub(super) fn of(samples: &Numbers, len: usize, sample: usize) -> Facts {
        Facts { hash: samples.hash(len, sample), beyond: samples.beyond(sample * len..(sample + 1) * len) }
    }
}

/// Samples outside of memory.
#[derive(Clone, Debug)]
pub(super) struct Streamed {
    place: Arc<dyn Outside>,
    seen: Arc<Seen>,
    /// The numbers of the samples in their place.
    samples: Vec<u32>,
    /// Numbers of a sample.
    len: usize,
}

impl PartialEq for Streamed {
    fn eq(&self, other: &Streamed) -> bool {
        Arc::ptr_eq(&self.place, &other.place) && self.samples == other.samples
    }
}

impl Streamed {
    /// Creates `count` samples of `len` numbers each.
    pub(super) fn new(place: Arc<dyn Outside>, seen: Seen, count: usize, len: usize) -> Streamed {
        Streamed { place, seen: Arc::new(seen), samples: (0..count as u32).collect(), len }
    }

    /// Returns the number of numbers of all samples.
    pub(super) fn len(&self) -> usize {
        self.samples.len() * self.len
    }

    /// Returns the hash of a sample's numbers.
    pub(super) fn hash(&self, sample: usize) -> Hash {
        self.seen.hashes[self.samples[sample] as usize]
    }

    /// Returns the first number of a range of whole samples that is not from 0 to 1.
    pub(super) fn beyond(&self, range: Range<usize>) -> Option<f32> {
        let beyond = &self.seen.beyond;
        let find = |sample: &u32| {
            beyond.binary_search_by_key(sample, |(sample, _)| *sample).ok().map(|at| beyond[at].1)
        };
        let len = self.len.max(1);
        self.samples[range.start / len..range.end / len].iter().find_map(find)
    }

    /// Returns these samples of them.
    pub(super) fn copied(&self, samples: &[u32]) -> Streamed {
        let samples = samples.iter().map(|&sample| self.samples[sample as usize]).collect();
        Streamed { place: self.place.clone(), seen: self.seen.clone(), samples, len: self.len }
    }

    /// Returns a reader for one thread.
    pub(super) fn reader(&self) -> Reader {
        Reader { samples: self.clone(), read: self.place.reader() }
    }

    /// Appends the numbers of these samples, which all threads read together.
    ///
    /// # Errors
    /// If a sample cannot be read: the first of them.
    pub(super) fn append(&self, samples: &[u32], to: &mut Vec<f32>) -> Result<(), Error> {
        to.reserve(samples.len() * self.len);
        // Each sample is in memory twice for a moment.
        for samples in samples.chunks((NUMBERS_AT_ONCE / self.len.max(1)).max(1)) {
            let read = |reader: &mut ReadOne, &sample: &u32| self.read(reader, sample);
            let read: Vec<Result<Numbers, Error>> =
                samples.par_iter().map_init(|| self.place.reader(), read).collect();
            for sample in read {
                sample?.append_all(to);
            }
        }
        Ok(())
    }

    /// Calls `work` with the numbers of some samples after others.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(super) fn each(&self, mut work: impl FnMut(&[f32])) -> Result<(), Error> {
        let mut numbers = vec![];
        let all: Vec<u32> = (0..self.samples.len() as u32).collect();
        for samples in all.chunks((NUMBERS_AT_ONCE / self.len.max(1)).max(1)) {
            numbers.clear();
            self.append(samples, &mut numbers)?;
            work(&numbers);
        }
        Ok(())
    }

    /// Reads a sample, which must be as large as it was.
    fn read(&self, reader: &mut ReadOne, sample: u32) -> Result<Numbers, Error> {
        let sample = self.samples[sample as usize] as usize;
        let numbers = reader(sample)?;
        match numbers.len() {
            inputs if inputs != self.len => {
                let problem = Problem::Lengths { inputs, targets: 1, len: self.len };
                Err(Error::new(self.place.file(sample), problem))
            }
            _ => Ok(numbers),
        }
    }
}

/// Reader of samples for one thread.
pub(super) struct Reader {
    samples: Streamed,
    read: ReadOne,
}

impl Reader {
    /// Puts the numbers of these samples in place of what `to` holds.
    ///
    /// # Errors
    /// If a sample cannot be read.
    pub(super) fn read(&mut self, samples: &[u32], to: &mut Vec<f32>) -> Result<(), Error> {
        to.clear();
        for &sample in samples {
            self.samples.read(&mut self.read, sample)?.append_all(to);
        }
        Ok(())
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("samples", &self.samples).finish_non_exhaustive()
    }
}

//! Recognising samples: which ones a network was trained with, and which were held out.

use super::about::Origins;
use super::{Dataset, Targets};
use crate::weights::{Fingerprint, Samples};
use netwright_model::Hash;
use rayon::prelude::*;
use std::collections::HashMap;

/// Records the samples of a training, for its weights file. None of them may be scaled yet.
pub fn samples(training: &Dataset, held_out: &Dataset) -> Samples {
    Samples::new(training.fingerprints(), held_out.fingerprints())
}

impl Dataset {
    /// Returns the fingerprint of each sample: of its numbers, which must not be scaled yet, and its target.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        let fingerprint = |sample: usize| {
            let input = |part: &Dataset| part.inputs.hash(part.sample_len(), sample);
            let mut hash = self.with_target(sample, || input(self));
            for part in self.beside() {
                hash.wide(input(part).finish());
                hash.wide(part.with_target(sample, Hash::default).finish());
            }
            Fingerprint(hash.finish())
        };
        (0..self.len()).into_par_iter().map(fingerprint).collect()
    }

    /// Adds a sample's own target to a hash. A mask that is not in memory has one of its own, which was learned with its picture's when it
    /// was read for the first time.
    fn with_target(&self, sample: usize, hash: impl FnOnce() -> Hash) -> Hash {
        if let Targets::Streamed(places) = &self.targets {
            return places.hash(sample);
        }
        let (mut hash, len) = (hash(), self.target_len());
        match &self.targets {
            Targets::Classes(classes) => {
                classes[sample * len..][..len].iter().for_each(|&class| hash.word(class));
            }
            Targets::Values(values) => {
                values[sample * len..][..len].iter().for_each(|&number| hash.number(f64::from(number)));
            }
            Targets::Streamed(_) | Targets::Inputs => {}
        }
        hash
    }

    /// Returns pictures of this data set that are in another one, too, pixel for pixel, by the names of their files: the one here first.
    #[doc(hidden)]
    pub fn shared_pictures(&self, other: &Dataset) -> Vec<[String; 2]> {
        let parts = self.beside().iter().zip(other.beside());
        let shared = parts.flat_map(|(own, other)| own.shared_pictures(other));
        self.own_shared_pictures(other).into_iter().chain(shared).collect()
    }

    fn own_shared_pictures(&self, other: &Dataset) -> Vec<[String; 2]> {
        let (Origins::Files(_) | Origins::Slices(_)) = self.origins else { return vec![] };
        let pixels = |data: &Dataset| -> Vec<Fingerprint> {
            let hash = |sample| Fingerprint(data.inputs.hash(data.sample_len(), sample).finish());
            (0..data.len()).into_par_iter().map(hash).collect()
        };
        let places: HashMap<Fingerprint, usize> =
            pixels(other).into_iter().enumerate().rev().map(|(sample, pixels)| (pixels, sample)).collect();
        // The outermost slices of volumes are empty, and so all the same.
        let is_empty = |sample: usize| {
            let first = self.inputs.get(sample * self.sample_len());
            (sample * self.sample_len()..(sample + 1) * self.sample_len())
                .all(|at| self.inputs.get(at) == first)
        };
        let are_slices = matches!(self.origins, Origins::Slices(_));
        let own =
            pixels(self).into_iter().enumerate().filter(|(sample, _)| !are_slices || !is_empty(*sample));
        let shared = own.filter_map(|(sample, pixels)| Some((sample, *places.get(&pixels)?)));
        shared.map(|(own, theirs)| [self.origins.name(own), other.origins.name(theirs)]).collect()
    }

    /// Returns the samples with these fingerprints, in their order, wherever they stand now. A fingerprint
    /// that is wanted twice must be there twice.
    ///
    /// # Errors
    /// If some are not there; the number of those that are.
    pub fn find(&self, wanted: &[Fingerprint]) -> Result<Dataset, usize> {
        let mut places: HashMap<Fingerprint, Vec<u32>> = HashMap::new();
        for (place, fingerprint) in self.fingerprints().into_iter().enumerate().rev() {
            places.entry(fingerprint).or_default().push(place as u32);
        }
        let found: Vec<u32> =
            wanted.iter().filter_map(|fingerprint| places.get_mut(fingerprint)?.pop()).collect();
        if found.len() < wanted.len() { Err(found.len()) } else { Ok(self.copy(&found)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn dataset(numbers: &[f32], classes: &[u32]) -> Dataset {
        Dataset::new(&[2], numbers.to_vec(), Targets::Classes(classes.to_vec())).unwrap()
    }

    #[test]
    fn fingerprints_stay_the_same_for_ever() {
        let data = dataset(&[0.0, 1.0, -0.0, 1.0, 1.0, 0.0, 1.0, 0.0], &[0, 0, 0, 1]);
        let fingerprints: Vec<String> = data.fingerprints().iter().map(|f| format!("{:016x}", f.0)).collect();
        assert_eq!(fingerprints[0], fingerprints[1]);
        insta::assert_snapshot!(fingerprints.join("\n"));
        let values = Dataset::new(&[1], vec![1.0, 1.0], Targets::Values(vec![0.5, 1.0, 0.5, 2.0])).unwrap();
        assert_ne!(values.fingerprints()[0], values.fingerprints()[1]);
        let own = Dataset::new(&[1], vec![1.0, 2.0], Targets::Inputs).unwrap();
        assert_ne!(own.fingerprints()[0], own.fingerprints()[1]);
    }

    #[test]
    fn samples_that_hardly_differ_have_other_fingerprints() {
        let pixels: Vec<f32> =
            (0..65_536).flat_map(|i| [(i % 256) as f32 / 255.0, (i / 256) as f32]).collect();
        let data = dataset(&pixels, &[0; 65_536]);
        let all: HashSet<Fingerprint> = data.fingerprints().into_iter().collect();
        assert_eq!(all.len(), 65_536);
        for shift in [0, 16, 32, 48] {
            let parts: HashSet<u16> = all.iter().map(|fingerprint| (fingerprint.0 >> shift) as u16).collect();
            // A random function leaves out one in e.
            assert!((40_000..43_000).contains(&parts.len()), "{shift}: {}", parts.len());
        }
    }

    #[test]
    fn samples_are_found_wherever_they_stand() {
        let data = dataset(&[0.0, 1.0, 5.0, 5.0, 2.0, 3.0, 5.0, 5.0], &[0, 1, 2, 1]);
        let wanted = dataset(&[5.0, 5.0, 0.0, 1.0, 5.0, 5.0], &[1, 0, 1]);
        assert_eq!(data.find(&wanted.fingerprints()), Ok(wanted.clone()));
        let once = dataset(&[5.0, 5.0, 0.0, 1.0], &[1, 0]);
        assert_eq!(once.find(&wanted.fingerprints()), Err(2));
        assert_eq!(once.find(&[]).map(|none| none.len()), Ok(0));
        let other_class = dataset(&[5.0, 5.0], &[0]);
        assert_eq!(data.find(&other_class.fingerprints()), Err(0));
    }
}

use super::*;
use crate::data::Problem;
use std::path::Path;

/// Samples that are made anew each time.
#[derive(Debug)]
struct Made(Vec<Numbers>);

impl Outside for Made {
    fn reader(&self) -> crate::data::streamed::ReadOne {
        let samples = self.0.clone();
        Box::new(move |sample| Ok(samples[sample].clone()))
    }

    fn file(&self, _: usize) -> &Path {
        Path::new("made")
    }
}

fn bytes(samples: [u8; 2]) -> Numbers {
    Numbers::Bytes(samples.to_vec())
}

fn kept(cache: Cache, budget: u64, samples: &[Numbers]) -> (Numbers, Option<String>) {
    let mut keeper = Keeper::new(cache, samples.len(), 2, budget).unwrap();
    for sample in samples {
        keeper.add(sample.clone(), None).unwrap();
    }
    let note = keeper.note();
    (keeper.finish(|| Arc::new(Made(samples.to_vec()))).unwrap(), note)
}

#[test]
fn samples_are_the_same_wherever_they_are_kept() {
    let finer = Numbers::Single(vec![0.1, 2.5]);
    let all = [bytes([0, 51]), bytes([255, 1]), finer, bytes([7, 8])];
    for samples in [&all[..], &all[..2]] {
        let (memory, _) = kept(Cache::Memory, 0, samples);
        assert!(memory.streamed().is_none());
        for cache in [Cache::Disk, Cache::None] {
            let (other, _) = kept(cache, 0, samples);
            assert!(other.streamed().is_some());
            assert_eq!(other.in_32_bits().unwrap(), memory.in_32_bits().unwrap(), "{cache:?}");
            assert_eq!(other.beyond(0..other.len()), memory.beyond(0..memory.len()));
            for sample in 0..samples.len() {
                assert_eq!(other.hash(2, sample).finish(), memory.hash(2, sample).finish());
            }
            let (mut some, order) = (vec![], [1, 0]);
            other.copied(2, &order).append(2, &[1], &mut some).unwrap();
            assert_eq!(some, [0.0, 0.2]);
        }
    }
}

#[test]
fn samples_that_fit_the_budget_stay_in_memory() {
    let samples = [bytes([0, 51]), bytes([255, 1])];
    let (fit, note) = kept(Cache::Found, 4, &samples);
    assert!(fit.streamed().is_none() && note.is_none());
    let (large, note) = kept(Cache::Found, 3, &samples);
    assert!(large.streamed().is_some() && note.is_some_and(|note| note.contains("`cache=disk`")));
    assert_eq!(large.in_32_bits().unwrap(), fit.in_32_bits().unwrap());
    // A finer one turns bytes to numbers of four.
    let samples = [bytes([0, 51]), Numbers::Single(vec![0.1, 0.2])];
    let (fit, _) = kept(Cache::Found, 16, &samples);
    assert!(matches!(fit, Numbers::Single(_)));
    let (large, note) = kept(Cache::Found, 15, &samples);
    assert!(large.streamed().is_some() && note.is_some());
    assert_eq!(large.hash(2, 0).finish(), fit.hash(2, 0).finish());
    assert_eq!(large.in_32_bits().unwrap(), fit.in_32_bits().unwrap());
}

#[test]
fn a_sample_of_another_size_is_an_error() {
    let (numbers, _) = kept(Cache::None, 0, &[bytes([0, 1]), Numbers::Bytes(vec![1])]);
    let error = numbers.in_32_bits().unwrap_err();
    assert!(matches!(error.problem, Problem::Lengths { inputs: 1, len: 2, .. }), "{error}");
    assert_eq!(error.file, Path::new("made"));
}

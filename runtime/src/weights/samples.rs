//! The samples of a training, by fingerprint.

/// A hash of a sample's numbers and target, before any scaling; the same on every platform and in every version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

/// The samples that a training used, so that an evaluation can tell which ones the network has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// The held-out samples, in the order in which they were measured.
    pub held_out: Vec<Fingerprint>,
    /// The samples that the network was trained with.
    pub training: TrainingSamples,
}

/// The samples that a network was trained with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrainingSamples {
    /// The number of samples, and the sum of their fingerprints modulo 2^64, which does not depend on their
    /// order.
    Sum {
        /// The number of samples.
        count: usize,
        /// The sum.
        sum: u64,
    },
    /// The fingerprint of each.
    Each(Vec<Fingerprint>),
}

impl Samples {
    /// The most training samples that are listed one by one; a list takes 11 bytes of the file for each.
    pub const MOST_LISTED: usize = 1 << 18;

    /// Records a training. Its samples are listed one by one if none were held out: only then does an evaluation measure them.
    pub fn new(training: Vec<Fingerprint>, held_out: Vec<Fingerprint>) -> Samples {
        let training = match held_out.is_empty() && training.len() <= Samples::MOST_LISTED {
            true => TrainingSamples::Each(training),
            false => TrainingSamples::Sum { count: training.len(), sum: sum(&training) },
        };
        Samples { held_out, training }
    }
}

impl TrainingSamples {
    /// Returns the number of samples.
    pub fn count(&self) -> usize {
        match self {
            TrainingSamples::Sum { count, .. } => *count,
            TrainingSamples::Each(each) => each.len(),
        }
    }

    /// Returns true if these are the same samples, in any order.
    pub fn are(&self, samples: &[Fingerprint]) -> bool {
        let own = match self {
            TrainingSamples::Sum { sum, .. } => *sum,
            TrainingSamples::Each(each) => sum(each),
        };
        self.count() == samples.len() && own == sum(samples)
    }
}

fn sum(samples: &[Fingerprint]) -> u64 {
    samples.iter().fold(0, |sum, sample| sum.wrapping_add(sample.0))
}

/// The digits of a fingerprint, six bits each; the first one holds the last four of 64.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The number of digits of a fingerprint.
const LEN: usize = 11;

/// Writes fingerprints one after another, 11 digits each.
pub(super) fn to_text(samples: &[Fingerprint]) -> String {
    let mut text = String::with_capacity(LEN * samples.len());
    for sample in samples {
        text.extend((0..LEN).rev().map(|at| char::from(DIGITS[(sample.0 >> (6 * at)) as usize & 63])));
    }
    text
}

/// Reads what [`to_text`] has written; `None` if it is anything else.
pub(super) fn from_text(text: &str) -> Option<Vec<Fingerprint>> {
    let (fingerprints, rest) = text.as_bytes().as_chunks::<LEN>();
    let value = |digit: u8| DIGITS.iter().position(|&known| known == digit).map(|value| value as u64);
    let fingerprint = |digits: &[u8; LEN]| {
        let [first, others @ ..] = digits;
        let first = value(*first).filter(|&first| first < 16)?;
        others.iter().try_fold(first, |sum, &digit| Some(sum << 6 | value(digit)?)).map(Fingerprint)
    };
    rest.is_empty().then(|| fingerprints.iter().map(fingerprint).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fingerprints_are_read_back(numbers: Vec<u64>) {
            let samples: Vec<_> = numbers.into_iter().map(Fingerprint).collect();
            prop_assert_eq!(from_text(&to_text(&samples)), Some(samples));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!(to_text(&[Fingerprint(u64::MAX), Fingerprint(1)]), "P__________AAAAAAAAAAB");
        for text in ["A", "P_________", "Q__________", "P_________.", "P_________ä", "P__________A"] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }

    #[test]
    fn the_order_does_not_matter() {
        let [a, b, c] = [3, u64::MAX, 7].map(Fingerprint);
        for training in [Samples::new(vec![a, b], vec![]), Samples::new(vec![a, b], vec![c])] {
            assert!(training.training.are(&[b, a]));
            assert!(!training.training.are(&[a]) && !training.training.are(&[a, c]));
            assert_eq!(training.training.count(), 2);
        }
    }
}

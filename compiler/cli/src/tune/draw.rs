//! Candidates of a search, drawn from the ranges of a text.

use netwright_compiler::search::{Pick, Space};
use std::collections::BTreeSet;

/// A text in which each range has a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// The values, in the order of the ranges.
    pub(crate) picks: Vec<Pick>,
    /// The text.
    pub(crate) text: String,
}

/// Draws of a candidate that is like an earlier one, before the ranges count as exhausted.
const ATTEMPTS: u64 = 1000;

/// Draws different candidates: the first `count`, or fewer if the ranges have no more.
///
/// The n-th of them is a function of the ranges and the seed, whatever the number of all.
pub(crate) fn candidates(space: &Space, count: usize, seed: u64) -> Vec<Candidate> {
    let (mut drawn, mut known) = (vec![], BTreeSet::new());
    for number in 0..count as u64 {
        let next = (0..ATTEMPTS).map(|attempt| candidate(space, [seed, number, attempt]));
        let Some(next) = next.into_iter().find(|candidate| !known.contains(&candidate.text)) else { break };
        known.insert(next.text.clone());
        drawn.push(next);
    }
    drawn
}

fn candidate(space: &Space, [seed, number, attempt]: [u64; 3]) -> Candidate {
    let picks = space.places.iter().zip(0..).map(|(place, at)| {
        let mixed = [seed, number, attempt, at].into_iter().fold(0, |state, word| mix(state ^ word));
        // A double has 53 bits.
        place.values.pick((mixed >> 11) as f64 / (1u64 << 53) as f64)
    });
    let picks: Vec<Pick> = picks.collect();
    let text = space.fill(&picks);
    Candidate { picks, text }
}

/// Mixes the bits of a number (Steele, Lea and Flood: SplitMix64, 2014).
fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "train N { optimizer adam(lr in log(1e-4, 1e-1)) batch in [32, 64, 128] }";

    fn space(text: &str) -> Space {
        let (space, problems) = Space::read(text);
        assert!(problems.is_empty(), "{problems:?}");
        space
    }

    #[test]
    fn candidates_depend_on_seed_and_number_alone() {
        let space = space(TEXT);
        let some = candidates(&space, 5, 7);
        assert_eq!(candidates(&space, 50, 7)[..5], some);
        assert_ne!(candidates(&space, 5, 8), some);
        let texts: Vec<&str> = some.iter().map(|candidate| candidate.text.as_str()).collect();
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn values_are_even_over_their_range() {
        let drawn = candidates(&space(TEXT), 600, 1);
        let rate = |candidate: &Candidate| match &candidate.picks[0] {
            Pick::Value(rate) => rate.parse::<f64>().unwrap(),
            Pick::Way(_) => panic!("a rate is no way"),
        };
        for decade in [1e-4, 1e-3, 1e-2] {
            let count = drawn.iter().filter(|one| (decade..decade * 10.0).contains(&rate(one))).count();
            assert!((150..250).contains(&count), "{decade}: {count}");
        }
        let count =
            |batch: &str| drawn.iter().filter(|one| one.picks[1] == Pick::Value(batch.into())).count();
        assert!(["32", "64", "128"].iter().all(|batch| (150..250).contains(&count(batch))));
    }

    #[test]
    fn candidates_differ_and_end_with_the_ranges() {
        let space = space("train N { batch in [1, 2, 3] optimizer in [sgd, adam(lr=0.1)] }");
        let drawn = candidates(&space, 50, 3);
        let texts: BTreeSet<_> = drawn.iter().map(|candidate| &candidate.text).collect();
        assert_eq!((drawn.len(), texts.len()), (6, 6));
    }
}

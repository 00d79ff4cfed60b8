//! Division of samples into those to train with and those held out.

use super::counts;
use crate::recipe::HeldOut;
use crate::rng::{Draw, Purpose, Stream};
use thiserror::Error;

/// Divides `count` samples into those to train with and those held out.
///
/// The same share of each class in `strata` is held out, up to rounding; samples of one group in `groups` stay together. Both may be
/// empty. Which are held out is a function of all arguments; both parts ascend.
///
/// # Errors
/// If none would be left to train with, or the samples cannot be divided like this.
pub fn split(
    count: usize,
    held_out: &HeldOut,
    seed: u64,
    strata: &[u32],
    groups: &[u32],
) -> Result<(Vec<u32>, Vec<u32>), Indivisible> {
    match *held_out {
        // Samples in memory are fewer than 2^32.
        HeldOut::None | HeldOut::Source(_) => Ok(((0..count as u32).collect(), vec![])),
        HeldOut::Share { share, .. } => by_share(count, share, seed, strata, groups),
        HeldOut::Fold { fold, count: folds, .. } => {
            let fold_of = folds_of(count, folds, seed, strata, groups)?;
            Ok((0..count as u32).partition(|&sample| fold_of[sample as usize] != fold))
        }
        HeldOut::Folds { count: folds, .. } => Err(Indivisible::Each { folds }),
    }
}

/// Returns the part of each sample when all are divided into `folds` parts: the parts have equally many samples, and equally many of
/// each class, up to one; the samples of a group are in one part.
fn folds_of(
    count: usize,
    folds: usize,
    seed: u64,
    strata: &[u32],
    groups: &[u32],
) -> Result<Vec<usize>, Indivisible> {
    let of = if groups.is_empty() { count } else { counts(groups).len() };
    if of < folds || folds < 2 {
        let what = if groups.is_empty() { "sample" } else { "group" };
        return Err(Indivisible::Folds { folds, of, what });
    }
    let mut order = drawn(count, count, &mut Stream::new(seed, Purpose::Split, 1, 0).draw());
    let mut fold_of = vec![0; count];
    if groups.is_empty() {
        // Samples of a class are dealt out one after another, and the next class goes on where one has ended.
        order.sort_by_key(|&sample| strata.get(sample as usize));
        for (place, &sample) in order.iter().enumerate() {
            fold_of[sample as usize] = place % folds;
        }
    } else {
        let parts = deal(&order, &vec![1.0 / folds as f64; folds], strata, groups);
        for (fold, part) in parts.iter().enumerate() {
            part.iter().for_each(|&sample| fold_of[sample as usize] = fold);
        }
    }
    Ok(fold_of)
}

fn by_share(
    count: usize,
    share: f64,
    seed: u64,
    strata: &[u32],
    groups: &[u32],
) -> Result<(Vec<u32>, Vec<u32>), Indivisible> {
    let held = if share > 0.0 { ((count as f64 * share).round() as usize).max(1) } else { 0 };
    if held > 0 && held >= count {
        return Err(Indivisible::TooFew { samples: count, held });
    }
    if held == 0 {
        return Ok(((0..count as u32).collect(), vec![]));
    }
    let first = if strata.is_empty() && groups.is_empty() { held } else { count };
    let mut order = drawn(count, first, &mut Stream::new(seed, Purpose::Split, 0, 0).draw());
    let (mut training, mut held_out) = match (strata, groups) {
        (_, [_, ..]) => {
            let share = held as f64 / count as f64;
            let [training, held_out] = deal(&order, &[1.0 - share, share], strata, groups)
                .try_into()
                .expect("as many parts as shares");
            (training, held_out)
        }
        ([_, ..], []) => by_class(&order, held, strata),
        ([], []) => {
            let training = order.split_off(held);
            (training, order)
        }
    };
    if training.is_empty() || held_out.is_empty() {
        return Err(match groups.is_empty() {
            true => Indivisible::TooFew { samples: count, held: held_out.len() },
            false => Indivisible::OneGroup { groups: counts(groups).len() },
        });
    }
    held_out.sort_unstable();
    training.sort_unstable();
    Ok((training, held_out))
}

/// Returns all samples, of which the first `first` are drawn.
fn drawn(count: usize, first: usize, draw: &mut Draw) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    for i in 0..first {
        order.swap(i, i + draw.below((count - i) as u32) as usize);
    }
    order
}

/// Holds out the same share of each class: the first samples of the order, as many as the class's share of `held` by the method of the
/// largest remainders.
fn by_class(order: &[u32], held: usize, strata: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let of_class = counts(strata);
    let share = |count: usize| held as u128 * count as u128;
    let total = order.len() as u128;
    let mut quotas: Vec<usize> = of_class.iter().map(|&count| (share(count) / total) as usize).collect();
    let mut classes: Vec<usize> = (0..of_class.len()).collect();
    classes.sort_by_key(|&class| std::cmp::Reverse(share(of_class[class]) % total));
    let rest = held - quotas.iter().sum::<usize>();
    classes[..rest].iter().for_each(|&class| quotas[class] += 1);
    let (mut training, mut held_out) = (vec![], vec![]);
    for &sample in order {
        let quota = &mut quotas[strata[sample as usize] as usize];
        match *quota {
            0 => training.push(sample),
            _ => {
                *quota -= 1;
                held_out.push(sample);
            }
        }
    }
    (training, held_out)
}

/// Deals out whole groups to parts that are to have these shares of all samples: the largest first, each goes to the part that then is
/// nearest to its share of every class.
fn deal(order: &[u32], shares: &[f64], strata: &[u32], groups: &[u32]) -> Vec<Vec<u32>> {
    let class = |sample: u32| strata.get(sample as usize).map_or(0, |&class| class as usize);
    let classes = strata.iter().max().map_or(1, |&most| most as usize + 1);
    let mut members: Vec<Vec<u32>> = vec![vec![]; counts(groups).len()];
    // Groups of one size are taken in a drawn order.
    let mut drawn: Vec<usize> = vec![];
    for &sample in order {
        let group = groups[sample as usize] as usize;
        if members[group].is_empty() {
            drawn.push(group);
        }
        members[group].push(sample);
    }
    drawn.sort_by_key(|&group| std::cmp::Reverse(members[group].len()));
    let mut total = vec![0.0; classes];
    order.iter().for_each(|&sample| total[class(sample)] += 1.0);
    let mut parts = vec![vec![]; shares.len()];
    let mut have = vec![vec![0.0; classes]; shares.len()];
    for group in drawn {
        let mut own = vec![0.0; classes];
        members[group].iter().for_each(|&sample| own[class(sample)] += 1.0);
        // What a part lacks of each class, in shares of what it is to have.
        let room = |part: usize| -> f64 {
            (0..classes)
                .filter(|&c| own[c] > 0.0)
                .map(|c| own[c] * (1.0 - have[part][c] / (shares[part] * total[c])))
                .sum()
        };
        let mut best = 0;
        (1..shares.len()).for_each(|part| {
            if room(part) > room(best) {
                best = part;
            }
        });
        (0..classes).for_each(|c| have[best][c] += own[c]);
        parts[best].extend(&members[group]);
    }
    parts
}

/// The reason why samples cannot be divided into those to train with and those held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Indivisible {
    /// A part is to be held out, and nothing would be left.
    #[error("holding out {held} of {samples} sample{} leaves none to train with", plural(*.samples))]
    TooFew {
        /// The number of samples.
        samples: usize,
        /// The number of samples that would be held out.
        held: usize,
    },
    /// Groups that stay together leave one part empty.
    #[error("its samples are of {groups} group{}, which cannot be divided as the recipe says", plural(*.groups))]
    OneGroup {
        /// The number of groups.
        groups: usize,
    },
    /// A fold would be empty.
    #[error("{of} {what}{} cannot be divided into {folds} folds", plural(*.of))]
    Folds {
        /// The number of folds.
        folds: usize,
        /// The number of samples or groups.
        of: usize,
        /// `sample` or `group`.
        what: &'static str,
    },
    /// A recipe of several trainings was given to one.
    #[error("the recipe is one of {folds} trainings, each with another fold held out")]
    Each {
        /// The number of folds.
        folds: usize,
    },
}

impl Indivisible {
    /// Returns advice that fixes the error.
    pub fn help(&self) -> String {
        match *self {
            Indivisible::TooFew { samples: 0 | 1, .. } => {
                "add samples, or hold out nothing: remove `validate`".into()
            }
            Indivisible::TooFew { samples, .. } => {
                let most = 100.0 * (samples - 1) as f64 / samples as f64;
                format!("hold out less: `validate` can be at most {}%", (most * 10.0).floor() / 10.0)
            }
            Indivisible::OneGroup { .. } => {
                "`by` keeps the samples of a group together: add groups, or hold out another share".into()
            }
            Indivisible::Folds { of, what, .. } => {
                format!("a fold has at least one {what}: write `folds {of}` or fewer, or add samples")
            }
            Indivisible::Each { .. } => "train by each recipe of `recipe.folds()`".into(),
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

//! Samples in memory: which are held out, in what order the others are trained with, and what outputs are compared with.

pub use crate::recipe::SampleWeights;

use crate::rng::{self, Purpose, Stream};
use thiserror::Error;

/// The targets of a batch, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetsRef<'a> {
    /// A class for each sample, counted from 0.
    Classes(&'a [u32]),
    /// Some numbers for each sample, sample after sample.
    Values(&'a [f32]),
}

impl<'a> TargetsRef<'a> {
    /// Returns the classes.
    ///
    /// # Panics
    /// If the targets are numbers: data is checked when it is loaded.
    pub fn classes(self) -> &'a [u32] {
        match self {
            TargetsRef::Classes(classes) => classes,
            TargetsRef::Values(_) => {
                panic!("the network's loss compares classes, and the targets are numbers")
            }
        }
    }

    /// Returns the numbers, `N` per sample.
    ///
    /// # Panics
    /// If the targets are classes, or not `N` per sample.
    pub fn values<const N: usize>(self) -> &'a [[f32; N]] {
        match self {
            TargetsRef::Values(values) => rows(values),
            TargetsRef::Classes(_) => {
                panic!("the network's loss compares numbers, and the targets are classes")
            }
        }
    }
}

impl<'a> TargetsRef<'a> {
    /// Returns the targets of the samples in a range, where these are the targets of `of` samples.
    #[cfg(feature = "train")]
    pub(crate) fn of_samples(self, samples: std::ops::Range<usize>, of: usize) -> TargetsRef<'a> {
        let range = |len: usize| samples.start * (len / of)..samples.end * (len / of);
        match self {
            TargetsRef::Classes(classes) => TargetsRef::Classes(&classes[range(classes.len())]),
            TargetsRef::Values(values) => TargetsRef::Values(&values[range(values.len())]),
        }
    }
}

/// Returns numbers as rows of `N`.
///
/// # Panics
/// If a row is incomplete.
pub fn rows<const N: usize>(numbers: &[f32]) -> &[[f32; N]] {
    let (rows, rest) = numbers.as_chunks();
    assert!(rest.is_empty(), "{} numbers are no rows of {N}", numbers.len());
    rows
}

/// Divides `count` samples into those to train with and those held out, a `fraction` of all.
///
/// The same share of each class in `strata` is held out, up to rounding; samples of one group in `groups` stay together. Both may be
/// empty. Which are held out is a function of all arguments; both parts ascend.
///
/// # Errors
/// If none would be left to train with, or groups cannot be divided: the number that would be held out.
pub fn split(
    count: usize,
    fraction: f64,
    seed: u64,
    strata: &[u32],
    groups: &[u32],
) -> Result<(Vec<u32>, Vec<u32>), usize> {
    let held = if fraction > 0.0 { ((count as f64 * fraction).round() as usize).max(1) } else { 0 };
    if held > 0 && held >= count {
        return Err(held);
    }
    // Samples in memory are fewer than 2^32.
    let mut order: Vec<u32> = (0..count as u32).collect();
    if held == 0 {
        return Ok((order, vec![]));
    }
    let mut draw = Stream::new(seed, Purpose::Split, 0, 0).draw();
    let drawn = if strata.is_empty() && groups.is_empty() { held } else { count };
    for i in 0..drawn {
        order.swap(i, i + draw.below((count - i) as u32) as usize);
    }
    let (mut training, mut held_out) = match (strata, groups) {
        (_, [_, ..]) => by_group(&order, held, strata, groups),
        ([_, ..], []) => by_class(&order, held, strata),
        ([], []) => {
            let training = order.split_off(held);
            (training, order)
        }
    };
    if training.is_empty() || held_out.is_empty() {
        return Err(held_out.len());
    }
    held_out.sort_unstable();
    training.sort_unstable();
    Ok((training, held_out))
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

/// Holds out whole groups: the largest first, each goes to the side that then is nearest to its share of every class.
fn by_group(order: &[u32], held: usize, strata: &[u32], groups: &[u32]) -> (Vec<u32>, Vec<u32>) {
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
    let share = held as f64 / order.len() as f64;
    let mut sides = [vec![], vec![]];
    let mut have = [vec![0.0; classes], vec![0.0; classes]];
    for group in drawn {
        let mut own = vec![0.0; classes];
        members[group].iter().for_each(|&sample| own[class(sample)] += 1.0);
        // What a side lacks of each class, in shares of what it is to have.
        let room = |side: usize, part: f64| -> f64 {
            (0..classes)
                .filter(|&c| own[c] > 0.0)
                .map(|c| own[c] * (1.0 - have[side][c] / (part * total[c])))
                .sum()
        };
        let side = usize::from(room(1, share) > room(0, 1.0 - share));
        (0..classes).for_each(|c| have[side][c] += own[c]);
        sides[side].extend(&members[group]);
    }
    let [training, held_out] = sides;
    (training, held_out)
}

/// Returns how often each number occurs.
pub(crate) fn counts(numbers: &[u32]) -> Vec<usize> {
    let mut counts = vec![0; numbers.iter().max().map_or(0, |&most| most as usize + 1)];
    numbers.iter().for_each(|&number| counts[number as usize] += 1);
    counts
}

/// Returns the classes of values that are a 0 or 1, or a -1 or 1, for each of `count` samples; `None` if they are anything else.
pub(crate) fn yes_or_no(values: &[f32], count: usize) -> Option<Vec<u32>> {
    let is_sign = |value: &f32| [-1.0, 0.0, 1.0].contains(value);
    let fits = values.len() == count && values.iter().all(is_sign);
    fits.then(|| values.iter().map(|&value| u32::from(value > 0.0)).collect())
}

/// Order of an epoch's samples, some at a time. Its memory is taken once.
#[derive(Clone, Debug)]
pub struct Order {
    /// The samples, in their original order.
    samples: Vec<u32>,
    shuffled: Vec<u32>,
    /// The first that was not handed out yet.
    next: usize,
    size: usize,
    /// The fewest samples of a batch.
    least: usize,
}

impl Order {
    /// Returns the order of these samples, in batches of `size`; the last one of an epoch may be smaller.
    ///
    /// # Panics
    /// If the size is 0.
    pub fn new(samples: Vec<u32>, size: usize) -> Order {
        assert!(size > 0, "a batch has at least one sample");
        Order { shuffled: Vec::with_capacity(samples.len()), samples, next: 0, size, least: 1 }
    }

    /// Leaves no batch with fewer than `least` samples, one or two: a last batch of one takes a sample from the one before it.
    ///
    /// # Errors
    /// If the samples cannot be divided like this.
    pub fn at_least(self, least: usize) -> Result<Order, LoneSample> {
        let (samples, batch) = (self.len(), self.size);
        let rest = samples % batch;
        let is_small = (1..least).contains(&rest);
        if batch < least || (is_small && (samples < batch || batch + rest < 2 * least)) {
            return Err(LoneSample { samples, batch });
        }
        Ok(Order { least, ..self })
    }

    /// Returns the number of samples of a batch.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the number of samples of an epoch.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Returns true if there are no samples.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Returns the number of batches of an epoch.
    pub fn count(&self) -> usize {
        self.samples.len().div_ceil(self.size)
    }

    /// Begins an epoch. The order is a function of the seed, the epoch and the number of samples.
    pub fn shuffle(&mut self, seed: u64, epoch: usize) {
        self.shuffled.clone_from(&self.samples);
        rng::shuffle(seed, epoch as u64, &mut self.shuffled);
        self.next = 0;
    }

    /// Returns the next samples of the epoch; `None` at its end.
    #[allow(clippy::should_implement_trait, reason = "a batch borrows the order, as no iterator's item can")]
    pub fn next(&mut self) -> Option<&[u32]> {
        let (first, left) = (self.next, self.shuffled.len() - self.next);
        let leaves_too_few = left > self.size && left < self.size + self.least;
        self.next += if leaves_too_few { left - self.least } else { left.min(self.size) };
        (first < self.next).then(|| &self.shuffled[first..self.next])
    }

    /// Returns true if the epoch has no more samples.
    pub fn is_done(&self) -> bool {
        self.next == self.shuffled.len()
    }
}

/// The last batch of an epoch would be a single sample, which has no variance for a batch norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a batch norm needs two samples in every batch, and {samples} in batches of {batch} leave one alone")]
#[non_exhaustive]
pub struct LoneSample {
    /// Samples to train with.
    pub samples: usize,
    /// Samples of a batch.
    pub batch: usize,
}

impl LoneSample {
    /// Returns advice that fixes the error.
    pub fn help(&self) -> String {
        match self {
            LoneSample { samples, batch } if samples >= batch => {
                format!("write `batch {}`, or train with one sample more or less", batch + 1)
            }
            LoneSample { .. } => "train with more samples".into(),
        }
    }
}

/// Puts copies of these rows, of `len` items each, in place of what `to` holds.
pub fn gather<T: Copy>(from: &[T], len: usize, rows: &[u32], to: &mut Vec<T>) {
    to.clear();
    for &row in rows {
        to.extend_from_slice(&from[row as usize * len..][..len]);
    }
}

/// Writes the one-hot vector of each class, `outputs` numbers long.
pub(crate) fn one_hot(classes: &[u32], outputs: usize, values: &mut Vec<f32>) {
    values.clear();
    values.resize(classes.len() * outputs, 0.0);
    for (row, &class) in values.chunks_exact_mut(outputs).zip(classes) {
        row[class as usize] = 1.0;
    }
}

//! Counts of right and wrong answers for each class or label.

use super::Average;
use super::scores::Value;

/// Counts of how often a class was present and how often it was predicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The class was present and predicted.
    pub true_positives: usize,
    /// The class was predicted but not present.
    pub false_positives: usize,
    /// The class was present but not predicted.
    pub false_negatives: usize,
    /// The class was neither present nor predicted.
    pub true_negatives: usize,
}

/// Shares from 0 to 1, and 0 where they would be of nothing.
impl Counts {
    /// Counts one answer.
    pub fn add(&mut self, there: bool, answered: bool) {
        let count = match (there, answered) {
            (true, true) => &mut self.true_positives,
            (false, true) => &mut self.false_positives,
            (true, false) => &mut self.false_negatives,
            (false, false) => &mut self.true_negatives,
        };
        *count += 1;
    }

    /// Returns the number of answers counted.
    pub fn total(&self) -> usize {
        self.true_positives + self.false_positives + self.false_negatives + self.true_negatives
    }

    /// Returns how often the class was present.
    pub fn samples(&self) -> usize {
        self.true_positives + self.false_negatives
    }

    /// Returns true if the class was present or predicted at least once.
    pub fn occurs(&self) -> bool {
        self.true_positives + self.false_positives + self.false_negatives > 0
    }

    /// Returns the precision, `TP / (TP + FP)`.
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Returns the recall, `TP / (TP + FN)`.
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.samples())
    }

    /// Returns the specificity, `TN / (TN + FP)`.
    pub fn specificity(&self) -> f64 {
        share(self.true_negatives, self.true_negatives + self.false_positives)
    }

    /// Returns the harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`; for masks it is Dice's
    /// coefficient.
    pub fn f1(&self) -> f64 {
        let both = 2 * self.true_positives;
        share(both, both + self.false_positives + self.false_negatives)
    }

    /// Returns the intersection's share of the union by Jaccard, `TP / (TP + FP + FN)`.
    pub fn iou(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_positives + self.false_negatives)
    }
}

/// Returns true if an output answers yes; NaN answers the opposite of the truth, so that it is never right.
pub(super) fn answered(output: f32, border: f32, there: bool) -> bool {
    if output.is_nan() { !there } else { output > border }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// The counts of each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerClass {
    counts: Vec<Counts>,
    /// True if classes that do not occur count too.
    all: bool,
}

impl PerClass {
    /// Creates the counts of classes or labels. `all` makes those count that neither are present nor
    /// predicted, as for labels of which several can be present.
    pub fn new(counts: Vec<Counts>, all: bool) -> PerClass {
        PerClass { counts, all }
    }

    /// Returns the counts, class after class.
    pub fn counts(&self) -> &[Counts] {
        &self.counts
    }

    /// Returns a measure of each class; `None` for those that do not count.
    pub fn each(&self, of: impl Fn(&Counts) -> f64) -> Vec<Option<f64>> {
        self.counts.iter().map(|class| (self.all || class.occurs()).then(|| of(class))).collect()
    }

    /// Returns the mean of a measure over classes, scikit-learn's `average='macro'`; `None` if none counts.
    pub fn mean(&self, of: impl Fn(&Counts) -> f64) -> Option<f64> {
        mean(self.each(of).into_iter().flatten())
    }

    /// Returns a measure of the sum of the counts of all classes that count, `average='micro'`; `None` if
    /// nothing was counted.
    pub fn pooled(&self, of: impl Fn(&Counts) -> f64) -> Option<f64> {
        let sum = self.sum();
        (sum.total() > 0).then(|| of(&sum))
    }

    /// Returns the share of answers that were right, each class counting for itself; `None` if nothing was
    /// counted.
    pub fn accuracy(&self) -> Option<f64> {
        self.pooled(|sum| share(sum.true_positives + sum.true_negatives, sum.total()))
    }

    pub(super) fn value(&self, average: Average, of: fn(&Counts) -> f64) -> Value {
        match average {
            Average::Macro => Value::Number(self.mean(of)),
            Average::Micro => Value::Number(self.pooled(of)),
            Average::None => Value::PerClass(self.each(of)),
        }
    }

    fn sum(&self) -> Counts {
        self.counts.iter().filter(|class| self.all || class.occurs()).fold(Counts::default(), |a, b| Counts {
            true_positives: a.true_positives + b.true_positives,
            false_positives: a.false_positives + b.false_positives,
            false_negatives: a.false_negatives + b.false_negatives,
            true_negatives: a.true_negatives + b.true_negatives,
        })
    }
}

/// Returns the mean; `None` without numbers.
pub(super) fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0_usize), |(sum, count), x| (sum + x, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Counts of labels of which several can be present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    counts: Vec<Counts>,
}

impl Labels {
    /// Creates counts of zero for `labels` labels.
    pub fn new(labels: usize) -> Labels {
        Labels { counts: vec![Counts::default(); labels] }
    }

    /// Counts a sample: for each label whether it is there, and whether it was answered.
    ///
    /// # Panics
    /// If there are not as many as labels.
    pub fn add(&mut self, labels: impl IntoIterator<Item = (bool, bool)>) {
        let mut labels = labels.into_iter();
        for count in &mut self.counts {
            let Some((there, answered)) = labels.next() else { panic!("an answer for each label") };
            count.add(there, answered);
        }
        assert!(labels.next().is_none(), "an answer for each label");
    }

    /// Returns the counts of each label.
    pub fn per_class(&self) -> PerClass {
        PerClass::new(self.counts.clone(), true)
    }
}

/// Counter of how often a sample's class is among the `k` with the largest scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopK {
    k: usize,
    hits: usize,
    samples: usize,
}

impl TopK {
    /// Creates a counter for the `k` largest scores.
    pub fn new(k: usize) -> TopK {
        TopK { k, hits: 0, samples: 0 }
    }

    /// Counts a sample of a class. Of equal scores the later class's comes first, as in `top_k_accuracy_score`. A sample
    /// with a score that is NaN is no hit.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn add<T: PartialOrd>(&mut self, class: usize, scores: &[T]) {
        let own = &scores[class];
        let before = |(other, score): (usize, &T)| score > own || (other > class && score == own);
        let rank = scores.iter().enumerate().filter(|&pair| before(pair)).count();
        // Every comparison with NaN is false.
        let ranked = scores.iter().all(|score| score.partial_cmp(own).is_some());
        self.hits += usize::from(ranked && rank < self.k);
        self.samples += 1;
    }

    /// Returns the share of samples whose class is among the `k` largest scores; `None` without samples.
    pub fn value(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.hits as f64 / self.samples as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_of_nothing_are_0() {
        let nothing = Counts::default();
        let all = [Counts::precision, Counts::recall, Counts::specificity, Counts::f1, Counts::iou];
        assert!(all.iter().all(|of| of(&nothing) == 0.0));
        assert_eq!(Labels::new(2).per_class().pooled(Counts::f1), None);
        assert_eq!(TopK::new(2).value(), None);
    }

    #[test]
    fn labels_count_though_they_never_occur() {
        let mut labels = Labels::new(2);
        labels.add([(true, true), (false, false)]);
        labels.add([(true, false), (false, false)]);
        let classes = labels.per_class();
        assert_eq!(classes.each(Counts::recall), [Some(0.5), Some(0.0)]);
        assert_eq!((classes.mean(Counts::recall), classes.pooled(Counts::recall)), (Some(0.25), Some(0.5)));
        assert_eq!(classes.accuracy(), Some(0.75));
        let exclusive = PerClass::new(classes.counts().to_vec(), false);
        assert_eq!((exclusive.mean(Counts::recall), exclusive.each(Counts::recall)[1]), (Some(0.5), None));
    }

    #[test]
    fn what_is_no_number_is_not_among_the_largest() {
        let mut top = TopK::new(2);
        top.add(0, &[f32::NAN, 1.0, 0.0]);
        top.add(1, &[f32::NAN, 1.0, f32::NAN]);
        assert_eq!(top.value(), Some(0.0));
    }

    proptest! {
        #[test]
        fn more_tries_never_hurt(scores in proptest::collection::vec(0..5_i32, 5), class in 0..5_usize) {
            let hit = |k| {
                let mut top = TopK::new(k);
                top.add(class, &scores);
                top.value()
            };
            let hits: Vec<_> = (1..=5).map(hit).collect();
            prop_assert!(hits.is_sorted());
            prop_assert_eq!(hits[4], Some(1.0));
            // Exactly one class has each rank.
            let firsts = (0..5).filter(|&class| {
                let mut top = TopK::new(1);
                top.add(class, &scores);
                top.value() == Some(1.0)
            });
            prop_assert_eq!(firsts.count(), 1);
        }

        #[test]
        fn classes_that_are_alike_have_their_own_mean(counts in [0..9_usize, 0..9, 0..9, 0..9], n in 1..5_usize) {
            let [tp, fp, fn_, tn] = counts;
            let one = Counts { true_positives: tp, false_positives: fp, false_negatives: fn_, true_negatives: tn };
            let classes = PerClass::new(vec![one; n], true);
            for of in [Counts::precision, Counts::recall, Counts::specificity, Counts::f1, Counts::iou] {
                prop_assert!((classes.mean(of).unwrap() - of(&one)).abs() < 1e-12);
                if one.total() > 0 {
                    prop_assert!((classes.pooled(of).unwrap() - of(&one)).abs() < 1e-12);
                }
            }
            let iou = one.iou();
            prop_assert!((one.f1() - 2.0 * iou / (1.0 + iou)).abs() < 1e-12);
        }
    }
}

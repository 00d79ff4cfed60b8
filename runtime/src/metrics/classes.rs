//! Samples, answers and right answers of each class, and what they say of all classes at once.

use super::classification::{Counts, PerClass};

/// Counts of each class: its samples, its answers, and the answers that are right. Their memory is linear in the number of
/// classes; a [`Confusion`](super::Confusion) also knows which class was taken for which.
///
/// ```
/// use netwright::metrics::ClassCounts;
///
/// let mut counts = ClassCounts::empty(100_000);
/// counts.add(99_999, Some(99_999));
/// counts.add(0, Some(1));
/// // The network's outputs were NaN.
/// counts.add(1, None);
/// assert_eq!(counts.accuracy(), Some(1.0 / 3.0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassCounts {
    classes: Vec<Class>,
    /// Samples for which no class was answered.
    unanswered: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Class {
    samples: usize,
    answers: usize,
    right: usize,
}

impl ClassCounts {
    /// Creates the counts of `classes` classes, before the first sample.
    pub fn empty(classes: usize) -> ClassCounts {
        ClassCounts { classes: vec![Class::default(); classes], unanswered: 0 }
    }

    /// Counts a sample of `class` that was taken for `answer`; `None` is never right.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn add(&mut self, class: usize, answer: Option<usize>) {
        self.add_many(class, answer, 1);
    }

    pub(super) fn add_many(&mut self, class: usize, answer: Option<usize>, count: usize) {
        let classes = self.classes.len();
        assert!(class < classes && answer.is_none_or(|answer| answer < classes), "one of {classes} classes");
        self.classes[class].samples += count;
        match answer {
            Some(answer) => self.classes[answer].answers += count,
            None => self.unanswered += count,
        }
        if answer == Some(class) {
            self.classes[class].right += count;
        }
    }

    /// Returns the number of classes.
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// Returns the number of samples counted.
    pub fn total(&self) -> usize {
        self.classes.iter().map(|class| class.samples).sum()
    }

    /// Returns the accuracy: the share of samples that were assigned to their own class; `None` without
    /// samples.
    pub fn accuracy(&self) -> Option<f64> {
        let total = self.total();
        (total > 0).then(|| self.right() as f64 / total as f64)
    }

    /// Returns the mean recall of the classes that occur (scikit-learn's `balanced_accuracy_score`); `None`
    /// without samples.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let occurring = || self.classes.iter().filter(|class| class.samples > 0);
        let recalls: f64 = occurring().map(|class| class.right as f64 / class.samples as f64).sum();
        (occurring().count() > 0).then(|| recalls / occurring().count() as f64)
    }

    /// Returns the correlation of classes and answers by Matthews 1975, for several classes by Gorodkin 2004
    /// (`matthews_corrcoef`): from -1 to 1; 0 where one of them never changes; `None` without samples.
    pub fn matthews(&self) -> Option<f64> {
        let n = self.total() as f64;
        // Samples without an answer have one of their own, which is never right.
        let unanswered = self.unanswered as f64;
        let product = |f: fn(f64, f64) -> f64| self.product(f);
        let (both, classes, answers) =
            (product(|t, a| t * a), product(|t, _| t * t), product(|_, a| a * a) + unanswered * unanswered);
        let spread = (n * n - classes) * (n * n - answers);
        let correlation = if spread == 0.0 { 0.0 } else { (self.right() as f64 * n - both) / spread.sqrt() };
        (n > 0.0).then_some(correlation)
    }

    /// Returns Cohen's kappa (1960, `cohen_kappa_score`): the agreement beyond chance as a share of what
    /// chance leaves; `None` if chance explains all of it, because there is one class only.
    pub fn kappa(&self) -> Option<f64> {
        let n = self.total() as f64;
        let chance = self.product(|t, a| t * a) / n;
        (n > 0.0 && chance < n).then(|| (self.right() as f64 - chance) / (n - chance))
    }

    /// Returns the counts of each class; classes that neither occur nor are predicted do not count in means.
    pub fn per_class(&self) -> PerClass {
        let total = self.total();
        let count = |&Class { samples, answers, right }: &Class| Counts {
            true_positives: right,
            false_positives: answers - right,
            false_negatives: samples - right,
            true_negatives: total + right - answers - samples,
        };
        PerClass::new(self.classes.iter().map(count).collect(), false)
    }

    fn right(&self) -> usize {
        self.classes.iter().map(|class| class.right).sum()
    }

    /// Returns the sum over classes of a product of their samples and answers.
    fn product(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        self.classes.iter().map(|class| f(class.samples as f64, class.answers as f64)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_answered_is_a_mistake_of_no_class() {
        let mut counts = ClassCounts::empty(2);
        [(0, Some(0)), (0, None), (1, Some(1)), (1, Some(0))].into_iter().for_each(|(t, a)| counts.add(t, a));
        assert_eq!(counts.accuracy(), Some(0.5));
        assert_eq!(counts.balanced_accuracy(), Some(0.5));
        let classes = counts.per_class();
        assert_eq!(classes.each(Counts::recall), [Some(0.5), Some(0.5)]);
        assert_eq!(classes.each(Counts::precision), [Some(0.5), Some(1.0)]);
        // sklearn.metrics.matthews_corrcoef and cohen_kappa_score of [0, 0, 1, 1] and [0, 2, 1, 0].
        assert!((counts.matthews().unwrap() - 0.223_606_797_749_978_96).abs() < 1e-12);
        assert!((counts.kappa().unwrap() - 0.2).abs() < 1e-12);
    }
}

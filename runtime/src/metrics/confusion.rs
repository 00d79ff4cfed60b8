//! The confusion matrix.

use super::classification::{PerClass, answered};
use super::{ClassCounts, class_of, width};
use crate::recipe::{Answers, Loss};
use crate::samples::TargetsRef;

/// Confusion matrix: how many samples of each class were assigned to each class. Its memory grows with the
/// square of the number of classes; that of [`ClassCounts`] does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<usize>,
    /// The number of samples of each class that were assigned to no class.
    unanswered: Vec<usize>,
}

impl Confusion {
    /// Creates a matrix of zeros for `classes` classes.
    pub fn empty(classes: usize) -> Confusion {
        Confusion { classes, counts: vec![0; classes * classes], unanswered: vec![0; classes] }
    }

    /// Counts the answers of a network that tells classes apart: two or more outputs with classes, or one with a yes or no.
    /// `None` for other networks.
    pub fn new(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Option<Confusion> {
        let classes = Confusion::classes_of(loss, outputs.len(), targets)?;
        let mut confusion = Confusion::empty(classes);
        confusion.add_outputs(loss, outputs, targets);
        Some(confusion)
    }

    /// Returns the number of classes that `outputs` numbers for these targets tell apart; `None` if they tell
    /// none apart.
    #[doc(hidden)]
    pub fn classes_of(loss: Loss, outputs: usize, targets: TargetsRef<'_>) -> Option<usize> {
        match (loss.answers(), targets) {
            (_, TargetsRef::Classes(classes)) => Some(width(outputs, classes.len())),
            (Answers::YesOrNo { .. }, TargetsRef::Values(values)) if values.len() == outputs => Some(2),
            _ => None,
        }
    }

    /// Counts the answers of outputs, sample after sample.
    #[doc(hidden)]
    pub fn add_outputs(&mut self, loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) {
        match (loss.answers(), targets) {
            (_, TargetsRef::Classes(classes)) => {
                let rows = outputs.chunks_exact(self.classes).zip(classes);
                for (row, &class) in rows.filter(|(_, class)| !loss.ignores(**class)) {
                    self.add(class as usize, class_of(row));
                }
            }
            (Answers::YesOrNo { border, .. }, TargetsRef::Values(values)) => {
                for (&x, &t) in outputs.iter().zip(values) {
                    let there = t > 0.5;
                    self.add(usize::from(there), usize::from(answered(x, border, there)));
                }
            }
            _ => {}
        }
    }

    /// Counts a sample of `class` that was taken for `answer`; `None` if it was taken for no class, because its outputs
    /// are NaN.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn add(&mut self, class: usize, answer: impl Into<Option<usize>>) {
        let answer = answer.into();
        let classes = self.classes;
        assert!(class < classes && answer.is_none_or(|answer| answer < classes), "one of {classes} classes");
        match answer {
            Some(answer) => self.counts[class * classes + answer] += 1,
            None => self.unanswered[class] += 1,
        }
    }

    /// Returns the number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Returns how many samples of `class` were assigned to each class.
    pub fn row(&self, class: usize) -> &[usize] {
        &self.counts[class * self.classes..][..self.classes]
    }

    /// Returns how many samples were assigned to no class, because their outputs are NaN.
    pub fn unanswered(&self) -> usize {
        self.unanswered.iter().sum()
    }

    /// Returns the number of samples counted.
    pub fn total(&self) -> usize {
        self.counts.iter().chain(&self.unanswered).sum()
    }

    /// Returns the counts of each class, without the assignments between classes.
    pub fn counts(&self) -> ClassCounts {
        let mut counts = ClassCounts::empty(self.classes);
        for class in 0..self.classes {
            for (answer, &count) in self.row(class).iter().enumerate() {
                counts.add_many(class, Some(answer), count);
            }
            counts.add_many(class, None, self.unanswered[class]);
        }
        counts
    }

    /// Returns the accuracy: the share of samples that were assigned to their own class; `None` without
    /// samples.
    pub fn accuracy(&self) -> Option<f64> {
        self.counts().accuracy()
    }

    /// Returns the mean recall of the classes that occur: see [`ClassCounts::balanced_accuracy`].
    pub fn balanced_accuracy(&self) -> Option<f64> {
        self.counts().balanced_accuracy()
    }

    /// Returns the correlation of classes and answers: see [`ClassCounts::matthews`].
    pub fn matthews(&self) -> Option<f64> {
        self.counts().matthews()
    }

    /// Returns the agreement that chance does not explain: see [`ClassCounts::kappa`].
    pub fn kappa(&self) -> Option<f64> {
        self.counts().kappa()
    }

    /// Returns the counts of each class: see [`ClassCounts::per_class`].
    pub fn per_class(&self) -> PerClass {
        self.counts().per_class()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Counts;
    use proptest::prelude::*;

    const CE: Loss = Loss::CrossEntropy { logits: false };
    const BCE: Loss = Loss::binary_cross_entropy(false);

    #[test]
    fn confusions_are_counted() {
        let outputs = [0.9, 0.1, 0.2, 0.8, 0.7, 0.3];
        let confusion = Confusion::new(CE, &outputs, TargetsRef::Classes(&[0, 1, 1])).unwrap();
        assert_eq!((confusion.row(0), confusion.row(1)), (&[1, 0][..], &[1, 1][..]));
        let answers = TargetsRef::Values(&[1.0, 1.0, 0.0]);
        let confusion = Confusion::new(BCE, &[0.9, 0.2, 0.1], answers).unwrap();
        assert_eq!((confusion.row(0), confusion.row(1)), (&[1, 0][..], &[1, 1][..]));
        assert_eq!(Confusion::new(Loss::MSE, &[0.9, 0.2, 0.1], answers), None);
    }

    #[test]
    fn nan_is_no_answer() {
        let outputs = [f32::NAN, 0.1, 0.2, 0.8];
        let confusion = Confusion::new(CE, &outputs, TargetsRef::Classes(&[0, 1])).unwrap();
        assert_eq!((confusion.row(0), confusion.row(1)), (&[0, 0][..], &[0, 1][..]));
        assert_eq!((confusion.unanswered(), confusion.total()), (1, 2));
        assert_eq!(confusion.accuracy(), Some(0.5));
        // A yes or no that is NaN is the wrong one.
        let answers = TargetsRef::Values(&[1.0, 0.0]);
        let confusion = Confusion::new(BCE, &[f32::NAN; 2], answers).unwrap();
        assert_eq!((confusion.row(0), confusion.row(1)), (&[0, 1][..], &[1, 0][..]));
    }

    #[test]
    fn nothing_counted_is_nothing_said() {
        let confusion = Confusion::empty(3);
        let all = [
            confusion.accuracy(),
            confusion.balanced_accuracy(),
            confusion.matthews(),
            confusion.kappa(),
            confusion.per_class().mean(Counts::recall),
        ];
        assert_eq!(all, [None; 5]);
    }

    fn counted(classes: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Confusion {
        let mut confusion = Confusion::empty(classes);
        pairs.into_iter().for_each(|(class, answer)| confusion.add(class, answer));
        confusion
    }

    fn pairs() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
        (2..6_usize).prop_flat_map(|n| (Just(n), proptest::collection::vec((0..n, 0..n), 1..60)))
    }

    proptest! {
        #[test]
        fn counts_add_up((classes, pairs) in pairs()) {
            let confusion = counted(classes, pairs.iter().copied());
            prop_assert_eq!(confusion.total(), pairs.len());
            let per_class = confusion.per_class();
            for class in per_class.counts() {
                prop_assert_eq!(class.total(), pairs.len());
            }
            // Each wrong answer is one class's and misses another.
            let accuracy = confusion.accuracy();
            for share in [Counts::precision, Counts::recall, Counts::f1] {
                prop_assert_eq!(per_class.pooled(share), accuracy);
            }
        }

        #[test]
        fn names_of_classes_do_not_matter((classes, pairs) in pairs(), by in 1..6_usize) {
            let shift = |class| (class + by) % classes;
            let one = counted(classes, pairs.iter().copied());
            let other = counted(classes, pairs.iter().map(|&(t, a)| (shift(t), shift(a))));
            let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-12,
                (a, b) => a == b,
            };
            for of in [Confusion::accuracy, Confusion::balanced_accuracy, Confusion::matthews, Confusion::kappa] {
                prop_assert!(close(of(&one), of(&other)));
            }
            for of in [Counts::precision, Counts::recall, Counts::specificity, Counts::f1, Counts::iou] {
                prop_assert!(close(one.per_class().mean(of), other.per_class().mean(of)));
            }
        }

        #[test]
        fn agreement_is_symmetric((classes, pairs) in pairs()) {
            let one = counted(classes, pairs.iter().copied());
            let other = counted(classes, pairs.iter().map(|&(t, a)| (a, t)));
            prop_assert_eq!(one.kappa(), other.kappa());
            prop_assert_eq!(one.per_class().mean(Counts::precision), other.per_class().mean(Counts::recall));
            prop_assert!((one.matthews().unwrap() - other.matthews().unwrap()).abs() < 1e-12);
        }
    }
}

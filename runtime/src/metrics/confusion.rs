//! Which class was taken for which, and what is said of all classes at once.

use super::classification::{Counts, PerClass};
use super::{class_of, width};
use crate::samples::TargetsRef;
use crate::train::{Answers, Loss};

/// How often samples of a class were taken for each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<usize>,
}

impl Confusion {
    /// Of so many classes; nothing is counted yet.
    pub fn empty(classes: usize) -> Confusion {
        Confusion { classes, counts: vec![0; classes * classes] }
    }

    /// Counts the answers of a network that tells classes apart: two or more outputs with classes, or one with a yes or no.
    /// `None` for other networks.
    pub fn new(loss: Loss, outputs: &[f32], targets: TargetsRef<'_>) -> Option<Confusion> {
        match (loss.answers(), targets) {
            (_, TargetsRef::Classes(classes)) => {
                let width = width(outputs.len(), classes.len());
                let found = outputs.chunks_exact(width).map(class_of);
                let pairs = classes.iter().map(|&class| class as usize).zip(found);
                Some(Confusion::count(width, pairs.filter(|(class, _)| Some(*class) != loss.ignored())))
            }
            (Answers::YesOrNo { border, .. }, TargetsRef::Values(values))
                if values.len() == outputs.len() =>
            {
                let answers = outputs.iter().map(|&x| usize::from(x > border));
                Some(Confusion::count(2, values.iter().map(|&t| usize::from(t > 0.5)).zip(answers)))
            }
            _ => None,
        }
    }

    fn count(classes: usize, pairs: impl Iterator<Item = (usize, usize)>) -> Confusion {
        let mut confusion = Confusion::empty(classes);
        pairs.for_each(|(class, answer)| confusion.add(class, answer));
        confusion
    }

    /// Counts a sample of `class` that was taken for `answer`.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn add(&mut self, class: usize, answer: usize) {
        assert!(class < self.classes && answer < self.classes, "one of {} classes", self.classes);
        self.counts[class * self.classes + answer] += 1;
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How often samples of `class` were taken for each class.
    pub fn row(&self, class: usize) -> &[usize] {
        &self.counts[class * self.classes..][..self.classes]
    }

    /// How many samples were counted.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// The share of samples that were taken for what they are; `None` without samples.
    pub fn accuracy(&self) -> Option<f64> {
        let (right, total) = (self.right(), self.total());
        (total > 0).then(|| right as f64 / total as f64)
    }

    /// The mean recall of the classes that occur (scikit-learn's `balanced_accuracy_score`); `None` without samples.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let occurring = (0..self.classes).filter_map(|class| {
            let row = self.row(class);
            let samples: usize = row.iter().sum();
            (samples > 0).then(|| row[class] as f64 / samples as f64)
        });
        let recalls: Vec<f64> = occurring.collect();
        (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
    }

    /// The correlation of classes and answers by Matthews 1975, for several classes by Gorodkin 2004
    /// (`matthews_corrcoef`): from -1 to 1; 0 where one of them never changes; `None` without samples.
    pub fn matthews(&self) -> Option<f64> {
        let (n, right, margins) = self.margins()?;
        let product = |f: fn(&(f64, f64)) -> f64| margins.iter().map(f).sum::<f64>();
        let (both, classes, answers) =
            (product(|(t, a)| t * a), product(|(t, _)| t * t), product(|(_, a)| a * a));
        let spread = (n * n - classes) * (n * n - answers);
        Some(if spread == 0.0 { 0.0 } else { (right * n - both) / spread.sqrt() })
    }

    /// How much of the agreement that chance does not explain there is, by Cohen 1960 (`cohen_kappa_score`); `None` where
    /// chance explains all of it, because there is one class only.
    pub fn kappa(&self) -> Option<f64> {
        let (n, right, margins) = self.margins()?;
        let chance = margins.iter().map(|(t, a)| t * a).sum::<f64>() / n;
        (chance < n).then(|| (right - chance) / (n - chance))
    }

    /// What each class's answers were worth; classes that neither occur nor are answered do not count in means.
    pub fn per_class(&self) -> PerClass {
        let total = self.total();
        let count = |class: usize| {
            let right = self.row(class)[class];
            let samples: usize = self.row(class).iter().sum();
            let answers: usize = (0..self.classes).map(|other| self.row(other)[class]).sum();
            Counts {
                true_positives: right,
                false_positives: answers - right,
                false_negatives: samples - right,
                true_negatives: total + right - answers - samples,
            }
        };
        PerClass::new((0..self.classes).map(count).collect(), false)
    }

    fn right(&self) -> usize {
        (0..self.classes).map(|class| self.row(class)[class]).sum()
    }

    /// The sums that scores of agreement are made of; `None` without samples.
    fn margins(&self) -> Option<Margins> {
        let of = |class: usize| {
            let samples: usize = self.row(class).iter().sum();
            let answers: usize = (0..self.classes).map(|other| self.row(other)[class]).sum();
            (samples as f64, answers as f64)
        };
        let total = self.total();
        (total > 0).then(|| (total as f64, self.right() as f64, (0..self.classes).map(of).collect()))
    }
}

/// All samples, those answered rightly, and of each class its samples and answers.
type Margins = (f64, f64, Vec<(f64, f64)>);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CE: Loss = Loss::CrossEntropy { logits: false };
    const BCE: Loss = Loss::BinaryCrossEntropy { logits: false, pos_weight: 1.0 };

    #[test]
    fn confusions_are_counted() {
        let outputs = [0.9, 0.1, 0.2, 0.8, 0.7, 0.3];
        let confusion = Confusion::new(CE, &outputs, TargetsRef::Classes(&[0, 1, 1])).unwrap();
        assert_eq!((confusion.row(0), confusion.row(1)), (&[1, 0][..], &[1, 1][..]));
        let answers = TargetsRef::Values(&[1.0, 1.0, 0.0]);
        let confusion = Confusion::new(BCE, &[0.9, 0.2, 0.1], answers).unwrap();
        assert_eq!((confusion.row(0), confusion.row(1)), (&[1, 0][..], &[1, 1][..]));
        assert_eq!(Confusion::new(Loss::Mse, &[0.9, 0.2, 0.1], answers), None);
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

    fn pairs() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
        (2..6_usize).prop_flat_map(|n| (Just(n), proptest::collection::vec((0..n, 0..n), 1..60)))
    }

    proptest! {
        #[test]
        fn counts_add_up((classes, pairs) in pairs()) {
            let confusion = Confusion::count(classes, pairs.iter().copied());
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
            let one = Confusion::count(classes, pairs.iter().copied());
            let other = Confusion::count(classes, pairs.iter().map(|&(t, a)| (shift(t), shift(a))));
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
            let one = Confusion::count(classes, pairs.iter().copied());
            let other = Confusion::count(classes, pairs.iter().map(|&(t, a)| (a, t)));
            prop_assert_eq!(one.kappa(), other.kappa());
            prop_assert_eq!(one.per_class().mean(Counts::precision), other.per_class().mean(Counts::recall));
            prop_assert!((one.matthews().unwrap() - other.matthews().unwrap()).abs() < 1e-12);
        }
    }
}

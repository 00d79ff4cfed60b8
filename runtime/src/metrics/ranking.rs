//! Rankings: how well scores separate positive samples from negative ones, at every threshold.

use super::Average;
use super::classification::mean;
use super::scores::Value;

/// Scores of positive and negative samples, all of which are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    scores: Vec<f64>,
    meant: Vec<bool>,
}

impl Ranking {
    /// Adds the score of a sample, with `meant` if it is positive.
    pub fn add(&mut self, score: f64, meant: bool) {
        self.scores.push(score);
        self.meant.push(meant);
    }

    /// Returns the area under the receiver operating characteristic: see [`roc_auc`].
    pub fn roc_auc(&self) -> Option<f64> {
        roc_auc(&self.scores, &self.meant)
    }

    /// Returns the area under precision over recall: see [`average_precision`].
    pub fn average_precision(&self) -> Option<f64> {
        average_precision(&self.scores, &self.meant)
    }
}

/// Computes the area under the receiver operating characteristic: the chance that a positive sample scores
/// higher than a negative one, equal scores counting half (`roc_auc_score`). `None` unless there are some of
/// both, or if a score is NaN.
///
/// # Panics
/// If there are not as many scores as answers.
pub fn roc_auc(scores: &[f64], meant: &[bool]) -> Option<f64> {
    let (mut below, mut twice_won) = (0_u128, 0_u128);
    let mut positives = 0_u128;
    let mut groups = groups(scores, meant)?;
    groups.reverse();
    for (of_them, others) in groups {
        twice_won += of_them * (2 * below + others);
        below += others;
        positives += of_them;
    }
    (positives > 0 && below > 0).then(|| twice_won as f64 / (2 * positives * below) as f64)
}

/// Computes the area under precision over recall, as the sum of precisions, each times the recall that its
/// threshold adds (`average_precision_score`); 0 if no sample is positive, `None` without scores or if one is
/// NaN.
///
/// # Panics
/// If there are not as many scores as answers.
pub fn average_precision(scores: &[f64], meant: &[bool]) -> Option<f64> {
    let groups = groups(scores, meant)?;
    let positives: u128 = groups.iter().map(|(of_them, _)| of_them).sum();
    let (mut found, mut answered, mut area) = (0_u128, 0_u128, 0.0);
    for &(of_them, others) in &groups {
        found += of_them;
        answered += of_them + others;
        if positives > 0 {
            area += of_them as f64 / positives as f64 * (found as f64 / answered as f64);
        }
    }
    (!groups.is_empty()).then_some(area)
}

/// Returns for each score, from the highest on, how many samples with it are positive and how many are not;
/// `None` if one is NaN, which is neither above nor below another.
fn groups(scores: &[f64], meant: &[bool]) -> Option<Vec<(u128, u128)>> {
    assert_eq!(scores.len(), meant.len(), "an answer for each score");
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    // Both zeros are one score.
    let key = |at: usize| scores[at] + 0.0;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| key(b).total_cmp(&key(a)));
    let same = order.chunk_by(|&a, &b| key(a).total_cmp(&key(b)).is_eq());
    let counts = same.map(|group| {
        let of_them = group.iter().filter(|&&at| meant[at]).count();
        (of_them as u128, (group.len() - of_them) as u128)
    });
    Some(counts.collect())
}

/// A ranking for each class, against all others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rankings(Vec<Ranking>);

impl Rankings {
    pub(super) fn new(classes: usize) -> Rankings {
        Rankings(vec![Ranking::default(); classes])
    }

    /// Adds a sample: the score of each class, and whether it is meant.
    pub(super) fn add(&mut self, sample: impl Iterator<Item = (f64, bool)>) {
        self.0.iter_mut().zip(sample).for_each(|(class, (score, meant))| class.add(score, meant));
    }

    /// Returns the metric for each class or its mean, which is not defined if that of any class is not.
    pub(super) fn value(&self, average: Average, of: fn(&Ranking) -> Option<f64>) -> Value {
        let each: Vec<Option<f64>> = match average {
            Average::Macro | Average::None => self.0.iter().map(of).collect(),
            Average::Micro => Vec::new(),
        };
        match average {
            Average::None => Value::PerClass(each),
            Average::Macro if each.contains(&None) => Value::Number(None),
            Average::Macro => Value::Number(mean(each.into_iter().flatten())),
            Average::Micro => {
                let pooled = self.0.iter().fold(Ranking::default(), |mut all, class| {
                    all.scores.extend(&class.scores);
                    all.meant.extend(&class.meant);
                    all
                });
                Value::Number(of(&pooled))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_count_half() {
        let meant = [true, false, true, false];
        assert_eq!(roc_auc(&[1.0; 4], &meant), Some(0.5));
        assert_eq!(roc_auc(&[2.0, 1.0, 1.0, 0.0], &meant), Some(0.875));
        assert_eq!(roc_auc(&[0.0, 1.0, -0.0, 0.0], &meant), Some(0.25));
        assert_eq!(average_precision(&[1.0; 4], &meant), Some(0.5));
        assert_eq!(average_precision(&[2.0, 1.0, 1.0, 0.0], &meant), Some(0.5 + 0.5 * (2.0 / 3.0)));
    }

    #[test]
    fn without_some_of_both() {
        assert_eq!(roc_auc(&[0.1, 0.2], &[true, true]), None);
        assert_eq!(roc_auc(&[0.1, 0.2], &[false, false]), None);
        assert_eq!(average_precision(&[0.1, 0.2], &[true, true]), Some(1.0));
        assert_eq!(average_precision(&[0.1, 0.2], &[false, false]), Some(0.0));
        assert_eq!((roc_auc(&[], &[]), average_precision(&[], &[])), (None, None));
    }

    #[test]
    fn scores_that_are_nan_have_no_order() {
        let (scores, meant) = ([f64::NAN, 0.5, 1.0], [true, false, true]);
        assert_eq!((roc_auc(&scores, &meant), average_precision(&scores, &meant)), (None, None));
    }

    fn ranked() -> impl Strategy<Value = Vec<(i8, bool)>> {
        proptest::collection::vec((-5..5_i8, any::<bool>()), 1..50)
    }

    fn split(pairs: &[(i8, bool)], of: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<bool>) {
        pairs.iter().map(|&(score, meant)| (of(f64::from(score)), meant)).unzip()
    }

    proptest! {
        #[test]
        fn monotone_transforms_change_nothing(pairs in ranked(), slope in 0.1..10.0_f64, shift in -5.0..5.0_f64) {
            let (scores, meant) = split(&pairs, |x| x);
            for of in [|x: f64| x.exp(), |x: f64| x.powi(3), |x: f64| 1.0 / (1.0 + (-x).exp())] {
                let (moved, _) = split(&pairs, |x| of(slope * x + shift));
                // Where rounding makes no ties.
                prop_assume!((0..moved.len()).all(|i| {
                    (0..moved.len()).all(|j| (scores[i] < scores[j]) == (moved[i] < moved[j]))
                }));
                prop_assert_eq!(roc_auc(&scores, &meant), roc_auc(&moved, &meant));
                prop_assert_eq!(average_precision(&scores, &meant), average_precision(&moved, &meant));
            }
        }

        #[test]
        fn it_is_the_share_of_pairs_in_order(pairs in ranked()) {
            let (scores, meant) = split(&pairs, |x| x);
            let (mut won, mut all) = (0.0, 0.0);
            for (&a, &of_them) in scores.iter().zip(&meant) {
                for (&b, &other) in scores.iter().zip(&meant) {
                    if of_them && !other {
                        all += 1.0;
                        won += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                    }
                }
            }
            prop_assert_eq!(roc_auc(&scores, &meant), (all > 0.0).then(|| won / all));
        }

        #[test]
        fn the_opposite_scores_and_the_others_complete_it(pairs in ranked()) {
            let (scores, meant) = split(&pairs, |x| x);
            let (opposite, _) = split(&pairs, |x| -x);
            let others: Vec<bool> = meant.iter().map(|meant| !meant).collect();
            if let Some(area) = roc_auc(&scores, &meant) {
                prop_assert!((roc_auc(&opposite, &meant).unwrap() - (1.0 - area)).abs() < 1e-12);
                prop_assert!((roc_auc(&scores, &others).unwrap() - (1.0 - area)).abs() < 1e-12);
            }
        }
    }
}

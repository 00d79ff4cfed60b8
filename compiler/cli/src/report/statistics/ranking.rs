//! Ranks of samples by a score that tells some from the others: the receiver operating characteristic, and precision over recall.

use super::share;

/// Samples in the order of a score, the highest first.
#[derive(Clone, Debug)]
pub(in crate::report) struct Ranking {
    /// The samples, and whether each is meant; the last of equal scores ends a group.
    order: Vec<Ranked>,
}

#[derive(Clone, Copy, Debug)]
struct Ranked {
    sample: u32,
    meant: bool,
    ends: bool,
}

impl Ranking {
    /// Ranks samples; those that do not count (`None`) are left out.
    pub(in crate::report) fn new(scores: impl Iterator<Item = (f32, Option<bool>)>) -> Ranking {
        let each = scores.enumerate().filter_map(|(sample, (score, meant))| {
            // Both zeros are one score.
            Some((score + 0.0, Ranked { sample: sample as u32, meant: meant?, ends: false }))
        });
        let mut all: Vec<(f32, Ranked)> = each.collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        let count = all.len();
        let ends = |at: usize| at + 1 == count || all[at].0.total_cmp(&all[at + 1].0).is_ne();
        let order = (0..count).map(|at| Ranked { ends: ends(at), ..all[at].1 }).collect();
        Ranking { order }
    }

    /// Returns the numbers of samples that are meant and of others.
    fn totals(&self, counts: &[u32]) -> [f64; 2] {
        let mut totals = [0.0; 2];
        for ranked in &self.order {
            totals[usize::from(!ranked.meant)] += f64::from(counts[ranked.sample as usize]);
        }
        totals
    }

    /// Returns the area under the receiver operating characteristic, and the average precision.
    pub(in crate::report) fn areas(&self, counts: &[u32]) -> [f64; 2] {
        let [positives, negatives] = self.totals(counts);
        let (mut found, mut wrong, mut area, mut precision) = (0.0, 0.0, 0.0, 0.0);
        let mut group = [0.0; 2];
        for ranked in &self.order {
            group[usize::from(!ranked.meant)] += f64::from(counts[ranked.sample as usize]);
            if ranked.ends {
                let [own, others] = group;
                area += others * (found + own / 2.0);
                found += own;
                wrong += others;
                if own > 0.0 {
                    precision += own * (found / (found + wrong));
                }
                group = [0.0; 2];
            }
        }
        let auc = if positives > 0.0 { share(area / positives, negatives) } else { f64::NAN };
        [auc, share(precision, positives)]
    }

    /// Returns the points of both curves: the share of others against the share found, and the share found against the precision.
    pub(in crate::report) fn curves(&self) -> [Vec<(f64, f64)>; 2] {
        let all = vec![1; self.order.iter().map(|ranked| ranked.sample as usize + 1).max().unwrap_or(0)];
        let [positives, negatives] = self.totals(&all);
        if positives == 0.0 || negatives == 0.0 {
            return Default::default();
        }
        let (mut found, mut wrong) = (0.0, 0.0);
        let (mut roc, mut pr) = (vec![(0.0, 0.0)], vec![]);
        for ranked in &self.order {
            match ranked.meant {
                true => found += 1.0,
                false => wrong += 1.0,
            }
            if ranked.ends {
                roc.push((wrong / negatives, found / positives));
                pr.push((found / positives, found / (found + wrong)));
            }
        }
        // Precision is defined from the first answer on.
        let first = pr.first().map_or(1.0, |point| point.1);
        pr.insert(0, (0.0, first));
        [thinned(roc), thinned(pr)]
    }
}

/// Points of a curve that a plot shows.
const MOST_POINTS: usize = 240;

/// Leaves out points that lie closer together than a plot shows; corners of steps stay where they are.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points;
    }
    let step = 2.0 / MOST_POINTS as f64;
    let mut kept: Vec<(f64, f64)> = vec![];
    let last = points.len() - 1;
    for (at, point) in points.into_iter().enumerate() {
        let far = kept.last().is_none_or(|last| (last.0 - point.0).abs() + (last.1 - point.1).abs() >= step);
        if far || at == last {
            kept.push(point);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(scores: &[f32], meant: &[u8]) -> Ranking {
        Ranking::new(scores.iter().zip(meant).map(|(score, meant)| (*score, Some(*meant > 0))))
    }

    /// By definition: how often a sample that is meant has a higher score than another; half if it has the same.
    fn by_pairs(scores: &[f32], meant: &[u8], counts: &[u32]) -> f64 {
        let (mut right, mut pairs) = (0.0, 0.0);
        for (i, j) in (0..scores.len()).flat_map(|i| (0..scores.len()).map(move |j| (i, j))) {
            if meant[i] > 0 && meant[j] == 0 {
                let weight = f64::from(counts[i] * counts[j]);
                pairs += weight;
                right += weight * f64::from(u8::from(scores[i] > scores[j]));
                right += weight / 2.0 * f64::from(u8::from(scores[i] == scores[j]));
            }
        }
        right / pairs
    }

    #[test]
    fn areas_are_those_of_scikit_learn() {
        // roc_auc_score and average_precision_score of scikit-learn 1.7.
        let (scores, meant) = ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
        let [auc, ap] = ranking(&scores, &meant).areas(&[1; 4]);
        assert!((auc - 0.75).abs() < 1e-12 && (ap - 0.8333333333333333).abs() < 1e-12, "{auc} {ap}");
        let (scores, meant) = ([0.5, 0.5, 0.9, 0.2, 0.5, 0.7], [1, 0, 1, 0, 0, 0]);
        let [auc, ap] = ranking(&scores, &meant).areas(&[1; 6]);
        assert!((auc - 0.75).abs() < 1e-12 && (ap - 0.7).abs() < 1e-12, "{auc} {ap}");
    }

    #[test]
    fn areas_are_those_of_all_pairs_however_often_samples_count() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..50 {
            let scores: Vec<f32> = (0..30).map(|_| random.u8(..8).into()).collect();
            let meant: Vec<u8> = (0..30).map(|_| random.u8(..2)).collect();
            let counts: Vec<u32> = (0..30).map(|_| random.u32(..3)).collect();
            let [auc, _] = ranking(&scores, &meant).areas(&counts);
            let expected = by_pairs(&scores, &meant, &counts);
            assert!((auc - expected).abs() < 1e-12 || auc.is_nan() && expected.is_nan(), "{auc} {expected}");
        }
    }

    #[test]
    fn curves_go_from_corner_to_corner() {
        let mut random = fastrand::Rng::with_seed(4);
        let scores: Vec<f32> = (0..5000).map(|_| random.f32()).collect();
        let meant: Vec<u8> = (0..5000).map(|_| random.u8(..2)).collect();
        let [roc, pr] = ranking(&scores, &meant).curves();
        assert!(roc.len() <= MOST_POINTS + 2 && roc.is_sorted());
        assert_eq!((roc[0], roc[roc.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
        assert_eq!(pr[pr.len() - 1].0, 1.0);
        assert!(ranking(&[0.5], &[1]).curves()[0].is_empty(), "nothing is told from nothing");
        assert!(ranking(&[0.5], &[1]).areas(&[1])[0].is_nan());
    }
}

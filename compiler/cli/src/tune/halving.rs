//! Successive halving: all candidates train a little, and only the best of them go on (Jamieson and Talwalkar, 2016).
//!
//! A rung is decided when all of its candidates are done. ASHA (Li et al., 2020) promotes as results arrive, which keeps more machines busy;
//! but then it depends on the clock which candidates are promoted, and no search gives the same result twice.

use std::cmp::Ordering;

/// Epochs to which a number of candidates is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) epochs: usize,
    pub(crate) candidates: usize,
}

/// Returns the rungs of a search for `candidates` that train for `epochs` at most: from one to the next, the epochs are multiplied by `eta`,
/// and the candidates divided by it.
pub(crate) fn rungs(candidates: usize, epochs: usize, least: usize, eta: usize) -> Vec<Rung> {
    let mut budgets = vec![epochs];
    while let Some(&last) = budgets.last()
        && last > least.max(1)
    {
        budgets.push(last.div_ceil(eta).max(least));
    }
    let mut rungs: Vec<Rung> = vec![];
    let mut left = candidates;
    for epochs in budgets.into_iter().rev() {
        // Where none would be left out, nothing is decided.
        rungs.pop_if(|last| last.candidates == left);
        rungs.push(Rung { epochs, candidates: left });
        left = left.div_ceil(eta);
    }
    rungs
}

/// Returns the `count` best of some candidates by their values, of which lower ones are better; one that has diverged has none and is never
/// among them. Of equal ones, the first numbers are the better ones.
pub(crate) fn best(results: &[(usize, Option<f64>)], count: usize) -> Vec<usize> {
    let mut ranked: Vec<(usize, f64)> =
        results.iter().filter_map(|(candidate, value)| Some((*candidate, (*value)?))).collect();
    ranked.sort_by(|a, b| by_value(*a, *b));
    ranked.truncate(count);
    ranked.into_iter().map(|(candidate, _)| candidate).collect()
}

fn by_value((a, x): (usize, f64), (b, y): (usize, f64)) -> Ordering {
    x.total_cmp(&y).then(a.cmp(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(candidates: usize, epochs: usize, least: usize, eta: usize) -> Vec<(usize, usize)> {
        rungs(candidates, epochs, least, eta).into_iter().map(|rung| (rung.epochs, rung.candidates)).collect()
    }

    #[test]
    fn epochs_rise_as_candidates_fall() {
        assert_eq!(shown(50, 12, 1, 3), [(1, 50), (2, 17), (4, 6), (12, 2)]);
        assert_eq!(shown(27, 27, 1, 3), [(1, 27), (3, 9), (9, 3), (27, 1)]);
        assert_eq!(shown(16, 8, 2, 2), [(2, 16), (4, 8), (8, 4)]);
    }

    #[test]
    fn a_rung_that_decides_nothing_is_left_out() {
        assert_eq!(shown(1, 12, 1, 3), [(12, 1)]);
        assert_eq!(shown(3, 81, 1, 3), [(1, 3), (81, 1)]);
        assert_eq!(shown(0, 5, 1, 3), [(5, 0)]);
    }

    #[test]
    fn random_search_is_a_single_rung() {
        assert_eq!(shown(20, 12, 12, 3), [(12, 20)]);
        assert_eq!(shown(20, 1, 1, 3), [(1, 20)]);
        assert_eq!(shown(20, 5, 9, 3), [(5, 20)]);
    }

    #[test]
    fn the_best_go_on_in_any_order_of_results() {
        let results = [(0, Some(0.5)), (1, None), (2, Some(-0.25)), (3, Some(0.5)), (4, Some(0.125))];
        assert_eq!(best(&results, 3), [2, 4, 0]);
        let reversed: Vec<_> = results.into_iter().rev().collect();
        assert_eq!(best(&reversed, 3), [2, 4, 0]);
        assert_eq!(best(&results, 9), [2, 4, 0, 3]);
        assert_eq!(best(&[(7, None)], 1), Vec::<usize>::new());
    }
}

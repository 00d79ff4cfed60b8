//! Intervals by drawing samples again (Efron 1979): how a number would vary if other samples had been taken.

use fastrand::Rng;

/// A number with its 95 % interval, by percentiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Interval {
    pub(in crate::report) value: f64,
    pub(in crate::report) low: f64,
    pub(in crate::report) high: f64,
}

impl Interval {
    /// Returns the width; NaN if the interval is not known.
    pub(in crate::report) fn width(self) -> f64 {
        self.high - self.low
    }
}

/// Draws, and the work of all of them in steps.
const ROUNDS: usize = 1000;
const FEWEST: usize = 100;
const WORK: usize = 250_000_000;
/// The seed: an interval of the same outputs is always the same.
const SEED: u64 = 0x6e65_7477;

/// Returns numbers of some samples with their intervals. `measure` takes how often each sample counts, in about `cost` steps for each.
pub(in crate::report) fn bootstrap(
    samples: usize,
    cost: usize,
    mut measure: impl FnMut(&[u32]) -> Vec<f64>,
) -> Vec<Interval> {
    let mut counts = vec![1; samples];
    let values = measure(&counts);
    if samples < 2 {
        return values.into_iter().map(|value| Interval { value, low: f64::NAN, high: f64::NAN }).collect();
    }
    let rounds = (WORK / (samples * cost.max(1))).clamp(FEWEST, ROUNDS);
    let mut random = Rng::with_seed(SEED);
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(rounds); values.len()];
    for _ in 0..rounds {
        counts.fill(0);
        (0..samples).for_each(|_| counts[random.usize(..samples)] += 1);
        drawn.iter_mut().zip(measure(&counts)).for_each(|(drawn, value)| drawn.push(value));
    }
    values.into_iter().zip(drawn).map(|(value, drawn)| interval(value, drawn)).collect()
}

fn interval(value: f64, mut drawn: Vec<f64>) -> Interval {
    let all = drawn.len();
    drawn.retain(|value| !value.is_nan());
    // A number that is mostly undefined has no interval.
    if 2 * drawn.len() < all || value.is_nan() {
        return Interval { value, low: f64::NAN, high: f64::NAN };
    }
    drawn.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = part * (drawn.len() - 1) as f64;
        let (below, rest) = (place.floor() as usize, place.fract());
        let above = (below + 1).min(drawn.len() - 1);
        drawn[below] + rest * (drawn[above] - drawn[below])
    };
    Interval { value, low: at(0.025), high: at(0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(values: &[f64]) -> Interval {
        let mean = |counts: &[u32]| {
            let sum: f64 = counts.iter().zip(values).map(|(count, value)| f64::from(*count) * value).sum();
            vec![sum / values.len() as f64]
        };
        bootstrap(values.len(), 1, mean)[0]
    }

    #[test]
    fn an_interval_is_that_of_theory_and_always_the_same() {
        // Of 400 answers 90 % are right: the normal approximation gives 0.9 ± 1.96 √(0.9 · 0.1 / 400) = [0.8706, 0.9294].
        let right: Vec<f64> = (0..400).map(|at| f64::from(u8::from(at % 10 > 0))).collect();
        let interval = mean_of(&right);
        assert!((interval.value - 0.9).abs() < 1e-12);
        assert!(
            (interval.low - 0.8706).abs() < 0.004 && (interval.high - 0.9294).abs() < 0.004,
            "{interval:?}"
        );
        assert_eq!(interval, mean_of(&right));
    }

    #[test]
    fn odd_samples_have_no_interval() {
        assert!(mean_of(&[0.5]).low.is_nan());
        let undefined = bootstrap(10, 1, |_| vec![f64::NAN])[0];
        assert!(undefined.value.is_nan() && undefined.high.is_nan());
        assert!(bootstrap(0, 1, |_| vec![f64::NAN])[0].value.is_nan());
    }
}

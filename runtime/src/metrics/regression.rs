//! Errors of regressions: the distances of numbers from their targets.

use super::Average;
use super::classification::mean;
use super::scores::Value;

/// Sums of errors, separate for each output. No samples are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    outputs: Vec<Sums>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    count: f64,
    /// The sum of `|y - t|`.
    absolute: f64,
    /// The sum of `(y - t)²`.
    squared: f64,
    /// The mean of the targets.
    mean: f64,
    /// The sum of the targets' squared distances from their mean.
    spread: f64,
}

impl Regression {
    /// Creates sums of zero for `outputs` outputs.
    pub fn new(outputs: usize) -> Regression {
        Regression { outputs: vec![Sums::default(); outputs] }
    }

    /// Adds a sample: each output with its target.
    ///
    /// # Panics
    /// If there are not as many as outputs.
    pub fn add(&mut self, sample: impl IntoIterator<Item = (f64, f64)>) {
        let mut sample = sample.into_iter();
        for sums in &mut self.outputs {
            let Some((y, t)) = sample.next() else { panic!("a target for each output") };
            sums.add(y, t);
        }
        assert!(sample.next().is_none(), "a target for each output");
    }

    /// Returns the mean of `|y - t|` (`mean_absolute_error`); `None` without samples.
    pub fn mae(&self, average: Average) -> Value {
        self.value(average, Sums::mae)
    }

    /// Returns the root of the mean of `(y - t)²` (`root_mean_squared_error`): with [`Average::Macro`] the
    /// mean of the outputs' roots, with [`Average::Micro`] the root of the mean over all of them; `None`
    /// without samples.
    pub fn rmse(&self, average: Average) -> Value {
        self.value(average, Sums::rmse)
    }

    /// Returns the share of the targets' variance that is explained, `1 - Σ (y - t)² / Σ (t - mean)²`
    /// (`r2_score`): where targets never change, 1 if there is no error and else 0; `None` for fewer than two
    /// samples.
    pub fn r2(&self, average: Average) -> Value {
        self.value(average, Sums::r2)
    }

    fn value(&self, average: Average, of: fn(&Sums) -> Option<f64>) -> Value {
        let each = || self.outputs.iter().map(of);
        match average {
            Average::None => Value::PerClass(each().collect()),
            Average::Macro => {
                Value::Number(each().collect::<Option<Vec<f64>>>().and_then(|v| mean(v.into_iter())))
            }
            Average::Micro => Value::Number(of(&self.outputs.iter().fold(Sums::default(), Sums::with))),
        }
    }
}

impl Sums {
    /// Adds an output with its target. Means and spreads are updated as by Welford 1962, so that large
    /// targets lose no digits.
    fn add(&mut self, y: f64, t: f64) {
        self.count += 1.0;
        self.absolute += (y - t).abs();
        self.squared += (y - t).powi(2);
        let from = t - self.mean;
        self.mean += from / self.count;
        self.spread += from * (t - self.mean);
    }

    /// Returns the sums of both, by Chan, Golub and LeVeque 1979.
    fn with(self, other: &Sums) -> Sums {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let apart = other.mean - self.mean;
        Sums {
            count,
            absolute: self.absolute + other.absolute,
            squared: self.squared + other.squared,
            mean: self.mean + apart * other.count / count,
            spread: self.spread + other.spread + apart * apart * self.count * other.count / count,
        }
    }

    fn mae(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.absolute / self.count)
    }

    fn rmse(&self) -> Option<f64> {
        (self.count > 0.0).then(|| (self.squared / self.count).sqrt())
    }

    fn r2(&self) -> Option<f64> {
        let value = match (self.squared == 0.0, self.spread == 0.0) {
            (true, _) => 1.0,
            (false, true) => 0.0,
            (false, false) => 1.0 - self.squared / self.spread,
        };
        (self.count > 1.0).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(samples: &[[f64; 2]], targets: &[[f64; 2]]) -> Regression {
        let mut regression = Regression::new(2);
        for (y, t) in samples.iter().zip(targets) {
            regression.add(y.iter().copied().zip(t.iter().copied()));
        }
        regression
    }

    fn number(value: &Value) -> f64 {
        value.number().unwrap()
    }

    #[test]
    fn errors_are_their_definitions() {
        let regression = of(&[[1.0, 0.0], [3.0, 4.0]], &[[1.0, 3.0], [1.0, 0.0]]);
        assert_eq!(regression.mae(Average::None), Value::PerClass(vec![Some(1.0), Some(3.5)]));
        assert_eq!(number(&regression.rmse(Average::Macro)), f64::midpoint(2f64.sqrt(), 12.5f64.sqrt()));
        assert_eq!(number(&regression.rmse(Average::Micro)), (29.0f64 / 4.0).sqrt());
        let r2 = vec![Some(0.0), Some(1.0 - 25.0 / 4.5)];
        assert_eq!(regression.r2(Average::None), Value::PerClass(r2));
    }

    #[test]
    fn few_samples() {
        assert_eq!(Regression::new(2).mae(Average::Macro), Value::Number(None));
        assert_eq!(Regression::new(2).rmse(Average::Micro), Value::Number(None));
        let one = of(&[[1.0, 2.0]], &[[1.0, 2.0]]);
        assert_eq!(
            (one.r2(Average::Macro), one.mae(Average::Macro)),
            (Value::Number(None), Value::Number(Some(0.0)))
        );
    }

    fn samples() -> impl Strategy<Value = Vec<([f64; 2], [f64; 2])>> {
        let pair = || [-10.0..10.0_f64, -10.0..10.0];
        proptest::collection::vec((pair(), pair()), 2..30)
    }

    proptest! {
        #[test]
        fn far_targets_lose_nothing(samples in samples(), shift in -1e6..1e6_f64) {
            let (y, t): (Vec<_>, Vec<_>) = samples.iter().copied().unzip();
            let moved = |v: &[[f64; 2]]| v.iter().map(|row| row.map(|x| x + shift)).collect::<Vec<_>>();
            let (here, there) = (of(&y, &t), of(&moved(&y), &moved(&t)));
            for average in [Average::Macro, Average::Micro] {
                let (a, b) = (number(&here.r2(average)), number(&there.r2(average)));
                prop_assert!((a - b).abs() <= 1e-5 * a.abs().max(1.0), "{} {}", a, b);
                prop_assert!((number(&here.rmse(average)) - number(&there.rmse(average))).abs() < 1e-6);
            }
        }

        #[test]
        fn errors_are_in_order(samples in samples()) {
            let (y, t): (Vec<_>, Vec<_>) = samples.iter().copied().unzip();
            let regression = of(&y, &t);
            for average in [Average::Macro, Average::Micro] {
                prop_assert!(number(&regression.mae(average)) <= number(&regression.rmse(average)) + 1e-12);
                prop_assert!(number(&regression.r2(average)) <= 1.0);
            }
            prop_assert!(number(&regression.rmse(Average::Macro)) <= number(&regression.rmse(Average::Micro)) + 1e-12);
            // The mean over equally many of each is that over all.
            let (each, all) = (number(&regression.mae(Average::Macro)), number(&regression.mae(Average::Micro)));
            prop_assert!((each - all).abs() < 1e-12);
        }
    }
}

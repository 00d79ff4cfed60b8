//! Checks that a network can learn at the rates of a schedule.

use super::{Course, Schedule};
use std::error::Error;
use std::fmt;

/// A rate at which nothing can be learned.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum RateError {
    /// The rate would only rise, and what follows the warm-up would never come.
    Warmup {
        /// The length of the warm-up in epochs.
        warmup: f64,
        /// The length of the training.
        epochs: usize,
    },
    /// The rate becomes infinite or NaN.
    NotFinite {
        /// The epoch's number, counted from 1.
        epoch: usize,
        /// The rate: infinite or NaN.
        rate: f32,
    },
    /// The rate is 0 in every step.
    Zero,
    /// The schedule itself cannot be.
    Option {
        /// The option's name.
        name: &'static str,
        /// The option's value.
        found: f64,
        /// A description of valid values.
        expected: &'static str,
    },
}

impl Error for RateError {}

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateError::Warmup { warmup, epochs } => {
                let epochs = count(*epochs);
                write!(f, "the warm-up (`warmup={warmup}`) lasts as long as the training ({epochs})")
            }
            RateError::NotFinite { epoch, rate } => {
                write!(f, "the learning rate is {rate} from epoch {epoch} on")
            }
            RateError::Zero => f.write_str("the learning rate is 0 in every step of the training"),
            RateError::Option { name, found, expected } => {
                write!(f, "`{name}` of the schedule is {found}, expected {expected}")
            }
        }
    }
}

impl RateError {
    /// Returns advice that fixes the error.
    pub fn help(&self) -> String {
        match self {
            RateError::Warmup { warmup, .. } => format!(
                "train for more than {warmup} epoch{} (`epochs` in the recipe, or `--epochs`), or shorten `warmup` in `schedule`",
                if *warmup == 1.0 { "" } else { "s" }
            ),
            RateError::NotFinite { .. } => {
                "lower the optimizer's `lr`, or the factor by which the schedule multiplies it".into()
            }
            RateError::Zero => {
                "raise the optimizer's `lr`, train for more epochs, or give the schedule a rate above 0 to begin with".into()
            }
            RateError::Option { .. } => "change it in the recipe's `schedule`".into(),
        }
    }
}

fn count(epochs: usize) -> String {
    if epochs == 1 { "1 epoch".into() } else { format!("{epochs} epochs") }
}

/// The number of steps that are searched for a rate above 0; a training in which as many have none counts as
/// one that never learns.
const SEARCHED: u64 = 1 << 20;

impl<L: AsRef<[f64]>> Schedule<L> {
    /// Checks the rates of a training of `epochs` times `steps` steps, whose optimizer has this `rate`.
    ///
    /// # Errors
    /// If the rate is 0 in every step or not finite in one, or the warm-up lasts as long as the training.
    pub fn check(&self, rate: f64, steps: usize, epochs: usize) -> Result<(), RateError> {
        self.check_options()?;
        if epochs == 0 || steps == 0 {
            return Ok(());
        }
        if self.warmup > 0.0 && self.warmup >= epochs as f64 {
            return Err(RateError::Warmup { warmup: self.warmup, epochs });
        }
        let total = steps as u64 * epochs as u64;
        let rate_of = |step: u64| (rate * self.factor(step, steps, epochs)) as f32;
        let most = (rate * self.most(steps, epochs)) as f32;
        if !most.is_finite() {
            let mut starts = (1..=epochs).map(|epoch| (epoch, rate_of((epoch - 1) as u64 * steps as u64)));
            let (epoch, rate) = starts.find(|(_, rate)| !rate.is_finite()).unwrap_or((epochs, most));
            return Err(RateError::NotFinite { epoch, rate });
        }
        match (0..total.min(SEARCHED)).any(|step| rate_of(step) != 0.0) {
            true => Ok(()),
            false => Err(RateError::Zero),
        }
    }

    /// Returns the largest factor that a step can have, or a larger one.
    fn most(&self, steps: usize, epochs: usize) -> f64 {
        let last = (steps * epochs - 1) as f64;
        match self.course {
            // These only rise or only fall.
            Course::Step { .. } | Course::MultiStep { .. } | Course::Exponential { .. } => {
                1f64.max(self.course.factor(last, steps as f64, epochs as f64, self.warmup))
            }
            Course::Constant | Course::InverseSqrt => 1.0,
            // The others stay between 1 and what they begin with or fall to.
            Course::Polynomial { last, .. }
            | Course::Cosine { last }
            | Course::CosineRestarts { last, .. } => last.max(1.0),
            Course::OneCycle { first, last, .. } => first.max(last).max(1.0),
            Course::Cyclic { low, .. } => low.max(1.0),
            Course::Geometric { last, .. } => last.max(1.0),
            Course::OnPlateau { factor, last, .. } => factor.max(last).max(1.0),
        }
    }

    /// Checks the numbers of a schedule, which a program can set to anything.
    fn check_options(&self) -> Result<(), RateError> {
        const ABOVE: &str = "a finite number above 0";
        const AT_LEAST: &str = "a finite number of at least 0";
        let above = |name, found: f64| (name, found, found.is_finite() && found > 0.0, ABOVE);
        let at_least = |name, found: f64| (name, found, found.is_finite() && found >= 0.0, AT_LEAST);
        let warmup = match self.course {
            Course::InverseSqrt => above("warmup", self.warmup),
            _ => at_least("warmup", self.warmup),
        };
        let [a, b, c] = match self.course {
            Course::Constant | Course::InverseSqrt => [warmup; 3],
            Course::Step { every, factor } => [above("every", every), at_least("factor", factor), warmup],
            Course::MultiStep { factor, .. } | Course::Exponential { factor } => {
                [at_least("factor", factor), warmup, warmup]
            }
            Course::Polynomial { power, last } => [above("power", power), at_least("last", last), warmup],
            Course::Cosine { last } => [at_least("last", last), warmup, warmup],
            Course::CosineRestarts { period, growth, last } => [
                above("period", period),
                ("growth", growth, growth.is_finite() && growth >= 1.0, "a finite number of at least 1"),
                at_least("last", last),
            ],
            Course::OneCycle { rise, first, last } => [
                ("rise", rise, (0.0..=1.0).contains(&rise), "a share from 0 to 1"),
                at_least("first", first),
                at_least("last", last),
            ],
            Course::Cyclic { low, rise, fall } => {
                [at_least("low", low), above("rise", rise), above("fall", fall)]
            }
            Course::Geometric { last, .. } => [above("last", last), warmup, warmup],
            Course::OnPlateau { factor, threshold, last, .. } => {
                [at_least("factor", factor), at_least("threshold", threshold), at_least("last", last)]
            }
        };
        match [warmup, a, b, c].into_iter().find(|(.., fits, _)| !fits) {
            Some((name, found, _, expected)) => Err(RateError::Option { name, found, expected }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Course = super::Course<&'static [f64]>;
    type Schedule = super::Schedule<&'static [f64]>;

    fn check(warmup: f64, course: Course, rate: f64, steps: usize, epochs: usize) -> Result<(), RateError> {
        Schedule { warmup, course }.check(rate, steps, epochs)
    }

    /// An example of each course.
    const COURSES: [Course; 11] = [
        Course::Constant,
        Course::Step { every: 1.0, factor: 0.1 },
        Course::MultiStep { after: &[1.0, 2.0], factor: 0.1 },
        Course::Exponential { factor: 0.5 },
        Course::Polynomial { power: 2.0, last: 0.0 },
        Course::InverseSqrt,
        Course::Cosine { last: 0.0 },
        Course::CosineRestarts { period: 1.0, growth: 2.0, last: 0.0 },
        Course::OneCycle { rise: 0.3, first: 0.0, last: 0.0 },
        Course::Cyclic { low: 0.0, rise: 1.5, fall: 1.5 },
        Course::Geometric { last: 100.0, steps: 3 },
    ];

    #[test]
    fn a_warmup_that_does_not_end_is_refused() {
        for course in COURSES {
            for (warmup, epochs) in [(1.0, 1), (2.0, 1), (4.0, 3), (4.0, 4), (1.5, 1)] {
                let error = RateError::Warmup { warmup, epochs };
                assert_eq!(check(warmup, course, 0.1, 8, epochs), Err(error), "{course:?}");
            }
            assert_eq!(check(4.0, course, 0.1, 8, 5), Ok(()), "{course:?}");
            assert_eq!(check(0.5, course, 0.1, 8, 1), Ok(()), "{course:?}");
        }
    }

    /// An accepted schedule has a step with a rate above 0; a refused one has none.
    #[test]
    fn refused_is_what_never_learns() {
        let more = [
            Course::OneCycle { rise: 0.6, first: 0.0, last: 0.0 },
            Course::OneCycle { rise: 1.0, first: 0.0, last: 0.0 },
            Course::OneCycle { rise: 0.0, first: 0.0, last: 0.0 },
            Course::Cyclic { low: 0.0, rise: 0.5, fall: 0.5 },
            Course::Cyclic { low: 0.0, rise: 0.25, fall: 0.25 },
            Course::Exponential { factor: 0.0 },
        ];
        let mut refused = 0;
        for course in COURSES.into_iter().chain(more) {
            for (warmup, steps, epochs) in [(0f64, 1, 1), (0.0, 1, 2), (0.0, 2, 1), (0.3, 1, 1), (0.9, 3, 1)]
                .into_iter()
                .chain([(0.0, 1, 3), (1.0, 2, 2), (0.0, 4, 3), (1.5, 1, 2)])
            {
                let warmup = if course == Course::InverseSqrt { warmup.max(0.1) } else { warmup };
                let schedule = Schedule { warmup, course };
                let rates: Vec<f64> = (0..steps * epochs)
                    .map(|step| 0.1 * schedule.factor(step as u64, steps, epochs))
                    .collect();
                let learns = rates.iter().any(|rate| *rate > 0.0);
                let wanted = if learns { Ok(()) } else { Err(RateError::Zero) };
                assert!(rates.iter().all(|rate| rate.is_finite()));
                assert_eq!(
                    schedule.check(0.1, steps, epochs),
                    wanted,
                    "{schedule:?} {steps} {epochs} {rates:?}"
                );
                refused += usize::from(!learns);
            }
        }
        assert!(refused >= 3, "{refused}");
    }

    #[test]
    fn rates_that_are_no_numbers_are_refused() {
        for rate in [f64::NAN, f64::INFINITY, 1e39] {
            assert!(matches!(
                check(0.0, Course::Constant, rate, 8, 2),
                Err(RateError::NotFinite { epoch: 1, .. })
            ));
        }
        for rate in [0.0, 1e-60] {
            assert_eq!(check(0.0, Course::Constant, rate, 8, 2), Err(RateError::Zero));
        }
        let growing = Course::Exponential { factor: 10.0 };
        assert_eq!(check(0.0, growing, 0.01, 8, 41), Ok(()));
        let error = RateError::NotFinite { epoch: 42, rate: f32::INFINITY };
        assert_eq!(check(0.0, growing, 0.01, 8, 50), Err(error));
        assert_eq!(check(0.0, Course::Step { every: 0.5, factor: 1e300 }, 1.0, 2, 1), {
            Err(RateError::NotFinite { epoch: 1, rate: f32::INFINITY })
        });
    }

    #[test]
    fn a_long_training_is_checked_at_once() {
        for course in COURSES {
            assert_eq!(check(1.0, course, 1e-3, 1_000_000, 1_000_000), Ok(()), "{course:?}");
        }
    }

    #[test]
    fn schedules_of_programs_are_checked() {
        let nan = f64::NAN;
        let cases = [
            (nan, Course::Constant, "warmup"),
            (-1.0, Course::Constant, "warmup"),
            (0.0, Course::InverseSqrt, "warmup"),
            (0.0, Course::Step { every: 0.0, factor: 0.1 }, "every"),
            (0.0, Course::Exponential { factor: nan }, "factor"),
            (0.0, Course::Polynomial { power: -1.0, last: 0.0 }, "power"),
            (0.0, Course::Cosine { last: f64::INFINITY }, "last"),
            (0.0, Course::CosineRestarts { period: -1.0, growth: 2.0, last: 0.0 }, "period"),
            (0.0, Course::CosineRestarts { period: 1.0, growth: 0.5, last: 0.0 }, "growth"),
            (0.0, Course::OneCycle { rise: 1.5, first: 0.0, last: 0.0 }, "rise"),
            (0.0, Course::Cyclic { low: 0.0, rise: 1.0, fall: 0.0 }, "fall"),
            (0.0, Course::Geometric { last: 0.0, steps: 9 }, "last"),
        ];
        for (warmup, course, wanted) in cases {
            let error = check(warmup, course, 0.1, 8, 4).unwrap_err();
            assert!(matches!(error, RateError::Option { name, .. } if name == wanted), "{error}");
        }
    }
}

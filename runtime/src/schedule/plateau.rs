//! A rate that falls when there is no more progress.

use super::{Course, Schedule};
use crate::metrics::Measured;
use crate::state::{Carried, carried};

/// Counter of the epochs without progress; the rate's factor is 1 all the time unless the course is
/// [`OnPlateau`](Course::OnPlateau).
///
/// An epoch is better than the best one if what is watched has become better by more than the course's threshold, as a
/// share of the best. When more epochs than the patience in a row were not better, the factor falls.
#[derive(Clone, Debug)]
pub struct Plateau {
    course: Course,
    factor: f64,
    /// The watched value of the best epoch; infinite before the first.
    best: f64,
    /// Epochs in a row that were not better.
    idle: usize,
    /// Epochs that do not count, from now on.
    resting: usize,
}

impl Plateau {
    /// Creates the state before the first epoch.
    pub fn new(schedule: &Schedule) -> Plateau {
        Plateau { course: schedule.course, factor: 1.0, best: f64::INFINITY, idle: 0, resting: 0 }
    }

    /// Returns the factor of the rate.
    pub fn factor(&self) -> f32 {
        self.factor as f32
    }

    /// Notes what an epoch has led to; an empty set of held-out samples changes nothing.
    pub fn update(&mut self, held_out: Option<&Measured>) {
        if let (Course::OnPlateau { on, .. }, Some(held_out)) = (self.course, held_out) {
            self.note(held_out.watched(on));
        }
    }

    /// Notes what is watched after an epoch, as a number that falls when it becomes better.
    pub fn note(&mut self, value: f64) {
        let Course::OnPlateau { factor, patience, threshold, cooldown, last, .. } = self.course else {
            return;
        };
        // A share of infinity would be infinite, too. NaN is never better.
        let margin = if self.best.is_finite() { threshold * self.best.abs() } else { 0.0 };
        if value < self.best - margin {
            self.best = value;
            self.idle = 0;
        } else {
            self.idle += 1;
        }
        if self.resting > 0 {
            self.resting -= 1;
            self.idle = 0;
        }
        if self.idle > patience {
            self.factor = (self.factor * factor).max(last);
            (self.idle, self.resting) = (0, cooldown);
        }
    }
}

impl Carried for Plateau {
    carried!(factor, best, idle, resting);
}

#[cfg(all(test, feature = "train"))]
mod tests {
    use super::*;
    use crate::metrics::{Evaluation, Scores};
    use crate::schedule::Watch;

    fn measured(loss: f64, accuracy: Option<f64>) -> Measured {
        Measured {
            evaluation: Evaluation { loss, accuracy },
            scores: Scores::default(),
            samples: 60,
            nan_samples: 0,
        }
    }

    fn factors(patience: usize, cooldown: usize, on: Watch, values: &[f64]) -> Vec<f32> {
        let course = Course::OnPlateau { factor: 0.5, patience, threshold: 0.1, cooldown, last: 0.2, on };
        let mut plateau = Plateau::new(&Schedule { warmup: 0.0, course });
        let factor = |&value: &f64| {
            plateau.update(Some(&measured(value, Some(value))));
            plateau.factor()
        };
        values.iter().map(factor).collect()
    }

    // The factors are those of PyTorch's `ReduceLROnPlateau`.
    #[test]
    fn it_falls_behind_the_patience_and_never_below_the_last() {
        let losses = [1.0, 0.95, 0.92, 0.8, 0.79, 0.78, 0.77, 0.76, 0.75, f64::NAN, f64::NAN];
        let wanted = [1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2];
        assert_eq!(factors(1, 0, Watch::ValLoss, &losses), wanted);
        let wanted = [1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2];
        assert_eq!(factors(0, 2, Watch::ValLoss, &losses), wanted);
    }

    #[test]
    fn what_is_not_finite_is_never_the_best() {
        for first in [f64::NAN, f64::INFINITY] {
            let losses = [first, 1.0, 0.5, 0.25, 0.12];
            assert_eq!(factors(1, 0, Watch::ValLoss, &losses), [1.0; 5]);
        }
    }

    #[test]
    fn accuracy_is_better_when_it_is_larger() {
        let accuracies = [0.5, 0.54, 0.56, 0.61, 0.6, 0.62];
        assert_eq!(factors(1, 0, Watch::ValAccuracy, &accuracies), [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]);
    }

    #[test]
    fn a_beginning_without_a_number_is_forgotten() {
        let on = Watch::ValLoss;
        for first in [f64::NAN, f64::INFINITY] {
            assert_eq!(factors(1, 0, on, &[first, 1.0, 0.5, 0.25, 0.12]), [1.0; 5], "{first}");
            assert_eq!(factors(0, 0, on, &[first, 1.0, 0.5, 0.6]), [0.5, 0.5, 0.5, 0.25], "{first}");
            assert_eq!(factors(1, 0, on, &[first, first, 1.0, 0.5]), [1.0, 0.5, 0.5, 0.5], "{first}");
        }
        let accuracies = [f64::NAN, 0.5, 0.9, 0.9, 0.9];
        assert_eq!(factors(1, 0, Watch::ValAccuracy, &accuracies), [1.0, 1.0, 1.0, 1.0, 0.5]);
    }

    #[test]
    fn without_samples_or_a_course_nothing_falls() {
        let mut plateau = Plateau::new(&Schedule::default());
        for _ in 0..99 {
            plateau.update(Some(&measured(1.0, None)));
            plateau.update(None);
        }
        assert_eq!(plateau.factor(), 1.0);
    }
}

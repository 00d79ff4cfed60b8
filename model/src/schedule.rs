//! The learning rate over time, as a factor of the optimizer's.

mod check;
mod describe;

pub use check::RateError;

use crate::Watch;
use crate::emit::emitted;
use std::f64::consts::PI;

emitted! {
    /// The course of the learning rate over the steps of a training.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    pub struct Schedule<L> {
        /// The length of the linear warm-up, in epochs.
        pub warmup: f64,
        /// The course after the warm-up.
        pub course: Course<L>,
    }

    /// The rate's course. Times are in epochs: of [`Step`](Course::Step), [`MultiStep`](Course::MultiStep) and
    /// [`Exponential`](Course::Exponential) from the beginning of the training, of the others from the end of the warm-up.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    pub enum Course<L> {
        /// A constant rate.
        #[default]
        Constant,
        /// The rate multiplied by the factor after every `every` epochs
        /// ([`StepLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html)).
        Step {
            /// The period in epochs.
            every: f64,
            /// The factor.
            factor: f64,
        },
        /// The rate multiplied by the factor after each of these epochs
        /// ([`MultiStepLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html)).
        MultiStep {
            /// The numbers of the epochs.
            after: L,
            /// The factor.
            factor: f64,
        },
        /// The rate multiplied by the factor after each epoch
        /// ([`ExponentialLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html)).
        Exponential {
            /// The factor.
            factor: f64,
        },
        /// A fall as a power of the training that is left, to `last`
        /// ([`PolynomialLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html)).
        Polynomial {
            /// The exponent.
            power: f64,
            /// The factor at the end.
            last: f64,
        },
        /// A fall with the inverse square root of the time, `√(warmup / t)` (Vaswani et al.: *Attention is
        /// all you need*, 2017).
        InverseSqrt,
        /// A fall as half a cosine
        /// ([`CosineAnnealingLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html)).
        Cosine {
            /// The factor at the end.
            last: f64,
        },
        /// Repeated falls as half a cosine (Loshchilov and Hutter: *SGDR*, 2017).
        CosineRestarts {
            /// The length of the first fall, in epochs.
            period: f64,
            /// The ratio of each fall's length to the one before.
            growth: f64,
            /// The factor at the end of each fall.
            last: f64,
        },
        /// A rise as half a cosine from `first`, then a fall as one to `last`
        /// ([`OneCycleLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html)).
        OneCycle {
            /// The part of the training in which it rises.
            rise: f64,
            /// The factor of the first step.
            first: f64,
            /// The factor of the last step.
            last: f64,
        },
        /// Repeated linear rises and falls
        /// ([`CyclicLR`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html)).
        Cyclic {
            /// The factor at the beginning of each rise.
            low: f64,
            /// The length of a rise, in epochs.
            rise: f64,
            /// The length of a fall, in epochs.
            fall: f64,
        },
        /// A rise by the same factor in each step, to `last` in step `steps`, where it stays: the learning-rate range test (Smith: *Cyclical
        /// Learning Rates for Training Neural Networks*, 2017). No `train` block has it.
        Geometric {
            /// The factor of the last step of the rise.
            last: f64,
            /// The number of steps of the rise.
            steps: usize,
        },
        /// The rate multiplied by the factor when the held-out samples have not become better for some
        /// epochs; the runtime counts them
        /// ([`ReduceLROnPlateau`](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html)).
        OnPlateau {
            /// The factor.
            factor: f64,
            /// The number of epochs in a row without progress that are tolerated; the next one lowers the
            /// rate.
            patience: usize,
            /// The relative change that counts as progress.
            threshold: f64,
            /// The epochs after a reduction that are not counted.
            cooldown: usize,
            /// The lower limit of the factor.
            last: f64,
            /// The value that is watched.
            on: Watch,
        },
    }
}

impl<L: AsRef<[f64]>> Schedule<L> {
    /// Returns the factor for a step, counted from 0, of a training of `epochs` times `steps` steps.
    ///
    /// The first step of a warm-up has the first rise already: a rate of 0 would waste it.
    pub fn factor(&self, step: u64, steps: usize, epochs: usize) -> f64 {
        let rising = self.warmup * steps as f64;
        let risen = if (step as f64) < rising { ((step + 1) as f64 / rising).min(1.0) } else { 1.0 };
        risen * self.course.factor(step as f64, steps as f64, epochs as f64, self.warmup)
    }
}

impl<L: AsRef<[f64]>> Course<L> {
    /// Returns true if the factors of the first steps depend on the number of all epochs.
    pub fn is_of_a_length(&self) -> bool {
        match self {
            Course::Polynomial { .. } | Course::Cosine { .. } | Course::OneCycle { .. } => true,
            Course::Constant
            | Course::Step { .. }
            | Course::MultiStep { .. }
            | Course::Exponential { .. }
            | Course::InverseSqrt
            | Course::CosineRestarts { .. }
            | Course::Cyclic { .. }
            | Course::Geometric { .. }
            | Course::OnPlateau { .. } => false,
        }
    }

    fn factor(&self, step: f64, steps: f64, epochs: f64, warmup: f64) -> f64 {
        let time = step / steps;
        let after = (time - warmup).max(0.0);
        // The share of the training after the warm-up that is over.
        let part = if epochs > warmup { (after / (epochs - warmup)).min(1.0) } else { 1.0 };
        match *self {
            // A plateau's factor is no function of the time.
            Course::Constant | Course::OnPlateau { .. } => 1.0,
            Course::Step { every, factor } => factor.powf((time / every).floor()),
            Course::MultiStep { ref after, factor } => {
                factor.powi(after.as_ref().iter().filter(|&&epoch| time >= epoch).count() as i32)
            }
            Course::Exponential { factor } => factor.powf(time.floor()),
            Course::Polynomial { power, last } => last + (1.0 - last) * (1.0 - part).powf(power),
            Course::InverseSqrt => (warmup / time.max(warmup)).sqrt(),
            Course::Cosine { last } => fall(1.0, last, part),
            Course::CosineRestarts { period, growth, last } => {
                let (mut rest, mut period) = (after, period);
                if growth == 1.0 {
                    rest %= period;
                }
                while rest >= period {
                    rest -= period;
                    period *= growth;
                }
                fall(1.0, last, rest / period)
            }
            Course::OneCycle { rise, first, last } => {
                let total = epochs * steps;
                let (top, end) = ((rise * total - 1.0).max(0.0), total - 1.0);
                if step < top {
                    fall(first, 1.0, step / top)
                } else if end > top {
                    fall(1.0, last, ((step - top) / (end - top)).min(1.0))
                } else {
                    1.0
                }
            }
            Course::Cyclic { low, rise, fall } => {
                let at = after % (rise + fall);
                let part = if at < rise { at / rise } else { 1.0 - (at - rise) / fall };
                low + (1.0 - low) * part
            }
            Course::Geometric { last, steps } => {
                let rises = steps.saturating_sub(1).max(1) as f64;
                last.powf((step / rises).min(1.0))
            }
        }
    }
    /// Returns the factor when an epoch begins, counted from 0, of those courses that can rise without end; 1 for others.
    pub fn at_epoch(&self, epoch: f64) -> f64 {
        match self {
            Course::Step { .. } | Course::MultiStep { .. } | Course::Exponential { .. } => {
                self.factor(epoch, 1.0, f64::INFINITY, 0.0)
            }
            _ => 1.0,
        }
    }
}

/// Computes a half-cosine from one number to another, at `part` from 0 to 1.
fn fall(from: f64, to: f64, part: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (PI * part).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Course = super::Course<&'static [f64]>;
    type Schedule = super::Schedule<&'static [f64]>;

    fn close(found: f64, want: f64) {
        assert!((found - want).abs() < 1e-9, "{found} is not {want}");
    }

    fn cosine(warmup: f64, last: f64) -> Schedule {
        Schedule { warmup, course: Course::Cosine { last } }
    }

    #[test]
    fn constant_is_one() {
        let schedule = Schedule::default();
        assert!((0..50).all(|step| schedule.factor(step, 10, 5) == 1.0));
    }

    /// The expected factors are those of PyTorch 2.15's schedulers, stepped once per epoch of one step.
    #[test]
    fn courses_are_pytorchs() {
        let one_cycle = Course::OneCycle { rise: 0.25, first: 0.05, last: 0.0005 };
        let cases: &[(Course, usize, &[f64])] = &[
            (Course::Step { every: 3.0, factor: 0.5 }, 8, &[1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]),
            (
                Course::MultiStep { after: &[2.0, 5.0], factor: 0.1 },
                8,
                &[1.0, 1.0, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01],
            ),
            (Course::Exponential { factor: 0.9 }, 6, &[1.0, 0.9, 0.81, 0.729, 0.6561, 0.59049]),
            (
                Course::Polynomial { power: 2.0, last: 0.0 },
                8,
                &[1.0, 0.765625, 0.5625, 0.390625, 0.25, 0.140625, 0.0625, 0.015625, 0.0, 0.0],
            ),
            (
                Course::CosineRestarts { period: 2.0, growth: 2.0, last: 0.1 },
                9,
                &[1.0, 0.55, 1.0, 0.8681980515, 0.55, 0.2318019485, 1.0, 0.9657457896, 0.8681980515],
            ),
            (
                Course::Cosine { last: 0.1 },
                8,
                &[
                    1.0,
                    0.9657457896,
                    0.8681980515,
                    0.7222075446,
                    0.55,
                    0.3777924554,
                    0.2318019485,
                    0.1342542104,
                    0.1,
                ],
            ),
            (
                one_cycle,
                12,
                &[
                    0.05,
                    0.525,
                    1.0,
                    0.9698613872,
                    0.8830807104,
                    0.750125,
                    0.5870306768,
                    0.4134693232,
                    0.250375,
                    0.1174192896,
                    0.03063861276,
                ],
            ),
            (
                Course::Cyclic { low: 0.1, rise: 2.0, fall: 4.0 },
                10,
                &[0.1, 0.55, 1.0, 0.775, 0.55, 0.325, 0.1, 0.55, 1.0, 0.775],
            ),
        ];
        for (course, epochs, wanted) in cases {
            let schedule = Schedule { warmup: 0.0, course: *course };
            let longer = (0..*epochs as u64)
                .any(|step| schedule.factor(step, 1, *epochs) != schedule.factor(step, 1, 2 * *epochs));
            assert_eq!(course.is_of_a_length(), longer, "{course:?}");
            for (step, want) in wanted.iter().enumerate() {
                close(schedule.factor(step as u64, 1, *epochs), *want);
            }
        }
    }

    #[test]
    fn a_geometric_rise_ends_at_its_last_factor() {
        let schedule = Schedule { warmup: 0.0, course: Course::Geometric { last: 1e6, steps: 4 } };
        for (step, want) in [1.0, 1e2, 1e4, 1e6, 1e6].into_iter().enumerate() {
            let found = schedule.factor(step as u64, 2, 3);
            assert!((found / want - 1.0).abs() < 1e-12, "{step}: {found}");
        }
        let single = Schedule { warmup: 0.0, course: Course::Geometric { last: 10.0, steps: 1 } };
        close(single.factor(0, 5, 1), 1.0);
    }

    #[test]
    fn restarts_of_one_length_come_back_for_ever() {
        let course = Course::CosineRestarts { period: 1.5, growth: 1.0, last: 0.0 };
        let schedule = Schedule { warmup: 1.0, course };
        close(schedule.factor(4, 4, 100), 1.0);
        close(schedule.factor(7, 4, 100), 0.5);
        close(schedule.factor(10, 4, 100), 1.0);
        close(schedule.factor(4 + 6 * 40 + 3, 4, 100), 0.5);
    }

    #[test]
    fn the_square_root_begins_where_the_warmup_ends() {
        let schedule = Schedule { warmup: 2.0, course: Course::InverseSqrt };
        close(schedule.factor(0, 5, 50), 0.1);
        close(schedule.factor(9, 5, 50), 1.0);
        close(schedule.factor(10, 5, 50), 1.0);
        close(schedule.factor(40, 5, 50), 0.5);
    }

    #[test]
    fn a_warmup_comes_before_any_course() {
        let schedule = Schedule { warmup: 2.0, course: Course::Step { every: 1.0, factor: 0.5 } };
        close(schedule.factor(0, 2, 9), 0.25);
        close(schedule.factor(2, 2, 9), 0.75 * 0.5);
        close(schedule.factor(4, 2, 9), 0.25);
    }

    #[test]
    fn cosine_without_warmup_falls_from_one_to_the_last() {
        let schedule = cosine(0.0, 0.1);
        close(schedule.factor(0, 10, 4), 1.0);
        close(schedule.factor(10, 10, 4), 0.1 + 0.9 * 0.5 * (1.0 + (PI / 4.0).cos()));
        close(schedule.factor(20, 10, 4), 0.55);
        close(schedule.factor(40, 10, 4), 0.1);
        close(schedule.factor(1000, 10, 4), 0.1);
    }

    #[test]
    fn warmup_rises_linearly_to_one() {
        let schedule = cosine(1.0, 0.0);
        close(schedule.factor(0, 4, 3), 0.25);
        close(schedule.factor(2, 4, 3), 0.75);
        close(schedule.factor(3, 4, 3), 1.0);
        close(schedule.factor(4, 4, 3), 1.0);
        close(schedule.factor(8, 4, 3), 0.5);
        let half = cosine(0.5, 0.0);
        close(half.factor(0, 3, 2), 1.0 / 1.5);
        close(half.factor(1, 3, 2), 1.0);
    }

    #[test]
    fn the_rate_never_leaves_its_range() {
        for (warmup, epochs) in [(0.0, 1), (0.3, 1), (1.0, 1), (2.5, 7), (3.0, 2)] {
            let schedule = cosine(warmup, 0.05);
            for step in 0..100 {
                let factor = schedule.factor(step, 7, epochs);
                assert!(factor > 0.0 && factor <= 1.0, "{warmup} {epochs} {step}: {factor}");
            }
        }
    }
}

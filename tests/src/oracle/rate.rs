//! The learning rate over time, as docs/language.md defines it: `t` is the time in epochs, `w` the warm-up, `q` the part of the
//! training after it that is over.

use netwright_compiler::recipe::{Course, Schedule};
use std::f64::consts::PI;

/// Returns the factor of the rate at a step, counted from 0, of a training of `epochs` times `steps` steps.
pub(super) fn factor(schedule: &Schedule, step: usize, steps: usize, epochs: usize) -> f64 {
    let (step, steps, epochs, w) = (step as f64, steps as f64, epochs as f64, schedule.warmup);
    let t = step / steps;
    let after = (t - w).max(0.0);
    let q = after / (epochs - w);
    let half_cosine = |from: f64, to: f64, part: f64| to + (from - to) * (1.0 + (PI * part).cos()) / 2.0;
    let course = match &schedule.course {
        Course::Constant | Course::OnPlateau { .. } => 1.0,
        Course::Step { every, factor } => factor.powf((t / every).floor()),
        Course::MultiStep { after, factor } => {
            after.iter().filter(|&&epoch| epoch <= t).map(|_| *factor).product()
        }
        Course::Exponential { factor } => factor.powf(t.floor()),
        Course::Polynomial { power, last } => last + (1.0 - last) * (1.0 - q).powf(*power),
        Course::InverseSqrt if t < w => 1.0,
        Course::InverseSqrt => (w / t).sqrt(),
        Course::Cosine { last } => half_cosine(1.0, *last, q),
        Course::CosineRestarts { period, growth, last } => {
            let (mut begun, mut length) = (0.0, *period);
            while after - begun >= length {
                begun += length;
                length *= growth;
            }
            half_cosine(1.0, *last, (after - begun) / length)
        }
        Course::OneCycle { rise, first, last } => {
            let (top, end) = (rise * epochs * steps - 1.0, epochs * steps - 1.0);
            if step < top {
                half_cosine(*first, 1.0, step / top)
            } else {
                half_cosine(1.0, *last, (step - top) / (end - top))
            }
        }
        Course::Geometric { last, steps } => last.powf(step.min(*steps as f64 - 1.0) / (*steps as f64 - 1.0)),
        Course::Cyclic { low, rise, fall } => {
            let place = after % (rise + fall);
            low + (1.0 - low) * if place < *rise { place / rise } else { (rise + fall - place) / fall }
        }
    };
    // The first step of a warm-up has risen already.
    course * if step < w * steps { ((step + 1.0) / (w * steps)).min(1.0) } else { 1.0 }
}

/// Epochs without progress, as PyTorch's `ReduceLROnPlateau` counts them.
pub(super) struct Plateau {
    course: Course,
    pub(super) factor: f64,
    best: f64,
    bad: usize,
    cooldown: usize,
}

impl Plateau {
    pub(super) fn new(schedule: &Schedule) -> Plateau {
        Plateau { course: schedule.course.clone(), factor: 1.0, best: f64::INFINITY, bad: 0, cooldown: 0 }
    }

    pub(super) fn note(&mut self, loss: f64) {
        let Course::OnPlateau { factor, patience, threshold, cooldown, last, .. } = self.course else {
            return;
        };
        if loss < self.best * (1.0 - threshold) {
            (self.best, self.bad) = (loss, 0);
        } else {
            self.bad += 1;
        }
        if self.cooldown > 0 {
            (self.cooldown, self.bad) = (self.cooldown - 1, 0);
        }
        if self.bad > patience {
            self.factor = (self.factor * factor).max(last);
            (self.bad, self.cooldown) = (0, cooldown);
        }
    }
}

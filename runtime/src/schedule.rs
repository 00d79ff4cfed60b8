//! The learning rate over time, as a factor of the optimizer's.

use std::f64::consts::PI;

/// How the rate changes from step to step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// It does not.
    #[default]
    Constant,
    /// It rises linearly over the first epochs, then falls as half a cosine (Loshchilov and Hutter: *SGDR*, 2017).
    Cosine {
        /// How long it rises, in epochs; its value after them is 1.
        warmup: f64,
        /// What it falls to at the end.
        last: f64,
    },
}

impl Schedule {
    /// The factor for a step, counted from 0, of a training of `epochs` times `steps` steps.
    ///
    /// The first step of a warm-up has the first rise already: a rate of 0 would waste it.
    pub fn factor(&self, step: u64, steps: usize, epochs: usize) -> f64 {
        match *self {
            Schedule::Constant => 1.0,
            Schedule::Cosine { warmup, last } => {
                let rising = warmup * steps as f64;
                let falling = (epochs * steps) as f64 - rising;
                let fallen = step as f64 - rising;
                if fallen < 0.0 {
                    ((step + 1) as f64 / rising).min(1.0)
                } else {
                    let part = if falling > 0.0 { (fallen / falling).min(1.0) } else { 1.0 };
                    last + (1.0 - last) * 0.5 * (1.0 + (PI * part).cos())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, want: f64) {
        assert!((found - want).abs() < 1e-12, "{found} is not {want}");
    }

    #[test]
    fn constant_is_one() {
        assert!((0..50).all(|step| Schedule::Constant.factor(step, 10, 5) == 1.0));
    }

    #[test]
    fn cosine_without_warmup_falls_from_one_to_the_last() {
        let schedule = Schedule::Cosine { warmup: 0.0, last: 0.1 };
        close(schedule.factor(0, 10, 4), 1.0);
        close(schedule.factor(10, 10, 4), 0.1 + 0.9 * 0.5 * (1.0 + (PI / 4.0).cos()));
        close(schedule.factor(20, 10, 4), 0.55);
        close(schedule.factor(40, 10, 4), 0.1);
        close(schedule.factor(1000, 10, 4), 0.1);
    }

    #[test]
    fn warmup_rises_linearly_to_one() {
        let schedule = Schedule::Cosine { warmup: 1.0, last: 0.0 };
        close(schedule.factor(0, 4, 3), 0.25);
        close(schedule.factor(2, 4, 3), 0.75);
        close(schedule.factor(3, 4, 3), 1.0);
        close(schedule.factor(4, 4, 3), 1.0);
        close(schedule.factor(8, 4, 3), 0.5);
        let half = Schedule::Cosine { warmup: 0.5, last: 0.0 };
        close(half.factor(0, 3, 2), 1.0 / 1.5);
        close(half.factor(1, 3, 2), 1.0);
    }

    #[test]
    fn the_rate_never_leaves_its_range() {
        for (warmup, epochs) in [(0.0, 1), (0.3, 1), (1.0, 1), (2.5, 7), (3.0, 2)] {
            let schedule = Schedule::Cosine { warmup, last: 0.05 };
            for step in 0..100 {
                let factor = schedule.factor(step, 7, epochs);
                assert!(factor > 0.0 && factor <= 1.0, "{warmup} {epochs} {step}: {factor}");
            }
        }
    }
}

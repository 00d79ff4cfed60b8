//! The rate over time.

use super::Watch;

/// The rate over time, as a factor of the optimizer's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// Epochs in which it rises linearly to what the course says.
    pub warmup: f64,
    /// What it does then.
    pub course: Course,
}

/// The rate's course; times are in epochs, numbers that it falls to or begins with are factors of the optimizer's rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Course {
    /// 1.
    #[default]
    Constant,
    /// Multiplied by `factor` after `every` so many epochs.
    Step {
        /// How many.
        every: f64,
        /// The factor.
        factor: f64,
    },
    /// Multiplied by `factor` after each of these.
    MultiStep {
        /// Which epochs.
        after: Vec<f64>,
        /// The factor.
        factor: f64,
    },
    /// Multiplied by `factor` after each epoch.
    Exponential {
        /// The factor.
        factor: f64,
    },
    /// Falls as a power of what is left of the training.
    Polynomial {
        /// Which power.
        power: f64,
        /// Falls to this.
        last: f64,
    },
    /// Falls as the root of the time since the warm-up's end.
    InverseSqrt,
    /// Falls as half a cosine.
    Cosine {
        /// Falls to this.
        last: f64,
    },
    /// Falls as half a cosine, again and again.
    CosineRestarts {
        /// For so long at first.
        period: f64,
        /// Each next time so many times as long.
        growth: f64,
        /// Falls to this.
        last: f64,
    },
    /// Rises as half a cosine, then falls as one.
    OneCycle {
        /// The part of the training in which it rises.
        rise: f64,
        /// Begins with this.
        first: f64,
        /// Falls to this.
        last: f64,
    },
    /// Rises and falls linearly, again and again.
    Cyclic {
        /// Begins with this.
        low: f64,
        /// For so long.
        rise: f64,
        /// And back for so long.
        fall: f64,
    },
    /// Multiplied by `factor` when the held-out samples have not become better for some epochs.
    OnPlateau {
        /// The factor.
        factor: f64,
        /// How many epochs may pass without progress.
        patience: usize,
        /// What is better is better by this share.
        threshold: f64,
        /// Epochs behind each fall that do not count.
        cooldown: usize,
        /// Falls to this at most.
        last: f64,
        /// What is watched.
        on: Watch,
    },
}

impl Course {
    /// The factor when an epoch begins, counted from 0, of those courses that can rise without end; 1 of the others.
    pub(crate) fn at_epoch(&self, epoch: f64) -> f64 {
        match self {
            Course::Step { every, factor } => factor.powf((epoch / every).floor()),
            Course::MultiStep { after, factor } => {
                factor.powi(after.iter().filter(|after| **after <= epoch).count() as i32)
            }
            Course::Exponential { factor } => factor.powf(epoch),
            _ => 1.0,
        }
    }
}

impl Schedule {
    /// What the rate does, behind "at a rate that"; `None` if it is always the same.
    pub fn describe(&self) -> Option<String> {
        let to = |last: f64| if last > 0.0 { format!(" to {last} of itself") } else { String::new() };
        let course = match &self.course {
            Course::Constant if self.warmup == 0.0 => return None,
            Course::Constant => "stays".to_string(),
            Course::Step { every, factor } => format!("is multiplied by {factor} every {every} epochs"),
            Course::MultiStep { after, factor } => {
                let after: Vec<String> = after.iter().map(ToString::to_string).collect();
                format!("is multiplied by {factor} after epoch {}", after.join(", "))
            }
            Course::Exponential { factor } => format!("is multiplied by {factor} every epoch"),
            Course::Polynomial { power, last } => {
                format!("falls as power {power} of what is left{}", to(*last))
            }
            Course::InverseSqrt => "falls as the square root of the time".to_string(),
            Course::Cosine { last } => format!("falls as half a cosine{}", to(*last)),
            Course::CosineRestarts { last, .. } => {
                format!("falls as half a cosine{}, again and again", to(*last))
            }
            Course::OneCycle { first, .. } => {
                format!("rises from {first} of itself and falls, as half cosines")
            }
            Course::Cyclic { low, .. } => format!("rises from {low} of itself and falls, again and again"),
            Course::OnPlateau { factor, patience, on, .. } => {
                let watched = match on {
                    Watch::ValLoss => "the loss".to_string(),
                    Watch::ValAccuracy => "the accuracy".to_string(),
                    Watch::Val(metric) => format!("`{metric}`"),
                };
                format!(
                    "is multiplied by {factor} when {watched} on held-out samples was no better for {patience} epochs"
                )
            }
        };
        Some(match self.warmup {
            0.0 => course,
            warmup => format!("rises over {warmup} epochs, then {course}"),
        })
    }
}

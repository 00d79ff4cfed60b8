//! Schedules in words.

use super::{Course, Schedule};
use crate::Watch;

impl<L: AsRef<[f64]>> Schedule<L> {
    /// Says what the rate does, to follow "at a rate that"; `None` if it is always the same.
    pub fn describe(&self) -> Option<String> {
        let to = |last: f64| if last > 0.0 { format!(" to {last} of itself") } else { String::new() };
        let course = match &self.course {
            Course::Constant if self.warmup == 0.0 => return None,
            Course::Constant => "stays".to_string(),
            Course::Step { every, factor } => format!("is multiplied by {factor} every {every} epochs"),
            Course::MultiStep { after, factor } => {
                let after: Vec<String> = after.as_ref().iter().map(ToString::to_string).collect();
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
            Course::Geometric { last, steps } => {
                format!("rises to {last} times itself over {steps} steps, by the same factor in each")
            }
            Course::OnPlateau { factor, patience, on, .. } => {
                let watched = match on {
                    Watch::ValLoss => "the loss".to_string(),
                    Watch::ValAccuracy => "the accuracy".to_string(),
                    Watch::Val(metric) => format!("`{}`", metric.name()),
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

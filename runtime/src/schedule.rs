//! The learning rate over time, as a factor of the optimizer's.

mod plateau;

pub use netwright_model::{RateError, Watch};
#[doc(hidden)]
pub use plateau::Plateau;

/// How the rate changes from step to step.
pub type Schedule = netwright_model::Schedule<&'static [f64]>;

/// The rate's course, with the epochs of a [`MultiStep`](netwright_model::Course::MultiStep) in a constant.
pub type Course = netwright_model::Course<&'static [f64]>;

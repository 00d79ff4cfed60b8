//! The learning rate over time, as a factor of the optimizer's.

mod plateau;

pub use netwright_model::{RateError, Watch};
pub use plateau::Plateau;

/// The course of the learning rate over the steps of a training.
pub type Schedule = netwright_model::Schedule<&'static [f64]>;

/// The rate's course, with the epochs of a [`MultiStep`](netwright_model::Course::MultiStep) in a constant.
pub type Course = netwright_model::Course<&'static [f64]>;

//! The learning rate over time, as a factor of the optimizer's.

mod plateau;

pub use crate::recipe::{Course, RateError, Schedule, Watch};
#[doc(hidden)]
pub use plateau::Plateau;

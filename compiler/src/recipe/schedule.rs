//! The rate over time.

/// The rate over time, as a factor of the optimizer's.
pub type Schedule = netwright_model::Schedule<Vec<f64>>;

/// The rate's course; times are in epochs, numbers that it falls to or begins with are factors of the optimizer's rate.
pub type Course = netwright_model::Course<Vec<f64>>;

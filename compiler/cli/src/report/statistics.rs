//! Statistics of a network's outputs, each for samples that count some times: a bootstrap draws how often.
//!
//! Definitions are those of scikit-learn, and of Guo et al. (2017) for calibration. A number that is not defined is NaN.

mod bootstrap;
mod calibration;
mod classes;
mod numbers;
mod ranking;

pub(super) use bootstrap::{Interval, bootstrap};
pub(super) use calibration::Calibration;
pub(super) use classes::Tallies;
pub(super) use numbers::Errors;
pub(super) use ranking::Ranking;

/// Divides; NaN if there is nothing to divide by.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { f64::NAN }
}

/// Returns the mean of the numbers that are defined.
fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for number in numbers.filter(|number| !number.is_nan()) {
        sum += number;
        count += 1.0;
    }
    share(sum, count)
}

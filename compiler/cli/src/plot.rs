//! Plots as SVG, readable on light and on dark pages.

mod paper;
mod rates;

pub(crate) use rates::{Rates, rates};

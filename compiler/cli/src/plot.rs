//! Plots as SVG, readable on light and on dark pages.

mod curves;
mod paper;
mod rates;
mod values;

pub(crate) use curves::{Curve, curves};
pub(crate) use paper::{Area, FAINT, INK, MAIN, MARK, SERIES, dark, number, page, plain, words};
pub(crate) use rates::{Rates, rates};
pub(crate) use values::{Dot, Panel, Rank, Scale, values};

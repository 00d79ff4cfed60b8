//! Answers with how sure they are, as text and lists, of the numbers that a program has found.

mod found;
mod list;
mod rank;
mod told;

pub(crate) use found::{Found, Kind};
pub(crate) use list::list;
pub(crate) use rank::rank;
pub(crate) use told::{calibration, told};

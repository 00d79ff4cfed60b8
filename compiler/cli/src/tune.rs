//! A search for the best values of a text's ranges.

mod draw;
mod halving;
mod journal;
mod report;
mod search;
mod trial;
mod watched;

pub(crate) use draw::{Candidate, candidates};
pub(crate) use halving::rungs;
pub(crate) use journal::{Entry, Journal};
pub(crate) use report::{Standing, digits, standings, table};
pub(crate) use search::{Search, Terms};
pub(crate) use trial::{Folder, Trial};
pub(crate) use watched::Watched;

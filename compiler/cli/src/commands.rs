//! One module a sub-command, and `sure` for several.

pub(crate) mod augment;
pub(crate) mod build;
pub(crate) mod bundle;
pub(crate) mod card;
pub(crate) mod check;
pub(crate) mod data;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod gradcheck;
pub(crate) mod graph;
pub(crate) mod lr;
pub(crate) mod new;
pub(crate) mod predict;
pub(crate) mod pseudo_label;
pub(crate) mod report;
pub(crate) mod show;
pub(crate) mod stress;
mod sure;
pub(crate) mod train;
pub(crate) mod tune;
pub(crate) mod uncertain;
pub(crate) mod verify;
pub(crate) mod why;

pub(crate) use crate::output::show;

//! The parts that tests across the crates share; see `tests/tests`.

pub mod golden;
pub mod oracle;
pub mod programs;
pub mod project;
pub mod prove;
pub mod random;
pub mod recipes;
pub mod renaming;
pub mod reports;
pub mod samples;
pub mod sources;
pub mod survival;
pub mod trial;

/// The README's Rust runs as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

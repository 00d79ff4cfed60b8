//! What the tests that reach across the crates have in common; see `tests/tests`.

pub mod programs;
pub mod project;
pub mod random;
pub mod samples;
pub mod sources;

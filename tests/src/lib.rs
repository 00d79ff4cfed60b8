//! What the tests that reach across the crates have in common; see `tests/tests`.

pub mod programs;
pub mod project;
pub mod sources;
pub mod random;
pub mod samples;

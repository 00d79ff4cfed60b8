//! What the tests that reach across the crates have in common; see `tests/tests`.

pub mod project;
pub mod sources;

//! Tests that reach across the crates; see `tests/tests`.

//! Operators that make one value of several: add and concat.

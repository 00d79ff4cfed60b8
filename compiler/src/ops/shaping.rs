//! Operators that change the shape and no number.

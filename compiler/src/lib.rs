//! The Netwright compiler: from a syntax tree to specialised Rust.

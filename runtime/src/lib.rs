//! A language for neural networks, compiled to specialised Rust: the runtime and the network! macro.

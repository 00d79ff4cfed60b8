//! The runtime of Netwright: what compiled networks call.

pub mod kernels;
mod parallel;

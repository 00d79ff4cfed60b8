//! The runtime of Netwright: what compiled networks call.

pub mod init;
pub mod kernels;
pub mod optim;
mod parallel;
pub mod rng;
pub mod storage;

//! The runtime of Netwright: what compiled networks call.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod init;
pub mod kernels;
mod layers;
mod memory;
pub mod optim;
pub mod parallel;
pub mod rng;
pub mod storage;

//! The runtime of Netwright: what compiled networks call.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "train")]
pub mod app;
#[cfg(feature = "train")]
pub mod data;
pub mod init;
pub mod kernels;
mod layers;
mod memory;
#[cfg(feature = "train")]
pub mod metrics;
pub mod optim;
pub mod parallel;
pub mod rng;
pub mod schedule;
pub mod storage;
#[cfg(feature = "train")]
pub mod train;
#[cfg(feature = "safetensors")]
pub mod weights;

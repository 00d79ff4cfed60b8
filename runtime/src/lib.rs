//! The runtime of Netwright: what compiled networks call.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "train")]
pub mod app;
pub mod augment;
#[cfg(feature = "train")]
pub mod data;
#[cfg(feature = "safetensors")]
mod files;
pub mod init;
pub mod kernels;
mod layers;
mod memory;
pub mod metrics;
pub mod optim;
pub mod parallel;
pub mod rng;
pub mod samples;
pub mod schedule;
pub mod storage;
pub mod train;
#[cfg(feature = "safetensors")]
pub mod weights;

/// Compiles networks to Rust: a module for each, named after it in lower case.
///
/// ```
/// netwright::network! {
///     network Xor {
///         input [2]
///         dense(8) tanh
///         dense(1) sigmoid
///         loss binary_cross_entropy
///     }
///     train Xor { batch 4 optimizer adam(lr=0.05) }
/// }
///
/// let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let targets = [[0.0], [1.0], [1.0], [0.0]];
/// let mut trainer = xor::Trainer::new(xor::Params::init(1), 1);
/// for _ in 0..500 {
///     trainer.step(&inputs, &targets, 0.05);
/// }
/// let mut model = xor::Model::new(trainer.params().clone());
/// assert!(model.predict(&[0.0, 1.0])[0] > 0.9 && model.predict(&[1.0, 1.0])[0] < 0.1);
/// ```
///
/// The text can also stand in a file, named relative to the folder of the crate's `Cargo.toml`:
/// `network!("src/xor.net");`.
#[cfg(feature = "macros")]
pub use netwright_macros::network;

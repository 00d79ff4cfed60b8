//! The runtime of Netwright: what compiled networks call.
//!
//! # Features
//!
//! | feature | on by default | adds |
//! | --- | --- | --- |
//! | `macros` | yes | [`network!`]; turns `runtime` on |
//! | `runtime` | yes | everything that compiled networks call; a crate whose build script compiles its networks needs no more than this |
//! | `safetensors` | no | `weights`: saves and loads parameters as safetensors files; turns `runtime` on |
//! | `train` | no | `data`, `app` and the recipes' training loops on data sets (IDX, CSV, images), augmentation, metrics and the training log; turns `safetensors` on |
//!
//! Training on a program's own samples needs no feature. Features only add: a module that `network!` makes has the same items, of the
//! same meaning, whatever features other crates turn on; `train` adds `train` and `Program` to those of networks whose recipe names `data`.

// Without the feature nothing is compiled, neither here nor of the dependencies: the command embeds the sources.
#![cfg(feature = "runtime")]

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
#[allow(
    clippy::manual_memcpy,
    clippy::needless_range_loop,
    reason = "tiles of a constant size are indexed so that they unroll"
)]
pub mod isa;
pub mod kernels;
mod layers;
mod memory;
pub mod metrics;
pub mod optim;
mod parallel;
mod recipe;
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
///     train Xor { epochs 500 batch 4 optimizer adam(lr=0.05) seed 1 }
/// }
///
/// let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let targets = [[0.0], [1.0], [1.0], [0.0]];
/// let trained = xor::train(&inputs, &targets)?;
/// let model = xor::Model::new(trained.params);
/// assert!(model.predict(&[0.0, 1.0])[0] > 0.9 && model.predict(&[1.0, 1.0])[0] < 0.1);
///
/// // With a listener, and other epochs than the text says:
/// let recipe = netwright::train::Recipe { epochs: 3, ..xor::RECIPE };
/// let samples = xor::Samples { input: &inputs, targets: &targets };
/// let mut log = |epoch: &netwright::train::Epoch| println!("{}: {}", epoch.epoch, epoch.loss);
/// xor::train_with(&recipe, xor::Params::init(1), samples, &mut log)?;
///
/// // Step by step, at a rate of one's own or the recipe's:
/// let mut trainer = xor::Trainer::new(xor::Params::init(1), 1);
/// for step in 0..10 {
///     trainer.step(&inputs, &targets, xor::RECIPE.rate(step, 1));
/// }
/// # Ok::<(), netwright::train::Error>(())
/// ```
///
/// A network whose recipe names `data` has its `Trainer`, and with the feature `train` the loop on its data.
///
/// The text can also stand in a file, named relative to the folder of the crate's `Cargo.toml`:
/// `network!("src/xor.net");`.
///
/// # Errors
/// Each mistake in a description is an error of the Rust compiler at the very words, and all of them come at once. Advice comes as
/// warnings of the lint `deprecated`, the only one that a macro can raise. What a file imports is relative to that file, and what a
/// text in Rust source imports, to the folder of `Cargo.toml`. The crate is built again when one of the files changes.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! network {
    // The code calls this crate by the path it is given: a dependency may have any name.
    ($($description:tt)*) => {
        $crate::__private::compile_network! { { $crate } $($description)* }
    };
}

/// Keeps items that need the feature `train`: the macro cannot know whether it is on, and must make the same code for all crates.
#[cfg(feature = "train")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_train {
    ($($items:tt)*) => { $($items)* };
}

/// Drops items that need the feature `train`.
#[cfg(not(feature = "train"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_train {
    ($($items:tt)*) => {};
}

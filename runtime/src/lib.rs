//! Netwright compiles descriptions of neural networks to Rust that is specialised for their shapes: prediction, training step,
//! optimizer and training loop. This crate has the macro [`network!`] and the runtime that compiled networks call.
//!
//! # From the dependency line to a server
//!
//! Netwright is not on crates.io yet. Download the repository beside your crate, and add to `Cargo.toml`:
//!
//! ```toml
//! [dependencies]
//! netwright = { path = "../netwright/runtime", features = ["safetensors"] }
//!
//! # Kernels are compiled in your crate; without optimisation they are about a hundred times slower.
//! [profile.dev]
//! opt-level = 2
//! ```
//!
//! ## Describe and train
//!
//! The macro makes a module that is named as the network in lower case. `train` follows the recipe on samples in memory.
//!
//! ```
//! netwright::network! {
//!     network Quadrants {
//!         input [2]
//!         dense(16) tanh
//!         dense(4) softmax
//!         loss cross_entropy
//!     }
//!
//!     train Quadrants { validate 10% epochs 20 batch 16 optimizer adam(lr=0.02) seed 1 }
//! }
//!
//! /// Points of the plane, and the quadrant of each.
//! fn points(count: usize) -> (Vec<[f32; quadrants::INPUT]>, Vec<u32>) {
//!     let place = |i: usize, step: usize| (i * step % 101) as f32 / 50.5 - 1.0;
//!     let point = |i| (place(i, 37), place(i, 59));
//!     (0..count).map(point).map(|(x, y)| ([x, y], u32::from(x < 0.0) + 2 * u32::from(y < 0.0))).unzip()
//! }
//!
//! let (inputs, targets) = points(800);
//! let trained = quadrants::train(&inputs, &targets)?;
//! let model = quadrants::Model::new(trained.params);
//! let [_, left_above, ..] = model.predict(&[-0.5, 0.5]);
//! assert!(left_above > 0.9);
//! # Ok::<(), netwright::train::Error>(())
//! ```
//!
//! `train_with` takes another recipe, parameters to start from and a listener, and `Trainer` takes single steps: see [`network!`].
//! Results are the same bit for bit for any number of threads.
//!
//! ## Save and load
//!
//! The feature `safetensors` adds `weights`. Saving replaces a file only when the new one is complete. Loading compares names and
//! shapes first, and changes no parameter if one is wrong.
//!
#![cfg_attr(feature = "safetensors", doc = "```")]
#![cfg_attr(not(feature = "safetensors"), doc = "```ignore")]
//! # netwright::network! { network Quadrants { input [2] dense(16) tanh dense(4) softmax loss cross_entropy } }
//! # let folder = std::env::temp_dir().join(format!("netwright-front-page-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let (file, trained) = (folder.join("quadrants.safetensors"), quadrants::Params::init(1));
//! use netwright::weights::{self, Metadata};
//!
//! weights::save(&file, &trained, &Metadata::default())?;
//!
//! let mut params = quadrants::Params::init(0);
//! weights::load(&file, &mut params)?;
//! let model = quadrants::Model::new(params);
//! # assert_eq!(model.predict(&[0.1, 0.2]), quadrants::Model::new(trained).predict(&[0.1, 0.2]));
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## Serve
//!
//! A `Model` does not change: any number of threads predict with it without a lock. Each thread keeps the memory that its predictions
//! need; `predict_in` works in a `Workspace` of the caller's instead. `predict_batch` computes many samples on all cores.
//!
//! ```
//! # netwright::network! { network Quadrants { input [2] dense(16) tanh dense(4) softmax loss cross_entropy } }
//! use std::sync::Arc;
//! use std::thread;
//!
//! let model = Arc::new(quadrants::Model::new(quadrants::Params::init(1)));
//! let workers: Vec<_> = (0..4)
//!     .map(|worker| {
//!         let model = Arc::clone(&model);
//!         thread::spawn(move || model.predict(&[worker as f32, 0.5]))
//!     })
//!     .collect();
//! for worker in workers {
//!     let probabilities = worker.join().expect("a prediction does not panic");
//!     assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
//! }
//! ```
//!
//! # Inputs
//!
//! For `input [1, 28, 28]` a sample is a `&[f32; 784]` or a nested array `&[[[f32; 28]; 28]; 1]`, and many are slices of either. A wrong
//! shape does not compile. See [`input`] for slices and for arrays of ndarray.
//!
//! ```
//! netwright::network! { network Tiny { input [1, 2, 3] flatten dense(2) softmax loss cross_entropy } }
//!
//! let model = tiny::Model::new(tiny::Params::init(1));
//! let image = [[[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]]];
//! assert_eq!(model.predict(&image), model.predict(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5]));
//! ```
//!
//! # Features
//!
//! | feature | on by default | adds |
//! | --- | --- | --- |
//! | `macros` | yes | [`network!`]; turns `runtime` on |
//! | `runtime` | yes | everything that compiled networks call; a crate whose build script compiles its networks needs no more than this |
//! | `ndarray` | no | arrays of ndarray as samples, and parameters as arrays of ndarray; turns `runtime` on |
//! | `safetensors` | no | `weights`: saves and loads parameters as safetensors files; turns `runtime` on |
//! | `train` | no | `data`, `app` (what the crate `netwright-app` asks of a network) and the recipes' training loops on data sets (IDX, tables), augmentation, metrics and the training log; turns `safetensors` on |
//! | `pictures`, `more-pictures`, `arrays` | no | PNG and JPEG, other formats of pictures, and arrays of NumPy as samples; each turns `train` on |
//! | `stress` | no | test metrics of changed pictures, as `netwright stress` asks for; turns `pictures` on |
//! | `dicom`, `nifti` | no | scans of DICOM and volumes of NIfTI as samples; each turns `train` on |
//! | `nifti` | no | volumes of NIfTI as results of predictions; turns `train` on |
//!
//! Training on a program's own samples needs no feature. Features only add: a module that `network!` makes has the same items, of the
//! same meaning, whatever features other crates turn on; `train` adds `train` and `Program` to those of networks whose recipe names `data`.

// Without the feature nothing is compiled, neither here nor of the dependencies: the command embeds the sources.
#![cfg(feature = "runtime")]

#[doc(hidden)]
#[path = "private_app.rs"]
pub mod __app;
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "train")]
pub mod app;
pub mod augment;
#[cfg(feature = "safetensors")]
mod bundle;
#[cfg(feature = "safetensors")]
pub mod checkpoint;
#[cfg(feature = "train")]
pub mod data;
#[cfg(feature = "safetensors")]
mod files;
mod init;
pub mod input;
#[allow(
    clippy::manual_memcpy,
    clippy::needless_range_loop,
    reason = "tiles of a constant size are indexed so that they unroll"
)]
pub mod isa;
mod kernels;
mod layers;
mod memory;
pub mod metrics;
mod optim;
mod parallel;
mod recipe;
pub mod rng;
mod samples;
pub mod schedule;
mod sealed;
pub mod state;
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

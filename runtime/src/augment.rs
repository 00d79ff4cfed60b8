//! Augmentation: training samples are changed at random, anew each epoch, in ways that do not change what they are.
//!
//! What happens to a sample is a function of seed, epoch, sample and the place of the operation in the list: it does not
//! depend on the number of threads. Only [`Operation::Mixup`] and [`Operation::Cutmix`] also see the rest of the batch,
//! which is a function of seed and epoch.
//!
//! Pixels are from 0 to 1, as the data layer gives them: augmentation comes before scaling
//! (`Dataset::scale_later`).

#[cfg(feature = "train")]
mod colour;
#[cfg(feature = "stress")]
mod corrupt;
#[cfg(feature = "train")]
mod error;
#[cfg(feature = "train")]
mod geometry;
#[cfg(feature = "stress")]
mod jpeg;
#[cfg(feature = "train")]
mod mix;
#[cfg(feature = "train")]
mod noise;
#[cfg(feature = "train")]
mod rows;
#[cfg(feature = "train")]
mod sample;

pub use crate::recipe::Augmentation;
#[cfg(feature = "stress")]
#[doc(hidden)]
pub use corrupt::Corruption;
#[cfg(feature = "train")]
pub use error::Error;
#[cfg(feature = "stress")]
#[doc(hidden)]
pub use jpeg::takes_jpeg;
pub use netwright_model::{Augment, Interpolation, Operation, Resample, Targets};
#[cfg(feature = "train")]
#[doc(hidden)]
pub use rows::Rows;
#[cfg(feature = "train")]
#[doc(hidden)]
pub use sample::Augmenter;

#[cfg(all(test, feature = "train"))]
mod tests;

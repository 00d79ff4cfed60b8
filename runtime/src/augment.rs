//! Augmentation: training samples are changed at random, anew each epoch, in ways that do not change what they are.
//!
//! What happens to a sample is a function of seed, epoch, sample and the place of the operation in the list: it does not
//! depend on the number of threads. Only [`Operation::Mixup`] and [`Operation::Cutmix`] also see the rest of the batch,
//! which is a function of seed and epoch.
//!
//! Pixels are from 0 to 1, as the data layer gives them: augmentation comes before scaling
//! ([`Dataset::scale_later`](crate::data::Dataset::scale_later)).

mod ahead;
mod colour;
mod error;
mod geometry;
mod mix;
mod noise;
mod operation;
mod sample;

pub(crate) use ahead::{Ahead, Rows};
pub use error::Error;
pub use operation::{Augment, Interpolation, Operation, Resample};
pub(crate) use sample::Augmenter;

use crate::data::{Dataset, TargetsRef};

/// What is done to training samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    /// In their order.
    pub operations: &'static [Augment],
    /// What targets do when their images move.
    pub targets: Targets,
}

/// What targets are to geometric operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Said of the whole sample: they stay.
    Labels,
    /// Images of the inputs' height and width that say what each pixel belongs to: they move with the images, each
    /// pixel to its nearest place; where nothing comes from they are 0.
    Masks,
    /// Images of the inputs' height and width: they move as the images do, with the same interpolation and fill.
    Images,
}

impl Augmentation {
    /// Nothing is done.
    pub const NONE: Augmentation = Augmentation { operations: &[], targets: Targets::Labels };

    /// Whether nothing is done.
    pub fn is_none(&self) -> bool {
        self.operations.is_empty()
    }

    /// Channels, height and width of a sample, for operations on it; a list of features is an image of one pixel.
    ///
    /// # Errors
    /// If the samples are none that it can be applied to.
    pub fn check(&self, data: &Dataset) -> Result<[usize; 3], Error> {
        let operations = || self.operations.iter().map(|augment| augment.operation);
        let shape = match *data.shape() {
            [channels, height, width] => [channels, height, width],
            ref other => {
                if let Some(operation) = operations().find(|operation| operation.of_images()) {
                    return Err(Error::NoImage { operation: operation.name(), found: other.to_vec() });
                }
                [data.sample_len(), 1, 1]
            }
        };
        let [channels, height, width] = shape;
        for operation in operations() {
            let name = operation.name();
            if operation.of_colours() && channels != 3 {
                return Err(Error::Channels { operation: name, found: channels });
            }
            if let Operation::RandomCrop { height: h, width: w }
            | Operation::CenterCrop { height: h, width: w } = operation
                && (h == 0 || w == 0 || h > height || w > width)
            {
                return Err(Error::Window { operation: name, window: [h, w], image: [height, width] });
            }
            let classes = matches!(data.targets(), TargetsRef::Classes(_)) && data.one_hot_len().is_none();
            if operation.mixes() && classes {
                return Err(Error::Classes { operation: name });
            }
            if operation.of_pixels()
                && let Some(&found) = data.inputs().iter().find(|x| !(0.0..=1.0).contains(*x))
            {
                return Err(Error::Pixels { operation: name, found });
            }
        }
        if self.targets != Targets::Labels {
            let len = match data.targets() {
                TargetsRef::Classes(_) => 1,
                TargetsRef::Values(values) => values.len() / data.len().max(1),
            };
            if len % (height * width) != 0 {
                return Err(Error::TargetImages { image: [height, width], found: len });
            }
        }
        Ok(shape)
    }
}

#[cfg(test)]
mod tests;

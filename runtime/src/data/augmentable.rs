//! Checks that samples can be augmented.

use super::Dataset;
use crate::augment::{Augmentation, Error, Operation, Targets};

impl Augmentation {
    /// Checks that the operations can be applied to the samples; returns channels, height and width of a
    /// sample for them. A list of features is an image of one pixel.
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
            let classes = data.is_of_classes() && data.one_hot_len().is_none();
            if operation.mixes() && classes {
                return Err(Error::Classes { operation: name });
            }
            if operation.of_pixels()
                && let Some(found) = data.inputs.beyond(0..data.inputs.len())
            {
                return Err(Error::Pixels { operation: name, found });
            }
        }
        if self.targets != Targets::Labels {
            let len = data.target_len();
            if !len.is_multiple_of(height * width) {
                return Err(Error::TargetImages { image: [height, width], found: len });
            }
        }
        Ok(shape)
    }
}

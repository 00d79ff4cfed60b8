//! Saving of a training on its way.

use crate::emit::emitted;

emitted! {
    /// The times at which a training is saved, besides its end.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Save {
        /// Nothing is saved but the weights at the end.
        Never,
        /// A checkpoint after every `epochs` epochs and every `minutes` minutes, of which the last `keep` are kept.
        Every {
            /// The number of epochs between two checkpoints.
            epochs: usize,
            /// The time between two checkpoints, in minutes.
            minutes: f64,
            /// The number of checkpoints that are kept.
            keep: usize,
        },
    }
}

impl Save {
    /// A checkpoint after each epoch and every ten minutes; the last three are kept.
    pub const USUAL: Save = Save::Every { epochs: 1, minutes: 10.0, keep: 3 };
}

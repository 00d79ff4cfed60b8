//! Borders: the values beyond the edge of an image.

use crate::emit::emitted;

emitted! {
    /// Padding mode: the values beyond the ends of an axis.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Border {
        /// Zeros.
        Zeros,
        /// The axis mirrored at its first and last place.
        Reflect,
        /// The first and last value, repeated.
        Replicate,
        /// The axis again.
        Circular,
    }
}

impl Border {
    /// All borders, in the order of the language's reference.
    pub const ALL: [Border; 4] = [Border::Zeros, Border::Reflect, Border::Replicate, Border::Circular];

    /// Returns the border's name in the language.
    pub const fn name(self) -> &'static str {
        match self {
            Border::Zeros => "zeros",
            Border::Reflect => "reflect",
            Border::Replicate => "replicate",
            Border::Circular => "circular",
        }
    }
}

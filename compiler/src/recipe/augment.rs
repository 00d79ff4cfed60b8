//! Augmentation of training samples.

use crate::args::Length;
use netwright_grammar::Span;
use netwright_model::Operation;

/// An operation of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Augment {
    /// The operation; distances are filled in when the size of the image is known.
    pub operation: Operation,
    /// The largest shift, for operations that shift.
    pub shift: Option<Length>,
    /// The probability of applying the operation to a sample, from 0 to 1.
    pub p: f64,
    /// The place of the operation in the source.
    pub span: Span,
}

impl Augment {
    /// Returns the operation on images of this height and width.
    pub fn on(&self, image: [usize; 2]) -> Operation {
        self.shift
            .map_or(self.operation, |shift| self.operation.with_shift(image.map(|side| shift.along(side))))
    }
}

//! What is done to training samples.

use crate::args::Length;
use netwright_grammar::Span;
use netwright_model::Operation;

/// An operation of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Augment {
    /// What is done; distances are filled in when the size of the image is known.
    pub operation: Operation,
    /// How far images are shifted, of those operations that do.
    pub shift: Option<Length>,
    /// To which share of the samples.
    pub p: f64,
    /// Where it stands.
    pub span: Span,
}

impl Augment {
    /// Returns the operation on images of this height and width.
    pub fn on(&self, image: [usize; 2]) -> Operation {
        self.shift
            .map_or(self.operation, |shift| self.operation.with_shift(image.map(|side| shift.along(side))))
    }
}

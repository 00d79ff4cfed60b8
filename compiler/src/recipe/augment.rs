//! What is done to training samples.

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

/// A distance in an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// `2px`
    Pixels(f64),
    /// Of the image's height or width: `10%`.
    Share(f64),
}

impl Length {
    /// In pixels, along a side of so many.
    pub fn along(self, side: usize) -> f64 {
        match self {
            Length::Pixels(pixels) => pixels,
            Length::Share(share) => share * side as f64,
        }
    }
}

impl Augment {
    /// Returns the operation on images of this height and width.
    pub fn on(&self, image: [usize; 2]) -> Operation {
        self.shift
            .map_or(self.operation, |shift| self.operation.with_shift(image.map(|side| shift.along(side))))
    }
}

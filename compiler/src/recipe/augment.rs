//! What is done to training samples; the runtime's `augment` says what each operation computes.

use netwright_grammar::Span;

/// An operation of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Augment {
    /// What is done.
    pub operation: Operation,
    /// To which share of the samples.
    pub p: f64,
    /// Where it stands.
    pub span: Span,
}

/// How an image is read between its pixels, and beyond them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resample {
    /// What lies outside of the image.
    pub fill: f64,
    /// Whether the nearest pixel is taken, rather than the mean of four.
    pub nearest: bool,
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

/// What is done to a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the runtime describes them; angles are in degrees")]
pub enum Operation {
    Rotate { angle: f64, resample: Resample },
    Shift { distance: Length, resample: Resample },
    Zoom { amount: f64, resample: Resample },
    Shear { angle: f64, resample: Resample },
    Affine { rotate: f64, shift: Length, zoom: f64, shear: f64, resample: Resample },
    Elastic { alpha: f64, sigma: f64, resample: Resample },
    FlipHorizontal,
    FlipVertical,
    RandomCrop { size: [usize; 2] },
    CenterCrop { size: [usize; 2] },
    PadAndCrop { pad: usize, resample: Resample },
    Brightness { amount: f64 },
    Contrast { amount: f64 },
    Saturation { amount: f64 },
    Hue { angle: f64 },
    Gamma { amount: f64 },
    Greyscale,
    Invert,
    GaussianNoise { std: f64 },
    SaltAndPepper { amount: f64 },
    Blur { sigma: f64 },
    Erase { smallest: f64, largest: f64, aspect: f64, fill: Option<f64> },
    Mixup { alpha: f64 },
    Cutmix { alpha: f64 },
}

impl Operation {
    /// Whether samples must have height and width.
    pub fn of_images(&self) -> bool {
        !matches!(self, Operation::Mixup { .. })
    }

    /// Whether samples must have red, green and blue.
    pub fn of_colours(&self) -> bool {
        matches!(self, Operation::Saturation { .. } | Operation::Hue { .. } | Operation::Greyscale)
    }

    /// Whether it makes one target of two.
    pub fn mixes(&self) -> bool {
        matches!(self, Operation::Mixup { .. } | Operation::Cutmix { .. })
    }

    /// Whether it moves pixels.
    pub fn moves(&self) -> bool {
        use Operation as O;
        matches!(
            self,
            O::Rotate { .. }
                | O::Shift { .. }
                | O::Zoom { .. }
                | O::Shear { .. }
                | O::Affine { .. }
                | O::Elastic { .. }
                | O::FlipHorizontal
                | O::FlipVertical
                | O::RandomCrop { .. }
                | O::CenterCrop { .. }
                | O::PadAndCrop { .. }
                | O::Cutmix { .. }
        )
    }
}

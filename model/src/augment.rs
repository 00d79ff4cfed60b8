//! Augmentation: random changes of training samples.

use crate::emit::emitted;

emitted! {
    /// An operation with its probability.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Augment {
        /// The operation.
        pub operation: Operation,
        /// The probability of applying the operation to a sample, drawn anew each epoch; from 0 to 1.
        pub p: f32,
    }

    "augment"
    /// Sampling of an image between its pixels and beyond its border.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Resample {
        /// The value outside of the image.
        pub fill: f32,
        /// The interpolation between pixels.
        pub interpolation: Interpolation,
    }

    "augment"
    /// Interpolation between pixels.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Interpolation {
        /// The mean of the four pixels around, each weighted by its nearness in both directions.
        Bilinear,
        /// The nearest pixel.
        Nearest,
    }

    "augment"
    /// An operation on a sample. "Within ±a" is uniformly distributed, and drawn anew for each sample and
    /// epoch.
    ///
    /// Geometric operations move pixels about the image's middle. Neighbours among them are composed, so that the image is read
    /// once, and what leaves it in one of them is back where the next brings it in again.
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[allow(missing_docs, reason = "fields are described with their variants")]
    pub enum Operation {
        /// Turns by an angle within ±`degrees`, counter-clockwise where it is above 0.
        Rotate { degrees: f64, resample: Resample },
        /// Moves down by a distance within ±`y` and to the right by one within ±`x`, in pixels and fractions of them.
        Shift { y: f64, x: f64, resample: Resample },
        /// Enlarges by a factor within 1 ± `amount`.
        Zoom { amount: f64, resample: Resample },
        /// Moves each row sideways by its distance from the middle times the tangent of an angle within ±`degrees`.
        Shear { degrees: f64, resample: Resample },
        /// Shear, zoom, rotation and shift, in this order and each with a draw of its own (torchvision's `RandomAffine`).
        Affine { degrees: f64, y: f64, x: f64, zoom: f64, shear: f64, resample: Resample },
        /// Pixel `p` comes from `p + alpha · d(p)`; both coordinates of `d` are uniform in ±1 for each pixel, then smoothed by a
        /// Gaussian of `sigma` pixels (Simard, Steinkraus and Platt: *Best practices for convolutional neural networks*, 2003).
        Elastic { alpha: f64, sigma: f64, resample: Resample },
        /// Exchanges left and right.
        FlipHorizontal,
        /// Exchanges top and bottom.
        FlipVertical,
        /// A window of this size somewhere in the image, enlarged to the image's size.
        RandomCrop { height: usize, width: usize },
        /// The window of this size in the middle, its first row ⌊(h - height) / 2⌋, enlarged to the image's size.
        CenterCrop { height: usize, width: usize },
        /// Puts `pad` pixels around the image and cuts its size out of that somewhere: a shift by whole pixels (He, Zhang, Ren
        /// and Sun: *Deep residual learning for image recognition*, 2016, section 4.2).
        PadAndCrop { pad: usize, resample: Resample },
        /// `f x`, `f` within 1 ± `amount` but not below 0 (torchvision's `ColorJitter`, as the next three).
        Brightness { amount: f32 },
        /// `f x + (1 - f) m`, `m` the mean grey of the image.
        Contrast { amount: f32 },
        /// `f x + (1 - f) g`, `g` the grey of the pixel.
        Saturation { amount: f32 },
        /// Turns the hue by an angle within ±`degrees` of the colour circle.
        Hue { degrees: f32 },
        /// `x^g`, the logarithm of `g` within ±ln(1 + `amount`).
        Gamma { amount: f32 },
        /// The grey of each pixel in all three channels, 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).
        Greyscale,
        /// `1 - x`.
        Invert,
        /// `x + std z` with normal `z`.
        GaussianNoise { std: f32 },
        /// A pixel becomes 0 with probability `amount / 2`, and 1 with the same.
        SaltAndPepper { amount: f32 },
        /// Smooths by a Gaussian whose deviation is uniform from 0 to `sigma` pixels.
        Blur { sigma: f64 },
        /// Fills a rectangle. Its area is from `smallest` to `largest` of the image's, its height `aspect` to `1 / aspect` of its
        /// width, both uniform, and its place any inside of the image; with `fill`, or else with uniform random values (Zhong,
        /// Zheng, Kang, Li and Yang: *Random erasing data augmentation*, 2020). A rectangle that does not fit is drawn again, up
        /// to a hundred times.
        Erase { smallest: f64, largest: f64, aspect: f64, fill: Option<f32> },
        /// `λ x + (1 - λ) x'` of the sample and another one of the batch, and so for their targets; `λ` has the distribution
        /// Beta(`alpha`, `alpha`) (Zhang, Cisse, Dauphin and Lopez-Paz: *mixup: beyond empirical risk minimization*, 2018).
        Mixup { alpha: f64 },
        /// A rectangle comes from another sample of the batch. Its sides are √(1 - `λ`) of the image's, its middle is anywhere in
        /// the image; targets are mixed by the areas (Yun et al.: *CutMix*, 2019).
        Cutmix { alpha: f64 },
    }

    "augment"
    /// Relation of the targets to geometric operations on the inputs.
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
}

impl Operation {
    /// Returns the operation's name in a recipe.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Rotate { .. } => "rotate",
            Operation::Shift { .. } => "shift",
            Operation::Zoom { .. } => "zoom",
            Operation::Shear { .. } => "shear",
            Operation::Affine { .. } => "affine",
            Operation::Elastic { .. } => "elastic",
            Operation::FlipHorizontal | Operation::FlipVertical => "flip",
            Operation::RandomCrop { .. } => "random_crop",
            Operation::CenterCrop { .. } => "center_crop",
            Operation::PadAndCrop { .. } => "pad_and_crop",
            Operation::Brightness { .. } => "brightness",
            Operation::Contrast { .. } => "contrast",
            Operation::Saturation { .. } => "saturation",
            Operation::Hue { .. } => "hue",
            Operation::Gamma { .. } => "gamma",
            Operation::Greyscale => "greyscale",
            Operation::Invert => "invert",
            Operation::GaussianNoise { .. } => "gaussian_noise",
            Operation::SaltAndPepper { .. } => "salt_and_pepper",
            Operation::Blur { .. } => "blur",
            Operation::Erase { .. } => "erase",
            Operation::Mixup { .. } => "mixup",
            Operation::Cutmix { .. } => "cutmix",
        }
    }

    /// Returns true if samples must have height and width.
    pub fn of_images(self) -> bool {
        !matches!(self, Operation::Mixup { .. })
    }

    /// Returns true if samples must have a red, a green and a blue channel.
    pub fn of_colours(self) -> bool {
        matches!(self, Operation::Saturation { .. } | Operation::Hue { .. } | Operation::Greyscale)
    }

    /// Returns true if the operation assumes values from 0 (black) to 1 (white).
    pub fn of_pixels(self) -> bool {
        use Operation as O;
        self.of_colours()
            || matches!(self, O::Brightness { .. } | O::Contrast { .. } | O::Gamma { .. } | O::Invert)
            || matches!(self, O::GaussianNoise { .. } | O::SaltAndPepper { .. } | O::Erase { fill: None, .. })
    }

    /// Returns true if the operation moves pixels.
    pub fn moves(self) -> bool {
        use Operation as O;
        self.resample().is_some()
            || matches!(
                self,
                O::FlipHorizontal | O::FlipVertical | O::RandomCrop { .. } | O::CenterCrop { .. }
            )
    }

    /// Returns true if the operation mixes samples of a batch.
    pub fn mixes(self) -> bool {
        matches!(self, Operation::Mixup { .. } | Operation::Cutmix { .. })
    }

    /// Returns the operation with its shift set to at most `down` and `right` pixels; operations that do not
    /// shift stay as they are.
    #[must_use]
    pub fn with_shift(mut self, [down, right]: [f64; 2]) -> Operation {
        if let Operation::Shift { y, x, .. } | Operation::Affine { y, x, .. } = &mut self {
            (*y, *x) = (down, right);
        }
        self
    }

    /// Returns how a geometric operation samples an image, if it reads between pixels or beyond the border.
    pub fn resample(self) -> Option<Resample> {
        match self {
            Operation::Rotate { resample, .. }
            | Operation::Shift { resample, .. }
            | Operation::Zoom { resample, .. }
            | Operation::Shear { resample, .. }
            | Operation::Affine { resample, .. }
            | Operation::Elastic { resample, .. }
            | Operation::PadAndCrop { resample, .. } => Some(resample),
            _ => None,
        }
    }
}

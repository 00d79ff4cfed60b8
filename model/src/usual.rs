//! Constants of kernels' shapes where generated code says nothing else.

use crate::{Algorithm, Border};

/// Steps of a convolution's window.
pub const STRIDE: [usize; 2] = [1, 1];
/// The padding: rows above and below, columns left and right.
pub const PAD: [usize; 2] = [0, 0];
/// The distances of a kernel's taps.
pub const DILATION: [usize; 2] = [1, 1];
/// Groups of channels that do not see each other.
pub const GROUPS: usize = 1;
/// The algorithm of a convolution.
pub const ALGORITHM: Algorithm = Algorithm::Direct;
/// Averages count the padding.
pub const COUNT_PAD: bool = true;
/// The place that a part of an image begins at.
pub const START: [isize; 3] = [0; 3];
/// The distance of two neighbours of a part.
pub const STEP: [usize; 3] = [1; 3];
/// The border of a convolution.
pub const BORDER: Border = Border::Zeros;

//! Sizes along the directions of a signal, an image or a volume.

use std::fmt::{self, Debug, Formatter};
use std::ops::Deref;

/// One number for each direction in which a value extends: of a signal length, of an image height and width, of a volume depth,
/// height and width.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Spatial {
    directions: usize,
    /// The first `directions` of them; the others are 0.
    sizes: [usize; 3],
}

impl Spatial {
    /// Returns the same number for each of one to three directions.
    pub fn all(size: usize, directions: usize) -> Spatial {
        Spatial::from_fn(directions, |_| size)
    }

    /// Returns the number that `size` gives for each of one to three directions.
    pub fn from_fn(directions: usize, size: impl Fn(usize) -> usize) -> Spatial {
        let sizes = std::array::from_fn(|axis| if axis < directions { size(axis) } else { 0 });
        Spatial { directions, sizes }
    }

    /// Returns `each` of the numbers.
    pub fn map(self, each: impl Fn(usize) -> usize) -> Spatial {
        Spatial::from_fn(self.directions, |axis| each(self.sizes[axis]))
    }

    /// Returns the number of directions.
    pub fn directions(self) -> usize {
        self.directions
    }

    /// Returns whether all numbers are `size`.
    pub fn is_all(self, size: usize) -> bool {
        self.iter().all(|each| *each == size)
    }

    /// Returns the numbers for height and width, where a signal is an image of one row, along which the number is `row`.
    pub fn over_image(self, row: usize) -> [usize; 2] {
        match *self {
            [length] => [row, length],
            [.., height, width] => [height, width],
            [] => [row; 2],
        }
    }

    /// Returns the numbers for depth, height and width; along directions that there are not, the number is `missing`.
    pub fn over_volume(self, missing: usize) -> [usize; 3] {
        let absent = 3 - self.directions;
        std::array::from_fn(|axis| axis.checked_sub(absent).map_or(missing, |axis| self.sizes[axis]))
    }
}

impl<const N: usize> From<[usize; N]> for Spatial {
    /// Numbers of one to three directions.
    fn from(sizes: [usize; N]) -> Spatial {
        Spatial::from_fn(N, |axis| sizes[axis])
    }
}

impl Deref for Spatial {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.sizes[..self.directions]
    }
}

impl Debug for Spatial {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_an_image_of_one_row_and_a_volume_of_one_slice() {
        assert_eq!(Spatial::from([5]).over_image(1), [1, 5]);
        assert_eq!(Spatial::from([4, 5]).over_image(1), [4, 5]);
        assert_eq!(Spatial::from([5]).over_volume(0), [0, 0, 5]);
        assert_eq!(Spatial::from([3, 4, 5]).over_volume(1), [3, 4, 5]);
        assert_eq!(Spatial::from([2, 3]).map(|size| 2 * size), Spatial::from([4, 6]));
        assert!(Spatial::all(1, 3).is_all(1) && !Spatial::from([1, 2]).is_all(1));
        assert_eq!(format!("{:?}", Spatial::from([1, 2, 3])), "[1, 2, 3]");
    }
}

//! Samples as pictures of a byte per channel, small enough for a page.

use super::arrays::Arrays;

/// The longest side of a picture; larger ones are reduced.
const LONGEST: usize = 160;
/// The shortest side that something to look at has.
const SHORTEST: usize = 4;

/// Pictures of one size.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    /// Channels (1 or 3), height and width.
    size: [usize; 3],
    count: usize,
    bytes: Vec<u8>,
}

/// The range of values that is shown from black to white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range([f32; 2]);

impl Range {
    /// The values of pictures from files.
    pub(super) const USUAL: Range = Range([0.0, 1.0]);

    /// Returns the usual range if all values are in it, or else that of the values.
    pub(super) fn of(values: &[f32]) -> Range {
        let finite = || values.iter().copied().filter(|x| x.is_finite());
        let least = finite().fold(f32::INFINITY, f32::min);
        let most = finite().fold(f32::NEG_INFINITY, f32::max);
        let is_usual = least >= -1e-3 && most <= 1.0 + 1e-3;
        if is_usual || least >= most { Range::USUAL } else { Range([least, most]) }
    }

    fn byte(self, x: f32) -> u8 {
        let Range([least, most]) = self;
        // NaN becomes 0.
        (255.0 * (x - least) / (most - least)).round() as u8
    }
}

/// A picture within a sample: a slice of a volume, or all of an image.
struct Slice {
    channels: usize,
    height: usize,
    width: usize,
    /// The distance from one channel to the next, and the beginning of the first.
    stride: usize,
    start: usize,
}

impl Slice {
    /// Finds the picture of a sample of this shape, channels first; `None` if it is none. Of a volume it is the slice in the middle.
    fn of(shape: &[usize]) -> Option<Slice> {
        let (channels, depth, height, width) = match *shape {
            [channels, height, width] => (channels, 1, height, width),
            [channels, depth, height, width] => (channels, depth, height, width),
            _ => return None,
        };
        let is_picture = height >= SHORTEST && width >= SHORTEST;
        // Other numbers of channels are no colours.
        let shown = if channels == 3 { 3 } else { 1 };
        let start = depth / 2 * height * width;
        is_picture.then_some(Slice { channels: shown, height, width, stride: depth * height * width, start })
    }

    /// Returns the number of pixels along a side that become one.
    fn reduction(&self) -> usize {
        self.height.max(self.width).div_ceil(LONGEST).max(1)
    }

    fn size(&self) -> [usize; 3] {
        let by = self.reduction();
        [self.channels, self.height / by, self.width / by]
    }
}

/// Returns true if samples of this shape are pictures.
pub(super) fn are_pictures(shape: &[usize]) -> bool {
    Slice::of(shape).is_some()
}

impl Pictures {
    /// Adds a sample of this shape, if it is a picture.
    pub(super) fn add(&mut self, sample: &[f32], shape: &[usize], range: Range) {
        let Some(slice) = Slice::of(shape) else { return };
        let by = slice.reduction();
        self.size = slice.size();
        self.count += 1;
        let [channels, height, width] = self.size;
        for channel in 0..channels {
            let pixels = &sample[channel * slice.stride + slice.start..];
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let part = (0..by).flat_map(|dy| {
                    let start = (y * by + dy) * slice.width + x * by;
                    pixels[start..start + by].iter()
                });
                self.bytes.push(range.byte(part.sum::<f32>() / (by * by) as f32));
            }
        }
    }

    /// Adds a class for each place of a sample of this shape, whose channels are not looked at; the first of those that become one pixel.
    pub(super) fn add_classes(&mut self, classes: &[u8], shape: &[usize]) {
        let Some(slice) = Slice::of(shape) else { return };
        let by = slice.reduction();
        let [_, height, width] = slice.size();
        self.size = [1, height, width];
        self.count += 1;
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            self.bytes.push(classes[slice.start + y * by * slice.width + x * by]);
        }
    }

    /// Puts the pictures into an array, with these axes before those of a picture.
    pub(super) fn keep(self, name: &str, axes: &[usize], arrays: &mut Arrays) {
        if axes.iter().product::<usize>() == self.count && self.count > 0 {
            arrays.bytes_of(name, &[axes, &self.size].concat(), self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pictures_are_reduced_and_volumes_cut() {
        let mut pictures = Pictures::default();
        let large: Vec<f32> = (0..2 * LONGEST * 8).map(|at| (at % 2) as f32).collect();
        pictures.add(&large, &[1, 8, 2 * LONGEST], Range::USUAL);
        assert_eq!((pictures.size, pictures.count), ([1, 4, LONGEST], 1));
        assert!(pictures.bytes.iter().all(|&byte| byte == 128));
        let mut pictures = Pictures::default();
        let volume: Vec<f32> = (0..3 * 16).map(|at| (at / 16) as f32).collect();
        pictures.add(&volume, &[1, 3, 4, 4], Range::of(&volume));
        assert_eq!((pictures.size, &pictures.bytes[..]), ([1, 4, 4], &[128; 16][..]));
        pictures.add(&[1.0], &[1], Range::USUAL);
        assert_eq!(pictures.count, 1);
    }

    #[test]
    fn ranges_are_those_of_pictures_or_of_the_values() {
        assert_eq!(Range::of(&[0.0, 0.5, f32::NAN]), Range::USUAL);
        assert_eq!(Range::of(&[-1000.0, 3000.0]), Range([-1000.0, 3000.0]));
        assert_eq!((Range::of(&[7.0; 3]), Range::of(&[])), (Range::USUAL, Range::USUAL));
        assert_eq!((Range::USUAL.byte(f32::NAN), Range::USUAL.byte(2.0)), (0, 255));
    }
}

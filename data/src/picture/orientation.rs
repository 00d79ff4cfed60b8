//! Orientation of a picture: cameras store rows as the sensor reads them and say in EXIF how to turn them.

/// Orientation as in EXIF, from 1 (upright) to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// Rows from top to bottom, columns from left to right.
    pub(super) const UPRIGHT: Orientation = Orientation(1);

    /// Returns the orientation of EXIF's number; unknown numbers are upright.
    pub(super) fn new(number: u64) -> Orientation {
        Orientation(if (1..=8).contains(&number) { number as u8 } else { 1 })
    }

    /// Reads the orientation of an EXIF block, which is a small TIFF file; a damaged block is upright.
    pub(super) fn of_exif(exif: &[u8]) -> Orientation {
        Orientation::new(tag(exif).unwrap_or(1).into())
    }

    /// Returns whether rows become columns.
    pub(super) fn swaps(self) -> bool {
        self.0 >= 5
    }

    /// Returns the height and width of the upright picture.
    pub(super) fn upright(self, height: usize, width: usize) -> [usize; 2] {
        if self.swaps() { [width, height] } else { [height, width] }
    }

    /// Turns `height` rows of `width` pixels of `channels` samples upright.
    pub(super) fn apply<S: Copy>(
        self,
        samples: Vec<S>,
        height: usize,
        width: usize,
        channels: usize,
    ) -> Vec<S> {
        if self == Orientation::UPRIGHT {
            return samples;
        }
        let (rows, columns) = if self.swaps() { (width, height) } else { (height, width) };
        let mut turned = Vec::with_capacity(samples.len());
        for y in 0..rows {
            for x in 0..columns {
                let (row, column) = match self.0 {
                    2 => (y, width - 1 - x),
                    3 => (height - 1 - y, width - 1 - x),
                    4 => (height - 1 - y, x),
                    5 => (x, y),
                    6 => (height - 1 - x, y),
                    7 => (height - 1 - x, width - 1 - y),
                    _ => (x, width - 1 - y),
                };
                let start = (row * width + column) * channels;
                turned.extend_from_slice(&samples[start..start + channels]);
            }
        }
        turned
    }
}

/// Finds the value of the tag `Orientation` in the first directory.
fn tag(exif: &[u8]) -> Option<u16> {
    // Some writers keep the prefix that JPEG puts before the block.
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let (at, order) = find_short(exif, 0x112)?;
    short(exif, at, order)
}

/// Order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// Finds the offset of the value of a tag of 16 bits in the first directory of a TIFF file, and the order of bytes.
pub(super) fn find_short(tiff: &[u8], tag: u16) -> Option<(usize, Order)> {
    const SHORT: u16 = 3;
    let order = match tiff.get(..4)? {
        b"II*\0" => Order::Little,
        b"MM\0*" => Order::Big,
        _ => return None,
    };
    let (first, second) = (u32::from(short(tiff, 4, order)?), u32::from(short(tiff, 6, order)?));
    let directory = match order {
        Order::Little => second << 16 | first,
        Order::Big => first << 16 | second,
    };
    let directory = usize::try_from(directory).ok()?;
    (0..usize::from(short(tiff, directory, order)?))
        .map(|entry| directory + 2 + 12 * entry)
        .take_while(|&at| at + 12 <= tiff.len())
        .find(|&at| short(tiff, at, order) == Some(tag) && short(tiff, at + 2, order) == Some(SHORT))
        .map(|at| (at + 8, order))
}

fn short(bytes: &[u8], at: usize, order: Order) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(match order {
        Order::Little => u16::from_le_bytes(bytes),
        Order::Big => u16::from_be_bytes(bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_moves_the_corners() {
        // 1 2 3
        // 4 5 6
        let picture = || vec![1, 2, 3, 4, 5, 6];
        let turned = |number| Orientation::new(number).apply(picture(), 2, 3, 1);
        assert_eq!(turned(1), [1, 2, 3, 4, 5, 6]);
        assert_eq!(turned(2), [3, 2, 1, 6, 5, 4]);
        assert_eq!(turned(3), [6, 5, 4, 3, 2, 1]);
        assert_eq!(turned(4), [4, 5, 6, 1, 2, 3]);
        assert_eq!(turned(5), [1, 4, 2, 5, 3, 6]);
        assert_eq!(turned(6), [4, 1, 5, 2, 6, 3]);
        assert_eq!(turned(7), [6, 3, 5, 2, 4, 1]);
        assert_eq!(turned(8), [3, 6, 2, 5, 1, 4]);
    }

    #[test]
    fn a_damaged_block_is_upright() {
        let block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        assert_eq!(Orientation::of_exif(block), Orientation(6));
        for end in 0..block.len() {
            assert_eq!(Orientation::of_exif(&block[..end]), Orientation::UPRIGHT);
        }
        assert_eq!(Orientation::of_exif(b"II*\0\xff\xff\xff\xff"), Orientation::UPRIGHT);
    }
}

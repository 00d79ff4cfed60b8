//! A compiled program with its settings and its weights in one file.

/// Lengths of what a program's file has after the program itself: the settings, the weights, and this description, which is the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Bytes of the settings; none for a program without a recipe.
    pub settings: u64,
    /// Bytes of the weights; none for a program that has yet to train.
    pub weights: u64,
}

const MAGIC: [u8; 8] = *b"NETWRGHT";

impl Bundle {
    /// Bytes of the description.
    pub const LEN: usize = 24;

    /// Returns the description as it is written.
    pub fn written(self) -> [u8; Bundle::LEN] {
        let mut bytes = [0; Bundle::LEN];
        bytes[..8].copy_from_slice(&self.settings.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.weights.to_le_bytes());
        bytes[16..].copy_from_slice(&MAGIC);
        bytes
    }

    /// Reads the description from the last bytes of a file of `len` bytes; `None` if that is another file.
    pub fn read(last: [u8; Bundle::LEN], len: u64) -> Option<Bundle> {
        let (numbers, magic) = last.split_at(16);
        let (settings, weights) = numbers.split_at(8);
        let [settings, weights] = [settings, weights]
            .map(|bytes| bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)));
        let program = len.checked_sub(Bundle::LEN as u64)?.checked_sub(settings)?.checked_sub(weights)?;
        (magic == MAGIC && program > 0).then_some(Bundle { settings, weights })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bundle = Bundle { settings: 300, weights: 1 << 40 };
        let len = (1 << 40) + 300 + 24 + 1;
        assert_eq!(Bundle::read(bundle.written(), len), Some(bundle));
        // There has to be a program, and lengths have to fit.
        assert_eq!(Bundle::read(bundle.written(), len - 1), None);
        assert_eq!(Bundle::read(Bundle { settings: u64::MAX, weights: u64::MAX }.written(), len), None);
        assert_eq!(Bundle::read([0; 24], len), None);
    }
}

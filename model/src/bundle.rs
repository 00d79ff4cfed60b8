//! A compiled program with its settings and its weights in one file.

use std::io::{self, Read, Seek, SeekFrom};

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
    const LEN: usize = 24;

    /// Returns the description as it is written.
    pub fn written(self) -> [u8; Bundle::LEN] {
        let mut bytes = [0; Bundle::LEN];
        bytes[..8].copy_from_slice(&self.settings.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.weights.to_le_bytes());
        bytes[16..].copy_from_slice(&MAGIC);
        bytes
    }

    /// Finds the description at the end of a file, and the length of what is before it; `None` if that is another file. Reading goes on at
    /// the beginning.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn find(file: &mut (impl Read + Seek)) -> io::Result<Option<(Bundle, u64)>> {
        let len = file.seek(SeekFrom::End(0))?;
        let mut last = [0; Bundle::LEN];
        let before = len.checked_sub(Bundle::LEN as u64);
        if let Some(before) = before {
            file.seek(SeekFrom::Start(before))?;
            file.read_exact(&mut last)?;
        }
        file.rewind()?;
        Ok(Bundle::read(last, len).zip(before))
    }

    /// Reads the description from the last bytes of a file of `len` bytes; `None` if that is another file.
    fn read(last: [u8; Bundle::LEN], len: u64) -> Option<Bundle> {
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
    fn it_is_found_at_the_end_of_a_file() {
        let bundle = Bundle { settings: 2, weights: 3 };
        let mut file = io::Cursor::new([&b"program"[..], b"ss", b"www", &bundle.written()].concat());
        assert_eq!(Bundle::find(&mut file).unwrap(), Some((bundle, 12)));
        assert_eq!(file.position(), 0);
        for other in [vec![], vec![7; 23], vec![7; 100]] {
            assert_eq!(Bundle::find(&mut io::Cursor::new(other)).unwrap(), None);
        }
    }

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

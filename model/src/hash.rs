//! A hash that files hold.

/// A hash of 32-bit words that is the same everywhere and for ever: files hold its results. A change of a single word always
/// changes it; it is no protection against whoever can write a hash, too.
#[derive(Clone, Copy, Debug)]
pub struct Hash(u64);

impl Default for Hash {
    fn default() -> Hash {
        Hash(0x243f_6a88_85a3_08d3)
    }
}

impl Hash {
    /// Adds a number; 0 and -0 are the same.
    pub fn number(&mut self, number: f64) {
        self.wide((number + 0.0).to_bits());
    }

    /// Adds 64 bits.
    pub fn wide(&mut self, bits: u64) {
        self.word(bits as u32);
        self.word((bits >> 32) as u32);
    }

    /// Adds 32 bits.
    pub fn word(&mut self, word: u32) {
        let mixed = (self.0 ^ u64::from(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }

    /// Adds bytes, four at a time, and their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<4>();
        words.iter().for_each(|word| self.word(u32::from_le_bytes(*word)));
        rest.iter().for_each(|&byte| self.word(u32::from(byte)));
        self.word(bytes.len() as u32);
    }

    /// Returns the hash of everything that was added.
    pub fn finish(self) -> u64 {
        let mut hash = self.0;
        for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
            hash = (hash ^ hash >> 33).wrapping_mul(factor);
        }
        hash ^ hash >> 33
    }
}

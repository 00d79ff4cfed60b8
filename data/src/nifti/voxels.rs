//! Voxels of a file, decoded as they are read.

use super::Problem;
use super::header::Stored;
use crate::Problem as FileProblem;
use crate::files::unreadable;
use std::io::{self, Read};

/// Bytes that are read at a time; a multiple of every voxel's size.
const BLOCK: usize = 1 << 16;

/// The type of the voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
}

impl Kind {
    /// Finds the type of a code of the standard.
    pub(super) fn of(code: i32) -> Result<Kind, Problem> {
        let name = match code {
            2 => return Ok(Kind::U8),
            4 => return Ok(Kind::I16),
            8 => return Ok(Kind::I32),
            16 => return Ok(Kind::F32),
            64 => return Ok(Kind::F64),
            256 => return Ok(Kind::I8),
            512 => return Ok(Kind::U16),
            768 => return Ok(Kind::U32),
            1024 => return Ok(Kind::I64),
            1280 => return Ok(Kind::U64),
            1 => "single bits",
            32 | 1792 | 2048 => "complex numbers",
            128 | 2304 => "colours",
            1536 => "floats of 128 bits",
            _ => "an unknown type",
        };
        Err(Problem::Type { code, name })
    }

    fn size(self) -> u64 {
        match self {
            Kind::U8 | Kind::I8 => 1,
            Kind::U16 | Kind::I16 => 2,
            Kind::U32 | Kind::I32 | Kind::F32 => 4,
            Kind::U64 | Kind::I64 | Kind::F64 => 8,
        }
    }
}

impl Stored {
    /// Reads the voxels, as they lie in the file. Memory grows with the bytes that are there.
    pub(super) fn voxels(&self, reader: &mut dyn Read) -> Result<Vec<f32>, FileProblem> {
        let huge = || Problem::Shape { found: self.shape.iter().map(|&len| len as i64).collect() };
        let lens = self.shape.iter().chain([&self.channels]);
        let count = lens.copied().try_fold(1usize, usize::checked_mul).ok_or_else(huge)?;
        let expected = (count as u64).checked_mul(self.kind.size()).ok_or_else(huge)?;
        let skipped = io::copy(&mut reader.take(self.skipped), &mut io::sink()).map_err(unreadable)?;
        let truncated = |found| Problem::Truncated { expected, found };
        if skipped < self.skipped {
            return Err(truncated(0).into());
        }
        let voxels = match self.kind {
            Kind::U8 => self.decode(reader, expected, |[byte]| f64::from(byte)),
            Kind::U16 => self.decode(reader, expected, |n| f64::from(u16::from_le_bytes(n))),
            Kind::U32 => self.decode(reader, expected, |n| f64::from(u32::from_le_bytes(n))),
            Kind::U64 => self.decode(reader, expected, |n| u64::from_le_bytes(n) as f64),
            Kind::I8 => self.decode(reader, expected, |n| f64::from(i8::from_le_bytes(n))),
            Kind::I16 => self.decode(reader, expected, |n| f64::from(i16::from_le_bytes(n))),
            Kind::I32 => self.decode(reader, expected, |n| f64::from(i32::from_le_bytes(n))),
            Kind::I64 => self.decode(reader, expected, |n| i64::from_le_bytes(n) as f64),
            Kind::F32 => self.decode(reader, expected, |n| f64::from(f32::from_le_bytes(n))),
            Kind::F64 => self.decode(reader, expected, f64::from_le_bytes),
        };
        let voxels = voxels.map_err(unreadable)?;
        if voxels.len() < count {
            return Err(truncated(voxels.len() as u64 * self.kind.size()).into());
        }
        Ok(voxels)
    }

    /// Decodes numbers until there are `expected` bytes, or the source ends.
    fn decode<const N: usize>(
        &self,
        reader: &mut dyn Read,
        expected: u64,
        number: impl Fn([u8; N]) -> f64,
    ) -> io::Result<Vec<f32>> {
        let (slope, summand) = self.scale.unwrap_or((1.0, 0.0));
        let (mut voxels, mut block, mut rest) = (Vec::new(), Vec::with_capacity(BLOCK), expected);
        loop {
            block.clear();
            reader.take(rest.min(BLOCK as u64)).read_to_end(&mut block)?;
            if block.is_empty() {
                return Ok(voxels);
            }
            rest -= block.len() as u64;
            let (numbers, _) = block.as_chunks::<N>();
            voxels.extend(numbers.iter().map(|&(mut bytes)| {
                if self.big_endian {
                    bytes.reverse();
                }
                (number(bytes) * slope + summand) as f32
            }));
        }
    }
}

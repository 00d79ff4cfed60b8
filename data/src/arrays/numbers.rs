//! Numbers of an array, decoded as they are read.

use super::Kind;
use std::io::{self, Read};

/// Bytes that are read at a time; a multiple of every number's size.
const BLOCK: usize = 1 << 16;

/// The numbers of an array, in the narrowest of four types that holds those of the file. Integers beyond 2^53 are rounded.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Numbers {
    /// The numbers of bool (0 and 1) and uint8.
    Bytes(Vec<u8>),
    /// The numbers of uint16.
    Words(Vec<u16>),
    /// The numbers of int8, int16, float16, bfloat16 and float32.
    Floats(Vec<f32>),
    /// The numbers of uint32, uint64, int32, int64 and float64.
    Doubles(Vec<f64>),
}

/// Applies an expression to the vector of any numbers; `$new` makes numbers of its result.
macro_rules! each {
    ($numbers:expr, $values:ident => $result:expr) => {
        match $numbers {
            Numbers::Bytes($values) => Numbers::Bytes($result),
            Numbers::Words($values) => Numbers::Words($result),
            Numbers::Floats($values) => Numbers::Floats($result),
            Numbers::Doubles($values) => Numbers::Doubles($result),
        }
    };
}
pub(super) use each;

impl Numbers {
    /// Returns how many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Numbers::Bytes(values) => values.len(),
            Numbers::Words(values) => values.len(),
            Numbers::Floats(values) => values.len(),
            Numbers::Doubles(values) => values.len(),
        }
    }

    /// Returns true if there are no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the numbers, widened where they are narrower.
    pub fn to_doubles(&self) -> Vec<f64> {
        match self {
            Numbers::Bytes(values) => values.iter().map(|&value| f64::from(value)).collect(),
            Numbers::Words(values) => values.iter().map(|&value| f64::from(value)).collect(),
            Numbers::Floats(values) => values.iter().map(|&value| f64::from(value)).collect(),
            Numbers::Doubles(values) => values.clone(),
        }
    }
}

/// The reason why numbers cannot be read.
pub(super) enum Stop {
    /// The source ends after this number of bytes.
    End(u64),
    Read(io::Error),
}

/// The encoding of an array's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    pub(super) kind: Kind,
    pub(super) big_endian: bool,
}

impl Encoding {
    /// Reads `count` numbers. Memory grows with the bytes that are there, not with `count`.
    pub(super) fn read(self, from: &mut dyn Read, count: usize) -> Result<Numbers, Stop> {
        Ok(match self.kind {
            Kind::Bool => Numbers::Bytes(self.decode(from, count, |[byte]| u8::from(byte != 0))?),
            Kind::U8 => Numbers::Bytes(self.decode(from, count, |[byte]| byte)?),
            Kind::U16 => Numbers::Words(self.decode(from, count, u16::from_le_bytes)?),
            Kind::U32 => Numbers::Doubles(self.decode(from, count, |n| f64::from(u32::from_le_bytes(n)))?),
            Kind::U64 => Numbers::Doubles(self.decode(from, count, |n| u64::from_le_bytes(n) as f64)?),
            Kind::I8 => Numbers::Floats(self.decode(from, count, |n| f32::from(i8::from_le_bytes(n)))?),
            Kind::I16 => Numbers::Floats(self.decode(from, count, |n| f32::from(i16::from_le_bytes(n)))?),
            Kind::I32 => Numbers::Doubles(self.decode(from, count, |n| f64::from(i32::from_le_bytes(n)))?),
            Kind::I64 => Numbers::Doubles(self.decode(from, count, |n| i64::from_le_bytes(n) as f64)?),
            Kind::F16 => Numbers::Floats(self.decode(from, count, |n| from_half(u16::from_le_bytes(n)))?),
            Kind::Bf16 => Numbers::Floats(
                self.decode(from, count, |n| f32::from_bits(u32::from(u16::from_le_bytes(n)) << 16))?,
            ),
            Kind::F32 => Numbers::Floats(self.decode(from, count, f32::from_le_bytes)?),
            Kind::F64 => Numbers::Doubles(self.decode(from, count, f64::from_le_bytes)?),
        })
    }

    fn decode<const N: usize, T>(
        self,
        from: &mut dyn Read,
        count: usize,
        number: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, Stop> {
        let mut values = Vec::new();
        let mut block = vec![0; BLOCK.min(count.saturating_mul(N))];
        while values.len() < count {
            let wanted = BLOCK.min((count - values.len()).saturating_mul(N));
            let found = fill(from, &mut block[..wanted]).map_err(Stop::Read)?;
            let (numbers, _) = block[..found].as_chunks::<N>();
            values.extend(numbers.iter().map(|&(mut bytes)| {
                if self.big_endian {
                    bytes.reverse();
                }
                number(bytes)
            }));
            if found < wanted {
                return Err(Stop::End((values.len() * N + found % N) as u64));
            }
        }
        values.shrink_to_fit();
        Ok(values)
    }
}

/// Reads until `to` is full or the source ends; returns how many bytes were read.
pub(super) fn fill(from: &mut dyn Read, to: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < to.len() {
        match from.read(&mut to[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Widens a number of IEEE 754's 16 bits: one for the sign, five for the exponent, ten for the fraction.
fn from_half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let (exponent, fraction) = (u32::from(bits >> 10 & 0x1f), u32::from(bits & 0x3ff));
    match exponent {
        // A subnormal number counts units of 2^-24.
        0 => f32::from_bits((fraction as f32 / 16_777_216.0).to_bits() | sign),
        0x1f => f32::from_bits(sign | 0xff << 23 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

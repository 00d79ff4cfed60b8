//! Numbers of the types in which files hold weights, as those of 32 bits.

use safetensors::tensor::Dtype;
use std::io::{self, Read};

/// A type whose numbers can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    F16,
    BF16,
    F32,
    F64,
}

impl Numbers {
    pub(super) fn of(dtype: Dtype) -> Option<Numbers> {
        Some(match dtype {
            Dtype::F16 => Numbers::F16,
            Dtype::BF16 => Numbers::BF16,
            Dtype::F32 => Numbers::F32,
            Dtype::F64 => Numbers::F64,
            _ => return None,
        })
    }
}

/// Reads as many numbers as there is room for; returns the first that is beyond the range of 32 bits, if there is one.
pub(super) fn read(numbers: Numbers, mut from: impl Read, to: &mut [f32]) -> io::Result<Option<f64>> {
    match numbers {
        Numbers::F16 => each(&mut from, to, |bytes| from_half(u16::from_le_bytes(bytes)))?,
        Numbers::BF16 => {
            each(&mut from, to, |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16))?;
        }
        Numbers::F32 => each(&mut from, to, f32::from_le_bytes)?,
        Numbers::F64 => {
            let mut beyond = None;
            each(&mut from, to, |bytes| {
                let wide = f64::from_le_bytes(bytes);
                let number = wide as f32;
                if wide.is_finite() && !number.is_finite() {
                    beyond.get_or_insert(wide);
                }
                number
            })?;
            return Ok(beyond);
        }
    }
    Ok(None)
}

fn each<const N: usize>(
    from: &mut impl Read,
    to: &mut [f32],
    mut number: impl FnMut([u8; N]) -> f32,
) -> io::Result<()> {
    for to in to {
        let mut bytes = [0; N];
        from.read_exact(&mut bytes)?;
        *to = number(bytes);
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_widened_exactly() {
        for bits in 0..=u16::MAX {
            let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
            let size = match exponent {
                0 => fraction * 2f64.powi(-24),
                31 if fraction == 0.0 => f64::INFINITY,
                31 => f64::NAN,
                _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
            };
            let found = from_half(bits);
            assert!(f64::from(found.abs()) == size || found.is_nan() && size.is_nan(), "{bits:#x}: {found}");
            assert_eq!(found.is_sign_negative(), bits >> 15 == 1, "{bits:#x}");
        }
    }

    #[test]
    fn all_types_are_read() {
        let numbers = |kind, bytes: &[u8]| {
            let mut to = [7.0; 2];
            let beyond = read(kind, bytes, &mut to).unwrap();
            (to, beyond)
        };
        assert_eq!(numbers(Numbers::F16, &[0x00, 0x3e, 0x00, 0xc1]), ([1.5, -2.5], None));
        assert_eq!(numbers(Numbers::BF16, &[0xc0, 0x3f, 0x20, 0xc0]), ([1.5, -2.5], None));
        let bytes = [1.5f32, -2.5].map(f32::to_le_bytes).concat();
        assert_eq!(numbers(Numbers::F32, &bytes), ([1.5, -2.5], None));
        let bytes = |numbers: [f64; 2]| numbers.map(f64::to_le_bytes).concat();
        assert_eq!(numbers(Numbers::F64, &bytes([0.1, -f64::INFINITY])), ([0.1, -f32::INFINITY], None));
        assert_eq!(numbers(Numbers::F64, &bytes([1e39, 1e300])).1, Some(1e39));
        assert!(read(Numbers::F32, &[0; 7][..], &mut [0.0; 2]).is_err());
    }
}

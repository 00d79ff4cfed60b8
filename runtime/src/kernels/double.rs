//! The exponential function and the logarithm in 64 bits, in arithmetic alone: loops over them become vector instructions,
//! and they are the same on every machine.

use std::f64::consts::{FRAC_1_SQRT_2, LOG2_E};

/// ln 2 in two parts, the first with so few digits that an exponent times it is exact.
const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];

/// The number that rounds a number below 2⁵¹ to an integer when it is added; the integer then stands in the
/// low bits.
const SHIFT: f64 = 1.5 * 4_503_599_627_370_496.0;

/// Returns the sum `first + x · next + x² · ...`.
#[inline(always)]
fn series<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// Computes `e^x` within 2 units in the last place; 0 below 10⁻³⁰⁷.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    const LEAST: f64 = -707.0;
    let vanishes = x < LEAST;
    // Comparisons let NaN through.
    let x = if vanishes { LEAST } else { x };
    let x = if x > 710.0 { 710.0 } else { x };
    let shifted = x * LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    // Taylor's series with |r| <= ln 2 / 2: the next term is below 4e-18.
    let mut coefficients = [1.0; 14];
    let mut factorial = 1.0;
    for (i, coefficient) in coefficients.iter_mut().enumerate().skip(1) {
        factorial *= i as f64;
        *coefficient = 1.0 / factorial;
    }
    let power = series(r, coefficients);
    // 2^n by halves of the exponent's range: 2^1024 is no number where the product with a power below 1 is.
    let n = shifted.to_bits().wrapping_sub(SHIFT.to_bits());
    let power = 2.0 * power * f64::from_bits(n.wrapping_add(1022) << 52);
    if vanishes { 0.0 } else { power }
}

/// Computes `ln x` within 2 units in the last place, for 0 and what is at least 10⁻³⁰⁷; NaN below 0.
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    const ONE: u64 = 1.0f64.to_bits();
    const ROOT: u64 = FRAC_1_SQRT_2.to_bits();
    const EXPONENT: u64 = 4_503_599_627_370_496.0f64.to_bits();
    // x = m 2ⁿ with m from √½ to √2.
    let bits = x.to_bits().wrapping_add(ONE - ROOT);
    let n = f64::from_bits(EXPONENT | (bits >> 52)) - (4_503_599_627_370_496.0 + 1023.0);
    let m = f64::from_bits((bits & ((1 << 52) - 1)) + ROOT);
    // ln m = 2 (s + s³ / 3 + s⁵ / 5 + ...) with |s| <= 0.172: the next term is below 1e-17 of the sum.
    let s = (m - 1.0) / (m + 1.0);
    let mut coefficients = [0.0; 10];
    for (i, coefficient) in coefficients.iter_mut().enumerate() {
        *coefficient = 2.0 / (2 * i + 3) as f64;
    }
    let square = s * s;
    let rest = s * square * series(square, coefficients);
    let logarithm = n * LN_2[0] + (2.0 * s + (rest + n * LN_2[1]));
    let positive = if x == f64::INFINITY { x } else { logarithm };
    let other = if x == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    if x > 0.0 { positive } else { other }
}

/// Computes `ln (1 + x)` for finite `x` of at least 0, with all its digits near 0.
#[inline(always)]
pub(super) fn ln_1p(x: f64) -> f64 {
    // The quotient gives back what the sum loses of x (Goldberg 1991).
    let sum = 1.0 + x;
    if sum == 1.0 { x } else { ln(sum) * (x / (sum - 1.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, want: f64) -> bool {
        found == want || (found - want).abs() <= 4.5e-16 * want.abs()
    }

    #[test]
    fn is_the_exponential() {
        let mut x = -706.9;
        while x < 709.7 {
            assert!(close(exp(x), x.exp()), "exp({x}) = {}, not {}", exp(x), x.exp());
            x += 0.013_7;
        }
        for (x, want) in [(0.0, 1.0), (-0.0, 1.0), (f64::NEG_INFINITY, 0.0), (f64::INFINITY, f64::INFINITY)] {
            assert_eq!(exp(x), want);
        }
        assert_eq!([exp(-1e9), exp(1e9)], [0.0, f64::INFINITY]);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn is_the_logarithm() {
        let mut x: f64 = 1e-300;
        while x < 1e300 {
            for x in [x, 1.0 + x.min(1e6), 1.0 - x.min(1.0)] {
                assert!(close(ln(x), x.ln()), "ln({x}) = {}, not {}", ln(x), x.ln());
            }
            assert!(close(ln_1p(x), x.ln_1p()), "ln_1p({x}) = {}, not {}", ln_1p(x), x.ln_1p());
            x *= 1.07;
        }
        for (x, want) in [(1.0, 0.0), (0.0, f64::NEG_INFINITY), (f64::INFINITY, f64::INFINITY)] {
            assert_eq!(ln(x), want);
        }
        assert!(ln(-1.0).is_nan() && ln(f64::NAN).is_nan() && ln_1p(f64::NAN).is_nan());
        assert_eq!(ln_1p(0.0), 0.0);
    }
}

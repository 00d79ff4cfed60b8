//! The exponential function in arithmetic alone, so that a loop over it becomes vector instructions.

use super::isa::Arithmetic;

/// The logarithm of the smallest normal number, and that of the largest.
const LEAST: f32 = -87.336_54;
const MOST: f32 = 88.722_83;

/// Computes `e^x` within 2 units in the last place; 0 where it is below the normal numbers, which take an
/// assist of 150 cycles.
#[inline(always)]
pub(crate) fn exp<M: Arithmetic>(x: f32) -> f32 {
    // x = n ln 2 + r with |r| <= ln 2 / 2: adding 1.5 · 2^23 rounds to an integer, which then stands in the low bits.
    const SHIFT: f32 = 12_582_912.0;
    let shifted = M::mul_add(x, std::f32::consts::LOG2_E, SHIFT);
    let n = shifted - SHIFT;
    // ln 2 in two parts, the first with so few digits that n times it is exact.
    let r = M::mul_add(n, -355.0 / 512.0, x);
    let r = M::mul_add(n, 2.121_944_4e-4, r);
    // Taylor's series: the next term is below 6e-9. In pairs, so that few of the steps wait for each other.
    let pair = |first: f32, second: f32| M::mul_add(second, r, first);
    let (low, middle) = (pair(1.0, 1.0), pair(0.5, 1.0 / 6.0));
    let (high, highest) = (pair(1.0 / 24.0, 1.0 / 120.0), pair(1.0 / 720.0, 1.0 / 5040.0));
    let r2 = r * r;
    let power = M::mul_add(M::mul_add(highest, r2, high), r2 * r2, M::mul_add(middle, r2, low));
    // The exponent stands above 23 bits. Where it would leave its place, the result is another one below.
    let power = f32::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 23));
    let power = if x < LEAST { 0.0 } else { power };
    // A comparison with NaN is false.
    if x <= MOST { power } else { x * f32::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::isa::{Kernel, dispatch};
    use crate::kernels::testing::on_each_isa;

    struct Exp(f32);

    impl Kernel for Exp {
        type Output = f32;
        #[inline(always)]
        fn run<M: Arithmetic>(self) -> f32 {
            exp::<M>(self.0)
        }
    }

    /// Computes the same by factors of two, which no exponent can leave.
    fn by_factors<M: Arithmetic>(x: f32) -> f32 {
        if !(LEAST..=MOST).contains(&x) {
            return if x < LEAST { 0.0 } else { x + f32::INFINITY };
        }
        let n = M::mul_add(x, std::f32::consts::LOG2_E, 12_582_912.0) - 12_582_912.0;
        let r = M::mul_add(n, 2.121_944_4e-4, M::mul_add(n, -355.0 / 512.0, x));
        let pair = |first: f32, second: f32| M::mul_add(second, r, first);
        let low = M::mul_add(pair(0.5, 1.0 / 6.0), r * r, pair(1.0, 1.0));
        let high = M::mul_add(pair(1.0 / 720.0, 1.0 / 5040.0), r * r, pair(1.0 / 24.0, 1.0 / 120.0));
        let half = (n / 2.0).floor();
        M::mul_add(high, r * r * (r * r), low) * half.exp2() * (n - half).exp2()
    }

    struct ByFactors(f32);

    impl Kernel for ByFactors {
        type Output = f32;
        #[inline(always)]
        fn run<M: Arithmetic>(self) -> f32 {
            by_factors::<M>(self.0)
        }
    }

    #[test]
    fn exponents_stay_in_their_place() {
        on_each_isa(|| {
            let same = |x: f32| {
                let (found, want) = (dispatch(Exp(x)), dispatch(ByFactors(x)));
                assert!(
                    found.to_bits() == want.to_bits() || found.is_nan() && want.is_nan(),
                    "exp({x}) = {found}, not {want}"
                );
            };
            // Numbers at even distances among all bits, and all that are near the limits.
            let step = if cfg!(miri) { 9_999_991 } else { 10_007 };
            (0..=u32::MAX).step_by(step).for_each(|bits| same(f32::from_bits(bits)));
            for limit in [LEAST, MOST] {
                (0..200).for_each(|i| same(f32::from_bits(limit.to_bits() - 100 + i)));
            }
        });
    }

    #[test]
    fn is_the_exponential() {
        on_each_isa(|| {
            let exp = |x| dispatch(Exp(x));
            let step = if cfg!(miri) { 1.37 } else { 0.001_37 };
            let mut x = -110.0f32;
            while x < 95.0 {
                let (found, want) = (exp(x), f64::from(x).exp());
                let allowed = if want < 1.176e-38 { want } else { want * 1.8e-7 };
                let overflow = found == f32::INFINITY && want > f64::from(f32::MAX);
                assert!(
                    overflow || (f64::from(found) - want).abs() <= allowed,
                    "exp({x}) = {found}, not {want}"
                );
                x += step;
            }
            for (x, want) in
                [(0.0, 1.0), (-0.0, 1.0), (f32::NEG_INFINITY, 0.0), (f32::INFINITY, f32::INFINITY)]
            {
                assert_eq!(exp(x), want);
            }
            assert!(exp(f32::NAN).is_nan());
        });
    }
}

//! The exponential function in arithmetic alone, so that a loop over it becomes vector instructions.

use super::isa::Arithmetic;

/// Computes `e^x` within 2 units in the last place; 0 where it is below the normal numbers, which take an
/// assist of 150 cycles.
#[inline(always)]
pub(crate) fn exp<M: Arithmetic>(x: f32) -> f32 {
    // The logarithm of the smallest normal number. Comparisons let NaN through.
    const LEAST: f32 = -87.336_54;
    let vanishes = x < LEAST;
    let x = if vanishes { LEAST } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
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
    // 2^n in two factors, because 2^n alone may be out of range where the product is not.
    let n = (shifted.to_bits() as i32).wrapping_sub(SHIFT.to_bits() as i32);
    let half = n >> 1;
    let power = power * power_of_two(half) * power_of_two(n.wrapping_sub(half));
    if vanishes { 0.0 } else { power }
}

#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
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

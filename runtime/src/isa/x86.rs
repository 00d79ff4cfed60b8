//! Blocks in the registers of x86.
//!
//! Nothing here looks for its instructions. [`Fused`] and [`FusedNarrow`] are private to `isa`, which names them only in
//! functions that are compiled for these instructions and called after they have been found.

use super::Arithmetic;
use crate::sealed::seal;
use std::arch::x86_64::*;

/// Arithmetic with one rounding; 32 registers of 16 floats.
#[derive(Clone, Copy)]
pub(super) struct Fused;

/// Arithmetic with one rounding; 16 registers of 8 floats.
#[derive(Clone, Copy)]
pub(super) struct FusedNarrow;

seal!(Fused, FusedNarrow);

impl Arithmetic for Fused {
    const ACCUMULATORS: usize = 24;

    type Block = __m512;

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
    #[inline(always)]
    fn splat(x: f32) -> Self::Block {
        // SAFETY: only `avx512::run` names `Fused`, and it needs AVX-512.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    fn load(x: &[f32; 16]) -> Self::Block {
        // SAFETY: as above; the array has 16 floats.
        unsafe { _mm512_loadu_ps(x.as_ptr()) }
    }
    #[inline(always)]
    fn load_part(x: &[f32]) -> Self::Block {
        assert!(x.len() <= 16);
        // SAFETY: as above; lanes from the slice's length on are not read.
        unsafe { _mm512_maskz_loadu_ps(((1u32 << x.len()) - 1) as u16, x.as_ptr()) }
    }
    #[inline(always)]
    fn store(block: Self::Block) -> [f32; 16] {
        let mut x = [0.0; 16];
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(x.as_mut_ptr(), block) };
        x
    }
    #[inline(always)]
    fn block_mul_add(a: Self::Block, b: Self::Block, c: Self::Block) -> Self::Block {
        // SAFETY: as above.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn block_add(a: Self::Block, b: Self::Block) -> Self::Block {
        // SAFETY: as above.
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sums(x: [Self::Block; 16]) -> Self::Block {
        let mut fours = [Self::splat(0.0); 4];
        // SAFETY: as above.
        unsafe {
            for i in 0..4 {
                fours[i] = quarters(halves(x[4 * i], x[4 * i + 1]), halves(x[4 * i + 2], x[4 * i + 3]));
            }
        }
        Self::sums_of_fours(fours)
    }
    #[inline(always)]
    fn sums_of_fours([a, b, c, d]: [Self::Block; 4]) -> Self::Block {
        // SAFETY: as above.
        unsafe {
            let ab = _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x44), _mm512_shuffle_ps(a, b, 0xee));
            let cd = _mm512_add_ps(_mm512_shuffle_ps(c, d, 0x44), _mm512_shuffle_ps(c, d, 0xee));
            let sums = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x88), _mm512_shuffle_ps(ab, cd, 0xdd));
            let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            _mm512_permutexvar_ps(order, sums)
        }
    }
    #[inline(always)]
    fn transpose(rows: [Self::Block; 8]) -> [[f32; 8]; 16] {
        let mut columns = [[0.0; 8]; 16];
        // SAFETY: as above.
        unsafe {
            let upper = columns_of_4(rows[0], rows[1], rows[2], rows[3]);
            let lower = columns_of_4(rows[4], rows[5], rows[6], rows[7]);
            let first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
            let second = _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
            for i in 0..4 {
                let two = Self::store(_mm512_permutex2var_ps(upper[i], first, lower[i]));
                columns[i].copy_from_slice(&two[..8]);
                columns[4 + i].copy_from_slice(&two[8..]);
                let two = Self::store(_mm512_permutex2var_ps(upper[i], second, lower[i]));
                columns[8 + i].copy_from_slice(&two[..8]);
                columns[12 + i].copy_from_slice(&two[8..]);
            }
        }
        columns
    }
}

/// Adds the halves of each of two blocks.
#[inline(always)]
unsafe fn halves(a: __m512, b: __m512) -> __m512 {
    // SAFETY: the caller has AVX-512.
    unsafe { _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee)) }
}

/// Quarters 0 and 1 added, and quarters 2 and 3, for two blocks.
#[inline(always)]
unsafe fn quarters(a: __m512, b: __m512) -> __m512 {
    // SAFETY: the caller has AVX-512.
    unsafe { _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd)) }
}

/// Returns, in each quarter of block `i`, the four rows' floats in the `i`th column of that quarter.
#[inline(always)]
unsafe fn columns_of_4(a: __m512, b: __m512, c: __m512, d: __m512) -> [__m512; 4] {
    // SAFETY: the caller has AVX-512.
    unsafe {
        let (ab, cd) = (_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d));
        [
            _mm512_shuffle_ps(ab, cd, 0x44),
            _mm512_shuffle_ps(ab, cd, 0xee),
            _mm512_shuffle_ps(ab_high, cd_high, 0x44),
            _mm512_shuffle_ps(ab_high, cd_high, 0xee),
        ]
    }
}

impl Arithmetic for FusedNarrow {
    const ACCUMULATORS: usize = 6;

    type Block = [__m256; 2];

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
    #[inline(always)]
    fn splat(x: f32) -> Self::Block {
        // SAFETY: only `avx2::run` names `FusedNarrow`, and it needs AVX2 and FMA.
        unsafe { [_mm256_set1_ps(x); 2] }
    }
    #[inline(always)]
    fn load(x: &[f32; 16]) -> Self::Block {
        // SAFETY: as above; the array has 16 floats.
        unsafe { [_mm256_loadu_ps(x.as_ptr()), _mm256_loadu_ps(x.as_ptr().add(8))] }
    }
    #[inline(always)]
    fn load_part(x: &[f32]) -> Self::Block {
        assert!(x.len() <= 16);
        let second = &x[x.len().min(8)..];
        // SAFETY: as above; lanes from a slice's length on are not read.
        unsafe {
            let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            let mask = |part: &[f32]| _mm256_cmpgt_epi32(_mm256_set1_epi32(part.len() as i32), lanes);
            [_mm256_maskload_ps(x.as_ptr(), mask(x)), _mm256_maskload_ps(second.as_ptr(), mask(second))]
        }
    }
    #[inline(always)]
    fn store(block: Self::Block) -> [f32; 16] {
        let mut x = [0.0; 16];
        // SAFETY: as above.
        unsafe {
            _mm256_storeu_ps(x.as_mut_ptr(), block[0]);
            _mm256_storeu_ps(x.as_mut_ptr().add(8), block[1]);
        }
        x
    }
    #[inline(always)]
    fn block_mul_add(a: Self::Block, b: Self::Block, c: Self::Block) -> Self::Block {
        // SAFETY: as above.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }
    #[inline(always)]
    fn block_add(a: Self::Block, b: Self::Block) -> Self::Block {
        // SAFETY: as above.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }
    #[inline(always)]
    fn sums(x: [Self::Block; 16]) -> Self::Block {
        let mut sums = Self::splat(0.0);
        // SAFETY: as above.
        unsafe {
            for half in 0..2 {
                let mut pairs = [sums[0]; 4];
                for i in 0..4 {
                    let (a, b) = (x[8 * half + 2 * i], x[8 * half + 2 * i + 1]);
                    let (a, b) = (_mm256_add_ps(a[0], a[1]), _mm256_add_ps(b[0], b[1]));
                    pairs[i] =
                        _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
                }
                let [ab, cd, ef, gh] = pairs;
                let four = _mm256_add_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));
                let others = _mm256_add_ps(_mm256_shuffle_ps(ef, gh, 0x44), _mm256_shuffle_ps(ef, gh, 0xee));
                let all = _mm256_add_ps(
                    _mm256_shuffle_ps(four, others, 0x88),
                    _mm256_shuffle_ps(four, others, 0xdd),
                );
                sums[half] = _mm256_permutevar8x32_ps(all, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
            }
        }
        sums
    }
}

//! Blocks in the registers of x86.

use super::Arithmetic;
use std::arch::x86_64::*;

/// One rounding; 32 registers of 16 floats.
#[derive(Clone, Copy)]
pub(crate) struct Fused;

/// One rounding; 16 registers of 8 floats.
#[derive(Clone, Copy)]
pub(crate) struct FusedNarrow;

impl Arithmetic for Fused {
    const ACCUMULATORS: usize = 24;

    type Block = __m512;

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
    #[inline(always)]
    fn splat(x: f32) -> Self::Block {
        // SAFETY: `dispatch` has checked for AVX-512.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    fn load(x: &[f32; 16]) -> Self::Block {
        // SAFETY: as above; the array has 16 floats.
        unsafe { _mm512_loadu_ps(x.as_ptr()) }
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
    fn sums(x: [Self::Block; 8]) -> [f32; 8] {
        // SAFETY: as above.
        let s = Self::store(unsafe {
            let a = quarters(halves(x[0], x[1]), halves(x[2], x[3]));
            let b = quarters(halves(x[4], x[5]), halves(x[6], x[7]));
            let pairs = _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x44), _mm512_shuffle_ps(a, b, 0xee));
            _mm512_add_ps(pairs, _mm512_permute_ps(pairs, 0xb1))
        });
        [s[0], s[4], s[8], s[12], s[2], s[6], s[10], s[14]]
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

/// The halves of a block added, for two blocks.
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

/// In each quarter of the block `i`: the four rows' floats in the `i`th column of that quarter.
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
        // SAFETY: `dispatch` has checked for AVX2 and FMA.
        unsafe { [_mm256_set1_ps(x); 2] }
    }
    #[inline(always)]
    fn load(x: &[f32; 16]) -> Self::Block {
        // SAFETY: as above; the array has 16 floats.
        unsafe { [_mm256_loadu_ps(x.as_ptr()), _mm256_loadu_ps(x.as_ptr().add(8))] }
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
}

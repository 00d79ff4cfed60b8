//! Blocks as arrays, for the compiler to put into registers.

use super::Arithmetic;
use crate::sealed::seal;

/// Arithmetic with two roundings; 16 registers of 4 floats.
#[derive(Clone, Copy)]
pub(crate) struct Separate;

seal!(Separate);

impl Arithmetic for Separate {
    const ACCUMULATORS: usize = 3;

    type Block = [f32; 16];

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
    #[inline(always)]
    fn splat(x: f32) -> Self::Block {
        [x; 16]
    }
    #[inline(always)]
    fn load(x: &[f32; 16]) -> Self::Block {
        *x
    }
    #[inline(always)]
    fn store(block: Self::Block) -> [f32; 16] {
        block
    }
    #[inline(always)]
    fn block_mul_add(a: Self::Block, b: Self::Block, mut c: Self::Block) -> Self::Block {
        for l in 0..16 {
            c[l] += a[l] * b[l];
        }
        c
    }
    #[inline(always)]
    fn block_add(mut a: Self::Block, b: Self::Block) -> Self::Block {
        for l in 0..16 {
            a[l] += b[l];
        }
        a
    }
}

/// Arithmetic with one rounding; 32 registers of 4 floats.
#[cfg(target_arch = "aarch64")]
#[derive(Clone, Copy)]
pub(super) struct Fused;

#[cfg(target_arch = "aarch64")]
seal!(Fused);

#[cfg(target_arch = "aarch64")]
impl Arithmetic for Fused {
    const ACCUMULATORS: usize = 6;

    type Block = [f32; 16];

    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
    #[inline(always)]
    fn splat(x: f32) -> Self::Block {
        [x; 16]
    }
    #[inline(always)]
    fn load(x: &[f32; 16]) -> Self::Block {
        *x
    }
    #[inline(always)]
    fn store(block: Self::Block) -> [f32; 16] {
        block
    }
    #[inline(always)]
    fn block_mul_add(a: Self::Block, b: Self::Block, mut c: Self::Block) -> Self::Block {
        for l in 0..16 {
            c[l] = a[l].mul_add(b[l], c[l]);
        }
        c
    }
    #[inline(always)]
    fn block_add(mut a: Self::Block, b: Self::Block) -> Self::Block {
        for l in 0..16 {
            a[l] += b[l];
        }
        a
    }
}

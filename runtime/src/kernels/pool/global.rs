//! The average and the maximum of each channel's whole plane.

use super::adaptive::window_maximum;
use crate::kernels::blocks::{block, block_mut, channel_blocks};
use crate::kernels::isa::{Arithmetic, Kernel, dispatch};

/// Computes the average of each channel: `x` is `[n, HW, C]`, `y` `[n, C]`.
pub fn global_avg_pool_forward<const C: usize, const HW: usize>(n: usize, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), n * HW * C);
    assert_eq!(y.len(), n * C);
    dispatch(Forward::<C, HW>(x, y));
}

/// Gives each output's gradient to all of its plane in equal parts; overwrites `dx`.
pub fn global_avg_pool_backward<const C: usize, const HW: usize>(n: usize, dy: &[f32], dx: &mut [f32]) {
    assert_eq!(dy.len(), n * C);
    assert_eq!(dx.len(), n * HW * C);
    dispatch(Backward::<C, HW>(dy, dx));
}

struct Forward<'a, const C: usize, const HW: usize>(&'a [f32], &'a mut [f32]);

impl<const C: usize, const HW: usize> Kernel for Forward<'_, C, HW> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (x, y) in self.0.chunks_exact(HW * C).zip(self.1.chunks_exact_mut(C)) {
            let mut c = 0;
            while c + LANES <= C {
                y[c..c + LANES].copy_from_slice(&means::<M, C, HW>(x, c));
                c += LANES;
            }
            while c < C {
                y[c] = mean::<C, HW>(x, c);
                c += 1;
            }
        }
    }
}

/// Channels that are summed at once.
const LANES: usize = 16;

/// Returns the means of 16 channels from `c` on, in four interleaved sums: they do not wait for one another
/// and lose less.
#[inline(always)]
fn means<M: Arithmetic, const C: usize, const HW: usize>(x: &[f32], c: usize) -> [f32; LANES] {
    let mut sums = [M::splat(0.0); 4];
    for first in (0..HW / 4 * 4).step_by(4) {
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum = M::block_add(*sum, M::load(block(x, (first + j) * C + c)));
        }
    }
    for pixel in HW / 4 * 4..HW {
        sums[0] = M::block_add(sums[0], M::load(block(x, pixel * C + c)));
    }
    let [a, b, c, d] = sums;
    M::store(M::block_add(M::block_add(a, b), M::block_add(c, d))).map(|sum| sum / HW as f32)
}

/// Returns the mean of channel `c`, in the same order.
#[inline(always)]
fn mean<const C: usize, const HW: usize>(x: &[f32], c: usize) -> f32 {
    let mut sums = [0.0; 4];
    for first in (0..HW / 4 * 4).step_by(4) {
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum += x[(first + j) * C + c];
        }
    }
    for pixel in HW / 4 * 4..HW {
        sums[0] += x[pixel * C + c];
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) / HW as f32
}

struct Backward<'a, const C: usize, const HW: usize>(&'a [f32], &'a mut [f32]);

impl<const C: usize, const HW: usize> Kernel for Backward<'_, C, HW> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (dy, dx) in self.0.chunks_exact(C).zip(self.1.chunks_exact_mut(HW * C)) {
            let (first, rest) = dx.split_at_mut(C);
            for (dx, dy) in first.iter_mut().zip(dy) {
                *dx = dy / HW as f32;
            }
            for row in rest.chunks_exact_mut(C) {
                row.copy_from_slice(first);
            }
        }
    }
}

/// Computes the maximum of each channel: `x` is `[n, HW, C]`, `y` `[n, C]`. A NaN makes its channel NaN.
pub fn global_max_pool_forward<const C: usize, const HW: usize>(n: usize, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), n * HW * C);
    assert_eq!(y.len(), n * C);
    dispatch(MaxForward::<C, HW>(x, y));
}

/// Gives each output's gradient to its plane's maximum, the first of equal ones (the last NaN); overwrites `dx`.
pub fn global_max_pool_backward<const C: usize, const HW: usize>(
    n: usize,
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    assert_eq!((dy.len(), x.len(), dx.len()), (n * C, n * HW * C, n * HW * C));
    const { assert!(HW <= u32::MAX as usize) };
    dispatch(MaxBackward::<C, HW>(x, dy, dx));
}

struct MaxForward<'a, const C: usize, const HW: usize>(&'a [f32], &'a mut [f32]);

impl<const C: usize, const HW: usize> Kernel for MaxForward<'_, C, HW> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (x, y) in self.0.chunks_exact(HW * C).zip(self.1.chunks_exact_mut(C)) {
            channel_blocks!(C, c, B, {
                *block_mut(y, c) = maximum::<C, HW, B>(x, c).0;
            });
        }
    }
}

/// Returns the maxima of `B` channels from `c` on, and their pixels.
#[inline(always)]
fn maximum<const C: usize, const HW: usize, const B: usize>(x: &[f32], c: usize) -> ([f32; B], [u32; B]) {
    window_maximum::<C, HW, B>(x, c, 0..1, 0..HW)
}

struct MaxBackward<'a, const C: usize, const HW: usize>(&'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize, const HW: usize> Kernel for MaxBackward<'_, C, HW> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let samples = self.0.chunks_exact(HW * C).zip(self.1.chunks_exact(C));
        for ((x, dy), dx) in samples.zip(self.2.chunks_exact_mut(HW * C)) {
            channel_blocks!(C, c, B, {
                let (_, position) = maximum::<C, HW, B>(x, c);
                let dy = block::<f32, B>(dy, c);
                for pixel in 0..HW {
                    let mut part = [0.0; B];
                    for i in 0..B {
                        part[i] = if position[i] == pixel as u32 { dy[i] } else { 0.0 };
                    }
                    *block_mut(dx, pixel * C + c) = part;
                }
            });
        }
    }
}

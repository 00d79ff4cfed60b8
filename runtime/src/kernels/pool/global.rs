//! The average and the maximum of each channel's whole plane.

use super::adaptive::window_maximum;
use crate::kernels::blocks::{block, block_mut, channel_blocks};
use crate::kernels::isa::{Arithmetic, Kernel, dispatch};

/// The average of each channel: `x` is `[n, HW, C]`, `y` `[n, C]`.
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
            while c + 16 <= C {
                y[c..c + 16].copy_from_slice(&mean::<C, HW, 16>(x, c));
                c += 16;
            }
            while c < C {
                y[c] = mean::<C, HW, 1>(x, c)[0];
                c += 1;
            }
        }
    }
}

/// The means of `B` channels from `c` on, in four interleaved sums: they do not wait for one another and lose less.
#[inline(always)]
fn mean<const C: usize, const HW: usize, const B: usize>(x: &[f32], c: usize) -> [f32; B] {
    let mut sums = [[0.0; B]; 4];
    let mut pixel = 0;
    while pixel + 4 <= HW {
        for (j, sum) in sums.iter_mut().enumerate() {
            let row = &x[(pixel + j) * C + c..][..B];
            for i in 0..B {
                sum[i] += row[i];
            }
        }
        pixel += 4;
    }
    while pixel < HW {
        let row = &x[pixel * C + c..][..B];
        for i in 0..B {
            sums[0][i] += row[i];
        }
        pixel += 1;
    }
    let mut mean = [0.0; B];
    for i in 0..B {
        mean[i] = ((sums[0][i] + sums[1][i]) + (sums[2][i] + sums[3][i])) / HW as f32;
    }
    mean
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

/// The maximum of each channel: `x` is `[n, HW, C]`, `y` `[n, C]`. A NaN makes its channel NaN.
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

/// The maxima of `B` channels from `c` on, and their pixels.
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

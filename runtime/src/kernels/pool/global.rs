//! The average of each channel's whole plane.

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

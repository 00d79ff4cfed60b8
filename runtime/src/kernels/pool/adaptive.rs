//! Averages and maxima over windows that divide a plane into a given number of parts, as evenly as pixels allow.

use crate::kernels::blocks::{block, block_mut, channel_blocks};
use crate::kernels::isa::{Arithmetic, Kernel, dispatch};
use std::ops::Range;

/// Computes the average of each window: `x` is `[n, H, W, C]`, `y` `[n, OH, OW, C]`. The window of output `i`
/// of `o` reaches from input `⌊i size / o⌋` to before `⌈(i + 1) size / o⌉`, as in PyTorch; neighbours may
/// share inputs.
pub fn adaptive_avg_pool_forward<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
>(
    n: usize,
    x: &[f32],
    y: &mut [f32],
) {
    assert_eq!((x.len(), y.len()), (n * H * W * C, n * OH * OW * C));
    dispatch(Forward::<C, H, W, OH, OW>(x, y));
}

/// Gives each output's gradient to its window in equal parts; overwrites `dx`.
pub fn adaptive_avg_pool_backward<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
>(
    n: usize,
    dy: &[f32],
    dx: &mut [f32],
) {
    assert_eq!((dx.len(), dy.len()), (n * H * W * C, n * OH * OW * C));
    dispatch(Backward::<C, H, W, OH, OW>(dy, dx));
}

/// Runs `$work` for each output pixel: `$pixel` is its place in the plane, `$rows` and `$columns` its window.
macro_rules! windows {
    ($pixel:ident, $rows:ident, $columns:ident, $work:expr) => {
        for oy in 0..OH {
            let $rows = oy * H / OH..((oy + 1) * H).div_ceil(OH);
            for ox in 0..OW {
                let $columns = ox * W / OW..((ox + 1) * W).div_ceil(OW);
                let $pixel = oy * OW + ox;
                $work;
            }
        }
    };
}

struct Forward<'a, const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize>(
    &'a [f32],
    &'a mut [f32],
);

impl<const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize> Kernel
    for Forward<'_, C, H, W, OH, OW>
{
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (x, y) in self.0.chunks_exact(H * W * C).zip(self.1.chunks_exact_mut(OH * OW * C)) {
            windows!(pixel, rows, columns, {
                let count = (rows.len() * columns.len()) as f32;
                channel_blocks!(C, c, B, {
                    let mut sum = [0.0; B];
                    for row in rows.clone() {
                        for column in columns.clone() {
                            let x = block::<_, B>(x, (row * W + column) * C + c);
                            for i in 0..B {
                                sum[i] += x[i];
                            }
                        }
                    }
                    *block_mut(y, pixel * C + c) = sum.map(|sum| sum / count);
                });
            });
        }
    }
}

struct Backward<'a, const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize>(
    &'a [f32],
    &'a mut [f32],
);

impl<const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize> Kernel
    for Backward<'_, C, H, W, OH, OW>
{
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        self.1.fill(0.0);
        for (dy, dx) in self.0.chunks_exact(OH * OW * C).zip(self.1.chunks_exact_mut(H * W * C)) {
            windows!(pixel, rows, columns, {
                let count = (rows.len() * columns.len()) as f32;
                channel_blocks!(C, c, B, {
                    let part = block::<f32, B>(dy, pixel * C + c).map(|dy| dy / count);
                    for row in rows.clone() {
                        for column in columns.clone() {
                            let dx = block_mut::<f32, B>(dx, (row * W + column) * C + c);
                            for i in 0..B {
                                dx[i] += part[i];
                            }
                        }
                    }
                });
            });
        }
    }
}

/// Computes the maximum of each window; shapes and windows as for [`adaptive_avg_pool_forward`]. A NaN makes
/// its window NaN.
pub fn adaptive_max_pool_forward<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
>(
    n: usize,
    x: &[f32],
    y: &mut [f32],
) {
    assert_eq!((x.len(), y.len()), (n * H * W * C, n * OH * OW * C));
    dispatch(MaxForward::<C, H, W, OH, OW>(x, y));
}

/// Gives each output's gradient to its window's maximum, the first of equal ones (the last NaN); overwrites `dx`, and where
/// windows overlap the gradients add. Windows may be of any size, so the maxima are looked for again in `x`.
pub fn adaptive_max_pool_backward<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
>(
    n: usize,
    x: &[f32],
    dy: &[f32],
    dx: &mut [f32],
) {
    assert_eq!((x.len(), dx.len(), dy.len()), (n * H * W * C, n * H * W * C, n * OH * OW * C));
    const { assert!(H * W <= u32::MAX as usize) };
    dispatch(MaxBackward::<C, H, W, OH, OW>(x, dy, dx));
}

/// Returns the maximum of one window of a plane `W` wide, and its pixel, for `B` channels from `c` on.
#[inline(always)]
pub(super) fn window_maximum<const C: usize, const W: usize, const B: usize>(
    x: &[f32],
    c: usize,
    rows: Range<usize>,
    columns: Range<usize>,
) -> ([f32; B], [u32; B]) {
    let (mut most, mut position) = ([f32::NEG_INFINITY; B], [(rows.start * W + columns.start) as u32; B]);
    for row in rows {
        for column in columns.clone() {
            let pixel = row * W + column;
            let x = block::<f32, B>(x, pixel * C + c);
            for i in 0..B {
                let better = (x[i] > most[i]) | x[i].is_nan();
                most[i] = if better { x[i] } else { most[i] };
                position[i] = if better { pixel as u32 } else { position[i] };
            }
        }
    }
    (most, position)
}

struct MaxForward<'a, const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize>(
    &'a [f32],
    &'a mut [f32],
);

impl<const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize> Kernel
    for MaxForward<'_, C, H, W, OH, OW>
{
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (x, y) in self.0.chunks_exact(H * W * C).zip(self.1.chunks_exact_mut(OH * OW * C)) {
            windows!(pixel, rows, columns, {
                channel_blocks!(C, c, B, {
                    *block_mut(y, pixel * C + c) =
                        window_maximum::<C, W, B>(x, c, rows.clone(), columns.clone()).0;
                });
            });
        }
    }
}

struct MaxBackward<'a, const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize>(
    &'a [f32],
    &'a [f32],
    &'a mut [f32],
);

impl<const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize> Kernel
    for MaxBackward<'_, C, H, W, OH, OW>
{
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        self.2.fill(0.0);
        let samples = self.0.chunks_exact(H * W * C).zip(self.1.chunks_exact(OH * OW * C));
        for ((x, dy), dx) in samples.zip(self.2.chunks_exact_mut(H * W * C)) {
            windows!(pixel, rows, columns, {
                channel_blocks!(C, c, B, {
                    let (_, position) = window_maximum::<C, W, B>(x, c, rows.clone(), columns.clone());
                    let dy = block::<f32, B>(dy, pixel * C + c);
                    for i in 0..B {
                        dx[position[i] as usize * C + c + i] += dy[i];
                    }
                });
            });
        }
    }
}

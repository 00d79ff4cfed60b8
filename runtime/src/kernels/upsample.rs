//! Enlarging images by whole factors, as PyTorch's `Upsample` does with `align_corners=False`.

use super::blocks::{block, block_mut, channel_blocks};
use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};
use std::marker::PhantomData;

#[cfg(test)]
mod tests;

/// The shapes of an upsampling layer.
pub trait Upsample {
    /// The input's shape, `[channels, height, width]` for one sample.
    const INPUT: [usize; 3];
    /// The factors of the height and the width.
    const SCALE: [usize; 2];
}

/// Repeats each pixel: `x` is `[n, H, W, C]`, `y` `[n, H · SCALE, W · SCALE, C]`.
pub fn nearest<S: Upsample>(n: usize, x: &[f32], y: &mut [f32]) {
    Of::<S>::check(n, x.len(), y.len());
    Columns::rows(y, S::SCALE[0] * Of::<S>::WIDE, MOVE, &|first, y| {
        dispatch(Nearest::<S>(&x[first * Of::<S>::ROW..], y, PhantomData));
    });
}

/// Computes the gradient of [`nearest`]'s input: the sum over a pixel's copies; overwrites `dx`.
pub fn nearest_grad<S: Upsample>(n: usize, dy: &[f32], dx: &mut [f32]) {
    Of::<S>::check(n, dx.len(), dy.len());
    dispatch(NearestGrad::<S>(dy, dx, PhantomData));
}

/// Mixes the four pixels around each new one's middle, by their distance: shapes as in [`nearest`].
pub fn bilinear<S: Upsample>(n: usize, x: &[f32], y: &mut [f32]) {
    Of::<S>::check(n, x.len(), y.len());
    Columns::rows(y, Of::<S>::WIDE, 4 * MOVE, &|first, y| dispatch(Bilinear::<S>(first, x, y, PhantomData)));
}

/// Computes the gradient of [`bilinear`]'s input; overwrites `dx`.
pub fn bilinear_grad<S: Upsample>(n: usize, dy: &[f32], dx: &mut [f32]) {
    Of::<S>::check(n, dx.len(), dy.len());
    dispatch(BilinearGrad::<S>(dy, dx, PhantomData));
}

/// Constants that follow from those of an [`Upsample`].
struct Of<S>(PhantomData<S>);

impl<S: Upsample> Of<S> {
    const CHANNELS: usize = S::INPUT[0];
    /// Floats of a row of pixels, before and after.
    const ROW: usize = S::INPUT[2] * S::INPUT[0];
    const WIDE: usize = Self::ROW * S::SCALE[1];
    /// Floats of a sample, before and after.
    const IN: usize = S::INPUT[1] * Self::ROW;
    const OUT: usize = S::INPUT[1] * S::SCALE[0] * Self::WIDE;

    fn check(n: usize, small: usize, large: usize) {
        const { assert!(Self::IN > 0 && S::SCALE[0] > 0 && S::SCALE[1] > 0) };
        assert_eq!(small, n * Self::IN);
        assert_eq!(large, n * Self::OUT);
    }
}

struct Nearest<'a, S>(&'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Upsample> Kernel for Nearest<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let rows = self.0.chunks_exact(Of::<S>::ROW);
        for (x, y) in rows.zip(self.1.chunks_exact_mut(S::SCALE[0] * Of::<S>::WIDE)) {
            let (first, rest) = y.split_at_mut(Of::<S>::WIDE);
            let copies = first.chunks_exact_mut(S::SCALE[1] * Of::<S>::CHANNELS);
            for (pixel, copies) in x.chunks_exact(Of::<S>::CHANNELS).zip(copies) {
                for copy in copies.chunks_exact_mut(Of::<S>::CHANNELS) {
                    copy.copy_from_slice(pixel);
                }
            }
            for row in rest.chunks_exact_mut(Of::<S>::WIDE) {
                row.copy_from_slice(first);
            }
        }
    }
}

struct NearestGrad<'a, S>(&'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Upsample> Kernel for NearestGrad<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let rows = self.1.chunks_exact_mut(Of::<S>::ROW);
        for (dx, dy) in rows.zip(self.0.chunks_exact(S::SCALE[0] * Of::<S>::WIDE)) {
            for (i, dx) in dx.chunks_exact_mut(Of::<S>::CHANNELS).enumerate() {
                channel_blocks!(Of::<S>::CHANNELS, c, B, {
                    let mut sum = [0.0; B];
                    for row in 0..S::SCALE[0] {
                        for column in i * S::SCALE[1]..(i + 1) * S::SCALE[1] {
                            let dy = block::<_, B>(dy, row * Of::<S>::WIDE + column * Of::<S>::CHANNELS + c);
                            for j in 0..B {
                                sum[j] += dy[j];
                            }
                        }
                    }
                    *block_mut(dx, c) = sum;
                });
            }
        }
    }
}

/// Returns the pixels along an axis that a new one lies between, and the second one's share. Beyond the
/// border the border goes on.
#[inline(always)]
fn between(size: usize, scale: usize, at: usize) -> ([usize; 2], f32) {
    // The new pixel's middle, (at + 1/2) / scale - 1/2 where old pixels' middles have whole numbers, times 2 scale.
    let middle = (2 * at + 1).saturating_sub(scale);
    let (first, rest) = (middle / (2 * scale), middle % (2 * scale));
    ([first, (first + 1).min(size - 1)], rest as f32 / (2 * scale) as f32)
}

/// Returns the offsets in a sample of the four pixels that each new one is made of, with their shares.
#[inline(always)]
fn corners<S: Upsample>(row: usize, column: usize) -> [(usize, f32); 4] {
    let ([top, bottom], down) = between(S::INPUT[1], S::SCALE[0], row);
    let ([left, right], across) = between(S::INPUT[2], S::SCALE[1], column);
    let at = |y: usize, x: usize| y * Of::<S>::ROW + x * Of::<S>::CHANNELS;
    [
        (at(top, left), (1.0 - down) * (1.0 - across)),
        (at(top, right), (1.0 - down) * across),
        (at(bottom, left), down * (1.0 - across)),
        (at(bottom, right), down * across),
    ]
}

/// The rows of `y`, of which the first is this one of all samples'.
struct Bilinear<'a, S>(usize, &'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Upsample> Kernel for Bilinear<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Bilinear(first, x, y, _) = self;
        let rows = Of::<S>::OUT / Of::<S>::WIDE;
        for (row, y) in (first..).zip(y.chunks_exact_mut(Of::<S>::WIDE)) {
            let (sample, row) = (row / rows, row % rows);
            let x = &x[sample * Of::<S>::IN..(sample + 1) * Of::<S>::IN];
            for (column, y) in y.chunks_exact_mut(Of::<S>::CHANNELS).enumerate() {
                let corners = corners::<S>(row, column);
                channel_blocks!(Of::<S>::CHANNELS, c, B, {
                    let mut mixed = [0.0; B];
                    for (at, share) in corners {
                        let x = block::<_, B>(x, at + c);
                        for j in 0..B {
                            mixed[j] = M::mul_add(share, x[j], mixed[j]);
                        }
                    }
                    *block_mut(y, c) = mixed;
                });
            }
        }
    }
}

struct BilinearGrad<'a, S>(&'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Upsample> Kernel for BilinearGrad<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        self.1.fill(0.0);
        for (dx, dy) in self.1.chunks_exact_mut(Of::<S>::IN).zip(self.0.chunks_exact(Of::<S>::OUT)) {
            for (row, dy) in dy.chunks_exact(Of::<S>::WIDE).enumerate() {
                for (column, dy) in dy.chunks_exact(Of::<S>::CHANNELS).enumerate() {
                    let corners = corners::<S>(row, column);
                    channel_blocks!(Of::<S>::CHANNELS, c, B, {
                        let dy = block::<_, B>(dy, c);
                        for (at, share) in corners {
                            let dx = block_mut::<_, B>(dx, at + c);
                            for j in 0..B {
                                dx[j] = M::mul_add(share, dy[j], dx[j]);
                            }
                        }
                    });
                }
            }
        }
    }
}

//! Products of an image with one number for each channel, or for each pixel: gates such as those of squeeze-and-excitation
//! networks (Hu, Shen and Sun, 2018).

use super::blocks::{block, block_mut, channel_blocks};
use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};

/// Computes `y = x · scale`: `x` and `y` are `[n, P, C]`, `scale` `[n, C]`.
pub fn channels<const C: usize, const P: usize>(x: &[f32], scale: &[f32], y: &mut [f32]) {
    check_channels::<C, P>(x, y, scale);
    Columns::rows(y, C, MOVE, &|first, y| dispatch(Channels::<C, P>(first, x, scale, y)));
}

/// Computes the gradient of the scale of [`channels`], the sums over pixels of `dy · x`; overwrites `ds`.
pub fn channels_grad<const C: usize, const P: usize>(dy: &[f32], x: &[f32], ds: &mut [f32]) {
    check_channels::<C, P>(x, dy, ds);
    dispatch(ChannelsGrad::<C, P>(dy, x, ds));
}

/// Computes `y = x · scale`: `x` and `y` are `[rows, C]`, `scale` `[rows]`.
pub fn pixels<const C: usize>(x: &[f32], scale: &[f32], y: &mut [f32]) {
    check_channels::<1, C>(x, y, scale);
    Columns::rows(y, C, MOVE, &|first, y| {
        dispatch(Pixels::<C>(&x[first * C..], &scale[first..], y));
    });
}

/// Computes the gradient of the scale of [`pixels`], the sums over channels of `dy · x`; overwrites `ds`.
pub fn pixels_grad<const C: usize>(dy: &[f32], x: &[f32], ds: &mut [f32]) {
    check_channels::<1, C>(x, dy, ds);
    dispatch(PixelsGrad::<C>(dy, x, ds));
}

fn check_channels<const C: usize, const P: usize>(x: &[f32], y: &[f32], scale: &[f32]) {
    const { assert!(C > 0 && P > 0) };
    assert_eq!((x.len(), scale.len() % C), (y.len(), 0));
    assert_eq!(x.len(), scale.len() * P);
}

/// The pixels of `y`, of which the first is this one of all samples'.
struct Channels<'a, const C: usize, const P: usize>(usize, &'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize, const P: usize> Kernel for Channels<'_, C, P> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Channels(mut pixel, x, scale, mut y) = self;
        while !y.is_empty() {
            let (sample, rest) = (pixel / P, P - pixel % P);
            let count = rest.min(y.len() / C);
            let (of_sample, others) = y.split_at_mut(count * C);
            let (x, scale) = (&x[pixel * C..(pixel + count) * C], &scale[sample * C..(sample + 1) * C]);
            for (x, y) in x.chunks_exact(C).zip(of_sample.chunks_exact_mut(C)) {
                for ((y, x), scale) in y.iter_mut().zip(x).zip(scale) {
                    *y = x * scale;
                }
            }
            (pixel, y) = (pixel + count, others);
        }
    }
}

struct ChannelsGrad<'a, const C: usize, const P: usize>(&'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize, const P: usize> Kernel for ChannelsGrad<'_, C, P> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let samples = self.0.chunks_exact(P * C).zip(self.1.chunks_exact(P * C));
        for ((dy, x), ds) in samples.zip(self.2.chunks_exact_mut(C)) {
            channel_blocks!([64, 16, 8, 4, 2, 1], C, c, B, {
                let mut sum = [0.0; B];
                for pixel in 0..P {
                    let (dy, x) = (block::<_, B>(dy, pixel * C + c), block::<_, B>(x, pixel * C + c));
                    for i in 0..B {
                        sum[i] = M::mul_add(dy[i], x[i], sum[i]);
                    }
                }
                *block_mut(ds, c) = sum;
            });
        }
    }
}

struct Pixels<'a, const C: usize>(&'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for Pixels<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for ((x, scale), y) in self.0.chunks_exact(C).zip(self.1).zip(self.2.chunks_exact_mut(C)) {
            for (y, x) in y.iter_mut().zip(x) {
                *y = x * scale;
            }
        }
    }
}

struct PixelsGrad<'a, const C: usize>(&'a [f32], &'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for PixelsGrad<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for ((dy, x), ds) in self.0.chunks_exact(C).zip(self.1.chunks_exact(C)).zip(self.2) {
            let mut lanes = [0.0; 16];
            let (mut dys, mut xs) = (dy.chunks_exact(16), x.chunks_exact(16));
            for (dy, x) in (&mut dys).zip(&mut xs) {
                let (dy, x) = (block::<_, 16>(dy, 0), block::<_, 16>(x, 0));
                for i in 0..16 {
                    lanes[i] = M::mul_add(dy[i], x[i], lanes[i]);
                }
            }
            for ((lane, dy), x) in lanes.iter_mut().zip(dys.remainder()).zip(xs.remainder()) {
                *lane = M::mul_add(*dy, *x, *lane);
            }
            for half in [8, 4, 2, 1] {
                for i in 0..half {
                    lanes[i] += lanes[i + half];
                }
            }
            *ds = lanes[0];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    fn check<const C: usize, const P: usize>() {
        on_each_isa(|| {
            for n in [0, 1, 3] {
                let (x, dy) = (numbers(1, n * P * C), numbers(2, n * P * C));
                for by_channel in [true, false] {
                    let scale = numbers(3, if by_channel { n * C } else { n * P });
                    let of = |i: usize| if by_channel { i / (P * C) * C + i % C } else { i / C };
                    let (mut y, mut ds) = (vec![f32::NAN; x.len()], vec![f32::NAN; scale.len()]);
                    if by_channel {
                        channels::<C, P>(&x, &scale, &mut y);
                        channels_grad::<C, P>(&dy, &x, &mut ds);
                    } else {
                        pixels::<C>(&x, &scale, &mut y);
                        pixels_grad::<C>(&dy, &x, &mut ds);
                    }
                    let mut want = vec![0.0; scale.len()];
                    for i in 0..x.len() {
                        assert_eq!(y[i], x[i] * scale[of(i)]);
                        want[of(i)] += f64::from(dy[i]) * f64::from(x[i]);
                    }
                    assert_close(&ds, &want, 1e-5);
                }
            }
        });
    }

    #[test]
    fn is_its_definition() {
        check::<1, 1>();
        check::<3, 7>();
        check::<16, 12>();
        check::<37, 5>();
        check::<100, 9>();
    }
}

//! The taps of a window along the depth of a volume, side by side: a convolution of volumes is one of its
//! slices, each with the channels of as many slices as the window is deep.
//!
//! Volumes lie channels last, slice by slice. The taps of one channel stand together, so that the weights of a convolution
//! of volumes, `[out, in, depth, height, width]`, are those of one of images with `in · depth` channels as they lie.

use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};
pub use netwright_model::Depth;

/// Writes, for `n` samples, what the taps find in the volumes `x` at each place of the window.
pub fn gather(depth: Depth, n: usize, x: &[f32], y: &mut [f32]) {
    assert_eq!((x.len(), y.len()), (n * depth.volume(), n * depth.found()));
    Columns::rows(y, depth.channels * depth.pixels * depth.taps, MOVE, &|first, y| {
        dispatch(Gather(depth, first, x, y));
    });
}

/// Adds what stands at each place of the window back to where its taps found it, onto the channels' biases or zeros:
/// the gradient of [`gather`]. Overwrites `dx`.
pub fn scatter(depth: Depth, n: usize, bias: Option<&[f32]>, dy: &[f32], dx: &mut [f32]) {
    assert_eq!((dx.len(), dy.len()), (n * depth.volume(), n * depth.found()));
    if let Some(bias) = bias {
        assert_eq!(bias.len(), depth.channels);
    }
    dispatch(Scatter(depth, bias, dy, dx));
}

/// The places of the window in `y`, of which the first is this one of all samples'.
struct Gather<'a>(Depth, usize, &'a [f32], &'a mut [f32]);

impl Kernel for Gather<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Gather(depth, first, x, y) = self;
        let slice = depth.channels * depth.pixels;
        for (place, y) in (first..).zip(y.chunks_exact_mut(slice * depth.taps)) {
            let (sample, place) = (place / depth.output, place % depth.output);
            let x = &x[sample * depth.volume()..(sample + 1) * depth.volume()];
            for tap in 0..depth.taps {
                let y = y[tap..].iter_mut().step_by(depth.taps);
                match depth.slice(place, tap) {
                    Some(at) => y.zip(&x[at * slice..][..slice]).for_each(|(y, x)| *y = *x),
                    None => y.for_each(|y| *y = 0.0),
                }
            }
        }
    }
}

struct Scatter<'a>(Depth, Option<&'a [f32]>, &'a [f32], &'a mut [f32]);

impl Kernel for Scatter<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Scatter(depth, bias, dy, dx) = self;
        let slice = depth.channels * depth.pixels;
        match bias {
            Some(bias) => dx.chunks_exact_mut(depth.channels).for_each(|dx| dx.copy_from_slice(bias)),
            None => dx.fill(0.0),
        }
        for (dy, dx) in dy.chunks_exact(depth.found()).zip(dx.chunks_exact_mut(depth.volume())) {
            for (place, dy) in dy.chunks_exact(slice * depth.taps).enumerate() {
                for tap in 0..depth.taps {
                    let Some(at) = depth.slice(place, tap) else { continue };
                    let dy = dy[tap..].iter().step_by(depth.taps);
                    dx[at * slice..][..slice].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += *dy);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    const PLAIN: Depth =
        Depth { channels: 3, pixels: 5, input: 4, output: 2, taps: 3, stride: 1, pad: 0, dilation: 1 };

    fn check(depth: Depth) {
        let Depth { channels, pixels, input, output, taps, .. } = depth;
        on_each_isa(|| {
            for n in [0, 1, 3] {
                let (x, dy) = (numbers(1, n * depth.volume()), numbers(2, n * depth.found()));
                let bias = numbers(3, channels);
                let mut expected = vec![0.0; dy.len()];
                let mut back: Vec<f64> = (0..x.len()).map(|i| f64::from(bias[i % channels])).collect();
                for sample in 0..n {
                    for (place, tap) in (0..output).flat_map(|o| (0..taps).map(move |t| (o, t))) {
                        let at = (place * depth.stride + tap * depth.dilation) as isize - depth.pad as isize;
                        if !(0..input as isize).contains(&at) {
                            continue;
                        }
                        for of_slice in 0..pixels * channels {
                            let from = (sample * input + at as usize) * pixels * channels + of_slice;
                            let to = ((sample * output + place) * pixels * channels + of_slice) * taps + tap;
                            expected[to] = f64::from(x[from]);
                            back[from] += f64::from(dy[to]);
                        }
                    }
                }
                let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
                gather(depth, n, &x, &mut y);
                assert_close(&y, &expected, 0.0);
                scatter(depth, n, Some(&bias), &dy, &mut dx);
                assert_close(&dx, &back, 1e-6);
                scatter(depth, n, None, &dy, &mut dx);
                let without = back.iter().enumerate().map(|(i, b)| b - f64::from(bias[i % channels]));
                assert_close(&dx, &without.collect::<Vec<_>>(), 1e-6);
            }
        });
    }

    #[test]
    fn is_its_definition() {
        check(PLAIN);
        check(Depth { channels: 1, pixels: 1, ..PLAIN });
        check(Depth { pad: 1, output: 4, ..PLAIN });
        check(Depth { stride: 2, pad: 2, output: 3, ..PLAIN });
        check(Depth { dilation: 2, taps: 2, ..PLAIN });
        check(Depth { channels: 17, taps: 1, output: 2, stride: 3, ..PLAIN });
    }

    #[test]
    #[should_panic(expected = "assertion")]
    fn lengths_are_checked() {
        gather(PLAIN, 1, &[0.0; 60], &mut [0.0; 89]);
    }
}

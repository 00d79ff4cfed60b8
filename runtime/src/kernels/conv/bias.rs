//! The gradient of a bias: sums over all pixels.

use super::super::gemm::{LANES, add_to, load_first};
use super::super::isa::{Arithmetic, Kernel};

/// The sums of fewer than 16 channels.
pub(super) struct Thin<'a, const C: usize>(pub(super) &'a [f32], pub(super) &'a mut [f32]);

impl<const C: usize> Kernel for Thin<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        thin::<C>(self.0, self.1);
    }
}

/// The sums of as many channels as there is room for: the same code for all layers.
pub(super) struct Wide<'a>(pub(super) &'a [f32], pub(super) &'a mut [f32]);

impl Kernel for Wide<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        wide::<M>(self.0, self.1);
    }
}

/// Adds the column sums of fewer than 16 channels: 16 pixels are `C` blocks, whose lanes hold the same
/// channels every time.
#[inline(always)]
fn thin<const C: usize>(dy: &[f32], grad: &mut [f32]) {
    let grad: &mut [f32; C] = grad.try_into().expect("a sum for each channel");
    let mut pixels = dy.chunks_exact(C * LANES);
    if pixels.len() > 0 {
        let mut sums = [[0.0; LANES]; LANES];
        let sums = &mut sums[..C];
        for dy in &mut pixels {
            for (sum, dy) in sums.as_flattened_mut().iter_mut().zip(dy) {
                *sum += dy;
            }
        }
        add_pixels(sums.as_flattened(), grad);
    }
    add_pixels(pixels.remainder(), grad);
}

#[inline(always)]
fn add_pixels<const C: usize>(pixels: &[f32], sums: &mut [f32; C]) {
    let (pixels, _) = pixels.as_chunks::<C>();
    for pixel in pixels {
        for c in 0..C {
            sums[c] += pixel[c];
        }
    }
}

/// Adds the column sums of up to 64 channels at a time.
#[inline(always)]
fn wide<M: Arithmetic>(dy: &[f32], grad: &mut [f32]) {
    let channels = grad.len();
    let mut c = 0;
    while c + 4 * LANES <= channels {
        columns::<M, 4>(dy, grad, c);
        c += 4 * LANES;
    }
    while c < channels {
        columns::<M, 1>(dy, grad, c);
        c += LANES;
    }
}

#[inline(always)]
fn columns<M: Arithmetic, const V: usize>(dy: &[f32], grad: &mut [f32], c: usize) {
    let channels = grad.len();
    let count = (channels - c).min(V * LANES);
    let one = M::splat(1.0);
    // Two sums each, for an addition's latency.
    let mut sums = [[M::splat(0.0); V]; 2];
    let mut at = c;
    while at < dy.len() {
        for sum in &mut sums {
            if at < dy.len() {
                let dy = load_first::<M, V>(&dy[at..], count);
                for v in 0..V {
                    sum[v] = M::block_mul_add(one, dy[v], sum[v]);
                }
            }
            at += channels;
        }
    }
    for sum in &sums {
        add_to::<M, V>(sum, 0, &mut grad[c..c + count]);
    }
}

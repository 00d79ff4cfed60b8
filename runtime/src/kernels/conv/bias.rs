//! The gradient of a bias: sums over all pixels.

use super::super::gemm::{LANES, add_to, load, load_first};
use super::super::isa::{Arithmetic, Kernel};

pub(super) struct BiasGrad<'a, const C: usize>(pub(super) &'a [f32], pub(super) &'a mut [f32]);

impl<const C: usize> Kernel for BiasGrad<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        if C < LANES { thin::<C>(self.0, self.1) } else { wide::<C>(self.0, self.1) }
    }
}

/// 16 pixels are `C` blocks, whose lanes hold the same channels every time.
#[inline(always)]
fn thin<const C: usize>(dy: &[f32], grad: &mut [f32]) {
    let mut sums = [[0.0; LANES]; C];
    let mut pixels = dy.chunks_exact(C * LANES);
    for dy in &mut pixels {
        let dy = load::<C>(dy);
        for c in 0..C {
            for l in 0..LANES {
                sums[c][l] += dy[c][l];
            }
        }
    }
    for pixel in sums.as_flattened().chunks_exact(C).chain(pixels.remainder().chunks_exact(C)) {
        for (grad, dy) in grad.iter_mut().zip(pixel) {
            *grad += dy;
        }
    }
}

/// Up to 64 channels at a time.
#[inline(always)]
fn wide<const C: usize>(dy: &[f32], grad: &mut [f32]) {
    let mut c = 0;
    while c + 4 * LANES <= C {
        columns::<C, 4>(dy, grad, c);
        c += 4 * LANES;
    }
    while c < C {
        columns::<C, 1>(dy, grad, c);
        c += LANES;
    }
}

#[inline(always)]
fn columns<const C: usize, const V: usize>(dy: &[f32], grad: &mut [f32], c: usize) {
    let count = (C - c).min(V * LANES);
    let mut sums = [[[0.0; LANES]; V]; 2];
    // Two sums each, for an addition's latency.
    let mut at = c;
    while at < dy.len() {
        for sum in &mut sums {
            if at < dy.len() {
                let dy = load_first::<V>(&dy[at..], count);
                for v in 0..V {
                    for l in 0..LANES {
                        sum[v][l] += dy[v][l];
                    }
                }
            }
            at += C;
        }
    }
    for sum in &sums {
        add_to(sum, 0, &mut grad[c..c + count]);
    }
}

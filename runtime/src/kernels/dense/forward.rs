//! Outputs as dot products of samples with rows of weights.

use super::super::activation::Activation;
use super::super::gemm::{Columns, Tile, Tiled, dot, even, sums, tiled};
use super::super::isa::{Arithmetic, Kernel};
use super::Samples;

pub(super) struct Forward<'a, const I: usize, const O: usize, A> {
    pub(super) n: usize,
    pub(super) activation: A,
    pub(super) x: &'a [f32],
    pub(super) w: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) y: Columns<'a>,
}

impl<const I: usize, const O: usize, A: Activation> Kernel for Forward<'_, I, O, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        tiled::<M, _>(self);
    }
}

impl<M: Arithmetic, const I: usize, const O: usize, A: Activation> Tiled<M> for Forward<'_, I, O, A> {
    /// Samples.
    const ROWS: usize = if M::ACCUMULATORS >= 24 { 4 } else { 2 };
    /// Outputs.
    const COLUMNS: usize = even(O, if M::ACCUMULATORS >= 24 { 6 } else { 3 });

    #[inline(always)]
    fn run<const P: usize, const Q: usize>(mut self) {
        let range = self.y.range();
        for output in range.clone().step_by(Q) {
            // The last outputs overlap those before.
            let output = output.min(range.end - Q);
            for (sample, whole) in Samples::<P>::of(self.n) {
                if whole {
                    tile::<M, I, O, A, P, Q>(&mut self, sample, output);
                } else {
                    tile::<M, I, O, A, 1, Q>(&mut self, sample, output);
                }
            }
        }
    }
}

#[inline(always)]
fn tile<M: Arithmetic, const I: usize, const O: usize, A: Activation, const P: usize, const Q: usize>(
    layer: &mut Forward<'_, I, O, A>,
    sample: usize,
    output: usize,
) {
    let mut x: [&[f32]; P] = [&[]; P];
    for p in 0..P {
        x[p] = &layer.x[(sample + p) * I..(sample + p + 1) * I];
    }
    let mut w: [&[f32]; Q] = [&[]; Q];
    for q in 0..Q {
        w[q] = &layer.w[(output + q) * I..(output + q + 1) * I];
    }
    let mut tile: Tile<M, P, Q> = [[M::splat(0.0); Q]; P];
    dot::<M, P, Q>(&mut tile, x, w, I);
    let sums = sums::<M, P, Q>(&tile);
    for p in 0..P {
        let y = layer.y.row(sample + p, output, Q);
        for q in 0..Q {
            let bias = layer.bias.map_or(0.0, |bias| bias[output + q]);
            y[q] = layer.activation.apply(sums[p][q] + bias);
        }
    }
}

//! Outputs as dot products of samples with rows of weights.

use super::super::activation::Activation;
use super::super::gemm::{Columns, LANES, Tile, Tiled, dot, even, load, sums, tiled};
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
        if self.n == 1 && self.y.range().len() >= <Single<I, O, A> as Tiled<M>>::COLUMNS {
            tiled::<M, _>(Single(self));
        } else {
            tiled::<M, _>(self);
        }
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

/// A kernel for one sample: the more outputs at once, the more of its weights are on their way from memory.
struct Single<'a, const I: usize, const O: usize, A>(Forward<'a, I, O, A>);

impl<M: Arithmetic, const I: usize, const O: usize, A: Activation> Tiled<M> for Single<'_, I, O, A> {
    const ROWS: usize = 1;
    /// Outputs.
    const COLUMNS: usize = even(O, if M::ACCUMULATORS >= 24 { 16 } else { 6 });

    #[inline(always)]
    fn run<const P: usize, const Q: usize>(mut self) {
        let range = self.0.y.range();
        for output in range.clone().step_by(Q) {
            let output = output.min(range.end - Q);
            if I == 4 && Q == LANES {
                fours::<M, I, O, A>(&mut self.0, output);
            } else {
                tile::<M, I, O, A, 1, Q>(&mut self.0, 0, output);
            }
        }
    }
}

/// Computes 16 outputs of 4 inputs: the weights of four outputs fill a block.
#[inline(always)]
fn fours<M: Arithmetic, const I: usize, const O: usize, A: Activation>(
    layer: &mut Forward<'_, I, O, A>,
    output: usize,
) {
    let mut x = [0.0; LANES];
    for four in x.chunks_exact_mut(4) {
        four.copy_from_slice(layer.x);
    }
    let x = M::load(&x);
    let mut products = load::<M, 4>(&layer.w[output * 4..]);
    for product in &mut products {
        *product = M::block_mul_add(x, *product, M::splat(0.0));
    }
    finish::<I, O, A, 1, LANES>(layer, 0, output, &mut M::store(M::sums_of_fours(products)));
}

/// Returns the first `N` rows of `I`.
#[inline(always)]
pub(super) fn rows<const N: usize, const I: usize>(matrix: &[f32]) -> &[[f32; I]; N] {
    matrix.as_chunks().0.first_chunk().expect("a tile's rows lie in its operand")
}

#[inline(always)]
fn tile<M: Arithmetic, const I: usize, const O: usize, A: Activation, const P: usize, const Q: usize>(
    layer: &mut Forward<'_, I, O, A>,
    sample: usize,
    output: usize,
) {
    let mut tile: Tile<M, P, Q> = [[M::splat(0.0); Q]; P];
    dot::<M, P, Q, I>(&mut tile, rows(&layer.x[sample * I..]), rows(&layer.w[output * I..]));
    let mut sums = sums::<M, P, Q>(&tile);
    finish::<I, O, A, P, Q>(layer, sample, output, &mut sums.as_flattened_mut()[..P * Q]);
}

/// Turns sums into outputs.
#[inline(always)]
fn finish<const I: usize, const O: usize, A: Activation, const P: usize, const Q: usize>(
    layer: &mut Forward<'_, I, O, A>,
    sample: usize,
    output: usize,
    sums: &mut [f32],
) {
    if let Some(bias) = layer.bias {
        let bias = &bias[output..output + Q];
        for p in 0..P {
            for q in 0..Q {
                sums[p * Q + q] += bias[q];
            }
        }
    }
    for sum in sums.iter_mut() {
        *sum = layer.activation.apply(*sum);
    }
    for p in 0..P {
        layer.y.row(sample + p, output, Q).copy_from_slice(&sums[p * Q..(p + 1) * Q]);
    }
}

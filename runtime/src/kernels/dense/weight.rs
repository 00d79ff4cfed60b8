//! Gradients of the weights: sums over samples.

use super::super::gemm::{
    LANES, Shape, Tile, Tiled, add_to, choose, first, load, load_first, spill, step, store, tiled,
};
use super::super::isa::{Arithmetic, Kernel};

/// The rows of `grad` are those of the outputs from `first` on. With `ADD` it is added to.
pub(super) struct WeightGrad<'a, const I: usize, const O: usize, const ADD: bool> {
    pub(super) n: usize,
    pub(super) x: &'a [f32],
    pub(super) dy: &'a [f32],
    pub(super) first: usize,
    pub(super) grad: &'a mut [f32],
}

const fn shape(inputs: usize, outputs: usize, accumulators: usize) -> Shape {
    let whole = if inputs < LANES { 1 } else { inputs / LANES };
    choose(outputs, inputs.div_ceil(LANES), accumulators, Shape { rows: 8, columns: min(whole, 2) })
}

/// The number of samples that counts as few.
const FEW: usize = 16;

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

impl<const I: usize, const O: usize, const ADD: bool> Kernel for WeightGrad<'_, I, O, ADD> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        tiled::<M, _>(self);
    }
}

impl<M: Arithmetic, const I: usize, const O: usize, const ADD: bool> Tiled<M> for WeightGrad<'_, I, O, ADD> {
    /// Outputs.
    const ROWS: usize = shape(I, O, M::ACCUMULATORS).rows;
    /// Blocks of inputs.
    const COLUMNS: usize = shape(I, O, M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let count = I.min(V * LANES);
        let end = self.first + self.grad.len() / I;
        let (down, across) = ((end - self.first).div_ceil(P), I.div_ceil(V * LANES));
        for tile in 0..down * across {
            // Few samples stay in the cache while whole rows of weights pass; of many, a column of inputs does.
            let (output, input) =
                if self.n <= FEW { (tile / across, tile % across) } else { (tile % down, tile / down) };
            let (output, input) = (self.first + output * P, input * V * LANES);
            // The last rows and columns overlap those before: their sums are there already. A part with fewer rows than
            // a tile borrows rows from the part before, which exists because a layer has at least a tile's rows.
            let row = output.min(end.saturating_sub(P)).min(O - P);
            {
                let column = input.min(I - count);
                let mut tile: Tile<M, P, V> = [[M::splat(0.0); V]; P];
                for sample in 0..self.n {
                    let dy = first(&self.dy[sample * O + row..]);
                    let x = &self.x[sample * I + column..];
                    let x = if I < LANES { load_first::<M, V>(x, count) } else { load::<M, V>(x) };
                    step::<M, P, V>(&mut tile, dy, x);
                }
                for p in output - row..P.min(end - row) {
                    let at = (row + p - self.first) * I + column;
                    let grad = &mut self.grad[at..at + count];
                    if ADD {
                        add_to::<M, V>(&tile[p], input - column, grad);
                    } else {
                        store(&spill::<M, V>(&tile[p]), grad);
                    }
                }
            }
        }
    }
}

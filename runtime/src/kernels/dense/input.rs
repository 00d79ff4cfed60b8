//! Gradients of the inputs: rows of weights, each times its output's gradient.

use super::super::activation::{Activation, Slope};
use super::super::gemm::{
    ANY, Columns, LANES, Shape, Tile, Tiled, choose, even, load, load_first, spill, step, store, tiled,
};
use super::super::isa::{Arithmetic, Kernel};
use super::Samples;
use std::ops::Range;

pub(super) struct InputGrad<'a, const I: usize, const O: usize, A> {
    pub(super) n: usize,
    pub(super) dy: &'a [f32],
    pub(super) w: &'a [f32],
    pub(super) slope: Slope<'a, A>,
    pub(super) dx: Columns<'a>,
}

/// Returns the blocks of a tile, for any instruction set at most as many.
pub(super) const fn columns(inputs: usize) -> usize {
    shape(inputs, 24).columns
}

const fn shape(inputs: usize, accumulators: usize) -> Shape {
    let whole = if inputs < LANES { 1 } else { inputs / LANES };
    choose(
        ANY,
        inputs.div_ceil(LANES),
        accumulators,
        Shape { rows: 4, columns: if whole < 6 { whole } else { 6 } },
    )
}

impl<const I: usize, const O: usize, A: Activation> Kernel for InputGrad<'_, I, O, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        tiled::<M, _>(self);
    }
}

impl<M: Arithmetic, const I: usize, const O: usize, A: Activation> Tiled<M> for InputGrad<'_, I, O, A> {
    /// Samples.
    const ROWS: usize = shape(I, M::ACCUMULATORS).rows;
    /// Blocks of inputs.
    const COLUMNS: usize = shape(I, M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(mut self) {
        let (range, w) = (self.dx.range(), self.w);
        // Many samples pay for a copy of the weights that lies in one piece in the innermost cache.
        let mut storage: [f32; PANEL];
        let (panel, size): (&mut [f32], usize) = if self.n < MANY {
            (&mut [], O)
        } else {
            storage = [0.0; PANEL];
            (&mut storage, even(O, PANEL / (V * LANES)))
        };
        for input in range.clone().step_by(V * LANES) {
            // The last inputs overlap those before.
            let input = input.min(range.end.saturating_sub(V * LANES));
            for first in (0..O).step_by(size) {
                let outputs = first..O.min(first + size);
                let mut rows = Rows { outputs: outputs.clone(), weights: &w[first * I + input..], width: I };
                let mut samples = Samples::<P>::of(self.n);
                if !panel.is_empty() {
                    for (o, row) in outputs.clone().zip(panel.chunks_exact_mut(V * LANES)) {
                        let count = I.min(V * LANES);
                        row[..count].copy_from_slice(&w[o * I + input..o * I + input + count]);
                    }
                    rows = Rows { outputs, weights: panel, width: V * LANES };
                    samples = Samples::once(self.n);
                }
                for (sample, whole) in samples {
                    if whole {
                        tile::<M, I, O, A, P, V>(&mut self, sample, input, &rows);
                    } else {
                        tile::<M, I, O, A, 1, V>(&mut self, sample, input, &rows);
                    }
                }
            }
        }
    }
}

/// The number of samples from which copying the weights pays.
const MANY: usize = 16;
/// The floats of the copy.
const PANEL: usize = 8192;

/// Some outputs' weights for a tile's inputs, in rows `width` apart.
struct Rows<'a> {
    outputs: Range<usize>,
    weights: &'a [f32],
    width: usize,
}

#[inline(always)]
fn tile<M: Arithmetic, const I: usize, const O: usize, A: Activation, const P: usize, const V: usize>(
    layer: &mut InputGrad<'_, I, O, A>,
    sample: usize,
    input: usize,
    rows: &Rows<'_>,
) {
    let count = I.min(V * LANES);
    let mut dy: [&[f32]; P] = [&[]; P];
    for p in 0..P {
        dy[p] = &layer.dy[(sample + p) * O..(sample + p + 1) * O];
    }
    let mut tile: Tile<M, P, V> = [[M::splat(0.0); V]; P];
    if rows.outputs.start > 0 {
        for p in 0..P {
            let dx = layer.dx.row(sample + p, input, count);
            tile[p] = if I < LANES { load_first::<M, V>(dx, count) } else { load::<M, V>(dx) };
        }
    }
    for (k, o) in rows.outputs.clone().enumerate() {
        let w = &rows.weights[k * rows.width..];
        let w = if I < LANES { load_first::<M, V>(w, count) } else { load::<M, V>(w) };
        let mut a = [0.0; P];
        for p in 0..P {
            a[p] = dy[p][o];
        }
        step::<M, P, V>(&mut tile, &a, w);
    }
    for p in 0..P {
        let mut row = spill::<M, V>(&tile[p]);
        if rows.outputs.end == O && !layer.slope.outputs.is_empty() {
            let at = &layer.slope.outputs[(sample + p) * I + input..];
            for (dx, &y) in row.as_flattened_mut().iter_mut().zip(&at[..count]) {
                *dx *= layer.slope.activation.slope(y);
            }
        }
        store(&row, layer.dx.row(sample + p, input, count));
    }
}

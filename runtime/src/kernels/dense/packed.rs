//! Outputs of weights that were packed before: outputs lie side by side, so that no sum runs across a register.

use super::super::activation::Activation;
use super::super::gemm::{Columns, LANES, Tile, Tiled, load, load_first, panel, spill, tiled};
use super::super::isa::{Arithmetic, Kernel, dispatch};
use super::forward::rows;
use netwright_model::packing;
use std::ops::Range;

/// Returns the number of outputs of a panel.
pub(super) const fn width(outputs: usize) -> usize {
    panel(outputs) * LANES
}

/// Returns the number of blocks of a panel whose weights for an input lie side by side: as many as a tile
/// has, so that it reads all that it passes.
const fn strip<M: Arithmetic>(outputs: usize) -> usize {
    if M::ACCUMULATORS >= 24 { panel(outputs) } else { 1 }
}

/// Returns the length of [`pack`]'s result: panels of outputs, each in strips, in each for every input the
/// weights of its outputs. Those that the last panel has too many are zeros. The last number is the width of
/// the strips in blocks.
pub const fn packed_len<const I: usize, const O: usize>() -> usize {
    packing::dense(I, O)
}

/// Packs weights `[O, I]` for [`forward_packed`](super::forward_packed), in the order that suits the current instruction set.
pub fn pack<const I: usize, const O: usize>(weight: &[f32], packed: &mut [f32]) {
    assert_eq!(weight.len(), I * O);
    assert_eq!(packed.len(), packed_len::<I, O>());
    dispatch(Pack::<I, O> { weight, packed });
}

struct Pack<'a, const I: usize, const O: usize> {
    weight: &'a [f32],
    packed: &'a mut [f32],
}

impl<const I: usize, const O: usize> Kernel for Pack<'_, I, O> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let width = strip::<M>(O) * LANES;
        let Some((blocks, packed)) = self.packed.split_last_mut() else { return };
        *blocks = strip::<M>(O) as f32;
        for (strip, packed) in packed.chunks_exact_mut(width * I).enumerate() {
            for (input, packed) in packed.chunks_exact_mut(width).enumerate() {
                for (column, packed) in packed.iter_mut().enumerate() {
                    let output = strip * width + column;
                    *packed = if output < O { self.weight[output * I + input] } else { 0.0 };
                }
            }
        }
    }
}

pub(super) struct Packed<'a, const I: usize, const O: usize, A> {
    pub(super) n: usize,
    pub(super) activation: A,
    pub(super) x: &'a [f32],
    pub(super) packed: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    /// Whole panels.
    pub(super) y: Columns<'a>,
}

impl<const I: usize, const O: usize, A: Activation> Kernel for Packed<'_, I, O, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        if self.blocks() != strip::<M>(O) {
            // Packed under another limit of the instruction set.
            self.by_definition();
        } else if self.n < <Several<I, O, A> as Tiled<M>>::ROWS {
            tiled::<M, _>(Single(self));
        } else {
            tiled::<M, _>(Several(self));
        }
    }
}

impl<const I: usize, const O: usize, A: Activation> Packed<'_, I, O, A> {
    const WIDTH: usize = width(O);

    /// Returns the number of runs whose sums are formed first and then added: a single sample needs several sums
    /// at once to hide a multiply-add's latency, and in a batch its sums must be the same. Wherever multiply-adds are fused it is the
    /// same number, so that all such instruction sets compute the same bits.
    const fn runs<M: Arithmetic>() -> usize {
        let runs = if M::ACCUMULATORS >= 6 { MOST_RUNS / panel(O) } else { MOST_RUNS / 2 };
        let most = I / 4;
        if runs < 2 || most < 2 {
            1
        } else if runs < most {
            runs
        } else {
            most
        }
    }

    /// Returns the inputs of each run but the last, which has what is left over too.
    const fn run<M: Arithmetic>() -> usize {
        I / Self::runs::<M>()
    }

    /// Returns the blocks of a strip, as [`pack`] has noted them.
    #[inline(always)]
    fn blocks(&self) -> usize {
        self.packed.last().map_or(0, |&blocks| blocks as usize)
    }

    /// Computes the outputs of weights in strips of any width, one by one.
    #[cold]
    #[inline(never)]
    fn by_definition(mut self) {
        let width = self.blocks() * LANES;
        assert!((LANES..=Self::WIDTH).contains(&width), "the weights have not been packed");
        for sample in 0..self.n {
            let x = &self.x[sample * I..(sample + 1) * I];
            for output in self.y.range() {
                let first = output / width * width * I + output % width;
                let weights = self.packed[first..].iter().step_by(width);
                let products = x.iter().zip(weights).map(|(&x, &w)| f64::from(x) * f64::from(w));
                let bias = self.bias.map_or(0.0, |bias| f64::from(bias[output]));
                let sum = (products.sum::<f64>() + bias) as f32;
                self.y.row(sample, output, 1)[0] = self.activation.apply(sum);
            }
        }
    }

    /// Returns the first outputs of the strips to make, of `width` outputs each.
    #[inline(always)]
    fn strips(&self, width: usize) -> std::iter::StepBy<Range<usize>> {
        let range = self.y.range();
        (range.start / Self::WIDTH * Self::WIDTH..range.end).step_by(width)
    }

    /// Returns the weights of a strip, a row of `width` for each input.
    #[inline(always)]
    fn weights(&self, first: usize, width: usize) -> &[f32] {
        &self.packed[first * I..(first + width) * I]
    }

    /// Returns the initial sums of `V` blocks: their bias, or zeros.
    #[inline(always)]
    fn start<M: Arithmetic, const V: usize>(&self, column: usize) -> [M::Block; V] {
        match self.bias {
            Some(bias) => load_first::<M, V>(&bias[column..], (O - column).min(V * LANES)),
            None => [M::splat(0.0); V],
        }
    }

    /// Turns sums into outputs.
    #[inline(always)]
    fn finish<M: Arithmetic, const V: usize>(
        &mut self,
        sample: usize,
        column: usize,
        start: [M::Block; V],
        sums: &[M::Block; V],
    ) {
        let mut outputs = start;
        for v in 0..V {
            outputs[v] = M::block_add(outputs[v], sums[v]);
        }
        let mut sums = spill::<M, V>(&outputs);
        let sums = sums.as_flattened_mut();
        for sum in sums.iter_mut() {
            *sum = self.activation.apply(*sum);
        }
        let count = (O - column).min(V * LANES);
        self.y.row(sample, column, count).copy_from_slice(&sums[..count]);
    }
}

/// Most runs of inputs that are summed each by itself.
const MOST_RUNS: usize = 8;

/// Returns the sum of the first `count` runs, neighbours first.
#[inline(always)]
fn total<M: Arithmetic, const P: usize, const V: usize>(
    runs: &mut [Tile<M, P, V>; MOST_RUNS],
    count: usize,
) -> Tile<M, P, V> {
    for step in [1, 2, 4] {
        for run in (0..MOST_RUNS).step_by(2 * step) {
            if run + step < count {
                for p in 0..P {
                    for v in 0..V {
                        runs[run][p][v] = M::block_add(runs[run][p][v], runs[run + step][p][v]);
                    }
                }
            }
        }
    }
    runs[0]
}

/// Tiles of samples.
struct Several<'a, const I: usize, const O: usize, A>(Packed<'a, I, O, A>);

impl<M: Arithmetic, const I: usize, const O: usize, A: Activation> Tiled<M> for Several<'_, I, O, A> {
    /// Samples.
    const ROWS: usize = match <Self as Tiled<M>>::COLUMNS {
        1 if M::ACCUMULATORS >= 24 => 8,
        columns => M::ACCUMULATORS / columns,
    };
    const COLUMNS: usize = strip::<M>(O);

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let Several(mut layer) = self;
        // One or two samples that are left over have a tile of their own; more overlap those before.
        let few = P > FEW && (1..=FEW).contains(&(layer.n % P));
        let end = if few { layer.n / P * P } else { layer.n };
        for column in layer.strips(V * LANES) {
            if I > NEAR {
                for first in (0..end).step_by(P * TILES) {
                    tiles::<M, I, O, A, P, V, TILES>(&mut layer, column, first..end);
                }
            } else {
                for first in (0..end).step_by(P) {
                    tiles::<M, I, O, A, P, V, 1>(&mut layer, column, first..end);
                }
            }
            if few {
                let range = layer.n - FEW..layer.n;
                tiles::<M, I, O, A, FEW, V, 1>(&mut layer, column, range);
            }
        }
    }
}

/// Samples of a small tile.
const FEW: usize = 2;

/// Inputs up to which a strip's weights stay in a core's second-level cache while all samples pass.
const NEAR: usize = 2048;

/// The number of inputs that pass at a time if there are more, and the number of tiles of samples that they
/// meet.
const PASSING: usize = 512;
const TILES: usize = 8;

/// Computes the outputs of a strip for the first of these samples, up to `T` tiles of them.
#[inline(always)]
fn tiles<
    M: Arithmetic,
    const I: usize,
    const O: usize,
    A: Activation,
    const P: usize,
    const V: usize,
    const T: usize,
>(
    layer: &mut Packed<'_, I, O, A>,
    column: usize,
    samples: Range<usize>,
) {
    let count = samples.len().div_ceil(P).min(T);
    // The last samples overlap those before.
    let sample = |tile: usize| (samples.start + tile * P).min(samples.end - P);
    let weights = layer.weights(column, V * LANES);
    let all = Packed::<I, O, A>::runs::<M>();
    let mut runs = [[[[M::splat(0.0); V]; P]; MOST_RUNS]; T];
    for run in 0..all {
        let begin = run * Packed::<I, O, A>::run::<M>();
        let end = if run + 1 == all { I } else { begin + Packed::<I, O, A>::run::<M>() };
        for begin in (begin..end).step_by(if T > 1 { PASSING } else { I }) {
            let end = if T > 1 { end.min(begin + PASSING) } else { end };
            for tile in 0..count {
                let x: &[[f32; I]; P] = rows(&layer.x[sample(tile) * I..]);
                let mut sums: Tile<M, P, V> = runs[tile][run];
                for input in begin..end {
                    let weights = load::<M, V>(&weights[input * V * LANES..]);
                    for p in 0..P {
                        let x = M::splat(x[p][input]);
                        for v in 0..V {
                            sums[p][v] = M::block_mul_add(x, weights[v], sums[p][v]);
                        }
                    }
                }
                runs[tile][run] = sums;
            }
        }
    }
    let start = layer.start::<M, V>(column);
    for tile in 0..count {
        let sums = total::<M, P, V>(&mut runs[tile], all);
        for p in 0..P {
            layer.finish::<M, V>(sample(tile) + p, column, start, &sums[p]);
        }
    }
}

/// Adds an input times its weights. A function, for a closure would not be inlined everywhere.
#[inline(always)]
fn add_product<M: Arithmetic, const V: usize>(x: f32, weights: &[f32], sums: &mut [M::Block; V]) {
    let (x, weights) = (M::splat(x), load::<M, V>(weights));
    for v in 0..V {
        sums[v] = M::block_mul_add(x, weights[v], sums[v]);
    }
}

/// Returns the number of strips of narrow registers that a single sample takes at once: the sums of its few runs alone would
/// not hide a multiply-add's latency.
const fn together<M: Arithmetic>(outputs: usize) -> usize {
    match panel(outputs) / strip::<M>(outputs) {
        _ if M::ACCUMULATORS < 6 => 1,
        3 => 3,
        4 => 2,
        _ => 1,
    }
}

/// Most strips that are taken at once.
const MOST_TOGETHER: usize = 3;

/// A kernel for one sample after the other.
struct Single<'a, const I: usize, const O: usize, A>(Packed<'a, I, O, A>);

impl<M: Arithmetic, const I: usize, const O: usize, A: Activation> Tiled<M> for Single<'_, I, O, A> {
    /// Runs of inputs whose sums stay in registers.
    const ROWS: usize = match Packed::<I, O, A>::runs::<M>() {
        MOST_RUNS if M::ACCUMULATORS < 24 => MOST_RUNS / 2,
        runs => runs,
    };
    const COLUMNS: usize = strip::<M>(O);

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let Single(mut layer) = self;
        let (all, run) = (Packed::<I, O, A>::runs::<M>(), Packed::<I, O, A>::run::<M>());
        let (width, together) = (V * LANES, together::<M>(O));
        for column in layer.strips(width * together) {
            for sample in 0..layer.n {
                let [x]: &[[f32; I]; 1] = rows(&layer.x[sample * I..]);
                let weights = layer.weights(column, width * together);
                let mut runs = [[[[M::splat(0.0); V]]; MOST_RUNS]; MOST_TOGETHER];
                for first in (0..all).step_by(P) {
                    let mut sums = [[[M::splat(0.0); V]; P]; MOST_TOGETHER];
                    for input in 0..run {
                        for p in 0..P {
                            let input = (first + p) * run + input;
                            for strip in 0..together {
                                let weights = &weights[(strip * I + input) * width..];
                                add_product::<M, V>(x[input], weights, &mut sums[strip][p]);
                            }
                        }
                    }
                    for strip in 0..together {
                        for p in 0..P {
                            runs[strip][first + p][0] = sums[strip][p];
                        }
                    }
                }
                for strip in 0..together {
                    for input in all * run..I {
                        let weights = &weights[(strip * I + input) * width..];
                        add_product::<M, V>(x[input], weights, &mut runs[strip][all - 1][0]);
                    }
                }
                for strip in 0..together {
                    let [sums] = total::<M, 1, V>(&mut runs[strip], all);
                    let column = column + strip * width;
                    if column < O {
                        let start = layer.start::<M, V>(column);
                        layer.finish::<M, V>(sample, column, start, &sums);
                    }
                }
            }
        }
    }
}

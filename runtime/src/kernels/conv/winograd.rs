//! 3x3 convolutions with 16 products for every four outputs instead of 36: Winograd's F(2x2, 3x3)
//! ([Lavin and Gray 2016](https://arxiv.org/abs/1509.09308)).
//!
//! A square of 4x4 inputs becomes 16 sums of them, point by point these are multiplied by as many sums of the weights
//! and added up over the channels, and 2x2 outputs are sums of that. Two dozen squares go through together, so that
//! each point is a matrix product.

use super::super::activation::Activation;
use super::super::gemm::{LANES, Shape, Tile, Tiled, blocks_of, choose, even, load, spill, tiled};
use super::super::isa::{Arithmetic, Kernel, dispatch};
use super::plane::Direction;
use super::walk::apply;
use crate::parallel;
use std::marker::PhantomData;
use std::ops::Range;

/// Points of a square.
pub(super) const POINTS: usize = 16;
/// Squares that go through together: a multiple of most tiles' rows.
const SQUARES: usize = 24;

/// A pass through a convolution in one direction, over some rows of squares.
pub(super) struct Winograd<'a, D, A> {
    pub(super) source: &'a [f32],
    pub(super) packed: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) activation: A,
    /// Added to the sums; it begins with the target.
    pub(super) residual: Option<&'a [f32]>,
    /// Rows of squares, counted through all samples.
    pub(super) rows: Range<usize>,
    /// The outputs of these rows.
    pub(super) target: &'a mut [f32],
    pub(super) direction: PhantomData<D>,
}

/// Which weights squares are multiplied by: a chunk of source channels, and target channels from a panel's block on.
#[derive(Clone, Copy)]
struct Weights {
    chunk: usize,
    panel: usize,
    column: usize,
}

/// Where a square lies.
#[derive(Clone, Copy)]
struct Square {
    sample: usize,
    row: usize,
    column: usize,
}

impl<D: Direction, A> Winograd<'_, D, A> {
    /// Rows of squares of a sample.
    pub(super) const ROWS: usize = D::TARGET[1].div_ceil(2);
    /// Squares of a row.
    const COLUMNS: usize = D::TARGET[2].div_ceil(2);
    /// Whether no panel has blocks beyond the last target channel.
    const WHOLE: bool = blocks_of(D::TARGET[0]).is_multiple_of(panel(D::TARGET[0]));
    /// Source channels that go through together.
    const CHUNK: usize = {
        let mut chunk = WIDEST;
        while chunk > LANES && !D::SOURCE[0].is_multiple_of(chunk) {
            chunk -= LANES;
        }
        chunk
    };

    #[inline(always)]
    fn square(index: usize) -> Square {
        let row = index / Self::COLUMNS;
        Square { sample: row / Self::ROWS, row: row % Self::ROWS, column: index % Self::COLUMNS }
    }
}

/// A pass and the room that it needs.
pub(super) struct Run<'a, D, A>(pub(super) Winograd<'a, D, A>, pub(super) &'a mut Scratch);

impl<D: Direction, A: Activation> Kernel for Run<'_, D, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        tiled::<M, _>(self);
    }
}

const fn shape(channels: usize, accumulators: usize) -> Shape {
    choose(SQUARES, panel(channels), accumulators, Shape { rows: 12, columns: MOST_BLOCKS })
}

/// Most blocks of target channels whose weights lie together, in a panel.
const MOST_BLOCKS: usize = 4;

/// Blocks of a panel of so many target channels.
const fn panel(channels: usize) -> usize {
    even(blocks_of(channels), MOST_BLOCKS)
}

/// The length of [`pack`]'s result.
pub(super) const fn packed_len(sources: usize, targets: usize) -> usize {
    let panel = panel(targets);
    POINTS * sources * blocks_of(targets).div_ceil(panel) * panel * LANES
}

impl<M: Arithmetic, D: Direction, A: Activation> Tiled<M> for Run<'_, D, A> {
    /// Squares.
    const ROWS: usize = shape(D::TARGET[0], M::ACCUMULATORS).rows;
    /// Blocks of target channels.
    const COLUMNS: usize = shape(D::TARGET[0], M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let Run(pass, scratch) = self;
        match Winograd::<D, A>::CHUNK {
            16 => pass.with::<M, P, V, 16>(scratch),
            32 => pass.with::<M, P, V, 32>(scratch),
            48 => pass.with::<M, P, V, 48>(scratch),
            _ => pass.with::<M, P, V, WIDEST>(scratch),
        }
    }
}

/// Squares on their way. Each thread keeps one: to clear it for every call would cost as much as a small convolution.
#[repr(align(64))]
pub(super) struct Scratch {
    /// For each point and square a row of source channels.
    sums: [f32; POINTS * SQUARES * WIDEST],
    /// For each point and square a row of target channels.
    products: [f32; POINTS * SQUARES * WIDEST],
}

impl Scratch {
    /// All zeros.
    pub(super) const fn new() -> Self {
        Scratch { sums: [0.0; POINTS * SQUARES * WIDEST], products: [0.0; POINTS * SQUARES * WIDEST] }
    }
}

/// Most channels that go through together.
const WIDEST: usize = 64;

impl<D: Direction, A: Activation> Winograd<'_, D, A> {
    #[inline(always)]
    fn with<M: Arithmetic, const P: usize, const V: usize, const C: usize>(mut self, scratch: &mut Scratch) {
        assert!(D::SOURCE[0].is_multiple_of(C) && D::TARGET[0].is_multiple_of(LANES));
        let (sums, _) = scratch.sums.as_chunks_mut::<C>();
        let (products, _) = scratch.products.as_chunks_mut::<LANES>();
        // Whole tiles of squares.
        let most = SQUARES / P * P;
        let chunks = D::SOURCE[0] / C;
        let end = self.rows.end * Self::COLUMNS;
        let (blocks, panel) = (const { blocks_of(D::TARGET[0]) }, const { panel(D::TARGET[0]) });
        // A panel's weights stay in cache while squares pass; only of a single panel and chunk are the sums made once.
        for begin in (0..blocks).step_by(panel) {
            let mut first = self.rows.start * Self::COLUMNS;
            while first < end {
                let count = most.min(end - first);
                let columns = if Self::WHOLE { panel } else { panel.min(blocks - begin) };
                for (next, column) in (0..columns).step_by(V).enumerate() {
                    // The last blocks overlap those before.
                    let column = column.min(panel - V);
                    for chunk in 0..chunks {
                        if chunks > 1 || next == 0 {
                            for square in 0..count {
                                let at = Self::square(first + square);
                                self.enter::<M, C>(at, chunk * C, square, sums);
                            }
                        }
                        let weights = Weights { chunk, panel: begin / panel, column };
                        self.multiply::<M, P, V, C>(sums, weights, count, products);
                    }
                    for square in 0..count {
                        let at = Self::square(first + square);
                        self.leave::<M, V>(products, square, at, (begin + column) * LANES);
                    }
                }
                first += count;
            }
        }
    }

    /// Makes the sums of a square's inputs.
    #[inline(always)]
    fn enter<M: Arithmetic, const C: usize>(
        &self,
        at: Square,
        channel: usize,
        square: usize,
        sums: &mut [[f32; C]],
    ) {
        let [channels, height, width] = D::SOURCE;
        // What lies above and to the left of the source wraps around to beyond its end.
        let (top, left) =
            ((2 * at.row).wrapping_sub(D::BEFORE[0]), (2 * at.column).wrapping_sub(D::BEFORE[1]));
        let sample = at.sample * height;
        for block in (0..C).step_by(LANES) {
            let mut d = [[M::splat(0.0); 4]; 4];
            if top < height && left < width && top + 4 <= height && left + 4 <= width {
                for i in 0..4 {
                    let row = ((sample + top + i) * width + left) * channels + channel + block;
                    let row = &self.source[row..row + 3 * channels + LANES];
                    for j in 0..4 {
                        [d[i][j]] = load::<M, 1>(&row[j * channels..]);
                    }
                }
            } else {
                for i in 0..4 {
                    for j in 0..4 {
                        let (y, x) = (top.wrapping_add(i), left.wrapping_add(j));
                        if y < height && x < width {
                            let pixel = ((sample + y) * width + x) * channels;
                            [d[i][j]] = load::<M, 1>(&self.source[pixel + channel + block..]);
                        }
                    }
                }
            }
            for j in 0..4 {
                let column = between::<M>([d[0][j], d[1][j], d[2][j], d[3][j]]);
                for i in 0..4 {
                    d[i][j] = column[i];
                }
            }
            for i in 0..4 {
                let row = between::<M>(d[i]);
                for j in 0..4 {
                    let to = &mut sums[(i * 4 + j) * SQUARES + square][block..block + LANES];
                    to.copy_from_slice(&M::store(row[j]));
                }
            }
        }
    }

    /// Multiplies point by point; chunks of channels after the first are added.
    #[inline(always)]
    fn multiply<M: Arithmetic, const P: usize, const V: usize, const C: usize>(
        &self,
        sums: &[[f32; C]],
        Weights { chunk, panel: at, column }: Weights,
        count: usize,
        products: &mut [[f32; LANES]],
    ) {
        let width = panel(D::TARGET[0]) * LANES;
        for point in 0..POINTS {
            let row = (at * POINTS + point) * D::SOURCE[0] + chunk * C;
            let weights = &self.packed[row * width + column * LANES..];
            // Squares beyond the last are computed too, and never read.
            for square in (0..count).step_by(P) {
                let mut tile: Tile<M, P, V> = [[M::splat(0.0); V]; P];
                let row = point * SQUARES + square;
                if chunk > 0 {
                    for p in 0..P {
                        tile[p] = load::<M, V>(products[(row + p) * V..].as_flattened());
                    }
                }
                let x: &[[f32; C]; P] = sums[row..].first_chunk().expect("there is room for whole tiles");
                for k in 0..C {
                    let weights = load::<M, V>(&weights[k * width..]);
                    for p in 0..P {
                        let x = M::splat(x[p][k]);
                        for v in 0..V {
                            tile[p][v] = M::block_mul_add(x, weights[v], tile[p][v]);
                        }
                    }
                }
                for p in 0..P {
                    products[(row + p) * V..(row + p + 1) * V].copy_from_slice(&spill::<M, V>(&tile[p]));
                }
            }
        }
    }

    /// Makes a square's outputs.
    #[inline(always)]
    fn leave<M: Arithmetic, const V: usize>(
        &mut self,
        products: &[[f32; LANES]],
        square: usize,
        at: Square,
        column: usize,
    ) {
        let [channels, height, width] = D::TARGET;
        let begin = self.rows.start / Self::ROWS * height + self.rows.start % Self::ROWS * 2;
        for block in 0..V {
            let channel = column + block * LANES;
            if !Self::WHOLE && channel >= channels {
                break;
            }
            let bias = match self.bias {
                Some(bias) => load::<M, 1>(&bias[channel..])[0],
                None => M::splat(0.0),
            };
            let mut m = [[M::splat(0.0); 4]; 4];
            for i in 0..4 {
                for j in 0..4 {
                    m[i][j] = M::load(&products[((i * 4 + j) * SQUARES + square) * V + block]);
                }
            }
            let mut s = [[M::splat(0.0); 4]; 2];
            for j in 0..4 {
                [s[0][j], s[1][j]] = outside::<M>([m[0][j], m[1][j], m[2][j], m[3][j]]);
            }
            for i in 0..2 {
                let pair = outside::<M>(s[i]);
                for j in 0..2 {
                    let (y, x) = (2 * at.row + i, 2 * at.column + j);
                    if y < height && x < width {
                        let pixel = (at.sample * height + y - begin) * width + x;
                        let place = pixel * channels + channel..pixel * channels + channel + LANES;
                        let mut sum = M::block_add(pair[j], bias);
                        if let Some(residual) = self.residual {
                            let [more] = load::<M, 1>(&residual[place.clone()]);
                            sum = M::block_add(sum, more);
                        }
                        let mut row = spill::<M, 1>(&[sum]);
                        apply(self.activation, &mut row);
                        self.target[place].copy_from_slice(row.as_flattened());
                    }
                }
            }
        }
    }
}

/// `Bᵀ d`
#[inline(always)]
fn between<M: Arithmetic>(d: [M::Block; 4]) -> [M::Block; 4] {
    [less::<M>(d[0], d[2]), M::block_add(d[1], d[2]), less::<M>(d[2], d[1]), less::<M>(d[1], d[3])]
}

/// `Aᵀ m`
#[inline(always)]
fn outside<M: Arithmetic>(m: [M::Block; 4]) -> [M::Block; 2] {
    let sum = M::block_add(m[1], m[2]);
    let difference = less::<M>(m[1], m[2]);
    [M::block_add(m[0], sum), less::<M>(difference, m[3])]
}

#[inline(always)]
fn less<M: Arithmetic>(a: M::Block, b: M::Block) -> M::Block {
    M::block_mul_add(b, M::splat(-1.0), a)
}

/// Sums of the weights: panels of target channels, in these the points, in these rows of source channels. `weight` tells
/// the weight of a source channel, a target channel and a tap.
pub(super) fn pack(
    channels: [usize; 2],
    packed: &mut [f32],
    weight: impl Fn(usize, usize, usize) -> f32 + Sync,
) {
    let [sources, targets] = channels;
    assert_eq!(packed.len(), packed_len(sources, targets));
    let size = POINTS * sources * panel(targets) * LANES;
    parallel::chunks_mut(packed, size, |first, packed| {
        dispatch(Pack { weight: &weight, channels, panel: first / size, packed });
    });
}

struct Pack<'a, F> {
    weight: F,
    /// Source and target channels.
    channels: [usize; 2],
    panel: usize,
    /// The panel's weights.
    packed: &'a mut [f32],
}

impl<F: Fn(usize, usize, usize) -> f32> Kernel for Pack<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Pack { weight, channels: [sources, targets], panel: at, packed } = self;
        let width = panel(targets) * LANES;
        for column in (0..width).step_by(LANES) {
            let target = at * width + column;
            for source in 0..sources {
                let mut g = [[M::splat(0.0); 3]; 3];
                for tap in 0..9 {
                    let mut weights = [0.0; LANES];
                    for lane in 0..LANES {
                        weights[lane] =
                            if target < targets { weight(source, target + lane, tap) } else { 0.0 };
                    }
                    g[tap / 3][tap % 3] = M::load(&weights);
                }
                let mut rows = [[M::splat(0.0); 3]; 4];
                for j in 0..3 {
                    let column = spread::<M>([g[0][j], g[1][j], g[2][j]]);
                    for i in 0..4 {
                        rows[i][j] = column[i];
                    }
                }
                for i in 0..4 {
                    let row = spread::<M>(rows[i]);
                    for j in 0..4 {
                        let to = ((i * 4 + j) * sources + source) * width + column;
                        packed[to..to + LANES].copy_from_slice(&M::store(row[j]));
                    }
                }
            }
        }
    }
}

/// `G g`
#[inline(always)]
fn spread<M: Arithmetic>(g: [M::Block; 3]) -> [M::Block; 4] {
    let half = M::splat(0.5);
    let zero = M::splat(0.0);
    let outer = M::block_mul_add(M::block_add(g[0], g[2]), half, zero);
    let middle = M::block_mul_add(g[1], half, zero);
    [g[0], M::block_add(outer, middle), less::<M>(outer, middle), g[2]]
}

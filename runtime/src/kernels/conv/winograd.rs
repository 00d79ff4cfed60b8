//! 3x3 convolutions with 16 products for every four outputs instead of 36: Winograd's F(2x2, 3x3)
//! ([Lavin and Gray 2016](https://arxiv.org/abs/1509.09308)).
//!
//! A square of 4x4 inputs becomes 16 sums of them, point by point these are multiplied by as many sums of the weights
//! and added up over the channels, and 2x2 outputs are sums of that. Two dozen squares go through together, so that
//! each point is a matrix product.

use super::super::activation::Activation;
use super::super::gemm::{Columns, LANES, Shape, Tile, Tiled, blocks_of, choose, load, panel, spill, tiled};
use super::super::isa::{Arithmetic, Kernel, dispatch};
use super::plane::Direction;
use super::target::Target;
use super::walk::activated;
use crate::parallel;
use netwright_model::packing::{self, MOST_BLOCKS, POINTS};
use std::cell::RefCell;
use std::ops::Range;

/// Squares that go through together: a multiple of most tiles' rows.
const SQUARES: usize = 24;
/// Most source channels that go through together.
const WIDEST: usize = 64;

/// A pass through a convolution in one direction.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a, A> {
    pub(super) source: &'a [f32],
    pub(super) packed: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) activation: A,
    /// Numbers that are added to the sums, for the target from its beginning.
    pub(super) residual: Option<&'a [f32]>,
}

/// A part of a pass.
struct Part<'a, A> {
    pass: Pass<'a, A>,
    /// Rows of squares, counted through all samples.
    rows: Range<usize>,
    /// Panels of target channels.
    panels: Range<usize>,
    target: Target<'a>,
}

/// Makes the target with help from threads that are awake: they share the channels where weights are most of what is read,
/// otherwise the rows of squares.
///
/// # Panics
/// If source channels or target channels are no multiple of 16.
pub(super) fn share<D: Direction, A: Activation>(n: usize, pass: &Pass<'_, A>, target: &mut [f32]) {
    match const { panel(D::TARGET[0]) } {
        1 => with_panel::<D, A, 1>(n, pass, target),
        2 => with_panel::<D, A, 2>(n, pass, target),
        3 => with_panel::<D, A, 3>(n, pass, target),
        _ => with_panel::<D, A, MOST_BLOCKS>(n, pass, target),
    }
}

fn with_panel<D: Direction, A: Activation, const B: usize>(n: usize, pass: &Pass<'_, A>, target: &mut [f32]) {
    let sizes = Sizes::of::<D>();
    match const { chunk(D::SOURCE[0]) } {
        16 => with_chunk::<A, B, 16>(n, pass, sizes, target),
        32 => with_chunk::<A, B, 32>(n, pass, sizes, target),
        48 => with_chunk::<A, B, 48>(n, pass, sizes, target),
        _ => with_chunk::<A, B, WIDEST>(n, pass, sizes, target),
    }
}

/// Makes the target with code that all layers with these panels and chunks share, because rustc would take seconds
/// for each of a deep network's; a layer's other sizes are numbers.
#[inline(never)]
fn with_chunk<A: Activation, const B: usize, const C: usize>(
    n: usize,
    pass: &Pass<'_, A>,
    sizes: Sizes,
    target: &mut [f32],
) {
    let [channels, height, width] = sizes.target;
    assert!(panel(channels) == B && sizes.source[0].is_multiple_of(C));
    assert!(channels.is_multiple_of(LANES) && target.len() == n * channels * height * width);
    let run = |part: Part<'_, A>| {
        SCRATCH.with_borrow_mut(|scratch| dispatch(Run::<A, B, C> { part, sizes, scratch }));
    };
    let (numbers, weights, panels) = (target.len(), pass.packed.len(), channels.div_ceil(B * LANES));
    // On 32 bits more than a `usize` may count. Nine products, as if made one by one.
    let operations = numbers as u64 * (9 * sizes.source[0]) as u64;
    // The last panel must not overlap the one before.
    if panels > 1 && channels.is_multiple_of(B * LANES) && weights > pass.source.len() {
        Columns::assisted(target, channels, B * LANES, operations, |columns| {
            let Range { start, end } = columns.range();
            let panels = start / (B * LANES)..end / (B * LANES);
            run(Part { pass: *pass, rows: 0..n * sizes.down(), panels, target: Target::Channels(columns) });
        });
    } else {
        // A sample's last row of squares may be cut off.
        let lines = if n == 1 || height.is_multiple_of(2) { 2 } else { height };
        Columns::assisted(target, numbers, channels * width * lines, operations, |mut columns| {
            let range = columns.range();
            let rows = sizes.row(range.start / (channels * width))..sizes.row(range.end / (channels * width));
            let residual = pass.residual.map(|residual| &residual[range.clone()]);
            let target = Target::Pixels(columns.row(0, range.start, range.len()));
            run(Part { pass: Pass { residual, ..*pass }, rows, panels: 0..panels, target });
        });
    }
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = const {
        RefCell::new(Scratch { sums: [0.0; POINTS * SQUARES * WIDEST], products: [0.0; POINTS * SQUARES * WIDEST] })
    };
}

/// Squares on their way. Each thread keeps one: to clear it for every call would cost as much as a small convolution.
#[repr(align(64))]
struct Scratch {
    /// A row of source channels for each point and square.
    sums: [f32; POINTS * SQUARES * WIDEST],
    /// A row of target channels for each point and square.
    products: [f32; POINTS * SQUARES * WIDEST],
}

/// The sizes of one direction through a convolution.
#[derive(Clone, Copy)]
struct Sizes {
    /// `[channels, height, width]` of what is read.
    source: [usize; 3],
    /// `[channels, height, width]` of what is written.
    target: [usize; 3],
    /// Rows above and columns to the left of the source that the first square reaches.
    before: [usize; 2],
}

impl Sizes {
    fn of<D: Direction>() -> Self {
        Sizes { source: D::SOURCE, target: D::TARGET, before: D::BEFORE }
    }

    /// Returns the number of rows of squares of a sample.
    #[inline(always)]
    fn down(&self) -> usize {
        self.target[1].div_ceil(2)
    }

    /// Returns the number of squares of a row.
    #[inline(always)]
    fn across(&self) -> usize {
        self.target[2].div_ceil(2)
    }

    /// Returns the row of squares that a row of the target begins, both counted through all samples.
    fn row(&self, row: usize) -> usize {
        let height = self.target[1];
        row / height * self.down() + (row % height).div_ceil(2)
    }

    #[inline(always)]
    fn square(&self, index: usize) -> Square {
        let (row, column) = (index / self.across(), index % self.across());
        Square { sample: row / self.down(), row: row % self.down(), column }
    }
}

/// Returns the source channels that go through together.
const fn chunk(channels: usize) -> usize {
    let mut chunk = WIDEST;
    while chunk > LANES && !channels.is_multiple_of(chunk) {
        chunk -= LANES;
    }
    chunk
}

/// The weights that squares are multiplied by: a chunk of source channels, and target channels from a panel's
/// block on.
#[derive(Clone, Copy)]
struct Weights {
    chunk: usize,
    panel: usize,
    column: usize,
}

/// The place of a square of outputs.
#[derive(Clone, Copy)]
struct Square {
    sample: usize,
    row: usize,
    column: usize,
}

/// A part with panels of `B` blocks and chunks of `C` source channels, and the room that it needs.
struct Run<'a, 'b, A, const B: usize, const C: usize> {
    part: Part<'a, A>,
    sizes: Sizes,
    scratch: &'b mut Scratch,
}

impl<A: Activation, const B: usize, const C: usize> Kernel for Run<'_, '_, A, B, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        tiled::<M, _>(self);
    }
}

const fn shape(panel: usize, accumulators: usize) -> Shape {
    choose(SQUARES, panel, accumulators, Shape { rows: 12, columns: MOST_BLOCKS })
}

impl<M: Arithmetic, A: Activation, const B: usize, const C: usize> Tiled<M> for Run<'_, '_, A, B, C> {
    /// Squares.
    const ROWS: usize = shape(B, M::ACCUMULATORS).rows;
    /// Blocks of target channels.
    const COLUMNS: usize = shape(B, M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(mut self) {
        let sizes = self.sizes;
        let chunks = sizes.source[0] / C;
        // Whole tiles of squares.
        let most = SQUARES / P * P;
        let blocks = blocks_of(sizes.target[0]);
        let Range { start, end } = self.part.rows;
        let (start, end) = (start * sizes.across(), end * sizes.across());
        // A panel's weights stay in cache while squares pass; only of a single panel and chunk are the sums made once.
        for panel in self.part.panels.clone() {
            let (begin, mut first) = (panel * B, start);
            while first < end {
                let count = most.min(end - first);
                for (next, column) in (0..B.min(blocks - begin)).step_by(V).enumerate() {
                    // The last blocks overlap those before.
                    let column = column.min(B - V);
                    for chunk in 0..chunks {
                        if chunks > 1 || next == 0 {
                            for square in 0..count {
                                self.enter::<M>(sizes.square(first + square), chunk * C, square);
                            }
                        }
                        self.multiply::<M, P, V>(Weights { chunk, panel, column }, count);
                    }
                    for square in 0..count {
                        self.leave::<M, V>(square, sizes.square(first + square), (begin + column) * LANES);
                    }
                }
                first += count;
            }
        }
    }
}

impl<A: Activation, const B: usize, const C: usize> Run<'_, '_, A, B, C> {
    /// Makes the sums of a square's inputs.
    #[inline(always)]
    fn enter<M: Arithmetic>(&mut self, at: Square, channel: usize, square: usize) {
        let Sizes { source: [channels, height, width], before, .. } = self.sizes;
        let source = self.part.pass.source;
        let (sums, _) = self.scratch.sums.as_chunks_mut::<C>();
        // Places above and to the left of the source wrap around to beyond its end.
        let (top, left) = ((2 * at.row).wrapping_sub(before[0]), (2 * at.column).wrapping_sub(before[1]));
        let sample = at.sample * height;
        for block in (0..C).step_by(LANES) {
            let mut d = [[M::splat(0.0); 4]; 4];
            if top < height && left < width && top + 4 <= height && left + 4 <= width {
                for i in 0..4 {
                    let row = ((sample + top + i) * width + left) * channels + channel + block;
                    let row = &source[row..row + 3 * channels + LANES];
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
                            [d[i][j]] = load::<M, 1>(&source[pixel + channel + block..]);
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
    fn multiply<M: Arithmetic, const P: usize, const V: usize>(
        &mut self,
        Weights { chunk, panel, column }: Weights,
        count: usize,
    ) {
        let channels = self.sizes.source[0];
        let (sums, _) = self.scratch.sums.as_chunks::<C>();
        let (products, _) = self.scratch.products.as_chunks_mut::<LANES>();
        let (blocks, _) = self.part.pass.packed.as_chunks::<LANES>();
        let (weights, _) = blocks.as_chunks::<B>();
        let column = column.min(B - V);
        for point in 0..POINTS {
            let row = (panel * POINTS + point) * channels + chunk * C;
            let weights: &[_; C] = weights[row..].first_chunk().expect("each source channel has weights");
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
                    let weights = load::<M, V>(weights[k][column..].as_flattened());
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
    fn leave<M: Arithmetic, const V: usize>(&mut self, square: usize, at: Square, column: usize) {
        let [channels, height, width] = self.sizes.target;
        let down = self.sizes.down();
        let Part { pass, rows, target, .. } = &mut self.part;
        let begin = rows.start / down * height + rows.start % down * 2;
        let (products, _) = self.scratch.products.as_chunks::<LANES>();
        let Pass { bias, activation, residual, .. } = *pass;
        for block in 0..V {
            let channel = column + block * LANES;
            if channel >= channels {
                break;
            }
            let bias = match bias {
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
                        let place = pixel * channels;
                        let mut sum = M::block_add(pair[j], bias);
                        if let Some(residual) = residual {
                            let [more] = load::<M, 1>(&residual[place + channel..]);
                            sum = M::block_add(sum, more);
                        }
                        let to = target.row(place, channels, channel, LANES);
                        to.copy_from_slice(&M::store(activated::<M, A>(activation, sum)));
                    }
                }
            }
        }
    }
}

/// Computes `Bᵀ d`
#[inline(always)]
fn between<M: Arithmetic>(d: [M::Block; 4]) -> [M::Block; 4] {
    [less::<M>(d[0], d[2]), M::block_add(d[1], d[2]), less::<M>(d[2], d[1]), less::<M>(d[1], d[3])]
}

/// Computes `Aᵀ m`
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

/// Packs the sums of the weights: panels of target channels, in these the points, in these rows of source
/// channels. `weight` tells the nine weights of a source channel and a target channel.
pub(super) fn pack(
    channels: [usize; 2],
    packed: &mut [f32],
    weight: &(dyn Fn(usize, usize) -> [f32; 9] + Sync),
) {
    let [sources, targets] = channels;
    assert_eq!(packed.len(), packing::winograd(sources, targets));
    let size = POINTS * sources * panel(targets) * LANES;
    parallel::chunks_mut(packed, size, |first, packed| {
        dispatch(Pack { weight, channels, panel: first / size, packed });
    });
}

struct Pack<'a> {
    weight: &'a (dyn Fn(usize, usize) -> [f32; 9] + Sync),
    /// Source and target channels.
    channels: [usize; 2],
    panel: usize,
    /// The panel's weights.
    packed: &'a mut [f32],
}

impl Kernel for Pack<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Pack { weight, channels: [sources, targets], panel: at, packed } = self;
        let width = panel(targets) * LANES;
        for column in (0..width).step_by(LANES) {
            let target = at * width + column;
            for source in 0..sources {
                let mut kernels = [[0.0; LANES]; 9];
                if target < targets {
                    for lane in 0..LANES {
                        let kernel = weight(source, target + lane);
                        for tap in 0..9 {
                            kernels[tap][lane] = kernel[tap];
                        }
                    }
                }
                let mut g = [[M::splat(0.0); 3]; 3];
                for tap in 0..9 {
                    g[tap / 3][tap % 3] = M::load(&kernels[tap]);
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

/// Computes `G g`
#[inline(always)]
fn spread<M: Arithmetic>(g: [M::Block; 3]) -> [M::Block; 4] {
    let half = M::splat(0.5);
    let zero = M::splat(0.0);
    let outer = M::block_mul_add(M::block_add(g[0], g[2]), half, zero);
    let middle = M::block_mul_add(g[1], half, zero);
    [g[0], M::block_add(outer, middle), less::<M>(outer, middle), g[2]]
}

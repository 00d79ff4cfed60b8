//! Tiles of target pixels, each the sum of its source pixels' products with the packed weights.

use super::super::activation::Activation;
use super::super::gemm::{
    ANY, Columns, LANES, Row, Shape, Tile, Tiled, blocks_of, choose, load, load_first, spill, step, store,
    tiled,
};
use super::super::isa::{Arithmetic, Kernel, dispatch};
use super::narrow::{self, narrow};
use super::plane::{Axis, Direction};
use super::target::Target;
use super::{Conv, depthwise};
use netwright_model::packing::beside;
use std::marker::PhantomData;
use std::ops::Range;

/// The values that a tap reads beyond the border.
static ZEROS: [f32; 1024] = [0.0; 1024];

/// The approximate number of target pixels in one thread's share.
const PIXELS: usize = 24;

/// The cost of a tap of a depthwise convolution, in multiplications of others.
const DEPTHWISE_COST: usize = 3;

/// A pass through a convolution in one direction, over all samples.
pub(super) struct Walk<'a, D, A> {
    pub(super) n: usize,
    pub(super) source: &'a [f32],
    pub(super) packed: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) activation: A,
    /// Numbers that are added to the sums, for the whole target.
    residual: Option<&'a [f32]>,
    direction: PhantomData<fn() -> D>,
}

impl<'a, D: Direction, A: Activation> Walk<'a, D, A> {
    pub(super) fn new(
        n: usize,
        source: &'a [f32],
        packed: &'a [f32],
        bias: Option<&'a [f32]>,
        activation: A,
    ) -> Self {
        Walk { n, source, packed, bias, activation, residual: None, direction: PhantomData }
    }

    /// True if this direction supports [`adding`](Self::adding).
    pub(super) const ADDS: bool = !Self::DEPTHWISE && !Self::NARROW;

    /// Adds these numbers to the sums.
    pub(super) fn adding(self, residual: Option<&'a [f32]>) -> Self {
        Walk { residual, ..self }
    }

    /// Makes the target with help from threads that are awake. They share the channels where weights are most of what is
    /// read, so that each reads those of its channels alone; otherwise the pixels.
    pub(super) fn share(self, target: &mut [f32]) {
        assert!(self.residual.is_none_or(|residual| Self::ADDS && residual.len() == target.len()));
        let (numbers, channels) = (target.len(), D::TARGET[0]);
        let weights = Self::TAPS * Self::REDUCED * Self::MADE;
        // On 32 bits more than a `usize` may count. A number that is used once costs as much as several products.
        let each = if Self::DEPTHWISE { DEPTHWISE_COST } else { 1 };
        let operations = numbers as u64 * (each * Self::TAPS * Self::REDUCED) as u64;
        if Self::BY_CHANNELS && weights > self.source.len() {
            let panel = Self::PANEL * LANES;
            Columns::assisted(target, channels, panel, operations, |columns| {
                let Range { start, end } = columns.range();
                let (panels, target) = (start / panel..end / panel, Target::Channels(columns));
                let walk = Walk { residual: self.residual, ..self };
                dispatch(Piece { pixels: self.pixels(), walk, panels, target });
            });
        } else if D::PHASES == [1, 1] {
            Columns::assisted(target, numbers, PIXELS * channels, operations, |mut columns| {
                let range = columns.range();
                let (pixels, target) =
                    (range.start / channels..range.end / channels, columns.row(0, range.start, range.len()));
                let residual = self.residual.map(|residual| &residual[range]);
                let walk = Walk { residual, ..self };
                dispatch(Piece { walk, pixels, panels: 0..Self::PANELS, target: Target::Pixels(target) });
            });
        } else {
            let target = Target::Pixels(target);
            dispatch(Piece { pixels: self.pixels(), walk: self, panels: 0..Self::PANELS, target });
        }
    }

    /// Returns all pixels of all samples.
    fn pixels(&self) -> Range<usize> {
        0..self.n * D::TARGET[1] * D::TARGET[2]
    }

    /// True if threads can share the channels: panels have none in common.
    const BY_CHANNELS: bool = !Self::DEPTHWISE
        && !Self::NARROW
        && Self::GROUPS == 1
        && Self::PANELS > 1
        && Self::MADE.is_multiple_of(Self::PANEL * LANES);

    pub(super) const GROUPS: usize = D::GROUPS;
    /// Source channels of one group.
    pub(super) const REDUCED: usize = D::SOURCE[0] / Self::GROUPS;
    /// Target channels of one group.
    pub(super) const MADE: usize = D::TARGET[0] / Self::GROUPS;
    pub(super) const BLOCKS: usize = blocks_of(Self::MADE);
    /// Blocks of a panel of weights, and the number of panels.
    const PANEL: usize = beside(Self::MADE);
    const PANELS: usize = Self::BLOCKS.div_ceil(Self::PANEL);
    pub(super) const TAPS: usize = D::Shape::KERNEL[0] * D::Shape::KERNEL[1];
    const NARROW: bool = narrow(Self::REDUCED, Self::MADE);
    const DEPTHWISE: bool = Self::GROUPS > 1 && Self::REDUCED == 1 && Self::MADE == 1;
}

/// A part of a walk.
pub(super) struct Piece<'a, D, A> {
    pub(super) walk: Walk<'a, D, A>,
    /// The pixels that are made, all of them where the direction has several planes.
    pub(super) pixels: Range<usize>,
    /// The panels of target channels that are made.
    panels: Range<usize>,
    pub(super) target: Target<'a>,
}

impl<D: Direction, A: Activation> Kernel for Piece<'_, D, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        if Walk::<D, A>::DEPTHWISE {
            tiled::<M, _>(depthwise::Walk(self));
        } else if Walk::<D, A>::NARROW {
            tiled::<M, _>(narrow::Walk(self));
        } else {
            tiled::<M, _>(Dense(self));
        }
    }
}

/// The pixels of a tile: where each lies in the target, and where its first tap lies in the source.
pub(super) struct Sites<const P: usize> {
    pub(super) target: [usize; P],
    sample: [usize; P],
    y: [isize; P],
    x: [isize; P],
    /// All taps of all pixels are inside.
    pub(super) inside: bool,
}

/// A plane of target pixels of all samples, to be cut into tiles.
pub(super) struct Plane<D> {
    axes: [Axis; 2],
    begin: usize,
    end: usize,
    direction: PhantomData<D>,
}

impl<D: Direction> Plane<D> {
    #[inline(always)]
    pub(super) fn new(n: usize, plane: usize, pixels: &Range<usize>) -> Self {
        let mut axes = [D::axis(0, plane / D::PHASES[1]), D::axis(1, plane % D::PHASES[1])];
        let mut samples = n;
        if D::POINTWISE {
            // All pixels of all samples lie in one row.
            samples = 1;
            axes[1].count *= n * axes[0].count;
            axes[1].source = axes[1].count;
            axes[0].count = 1;
            axes[0].source = 1;
        }
        let pixels =
            if D::PHASES == [1, 1] { pixels.clone() } else { 0..samples * axes[0].count * axes[1].count };
        Plane { axes, begin: pixels.start, end: pixels.end, direction: PhantomData }
    }

    /// Returns the number of tiles of `rows` pixels that cover the plane.
    #[inline(always)]
    pub(super) fn tiles(&self, rows: usize) -> usize {
        (self.end - self.begin).div_ceil(rows)
    }

    /// Returns a tile's pixels: the last tile overlaps the one before it, and repeats the last pixel if there
    /// are too few.
    #[inline(always)]
    pub(super) fn sites<const P: usize>(&self, tile: usize) -> Sites<P> {
        let first = self.begin + (tile * P).min((self.end - self.begin).saturating_sub(P));
        let [down, across] = self.axes;
        let ((top, bottom), (left, right)) = (down.inside(), across.inside());
        let mut sites = Sites { target: [0; P], sample: [0; P], y: [0; P], x: [0; P], inside: true };
        let mut column = first % across.count;
        let mut row = first / across.count % down.count;
        let mut sample = first / across.count / down.count;
        let mut left_over = self.end - first;
        for p in 0..P {
            let (y, x) =
                (down.start + row as isize * down.stride, across.start + column as isize * across.stride);
            sites.y[p] = y;
            sites.x[p] = x;
            sites.sample[p] = sample * (D::SOURCE[1] * D::SOURCE[2]);
            sites.inside &= y >= top && y < bottom && x >= left && x < right;
            let pixel = (sample * D::TARGET[1] + down.first + row * down.step) * D::TARGET[2]
                + across.first
                + column * across.step;
            sites.target[p] = D::TARGET[0] * (pixel - self.begin);
            left_over -= 1;
            if left_over > 0 {
                column += 1;
                if column == across.count {
                    column = 0;
                    row += 1;
                    if row == down.count {
                        row = 0;
                        sample += 1;
                    }
                }
            } else {
                left_over = 1;
            }
        }
        sites
    }

    /// Returns a tile's steps through the taps along both axes: `merge` says that a row of taps may be one
    /// step, because they are neighbours in the source and in the weights.
    #[inline(always)]
    pub(super) fn steps<const P: usize>(&self, sites: &Sites<P>, merge: bool) -> Steps {
        let taps = [self.axes[0].taps, self.axes[1].taps];
        if merge && sites.inside {
            Steps { down: taps[0], across: taps[1].min(1), taps: taps[1] }
        } else {
            Steps { down: taps[0], across: taps[1], taps: 1 }
        }
    }

    /// Returns one step of a tile: the kernel's tap and the source pixels, `None` beyond the border; nothing
    /// if all are beyond.
    #[inline(always)]
    pub(super) fn tap<const P: usize>(
        &self,
        sites: &Sites<P>,
        down: usize,
        across: usize,
    ) -> Option<(usize, [Option<usize>; P])> {
        let [rows, columns] = &self.axes;
        let (dy, dx) = (down as isize * rows.tap_step, across as isize * columns.tap_step);
        let mut pixels = [None; P];
        let mut any = sites.inside;
        for p in 0..P {
            let (y, x) = ((sites.y[p] + dy) as usize, (sites.x[p] + dx) as usize);
            if sites.inside || (y < rows.source && x < columns.source) {
                pixels[p] = Some(sites.sample[p] + y * D::SOURCE[2] + x);
                any = true;
            }
        }
        let tap = (rows.first_tap + down * rows.tap_stride) * D::Shape::KERNEL[1]
            + columns.first_tap
            + across * columns.tap_stride;
        any.then_some((tap, pixels))
    }
}

/// See [`Plane::steps`].
pub(super) struct Steps {
    pub(super) down: usize,
    pub(super) across: usize,
    /// Taps in a step.
    pub(super) taps: usize,
}

/// Every source channel of a group goes into every target channel of it.
struct Dense<'a, D, A>(Piece<'a, D, A>);

impl<D: Direction, A: Activation> Dense<'_, D, A> {
    const fn shape(accumulators: usize) -> Shape {
        // Every row's source is a pointer, and there are not many registers for pointers.
        choose(ANY, Walk::<D, A>::PANEL, accumulators, Shape { rows: 10, ..Shape::MOST })
    }
}

impl<M: Arithmetic, D: Direction, A: Activation> Tiled<M> for Dense<'_, D, A> {
    const ROWS: usize = Self::shape(M::ACCUMULATORS).rows;
    const COLUMNS: usize = Self::shape(M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let Piece { walk, pixels, panels, mut target } = self.0;
        // The only panel is known when this is compiled.
        let panels = if Walk::<D, A>::PANELS == 1 { 0..1 } else { panels };
        let Walk { n, source, packed, bias, activation, residual, .. } = walk;
        let (reduced, made, width) = (Walk::<D, A>::REDUCED, Walk::<D, A>::MADE, Walk::<D, A>::PANEL * LANES);
        let size = Walk::<D, A>::TAPS * reduced * width;
        for group in 0..Walk::<D, A>::GROUPS {
            for panel in panels.clone() {
                let packed = &packed[(group * Walk::<D, A>::PANELS + panel) * size..][..size];
                // The last panel and a panel's last columns overlap those before.
                let panel = (panel * Walk::<D, A>::PANEL).min(Walk::<D, A>::BLOCKS - Walk::<D, A>::PANEL);
                for column in (0..Walk::<D, A>::PANEL).step_by(V) {
                    let column = column.min(Walk::<D, A>::PANEL - V);
                    let from = (panel + column) * LANES;
                    let (first, count) = (group * made + from, (made - from).min(V * LANES));
                    let packed = &packed[column * LANES..];
                    let start = load::<M, V>(first_row::<V>(bias, first, count).as_flattened());
                    for plane in 0..D::PHASES[0] * D::PHASES[1] {
                        let plane = Plane::<D>::new(n, plane, &pixels);
                        for tile in 0..plane.tiles(P) {
                            let sites = plane.sites(tile);
                            let mut tile: Tile<M, P, V> = [start; P];
                            if let Some(residual) = residual {
                                for p in 0..P {
                                    let row = load_first::<M, V>(&residual[sites.target[p] + first..], count);
                                    for v in 0..V {
                                        tile[p][v] = M::block_add(tile[p][v], row[v]);
                                    }
                                }
                            }
                            let source = (source, group * reduced);
                            sum::<D, M, P, V>(&mut tile, &plane, &sites, source, (packed, width));
                            let rows = activated_tile::<M, A, P, V>(activation, &tile);
                            for p in 0..P {
                                store(&rows[p], target.row(sites.target[p], D::TARGET[0], first, count));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Adds to a tile all products of its pixels: sources from a channel on, weights as rows of a width.
#[inline(always)]
fn sum<D: Direction, M: Arithmetic, const P: usize, const V: usize>(
    tile: &mut Tile<M, P, V>,
    plane: &Plane<D>,
    sites: &Sites<P>,
    (source, channel): (&[f32], usize),
    (weights, width): (&[f32], usize),
) {
    let reduced = D::SOURCE[0] / D::GROUPS;
    let steps = plane.steps(sites, D::MERGED);
    let length = steps.taps * reduced;
    for down in 0..steps.down {
        for across in 0..steps.across {
            let Some((tap, pixels)) = plane.tap(sites, down, across) else { continue };
            let mut from = 0;
            while from < length {
                let part = if sites.inside { length } else { (length - from).min(ZEROS.len()) };
                let mut x: [&[f32]; P] = [&[]; P];
                for p in 0..P {
                    x[p] = match pixels[p] {
                        Some(pixel) => {
                            let at = pixel * D::SOURCE[0] + channel + from;
                            &source[at..at + part]
                        }
                        None => &ZEROS[..part],
                    };
                }
                multiply::<M, P, V>(tile, x, &weights[(tap * reduced + from) * width..], part, width);
                from += part;
            }
        }
    }
}

/// Adds to a tile the product of its pixels' channels with rows of weights.
#[inline(always)]
pub(super) fn multiply<M: Arithmetic, const P: usize, const V: usize>(
    tile: &mut Tile<M, P, V>,
    x: [&[f32]; P],
    weights: &[f32],
    length: usize,
    width: usize,
) {
    for k in 0..length {
        let row = load::<M, V>(&weights[k * width..]);
        let mut a = [0.0; P];
        for p in 0..P {
            a[p] = x[p][k];
        }
        step::<M, P, V>(tile, &a, row);
    }
}

/// Returns the initial sums of these channels: their bias, or zeros.
#[inline(always)]
pub(super) fn first_row<const V: usize>(bias: Option<&[f32]>, first: usize, count: usize) -> Row<V> {
    let mut block = [[0.0; LANES]; V];
    if let Some(bias) = bias {
        block.as_flattened_mut()[..count].copy_from_slice(&bias[first..first + count]);
    }
    block
}

/// Applies the activation to a block.
#[inline(always)]
pub(super) fn activated<M: Arithmetic, A: Activation>(activation: A, block: M::Block) -> M::Block {
    let mut numbers = M::store(block);
    for x in &mut numbers {
        *x = activation.apply(*x);
    }
    // Back in a register: compilers that see where the numbers go otherwise make them one by one.
    M::load(&numbers)
}

/// Stores a tile from registers and applies the activation.
///
/// One long loop over all numbers: a loop in the one over pixels would keep that from being unrolled, and so leave the sums in
/// memory while they are made.
#[inline(always)]
pub(super) fn activated_tile<M: Arithmetic, A: Activation, const P: usize, const V: usize>(
    activation: A,
    tile: &Tile<M, P, V>,
) -> [Row<V>; P] {
    let mut rows = [[[0.0; LANES]; V]; P];
    for p in 0..P {
        rows[p] = spill::<M, V>(&tile[p]);
    }
    for x in rows.as_flattened_mut().as_flattened_mut() {
        *x = activation.apply(*x);
    }
    rows
}

//! The gradient of many weights, summed over the whole batch: a matrix product whose operands are copied together first,
//! since pixels of many channels lie so far apart that few of them fit into the innermost cache side by side.

use super::super::gemm::{
    LANES, Shape, Tile, Tiled, add_to, blocks_of, choose, first, load, load_first, step, store, tiled,
};
use super::super::isa::{Arithmetic, Kernel};
use super::{Conv, Of};
use std::marker::PhantomData;

/// Pixels that are summed before the sums are added to the gradient.
const DEPTH: usize = 128;
/// Input channels that are copied together.
const CHANNELS: usize = 128;
/// Most blocks of output channels of a tile.
const BLOCKS: usize = 3;

/// Some rows of the gradient: input channels of one tap.
pub(super) struct Rows<'a, S> {
    n: usize,
    x: &'a [f32],
    dy: &'a [f32],
    /// The first row.
    first: usize,
    grad: &'a mut [f32],
    shape: PhantomData<S>,
}

impl<'a, S: Conv> Rows<'a, S> {
    /// Rows that are made together: of one tap and group, and so few that there are parts for every thread.
    pub(super) const PART: usize = {
        let mut part = Of::<S>::CI;
        while part.is_multiple_of(2)
            && (part > CHANNELS || (part > 32 && Of::<S>::CI / part * Of::<S>::TAPS < PARTS))
        {
            part /= 2;
        }
        part
    };
    /// Floats of a row.
    pub(super) const WIDTH: usize = blocks_of(Of::<S>::CO) * LANES;

    /// Creates the kernel for the rows that begin with `first` and fill `grad`; they are overwritten.
    pub(super) fn new(n: usize, x: &'a [f32], dy: &'a [f32], first: usize, grad: &'a mut [f32]) -> Self {
        assert!(grad.len() <= Self::PART * Self::WIDTH && first.is_multiple_of(Self::PART));
        Rows { n, x, dy, first, grad, shape: PhantomData }
    }
}

/// The number of parts at which threads do not wait long for the last one.
const PARTS: usize = 16;

impl<S: Conv> Kernel for Rows<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        self.grad.fill(0.0);
        tiled::<M, _>(self);
    }
}

impl<M: Arithmetic, S: Conv> Tiled<M> for Rows<'_, S> {
    const ROWS: usize = shape(Self::PART, Self::WIDTH, M::ACCUMULATORS).rows;
    const COLUMNS: usize = shape(Self::PART, Self::WIDTH, M::ACCUMULATORS).columns;

    #[inline(always)]
    fn run<const P: usize, const V: usize>(self) {
        let row = self.first / Of::<S>::CI;
        let (group, tap) = (row / Of::<S>::TAPS, row % Of::<S>::TAPS);
        let pixels = Pixels::<S>::of(self.n, tap);
        let channel = group * Of::<S>::CI + self.first % Of::<S>::CI;
        let rows = self.grad.len() / Self::WIDTH;
        let most = CHANNELS / P * P;
        let mut left = [0.0; DEPTH * CHANNELS];
        let mut right = [0.0; DEPTH * BLOCKS * LANES];
        for begin in (0..pixels.count).step_by(DEPTH) {
            let depth = DEPTH.min(pixels.count - begin);
            for from in (0..rows).step_by(most) {
                let rows = most.min(rows - from);
                for k in 0..depth {
                    let x = &self.x[pixels.input(begin + k) + channel + from..][..rows];
                    for (tile, x) in x.chunks(P).enumerate() {
                        left[(tile * DEPTH + k) * P..][..x.len()].copy_from_slice(x);
                    }
                }
                for block in (0..Self::WIDTH / LANES).step_by(V) {
                    let column = block.min(Self::WIDTH / LANES - V) * LANES;
                    let count = (Of::<S>::CO - column).min(V * LANES);
                    for k in 0..depth {
                        let dy = &self.dy[pixels.output(begin + k) + group * Of::<S>::CO + column..];
                        let dy: [M::Block; V] = load_first::<M, V>(dy, count);
                        for v in 0..V {
                            store::<1>(&[M::store(dy[v])], &mut right[(k * V + v) * LANES..][..LANES]);
                        }
                    }
                    for tile in 0..rows.div_ceil(P) {
                        let mut sums: Tile<M, P, V> = [[M::splat(0.0); V]; P];
                        let left = &left[tile * DEPTH * P..][..DEPTH * P];
                        for k in 0..depth {
                            step::<M, P, V>(
                                &mut sums,
                                first(&left[k * P..]),
                                load::<M, V>(&right[k * V * LANES..]),
                            );
                        }
                        for p in 0..P.min(rows - tile * P) {
                            let at = (from + tile * P + p) * Self::WIDTH + column;
                            add_to::<M, V>(&sums[p], block * LANES - column, &mut self.grad[at..at + count]);
                        }
                    }
                }
            }
        }
    }
}

const fn shape(rows: usize, width: usize, accumulators: usize) -> Shape {
    choose(rows, width / LANES, accumulators, Shape { rows: 16, columns: BLOCKS })
}

/// The outputs for which a tap lies inside the input, of all samples.
struct Pixels<S> {
    count: usize,
    /// The first row and column, and how many of each.
    from: [usize; 2],
    size: [usize; 2],
    tap: [usize; 2],
    shape: PhantomData<S>,
}

impl<S: Conv> Pixels<S> {
    #[inline(always)]
    fn of(n: usize, tap: usize) -> Self {
        let tap = [tap / S::KERNEL[1], tap % S::KERNEL[1]];
        let ((top, bottom), (left, right)) = (Of::<S>::reach(0, tap[0]), Of::<S>::reach(1, tap[1]));
        let size = [bottom.saturating_sub(top), right.saturating_sub(left)];
        Pixels { count: n * size[0] * size[1], from: [top, left], size, tap, shape: PhantomData }
    }

    /// Returns the sample, row and column.
    #[inline(always)]
    fn place(&self, index: usize) -> [usize; 3] {
        let row = index / self.size[1];
        [row / self.size[0], self.from[0] + row % self.size[0], self.from[1] + index % self.size[1]]
    }

    /// Returns the offset of an output.
    #[inline(always)]
    fn output(&self, index: usize) -> usize {
        let [sample, y, x] = self.place(index);
        ((sample * S::OUTPUT[1] + y) * S::OUTPUT[2] + x) * S::OUTPUT[0]
    }

    /// Returns the offset of the input under the tap.
    #[inline(always)]
    fn input(&self, index: usize) -> usize {
        let [sample, y, x] = self.place(index);
        let y = y * S::STRIDE[0] + self.tap[0] * S::DILATION[0] - S::PAD[0];
        let x = x * S::STRIDE[1] + self.tap[1] * S::DILATION[1] - S::PAD[1];
        ((sample * S::INPUT[1] + y) * S::INPUT[2] + x) * S::INPUT[0]
    }
}

//! The memory of a step: lanes, each with its own, and what all lanes share. Offsets come from the compiler's plan.

use crate::kernels::dropout::Key;
use crate::parallel::Direction;
use crate::storage::Arena;
use std::cell::Cell;
use std::fmt;
use std::ops::Range;
use std::thread::LocalKey;

mod sharing;

pub use sharing::{lanes, optional};

/// Offset and size of a value, and the samples that it is kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    at: usize,
    len: usize,
    kept: Kept,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Tile,
    Lane,
    Once,
}

impl Slot {
    /// Creates the slot of a value that is kept for the current tile; `shape` is that of one sample.
    pub const fn tile<const D: usize>(at: usize, shape: [usize; D]) -> Slot {
        Slot { at, len: product(shape), kept: Kept::Tile }
    }

    /// Creates the slot of a value that is kept for all samples of the lane; `shape` is that of one sample.
    pub const fn lane<const D: usize>(at: usize, shape: [usize; D]) -> Slot {
        Slot { at, len: product(shape), kept: Kept::Lane }
    }

    /// Creates the slot of a value that is kept for all samples of the batch; `shape` is that of one sample.
    pub const fn batch<const D: usize>(at: usize, shape: [usize; D]) -> Slot {
        Slot { at, len: product(shape), kept: Kept::Lane }
    }

    /// Creates the slot of a value that all samples share.
    pub const fn once<const D: usize>(at: usize, shape: [usize; D]) -> Slot {
        Slot { at, len: product(shape), kept: Kept::Once }
    }

    /// Returns the number of elements of one sample, or of all of a slot that is kept once.
    pub const fn numbers(self) -> usize {
        self.len
    }

    /// Returns the range of a slot that is kept once.
    #[inline]
    pub const fn range(self) -> Range<usize> {
        self.at..self.at + self.len
    }

    /// Returns the range of `n` samples, `offset` samples into the lane.
    #[inline]
    fn rows(self, offset: usize, n: usize) -> Range<usize> {
        let start = match self.kept {
            Kept::Tile => self.at,
            Kept::Lane => self.at + offset * self.len,
            Kept::Once => return self.range(),
        };
        start..start + n * self.len
    }
}

const fn product<const D: usize>(shape: [usize; D]) -> usize {
    let mut product = 1;
    let mut i = 0;
    while i < D {
        product *= shape[i];
        i += 1;
    }
    product
}

/// A fixed share of the batch, with memory of its own.
#[derive(Clone, Debug)]
pub struct Lane {
    index: usize,
    /// The lane's first sample in the batch.
    first: usize,
    samples: usize,
    /// Samples of a tile.
    tile: usize,
    floats: Arena<f32>,
    bytes: Arena<u8>,
}

impl Lane {
    /// Creates a lane with this memory, for `tile` samples at a time, without samples yet.
    ///
    /// # Panics
    /// If a tile has no samples.
    pub fn new(index: usize, tile: usize, floats: usize, bytes: usize) -> Lane {
        assert!(tile > 0, "a tile has samples");
        Lane { index, first: 0, samples: 0, tile, floats: Arena::new(floats), bytes: Arena::new(bytes) }
    }

    /// Gives the lane the first `samples` samples of a batch.
    #[inline]
    pub fn with(&mut self, samples: usize) -> &mut Lane {
        (self.first, self.samples) = (0, samples);
        self
    }

    /// Gives the lane its share of `n` samples, `lane` to each.
    pub(crate) fn take(&mut self, n: usize, lane: usize) {
        self.first = (self.index * lane).min(n);
        self.samples = lane.min(n - self.first);
    }

    /// Returns the number of the lane's samples.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// Sets the first `floats` numbers, which hold partial sums, to zero.
    pub fn clear(&mut self, floats: usize) {
        self.floats.slot_mut(0..floats).fill(0.0);
    }

    /// Runs `work` on the lane's samples, a tile at a time.
    #[inline]
    pub fn tiles(&mut self, mut work: impl FnMut(&mut Tile<'_>)) {
        let mut tiles = self.cut();
        while let Some(tile) = &mut tiles.next() {
            work(tile);
        }
    }

    /// Returns the lane's samples, a tile at a time.
    #[inline(always)]
    pub fn cut(&mut self) -> Tiles<'_> {
        Tiles { lane: self, offset: 0 }
    }

    /// Returns a partial sum of this lane.
    pub fn partial(&self, slot: Slot) -> &[f32] {
        self.floats.slot(slot.range())
    }
}

/// The tiles of a lane, one after the other.
#[derive(Debug)]
pub struct Tiles<'a> {
    lane: &'a mut Lane,
    offset: usize,
}

impl Tiles<'_> {
    /// Returns the next tile, until all samples have been in one.
    #[inline(always)]
    pub fn next(&mut self) -> Option<Tile<'_>> {
        let Lane { first, samples, tile, floats, bytes, .. } = &mut *self.lane;
        let offset = self.offset;
        let n = (*tile).min(*samples - offset);
        self.offset += n;
        (n > 0).then(|| Tile {
            samples: n,
            first: *first + offset,
            offset,
            floats: View { n, offset, memory: floats },
            bytes: View { n, offset, memory: bytes },
        })
    }
}

/// A tile: samples of a lane on their way through the layers.
#[derive(Debug)]
pub struct Tile<'a> {
    /// The number of samples.
    pub samples: usize,
    /// The place of the first sample in the batch.
    pub first: usize,
    /// The place of the first sample in the lane.
    offset: usize,
    /// The lane's floats.
    pub floats: View<'a, f32>,
    /// The lane's bytes.
    pub bytes: View<'a, u8>,
}

impl Tile<'_> {
    /// Returns the tile's rows of a value of the whole batch.
    #[inline]
    pub fn rows<'b, T>(&self, batch: &'b [T], len: usize) -> &'b [T] {
        &batch[self.first * len..][..self.samples * len]
    }

    /// Returns the tile's rows of the lane's part of a value.
    #[inline]
    pub fn rows_mut<'b, T>(&self, lane: &'b mut [T], len: usize) -> &'b mut [T] {
        &mut lane[self.offset * len..][..self.samples * len]
    }

    /// Returns the tile's rows, or none if the value is not wanted and `lane` is empty.
    #[inline]
    pub fn optional_rows_mut<'b, T>(&self, lane: &'b mut [T], len: usize) -> &'b mut [T] {
        if lane.is_empty() { lane } else { self.rows_mut(lane, len) }
    }

    /// Takes the tile's rows of a value of the whole batch into a slot.
    pub fn load(&mut self, slot: Slot, batch: &[f32]) {
        let rows = self.rows(batch, slot.len);
        let [value] = self.floats.get([slot]);
        value.copy_from_slice(rows);
    }

    /// Gives what is in a slot to the tile's rows of the lane's part of a value.
    pub fn store(&mut self, slot: Slot, lane: &mut [f32]) {
        let rows = self.rows_mut(lane, slot.len);
        let [value] = self.floats.get([slot]);
        rows.copy_from_slice(value);
    }
}

/// A lane's memory as the samples of a tile see it.
#[derive(Debug)]
pub struct View<'a, T> {
    n: usize,
    offset: usize,
    memory: &'a mut Arena<T>,
}

impl<T> View<'_, T> {
    /// Returns the values in these slots, which must not overlap.
    #[inline(always)]
    pub fn get<const K: usize>(&mut self, slots: [Slot; K]) -> [&mut [T]; K] {
        self.memory.slots(slots.map(|slot| slot.rows(self.offset, self.n)))
    }
}

/// Memory that a thread keeps from one piece of work to the next.
pub struct Spare<T>(Cell<Option<Box<T>>>);

impl<T> fmt::Debug for Spare<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spare").finish_non_exhaustive()
    }
}

impl<T: Default> Spare<T> {
    /// Creates an empty spare.
    pub const fn new() -> Spare<T> {
        Spare(Cell::new(None))
    }

    /// Runs `work` in the thread's memory. Work inside of this gets memory of its own: while a thread waits for others, it may
    /// begin a second prediction.
    pub fn with<R>(kept: &'static LocalKey<Spare<T>>, work: impl FnOnce(&mut T) -> R) -> R {
        // A thread that ends has none any more.
        let mut memory = kept.try_with(|spare| spare.0.take()).ok().flatten().unwrap_or_default();
        let result = work(&mut memory);
        let _ = kept.try_with(|spare| spare.0.set(Some(memory)));
        result
    }
}

impl<T: Default> Default for Spare<T> {
    fn default() -> Spare<T> {
        Spare::new()
    }
}

/// Values of the whole batch, which calls for all samples read and write.
#[derive(Clone, Debug)]
pub struct Batch(Arena<f32>);

impl Batch {
    /// Creates memory of `floats` zeros.
    pub fn zeros(floats: usize) -> Batch {
        Batch(Arena::new(floats))
    }

    /// Returns the values of `n` samples in these slots, which must not overlap.
    pub fn get<const K: usize>(&mut self, n: usize, slots: [Slot; K]) -> [&mut [f32]; K] {
        self.0.slots(slots.map(|slot| slot.rows(0, n)))
    }
}

/// Packed weights and statistics, which all lanes read.
#[derive(Clone, Debug)]
pub struct Shared(Arena<f32>);

impl Shared {
    /// Creates memory of `floats` zeros.
    pub fn new(floats: usize) -> Shared {
        Shared(Arena::new(floats))
    }

    /// Returns the numbers of a slot.
    #[inline]
    pub fn get(&self, slot: Slot) -> &[f32] {
        self.0.slot(slot.range())
    }

    /// Returns the numbers of a slot, to change.
    pub fn get_mut(&mut self, slot: Slot) -> &mut [f32] {
        self.0.slot_mut(slot.range())
    }

    /// Returns the numbers of these slots, which must not overlap, to change.
    pub fn several<const K: usize>(&mut self, slots: [Slot; K]) -> [&mut [f32]; K] {
        self.0.slots(slots.map(Slot::range))
    }
}

/// The data that all lanes read during a step.
#[derive(Debug)]
pub struct Step<'a, P> {
    /// The parameters.
    pub params: &'a P,
    /// Packed weights and statistics.
    pub shared: &'a Shared,
    /// Samples of the batch.
    pub samples: usize,
    /// The seed of dropout.
    pub seed: u64,
    /// The number of steps before this one.
    pub step: u64,
}

impl<'a, P> Step<'a, P> {
    /// Creates a training step.
    pub fn new(params: &'a P, shared: &'a Shared, samples: usize, seed: u64, step: u64) -> Self {
        Step { params, shared, samples, seed, step }
    }

    /// Creates a prediction.
    #[inline]
    pub fn of(params: &'a P, shared: &'a Shared, samples: usize) -> Self {
        Direction::turn();
        Step { params, shared, samples, seed: 0, step: 0 }
    }

    /// Returns packed weights or statistics.
    #[inline]
    pub fn shared(&self, slot: Slot) -> &'a [f32] {
        self.shared.get(slot)
    }

    /// Returns the factor that makes a mean of a sum over all samples, with this many terms each.
    #[inline]
    pub fn mean_of(&self, terms: usize) -> f32 {
        1.0 / (self.samples * terms) as f32
    }

    /// Returns the key of a dropout layer's random numbers.
    pub fn dropout(&self, layer: u32) -> Key {
        Key { seed: self.seed, step: self.step, layer }
    }
}

/// Returns the lanes that have samples in this step. The others come last and still hold the sums of an
/// earlier, larger batch.
fn used(lanes: &[Lane]) -> &[Lane] {
    let count = lanes.iter().take_while(|lane| lane.samples > 0).count();
    &lanes[..count]
}

/// Returns the lanes' partial sums in one slot, in the lanes' order; lanes without samples have none.
pub(crate) fn partials(lanes: &[Lane], slot: Slot) -> impl Iterator<Item = &[f32]> {
    used(lanes).iter().map(move |lane| lane.partial(slot))
}

/// Adds up the partial sums of the lanes that have samples, in the lanes' order.
#[inline]
pub fn sum_lanes(lanes: &[Lane], slot: Slot, sum: &mut [f32]) {
    match used(lanes) {
        [lane] => sum.copy_from_slice(lane.partial(slot)),
        used => crate::optim::reduce(|lane| used[lane].partial(slot), used.len(), sum),
    }
}

/// Returns the sum of the lanes' partial sums of one number.
pub fn total(lanes: &[Lane], slot: Slot) -> f32 {
    partials(lanes, slot).map(|partial| f64::from(partial[0])).sum::<f64>() as f32
}

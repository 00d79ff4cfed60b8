//! Scheduling of work on threads, and the sizes from which on sharing it pays. Parallel loops run on the team
//! of `parallel/team.rs`, or on rayon if they begin inside its pool or another thread has the team; this is
//! the only file that names rayon.
//!
//! What a piece of work computes never depends on which thread does it or on how many there are.

mod direction;
mod team;

pub(crate) use direction::Direction;

use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// The number of floats below which a second thread costs more than it brings.
const WORTH_SHARING: usize = 16 * 1024;

/// Runs `work` for every index below `count`, each once, on any thread.
pub(crate) fn blocks(count: usize, work: impl Fn(usize) + Send + Sync) {
    if count == 1 || team::at_work() || threads() == 1 {
        (0..count).for_each(work);
    } else {
        shared(count, &work);
    }
}

/// Runs [`blocks`] on several threads: compiled once, not for every loop.
fn shared(count: usize, work: &(dyn Fn(usize) + Send + Sync)) {
    if rayon::current_thread_index().is_some() || !team::share(count, &work) {
        (0..count).into_par_iter().with_max_len(1).for_each(work);
    }
}

/// Pieces that threads take one by one: a fixed number, because a training step must not allocate.
pub(crate) struct Pieces<T, const MOST: usize> {
    pieces: [Mutex<Option<T>>; MOST],
    count: usize,
}

impl<T: Send, const MOST: usize> Pieces<T, MOST> {
    pub(crate) fn new() -> Self {
        Pieces { pieces: [const { Mutex::new(None) }; MOST], count: 0 }
    }

    pub(crate) fn push(&mut self, piece: T) {
        self.pieces[self.count] = Mutex::new(Some(piece));
        self.count += 1;
    }

    /// Runs `work` on every piece with its number.
    pub(crate) fn each(&self, work: impl Fn(usize, T) + Send + Sync) {
        blocks(self.count, |i| {
            let piece = self.pieces[i].lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(piece) = piece {
                work(i, piece);
            }
        });
    }
}

/// Most pieces that data is cut into.
const PIECES: usize = 32;

/// Runs `work` on consecutive pieces of `data` with the index of each piece's first element.
pub fn chunks_mut<T: Send>(data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Send + Sync) {
    let chunks = |first: usize, data: &mut [T]| {
        for (i, chunk) in data.chunks_mut(size).enumerate() {
            work(first + i * size, chunk);
        }
    };
    if data.len() <= size.max(WORTH_SHARING) {
        return chunks(0, data);
    }
    let each = data.len().div_ceil(size).div_ceil(PIECES) * size;
    let mut pieces = Pieces::<_, PIECES>::new();
    for piece in data.chunks_mut(each).enumerate() {
        pieces.push(piece);
    }
    pieces.each(|_, (i, piece)| chunks(i * each, piece));
}

/// Returns the number of threads that work together.
pub fn threads() -> usize {
    rayon::current_num_threads()
}

/// Returns the number of threads that prepare what comes next, in addition to those at work: half as many; 0
/// if there is one only.
#[cfg(feature = "train")]
pub(crate) fn beside() -> usize {
    threads() / 2
}

/// Returns the number of threads that read samples ahead of those at work: as many, since decoding a picture takes longer than
/// a step of a small network; 0 if there is one only.
#[cfg(feature = "train")]
pub(crate) fn readers() -> usize {
    Some(threads()).filter(|&threads| threads > 1).unwrap_or(0)
}

/// Returns how many of `n` samples each of `lanes` lanes gets: as many as there are tiles for at once, so
/// that weights are read as rarely as can be, but something for every thread.
pub fn share(n: usize, lanes: usize, tile: usize) -> usize {
    tile.min(n.div_ceil(threads())).max(n.div_ceil(lanes))
}

/// Below this many multiplications a matrix product is over before a second thread has begun (64 a nanosecond).
const WORTH_DIVIDING: u64 = 256 * 1024;

/// Returns true if `operations` multiplications are enough to share them with [`blocks`].
#[inline]
pub(crate) fn divides(operations: u64) -> bool {
    operations >= WORTH_DIVIDING
}

/// The number of multiplications below which help is not worth asking for, even from a thread that is awake:
/// what it computes would have to come from its cache.
const WORTH_ASKING: u64 = 320 * 1024;

/// Multiplications of a part that is taken at once.
const PART: u64 = 48 * 1024;

/// Returns true if `operations` multiplications are enough to ask for help with them.
#[inline]
pub(crate) const fn asks(operations: u64) -> bool {
    operations >= WORTH_ASKING
}

/// Returns the largest number of parts of these multiplications of which each is worth sharing.
pub(crate) fn helpings(operations: u64) -> usize {
    usize::try_from(operations / PART).unwrap_or(usize::MAX).min(4 * threads())
}

/// Runs `work` for every index below `count`, each once, with the help of threads that are awake: for kernels
/// that one thread runs on few samples. Does nothing and returns `false` if there is nobody to ask, or this
/// thread is itself one of several at work.
pub(crate) fn assisted(count: usize, work: impl Fn(usize) + Send + Sync) -> bool {
    let direction = Direction::current();
    let part = |i| work(direction.part(i, count));
    count > 1 && rayon::current_thread_index().is_none() && team::share(count, &part)
}

/// Runs [`chunks_mut`] on the rows of `data`, `size` at a time; `work` gets the index of its first row. Runs
/// on the whole where `operations` are too few to share.
pub(crate) fn rows<T: Send>(
    data: &mut [T],
    width: usize,
    size: usize,
    operations: u64,
    work: impl Fn(usize, &mut [T]) + Send + Sync,
) {
    if divides(operations) {
        chunks_mut(data, size * width, |first, rows| work(first / width, rows));
    } else {
        work(0, data);
    }
}

/// Slices of one length that are worked on together and can be cut at the same place.
pub(crate) trait Cut: Send + Sized {
    /// Returns the length of each slice.
    fn len(&self) -> usize;
    /// Splits off what lies before `at`.
    fn cut(self, at: usize) -> (Self, Self);
}

/// Runs `work` on consecutive pieces of `data` and adds what it returns, in an order that depends on the lengths alone.
pub(crate) fn sum<D: Cut>(data: D, size: usize, work: &(impl Fn(D) -> f64 + Sync)) -> f64 {
    let len = data.len();
    if len <= WORTH_SHARING {
        return sum_alone(data, size, work);
    }
    let mut pieces = Pieces::<D, PIECES>::new();
    halve(data, size, PIECES, &mut |piece| pieces.push(piece));
    let sums = [const { Mutex::new(0.0) }; PIECES];
    pieces.each(|i, piece| {
        *sums[i].lock().unwrap_or_else(PoisonError::into_inner) = sum_alone(piece, size, work);
    });
    let mut sums = sums.into_iter().map(|sum| sum.into_inner().unwrap_or_else(PoisonError::into_inner));
    add_halves(len, size, PIECES, &mut sums)
}

/// Returns the element at which a sum over `len` is split.
fn middle(len: usize, size: usize) -> usize {
    len.div_ceil(size) / 2 * size
}

fn sum_alone<D: Cut>(data: D, size: usize, work: &impl Fn(D) -> f64) -> f64 {
    let len = data.len();
    if len <= size {
        return work(data);
    }
    let (left, right) = data.cut(middle(len, size));
    sum_alone(left, size, work) + sum_alone(right, size, work)
}

/// Cuts data in halves, and these again, into `most` pieces at most.
fn halve<D: Cut>(data: D, size: usize, most: usize, take: &mut impl FnMut(D)) {
    let len = data.len();
    if len <= size || most < 2 {
        return take(data);
    }
    let (left, right) = data.cut(middle(len, size));
    halve(left, size, most / 2, take);
    halve(right, size, most / 2, take);
}

/// Adds the sums of what [`halve`] made, in the order in which it was cut.
fn add_halves(len: usize, size: usize, most: usize, sums: &mut impl Iterator<Item = f64>) -> f64 {
    if len <= size || most < 2 {
        return sums.next().unwrap_or(0.0);
    }
    let middle = middle(len, size);
    let left = add_halves(middle, size, most / 2, sums);
    left + add_halves(len - middle, size, most / 2, sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair<'a>(&'a mut [i32], &'a [f32]);

    impl Cut for Pair<'_> {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn cut(self, at: usize) -> (Self, Self) {
            let ((a, c), (b, d)) = (self.0.split_at_mut(at), self.1.split_at(at));
            (Pair(a, b), Pair(c, d))
        }
    }

    #[test]
    fn a_sum_visits_each_piece_once() {
        for len in [0, 1, 10, 11, 20_000, 100_003] {
            let mut seen = vec![0; len];
            let terms = vec![0.1f32; len];
            let work = |Pair(seen, terms): Pair| {
                assert!(seen.len() <= 10);
                seen.iter_mut().for_each(|seen| *seen += 1);
                terms.iter().map(|&term| f64::from(term)).sum()
            };
            let total = sum(Pair(&mut seen, &terms), 10, &work);
            assert!(seen.iter().all(|&seen| seen == 1));
            assert!((total / 0.1 - len as f64).abs() < 1.0);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
            assert_eq!(total, pool.install(|| sum(Pair(&mut seen, &terms), 10, &work)));
        }
    }
}

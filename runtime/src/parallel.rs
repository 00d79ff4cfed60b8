//! The only file that names rayon: who runs when, and from which size on it is worth it.
//!
//! What a piece of work computes never depends on which thread does it or on how many there are.

use crate::kernels::team;
use crate::memory::Lane;
use rayon::prelude::*;
use std::ops::Range;

/// Below this many floats, a second thread costs more than it brings (an empty `join` took 1 to 5 µs on two cores).
const WORTH_SHARING: usize = 16 * 1024;

/// Runs `work` for every index below `count`, each once, on any thread.
pub(crate) fn blocks(count: usize, work: impl Fn(usize) + Send + Sync) {
    if count == 1 {
        work(0);
    } else {
        (0..count).into_par_iter().for_each(work);
    }
}

/// Runs `work` on consecutive pieces of `data` with the index of each piece's first element.
pub(crate) fn chunks_mut<T: Send>(data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Send + Sync) {
    if data.len() <= size.max(WORTH_SHARING) {
        for (i, chunk) in data.chunks_mut(size).enumerate() {
            work(i * size, chunk);
        }
    } else {
        data.par_chunks_mut(size).enumerate().for_each(|(i, chunk)| work(i * size, chunk));
    }
}

/// Enters rayon's pool, so that every loop inside starts without waking it from outside.
pub fn enter<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if rayon::current_thread_index().is_some() { work() } else { rayon::join(work, || ()).0 }
}

/// How many threads work together.
pub(crate) fn threads() -> usize {
    rayon::current_num_threads()
}

/// Runs `work` on a thread of the pool, some time.
pub(crate) fn detach(work: impl FnOnce() + Send + 'static) {
    rayon::spawn(work);
}

/// How many of `n` samples to give to each of so many lanes: as many as there are tiles for at once, so that weights are
/// read as rarely as can be, but something for every thread.
pub fn share(n: usize, lanes: usize, tile: usize) -> usize {
    tile.min(n.div_ceil(threads())).max(n.div_ceil(lanes))
}

/// Gives `n` samples to lanes, `lane` to each, and runs `work` on every lane that has any, with its own rows of each
/// part: a slice and its numbers a sample.
pub fn lanes<const LANES: usize, const K: usize>(
    lanes: &mut [Lane; LANES],
    lane: usize,
    n: usize,
    parts: [(&mut [f32], usize); K],
    work: impl Fn(&mut Lane, [&mut [f32]; K]) + Send + Sync,
) {
    let mut rest = parts;
    let samples = lane;
    let mut jobs = lanes.each_mut().map(|lane| {
        lane.take(n, samples);
        let rows = rest.each_mut().map(|(slice, len)| {
            let (mine, others) = std::mem::take(slice).split_at_mut(lane.samples() * *len);
            *slice = others;
            mine
        });
        Some((lane, rows))
    });
    jobs.par_iter_mut()
        .with_max_len(1)
        .filter(|job| job.as_ref().is_some_and(|(lane, _)| lane.samples() > 0))
        .for_each(|job| {
            if let Some((lane, rows)) = job.take() {
                work(lane, rows);
            }
        });
}

/// Below this many multiplications a matrix product is over before a second thread has begun (64 a nanosecond).
const WORTH_DIVIDING: usize = 256 * 1024;

/// Cuts `0..length` into ranges of `size`, the last longer by what is left over, and runs `work` on each, on any thread;
/// on the whole where `operations` are too few to share.
pub(crate) fn ranges(
    length: usize,
    size: usize,
    operations: usize,
    work: impl Fn(Range<usize>) + Send + Sync,
) {
    let count = if operations < WORTH_DIVIDING { 1 } else { (length / size).max(1) };
    blocks(count, |i| work(i * size..if i + 1 == count { length } else { (i + 1) * size }));
}

/// Below this many multiplications help is not worth asking for, even from a thread that is awake: what it computes would
/// have to come from its cache.
const WORTH_ASKING: usize = 320 * 1024;

/// Multiplications of a part that is taken at once.
const PART: usize = 48 * 1024;

/// For kernels that one thread runs on few samples: cuts `0..length` at multiples of `size` and asks threads that are
/// awake for help, unless this thread is itself one of several at work; then `work` gets the whole.
pub(crate) fn assisted(
    length: usize,
    size: usize,
    operations: usize,
    work: impl Fn(Range<usize>) + Send + Sync,
) {
    let count = (operations / PART).min(length / size).min(4 * threads());
    if operations < WORTH_ASKING || count < 2 || rayon::current_thread_index().is_some() {
        return work(0..length);
    }
    let cut = |i| if i == count { length } else { i * length / count / size * size };
    team::share(count, &|i| work(cut(i)..cut(i + 1)));
}

/// Like [`ranges`] on the rows of `data`, `size` at a time; `work` gets the index of its first row.
pub(crate) fn rows<T: Send>(
    data: &mut [T],
    width: usize,
    size: usize,
    operations: usize,
    work: impl Fn(usize, &mut [T]) + Send + Sync,
) {
    if operations < WORTH_DIVIDING {
        work(0, data);
    } else {
        data.par_chunks_mut(size * width).enumerate().for_each(|(i, rows)| work(i * size, rows));
    }
}

/// Slices of one length that are worked on together and can be cut at the same place.
pub(crate) trait Cut: Send + Sized {
    /// The length of each slice.
    fn len(&self) -> usize;
    /// What lies before `at`, and the rest.
    fn cut(self, at: usize) -> (Self, Self);
}

/// Runs `work` on consecutive pieces of `data` and adds what it returns, in an order that depends on the lengths alone.
pub(crate) fn sum<D: Cut>(data: D, size: usize, work: &(impl Fn(D) -> f64 + Sync)) -> f64 {
    let len = data.len();
    if len <= size {
        return work(data);
    }
    let (left, right) = data.cut(len.div_ceil(size) / 2 * size);
    let (left, right) = if len <= WORTH_SHARING {
        (sum(left, size, work), sum(right, size, work))
    } else {
        rayon::join(|| sum(left, size, work), || sum(right, size, work))
    };
    left + right
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

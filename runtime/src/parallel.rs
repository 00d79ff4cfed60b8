//! The only file that names rayon: who runs when, and from which size on it is worth it.
//!
//! What a piece of work computes never depends on which thread does it or on how many there are.

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

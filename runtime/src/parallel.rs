//! The only file that names rayon: who runs when, and from which size on it is worth it.
//!
//! What a piece of work computes never depends on which thread does it or on how many there are.

use rayon::prelude::*;

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

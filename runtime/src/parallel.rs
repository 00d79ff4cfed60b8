//! The only file that names rayon: who runs when, and from which size on it is worth it.
//!
//! What a piece of work computes never depends on which thread does it or on how many there are.

use crate::memory::Lane;
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

/// Enters rayon's pool, so that every loop inside starts without waking it from outside.
pub fn enter<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if rayon::current_thread_index().is_some() { work() } else { rayon::join(work, || ()).0 }
}

/// Gives `n` samples to lanes, `LANE` to each, and runs `work` on every lane that has any, with its own rows of each
/// part: a slice and its numbers a sample.
pub fn lanes<const LANE: usize, const LANES: usize, const K: usize>(
    lanes: &mut [Lane; LANES],
    n: usize,
    parts: [(&mut [f32], usize); K],
    work: impl Fn(&mut Lane, [&mut [f32]; K]) + Send + Sync,
) {
    let mut rest = parts;
    let mut jobs = lanes.each_mut().map(|lane| {
        lane.take(n, LANE);
        let rows = rest.each_mut().map(|(slice, len)| {
            let (mine, others) = std::mem::take(slice).split_at_mut(lane.samples() * *len);
            *slice = others;
            mine
        });
        Some((lane, rows))
    });
    jobs.par_iter_mut().filter(|job| job.as_ref().is_some_and(|(lane, _)| lane.samples() > 0)).for_each(
        |job| {
            if let Some((lane, rows)) = job.take() {
                work(lane, rows);
            }
        },
    );
}

//! Work on parts of a table, in threads: what they give does not depend on their number.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

/// More threads than these wait for the memory.
const MOST_THREADS: usize = 16;

/// Divides a range into parts of about the same length, of which each is worth a thread.
pub(super) fn parts(len: usize, least: usize) -> Vec<Range<usize>> {
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(MOST_THREADS));
    let count = (len / least).clamp(1, threads);
    let bound = |part: usize| (len as u128 * part as u128 / count as u128) as usize;
    (0..count).map(|part| bound(part)..bound(part + 1)).collect()
}

/// Does the same work on each part, in threads if there is more than one, and returns the results in order.
pub(super) fn in_threads<P: Send, T: Send>(parts: Vec<P>, work: impl Fn(P) -> T + Sync) -> Vec<T> {
    if parts.len() < 2 {
        return parts.into_iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || work(part))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

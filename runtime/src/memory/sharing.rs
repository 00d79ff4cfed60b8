//! Distribution of samples to lanes, and of lanes to threads.

use super::Lane;
use crate::parallel::Pieces;

/// Returns a part for [`lanes`] that is wanted unless it is empty: a slice and its numbers per sample.
pub fn optional(slice: &mut [f32], len: usize) -> (&mut [f32], usize) {
    let len = if slice.is_empty() { 0 } else { len };
    (slice, len)
}

/// Gives `n` samples to lanes, `lane` to each, and runs `work` on every lane that has any, with its own rows
/// of each part: a slice and its numbers per sample.
pub fn lanes<const LANES: usize, const K: usize>(
    lanes: &mut [Lane; LANES],
    lane: usize,
    n: usize,
    parts: [(&mut [f32], usize); K],
    work: impl Fn(&mut Lane, [&mut [f32]; K]) + Send + Sync,
) {
    if let [one] = &mut lanes[..] {
        one.take(n, lane);
        let samples = one.samples();
        return work(one, parts.map(|(slice, len)| &mut slice[..samples * len]));
    }
    let mut rest = parts;
    let mut jobs = Pieces::<_, LANES>::new();
    for one in lanes {
        one.take(n, lane);
        let rows = rest.each_mut().map(|(slice, len)| {
            let (mine, others) = std::mem::take(slice).split_at_mut(one.samples() * *len);
            *slice = others;
            mine
        });
        if one.samples() > 0 {
            jobs.push((one, rows));
        }
    }
    jobs.each(|_, (lane, rows)| work(lane, rows));
}

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

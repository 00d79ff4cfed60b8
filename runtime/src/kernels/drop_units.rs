//! Dropout of whole channels (Tompson and others, 2015), and of whole samples on their way through a branch, which is
//! stochastic depth (Huang and others, 2016). As in [`dropout`](super::dropout), what is dropped does not depend on how the
//! batch is cut.

use super::dropout::Key;
use super::isa::{Arithmetic, Kernel, dispatch};
use crate::rng::{GROUP, Purpose, Stream};

/// Drops each unit of each sample with probability `p` and divides the others by `1 - p`.
///
/// `x` and `y` are `[n, P, C]`; of `UNITS` there are `C`, the channels, or one, the sample. `mask`, `[n, UNITS]`, becomes 1
/// where a unit is kept, else 0.
pub fn forward<const C: usize, const P: usize, const UNITS: usize>(
    key: Key,
    first_sample: usize,
    p: f32,
    x: &[f32],
    y: &mut [f32],
    mask: &mut [u8],
) {
    assert!((0.0..1.0).contains(&p), "a probability of dropping must be in [0, 1), not {p}");
    check::<C, P, UNITS>(y, mask);
    assert_eq!(x.len(), y.len());
    let stream = Stream::new(key.seed, Purpose::Dropout, key.step, key.layer);
    let first = first_sample as u64 * UNITS as u64;
    stream.check(first, mask.len());
    let threshold = (p * (1 << 24) as f32).ceil() as u32;
    dispatch(Decide { stream, first, threshold, mask });
    y.copy_from_slice(x);
    dispatch(Apply::<C, P, UNITS> { scale: 1.0 / (1.0 - p), mask, y });
}

/// Turns the gradient of the result into that of the input.
pub fn backward<const C: usize, const P: usize, const UNITS: usize>(p: f32, mask: &[u8], dy: &mut [f32]) {
    check::<C, P, UNITS>(dy, mask);
    dispatch(Apply::<C, P, UNITS> { scale: 1.0 / (1.0 - p), mask, y: dy });
}

fn check<const C: usize, const P: usize, const UNITS: usize>(y: &[f32], mask: &[u8]) {
    const { assert!(C > 0 && P > 0 && (UNITS == C || UNITS == 1)) };
    assert_eq!(y.len() % (P * C), 0);
    assert_eq!(mask.len(), y.len() / (P * C) * UNITS);
}

struct Decide<'a> {
    stream: Stream,
    first: u64,
    /// Numbers whose upper 24 bits are below this are dropped.
    threshold: u32,
    mask: &'a mut [u8],
}

impl Kernel for Decide<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let mut group = (self.first / GROUP as u64) as u32;
        let mut begun = (self.first % GROUP as u64) as usize;
        let mut at = 0;
        while at < self.mask.len() {
            let numbers = self.stream.group(group);
            let end = self.mask.len().min(at + GROUP - begun);
            for (kept, bits) in self.mask[at..end].iter_mut().zip(&numbers[begun..]) {
                *kept = u8::from(bits >> 8 >= self.threshold);
            }
            (at, begun) = (end, 0);
            group = group.wrapping_add(1);
        }
    }
}

struct Apply<'a, const C: usize, const P: usize, const UNITS: usize> {
    scale: f32,
    mask: &'a [u8],
    y: &'a mut [f32],
}

impl<const C: usize, const P: usize, const UNITS: usize> Kernel for Apply<'_, C, P, UNITS> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (y, mask) in self.y.chunks_exact_mut(P * C).zip(self.mask.chunks_exact(UNITS)) {
            if UNITS == 1 {
                let factor = if mask[0] != 0 { self.scale } else { 0.0 };
                y.iter_mut().for_each(|y| *y *= factor);
                continue;
            }
            for y in y.chunks_exact_mut(C) {
                for (y, kept) in y.iter_mut().zip(mask) {
                    *y *= if *kept != 0 { self.scale } else { 0.0 };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{numbers, on_each_isa};
    use crate::rng::uniform;

    const KEY: Key = Key { seed: 11, step: 5, layer: 2 };

    fn check_one<const C: usize, const P: usize, const UNITS: usize>() {
        on_each_isa(|| {
            let stream = Stream::new(11, Purpose::Dropout, 5, 2);
            for (first_sample, n, p) in [(0, 3, 0.5), (7, 2, 0.25), (13, 0, 0.1)] {
                let x = numbers(1, n * P * C);
                let (mut y, mut mask) = (vec![f32::NAN; x.len()], vec![9; n * UNITS]);
                forward::<C, P, UNITS>(KEY, first_sample, p, &x, &mut y, &mut mask);
                for i in 0..x.len() {
                    let unit = i / (P * C) * UNITS + if UNITS == 1 { 0 } else { i % C };
                    let kept = uniform(stream.at((first_sample * UNITS + unit) as u64)) >= p;
                    assert_eq!(mask[unit], u8::from(kept));
                    assert_eq!(y[i], if kept { x[i] * (1.0 / (1.0 - p)) } else { 0.0 });
                }
                let mut dy = x.clone();
                backward::<C, P, UNITS>(p, &mask, &mut dy);
                assert_eq!(dy, y);
            }
        });
    }

    #[test]
    fn keeps_what_the_stream_says() {
        check_one::<1, 1, 1>();
        check_one::<37, 4, 37>();
        check_one::<16, 9, 16>();
        check_one::<16, 9, 1>();
        check_one::<5, 1, 1>();
    }

    #[test]
    fn rates() {
        let x = vec![1.0; 100_000];
        let (mut y, mut mask) = (x.clone(), vec![0; x.len() / 2]);
        forward::<10, 2, 10>(KEY, 0, 0.25, &x, &mut y, &mut mask);
        let kept = mask.iter().filter(|&&kept| kept == 1).count();
        // The standard deviation is 97.
        assert!(kept.abs_diff(37_500) < 490, "{kept}");
    }
}

//! Dropout: which activations are dropped is a function of the seed, the step, the layer and the activation's place in the
//! batch, so it does not depend on how the batch is cut.

use super::isa::{Arithmetic, Kernel, dispatch};
use crate::rng::{GROUP, Purpose, Stream};

/// Seed, step and layer, from which the random numbers of dropout are derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The training run's seed.
    pub seed: u64,
    /// The training step, below 2⁵⁶.
    pub step: u64,
    /// The layer's number in the network.
    pub layer: u32,
}

/// The place of a piece of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The index in the batch of the piece's first sample.
    pub first_sample: usize,
    /// The numbers of a sample.
    pub sample_len: usize,
}

impl Place {
    /// Returns the piece that begins with this sample of the batch.
    pub fn new(first_sample: usize, sample_len: usize) -> Place {
        Place { first_sample, sample_len }
    }
}

/// Drops each number with probability `p` and divides the others by `1 - p`; `mask` becomes 1 where a number is kept, else 0.
///
/// `x` may begin at any sample of the batch. A batch may have up to 2³⁴ numbers.
pub fn forward(key: Key, place: Place, p: f32, x: &[f32], y: &mut [f32], mask: &mut [u8]) {
    assert_eq!(x.len(), y.len());
    let kernel = Forward::<false, false>::new(key, place, p, x, y, mask);
    dispatch(kernel);
}

/// Runs [`forward`] with the result in place of its input.
pub fn forward_in_place(key: Key, place: Place, p: f32, y: &mut [f32], mask: &mut [u8]) {
    dispatch(Forward::<true, false>::new(key, place, p, &[], y, mask));
}

/// Drops each number with probability `p`: what is kept becomes `scale · x + shift`, what is dropped `dropped`.
pub fn alpha(key: Key, place: Place, p: f32, alpha: Alpha, x: &[f32], y: &mut [f32], mask: &mut [u8]) {
    assert_eq!(x.len(), y.len());
    let mut kernel = Forward::<false, true>::new(key, place, p, x, y, mask);
    (kernel.scale, kernel.shift, kernel.dropped) = (alpha.scale, alpha.shift, alpha.dropped);
    dispatch(kernel);
}

/// Turns the gradient of [`alpha`]'s result into that of its input.
pub fn alpha_backward(scale: f32, mask: &[u8], dy: &mut [f32]) {
    assert_eq!(mask.len(), dy.len());
    dispatch(Backward { scale, mask, dy });
}

/// The affine map of alpha dropout.
#[derive(Clone, Copy, Debug)]
pub struct Alpha {
    /// The factor of a number that is kept.
    pub scale: f32,
    /// The shift that is added to it.
    pub shift: f32,
    /// The value of a number that is dropped.
    pub dropped: f32,
}

/// Turns the gradient of the result into that of the input.
pub fn backward(p: f32, mask: &[u8], dy: &mut [f32]) {
    assert_eq!(mask.len(), dy.len());
    dispatch(Backward { scale: 1.0 / (1.0 - p), mask, dy });
}

/// Forward kernel; with `ALPHA`, numbers are also shifted.
struct Forward<'a, const IN_PLACE: bool, const ALPHA: bool> {
    stream: Stream,
    /// The position of the piece's first number in the stream.
    first: u64,
    /// Numbers whose upper 24 bits are below this are dropped.
    threshold: u32,
    scale: f32,
    shift: f32,
    dropped: f32,
    x: &'a [f32],
    y: &'a mut [f32],
    mask: &'a mut [u8],
}

impl<'a, const IN_PLACE: bool, const ALPHA: bool> Forward<'a, IN_PLACE, ALPHA> {
    fn new(key: Key, place: Place, p: f32, x: &'a [f32], y: &'a mut [f32], mask: &'a mut [u8]) -> Self {
        assert!((0.0..=1.0).contains(&p), "a probability must be in [0, 1], not {p}");
        assert_eq!(y.len(), mask.len());
        let stream = Stream::new(key.seed, Purpose::Dropout, key.step, key.layer);
        let first = place.first_sample as u64 * place.sample_len as u64;
        stream.check(first, y.len());
        let threshold = (p * (1 << 24) as f32).ceil() as u32;
        Forward { stream, first, threshold, scale: 1.0 / (1.0 - p), shift: 0.0, dropped: 0.0, x, y, mask }
    }

    /// Decides about the numbers `at..end`, with consecutive random bits.
    #[inline(always)]
    fn decide(&mut self, at: usize, end: usize, bits: &[u32]) {
        let y = &mut self.y[at..end];
        let x = if IN_PLACE { &[] } else { &self.x[at..end] };
        let mask = &mut self.mask[at..end];
        let bits = &bits[..y.len()];
        for i in 0..y.len() {
            let keep = bits[i] >> 8 >= self.threshold;
            mask[i] = u8::from(keep);
            let x = if IN_PLACE { y[i] } else { x[i] };
            if ALPHA {
                let kept = self.scale * x + self.shift;
                y[i] = if keep { kept } else { self.dropped };
            } else {
                y[i] = x * if keep { self.scale } else { 0.0 };
            }
        }
    }
}

impl<const IN_PLACE: bool, const ALPHA: bool> Kernel for Forward<'_, IN_PLACE, ALPHA> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(mut self) {
        let mut group = (self.first / GROUP as u64) as u32;
        let mut begun = (self.first % GROUP as u64) as usize;
        let mut at = 0;
        while at < self.y.len() {
            let numbers = self.stream.group(group);
            if begun == 0 && self.y.len() - at >= GROUP {
                self.decide(at, at + GROUP, &numbers);
                at += GROUP;
            } else {
                let end = self.y.len().min(at + GROUP - begun);
                self.decide(at, end, &numbers[begun..]);
                (at, begun) = (end, 0);
            }
            group = group.wrapping_add(1);
        }
    }
}

struct Backward<'a> {
    scale: f32,
    mask: &'a [u8],
    dy: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (dy, &kept) in self.dy.iter_mut().zip(self.mask) {
            *dy *= if kept != 0 { self.scale } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{numbers, on_each_isa};
    use crate::rng::uniform;

    const KEY: Key = Key { seed: 11, step: 5, layer: 2 };

    #[test]
    fn keeps_what_the_stream_says() {
        on_each_isa(|| {
            let stream = Stream::new(11, Purpose::Dropout, 5, 2);
            for (sample_len, n, p) in [(1, 1, 0.5), (84, 7, 0.25), (64, 3, 0.1), (1000, 2, 0.9), (5, 0, 0.3)]
            {
                for first_sample in [0, 1, 13] {
                    let x = numbers(1, n * sample_len);
                    let (mut y, mut mask) = (vec![f32::NAN; x.len()], vec![9; x.len()]);
                    let place = Place { first_sample, sample_len };
                    forward(KEY, place, p, &x, &mut y, &mut mask);
                    for i in 0..x.len() {
                        let kept = uniform(stream.at((first_sample * sample_len + i) as u64)) >= p;
                        assert_eq!(mask[i], u8::from(kept));
                        assert_eq!(y[i], if kept { x[i] * (1.0 / (1.0 - p)) } else { 0.0 });
                    }
                    let (mut z, mut again) = (x.clone(), vec![9; x.len()]);
                    forward_in_place(KEY, place, p, &mut z, &mut again);
                    assert_eq!((&z, &again), (&y, &mask));
                    let mut dy = x.clone();
                    backward(p, &mask, &mut dy);
                    assert_eq!(dy, y);

                    let values = Alpha { scale: 1.5, shift: 0.25, dropped: -3.0 };
                    alpha(KEY, place, p, values, &x, &mut y, &mut again);
                    assert_eq!(again, mask);
                    dy.copy_from_slice(&x);
                    alpha_backward(1.5, &mask, &mut dy);
                    for i in 0..x.len() {
                        let kept = mask[i] == 1;
                        assert_eq!(y[i], if kept { 1.5 * x[i] + 0.25 } else { -3.0 });
                        assert_eq!(dy[i], if kept { 1.5 * x[i] } else { 0.0 });
                    }
                }
            }
        });
    }

    #[test]
    fn does_not_depend_on_the_cut() {
        let (sample_len, n) = (37, 20);
        let x = numbers(2, n * sample_len);
        let (mut whole, mut mask) = (x.clone(), vec![0; x.len()]);
        forward_in_place(KEY, Place { first_sample: 0, sample_len }, 0.4, &mut whole, &mut mask);
        for tile in [1, 3, 8] {
            let mut pieces = x.clone();
            for (i, piece) in pieces.chunks_mut(tile * sample_len).enumerate() {
                let place = Place { first_sample: i * tile, sample_len };
                forward_in_place(KEY, place, 0.4, piece, &mut mask[..piece.len()]);
            }
            assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn extremes_and_rates() {
        let x = vec![1.0; 100_000];
        let (mut y, mut mask) = (x.clone(), vec![0; x.len()]);
        let place = Place { first_sample: 0, sample_len: x.len() };
        forward(KEY, place, 0.0, &x, &mut y, &mut mask);
        assert_eq!(y, x);
        forward(KEY, place, 1.0, &x, &mut y, &mut mask);
        assert!(y.iter().all(|&y| y == 0.0));
        assert!(mask.iter().all(|&kept| kept == 0));
        let mut dy = x.clone();
        backward(1.0, &mask, &mut dy);
        assert!(dy.iter().all(|&dy| dy == 0.0));
        let first = {
            forward(KEY, place, 0.25, &x, &mut y, &mut mask);
            mask.clone()
        };
        let kept = first.iter().filter(|&&kept| kept == 1).count();
        // The standard deviation is 137.
        assert!(kept.abs_diff(75_000) < 690, "{kept}");
        for other in [Key { seed: 12, ..KEY }, Key { step: 6, ..KEY }, Key { layer: 3, ..KEY }] {
            forward(other, place, 0.25, &x, &mut y, &mut mask);
            let same = mask.iter().zip(&first).filter(|(a, b)| a == b).count();
            // Independent decisions agree with probability 0.75² + 0.25².
            assert!(same.abs_diff(62_500) < 770, "{same}");
        }
    }
}

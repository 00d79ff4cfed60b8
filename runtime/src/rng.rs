//! Random numbers that are a function of where they are used, not of what was drawn before.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw: *Parallel random numbers: as easy as 1, 2, 3*, SC 2011).
//! The seed is its key; purpose, step and layer are part of its counter, so two streams never share a counter.

use crate::isa::{Arithmetic, Kernel, dispatch};

/// Purpose of random numbers. Streams of different purposes share none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Weights before the first step.
    Init = 1,
    /// The activations that are dropped.
    Dropout = 2,
    /// The order of the samples in an epoch.
    Shuffle = 3,
    /// The samples that are held out.
    Split = 4,
    /// The changes of a sample by augmentation.
    Augment = 5,
    /// The noise and the orders of explanations.
    Explain = 6,
    /// The changes of test samples.
    Stress = 7,
}

/// The numbers of one use. Position `i` of a stream always holds the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
    /// The last three words of the counter; the first counts blocks of four numbers.
    place: [u32; 3],
}

/// Numbers that are made at once: word `w` of 16 consecutive blocks, for each of the four `w`.
pub(crate) const GROUP: usize = 64;
const BLOCKS: usize = GROUP / 4;

/// A stream holds this many numbers.
pub const STREAM_LENGTH: u64 = 1 << 34;

impl Stream {
    /// Returns the stream for `(seed, purpose, a, b)`; `a`, which is a step, epoch or sample, must be below
    /// 2⁵⁶.
    pub fn new(seed: u64, purpose: Purpose, a: u64, b: u32) -> Stream {
        assert!(a < 1 << 56, "a stream's first index must be below 2^56");
        Stream {
            key: [seed as u32, (seed >> 32) as u32],
            place: [b, a as u32, (a >> 32) as u32 | (purpose as u32) << 24],
        }
    }

    /// Returns the number at `position`, uniform over all of `u32`.
    pub fn at(&self, position: u64) -> u32 {
        assert!(position < STREAM_LENGTH, "a random stream is exhausted");
        let (group, place) = ((position / GROUP as u64) as u32, (position % GROUP as u64) as usize);
        let block = group * BLOCKS as u32 + (place % BLOCKS) as u32;
        philox([block, self.place[0], self.place[1], self.place[2]], self.key)[place / BLOCKS]
    }

    /// Writes the numbers from position `first` on.
    pub fn fill(&self, first: u64, out: &mut [u32]) {
        self.check(first, out.len());
        dispatch(Fill { stream: *self, first, out });
    }

    /// Panics unless `count` numbers from `first` on are inside the stream.
    pub(crate) fn check(&self, first: u64, count: usize) {
        let end = first.checked_add(count as u64);
        assert!(end.is_some_and(|end| end <= STREAM_LENGTH), "a random stream is exhausted");
    }

    /// Returns the numbers of one group.
    #[inline(always)]
    pub(crate) fn group(&self, group: u32) -> [u32; GROUP] {
        // The words stand in 64 bits, the width of their products.
        let mut a: [u64; BLOCKS] = std::array::from_fn(|i| u64::from(group * BLOCKS as u32) + i as u64);
        let [mut b, mut c, mut d] = self.place.map(|word| [u64::from(word); BLOCKS]);
        let mut key = self.key;
        for _ in 0..ROUNDS {
            for i in 0..BLOCKS {
                let (p, q) = (a[i].wrapping_mul(MULTIPLIERS[0]), c[i].wrapping_mul(MULTIPLIERS[1]));
                a[i] = (q >> 32) ^ b[i] ^ u64::from(key[0]);
                b[i] = q & 0xffff_ffff;
                c[i] = (p >> 32) ^ d[i] ^ u64::from(key[1]);
                d[i] = p & 0xffff_ffff;
            }
            key = [key[0].wrapping_add(STEPS[0]), key[1].wrapping_add(STEPS[1])];
        }
        let mut numbers = [0; GROUP];
        for (numbers, word) in numbers.chunks_exact_mut(BLOCKS).zip([a, b, c, d]) {
            for (number, word) in numbers.iter_mut().zip(word) {
                *number = word as u32;
            }
        }
        numbers
    }

    /// Returns the stream's numbers one after the other.
    pub fn draw(self) -> Draw {
        Draw { stream: self, position: 0, numbers: [0; GROUP] }
    }
}

const ROUNDS: usize = 10;
const MULTIPLIERS: [u64; 2] = [0xd251_1f53, 0xcd9e_8d57];
const STEPS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// Computes Philox4x32-10: four numbers for each counter and key.
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut a, mut b, mut c, mut d], mut key) = (counter, key);
    for _ in 0..ROUNDS {
        let (p, q) = (u64::from(a) * MULTIPLIERS[0], u64::from(c) * MULTIPLIERS[1]);
        (a, b, c, d) = ((q >> 32) as u32 ^ b ^ key[0], q as u32, (p >> 32) as u32 ^ d ^ key[1], p as u32);
        key = [key[0].wrapping_add(STEPS[0]), key[1].wrapping_add(STEPS[1])];
    }
    [a, b, c, d]
}

/// Returns a number in [0, 1) from the upper 24 bits, all that an `f32` can tell apart there.
#[inline(always)]
pub fn uniform(bits: u32) -> f32 {
    (bits >> 8) as f32 / (1 << 24) as f32
}

struct Fill<'a> {
    stream: Stream,
    first: u64,
    out: &'a mut [u32],
}

impl Kernel for Fill<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let mut group = (self.first / GROUP as u64) as u32;
        let begun = (self.first % GROUP as u64) as usize;
        let mut out = self.out;
        if begun > 0 {
            let (head, rest) = out.split_at_mut(out.len().min(GROUP - begun));
            head.copy_from_slice(&self.stream.group(group)[begun..][..head.len()]);
            (group, out) = (group.wrapping_add(1), rest);
        }
        for chunk in out.chunks_mut(GROUP) {
            chunk.copy_from_slice(&self.stream.group(group)[..chunk.len()]);
            group = group.wrapping_add(1);
        }
    }
}

/// Source of a stream's numbers, in order.
#[derive(Clone, Debug)]
pub struct Draw {
    stream: Stream,
    position: u64,
    numbers: [u32; GROUP],
}

impl Draw {
    /// Returns the next number, uniform over all of `u32`.
    pub fn bits(&mut self) -> u32 {
        let place = (self.position % GROUP as u64) as usize;
        if place == 0 {
            self.stream.fill(self.position, &mut self.numbers);
        }
        self.position += 1;
        self.numbers[place]
    }

    /// Returns the next number in [0, 1), of 24 bits.
    pub fn uniform(&mut self) -> f32 {
        uniform(self.bits())
    }

    /// Returns a number below `end`, each equally likely (Lemire: *Fast random integer generation in an
    /// interval*, 2019).
    pub fn below(&mut self, end: u32) -> u32 {
        assert!(end > 0, "there is no number below 0");
        // The products whose lower halves are below 2^32 mod end would make some results likelier.
        let unfair = end.wrapping_neg() % end;
        loop {
            let product = u64::from(self.bits()) * u64::from(end);
            if product as u32 >= unfair {
                return (product >> 32) as u32;
            }
        }
    }

    /// Puts the items into an order, each order equally likely (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let end = u32::try_from(i + 1).expect("at most 2^32 items can be shuffled");
            items.swap(i, self.below(end) as usize);
        }
    }

    /// Draws two independent standard normal numbers (Box and Muller, 1958).
    pub fn normal(&mut self) -> [f32; 2] {
        // In (0, 1], so that the logarithm is finite.
        let u = (f64::from(self.bits()) + 1.0) / (1u64 << 32) as f64;
        let angle = f64::from(self.bits()) / (1u64 << 32) as f64 * std::f64::consts::TAU;
        let radius = (-2.0 * u.ln()).sqrt();
        [(radius * angle.cos()) as f32, (radius * angle.sin()) as f32]
    }
}

/// Puts the items into an order that depends on `(seed, epoch)` alone.
pub fn shuffle<T>(seed: u64, epoch: u64, items: &mut [T]) {
    Stream::new(seed, Purpose::Shuffle, epoch, 0).draw().shuffle(items);
}

/// Returns the numbers below `n` in the order of [`shuffle`].
pub fn permutation(seed: u64, epoch: u64, n: usize) -> Vec<u32> {
    let n = u32::try_from(n).expect("at most 2^32 items can be shuffled");
    let mut order: Vec<u32> = (0..n).collect();
    shuffle(seed, epoch, &mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::on_each_isa;

    #[test]
    fn known_answers_of_random123() {
        let ones = u32::MAX;
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let known = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([ones; 4], [ones; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (pi, [0xa409_3822, 0x299f_31d0], [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
        ];
        for (counter, key, answer) in known {
            assert_eq!(philox(counter, key), answer);
        }
    }

    #[test]
    fn a_position_has_its_number_whoever_asks() {
        on_each_isa(|| {
            let stream = Stream::new(0x0123_4567_89ab_cdef, Purpose::Dropout, 5 << 32 | 7, 3);
            let all: Vec<u32> = (0..500).map(|i| stream.at(i)).collect();
            for (first, count) in [(0, 500), (0, 0), (3, 5), (64, 64), (63, 2), (100, 333), (130, 62)] {
                let mut some = vec![0; count];
                stream.fill(first as u64, &mut some);
                assert_eq!(some, all[first..first + count], "{count} from {first} on");
            }
            let mut draw = stream.draw();
            assert!(all.iter().all(|&number| draw.bits() == number));
            let mut last = [0; 3];
            stream.fill(STREAM_LENGTH - 3, &mut last);
            assert_eq!(last[2], stream.at(STREAM_LENGTH - 1));
        });
    }

    #[test]
    #[should_panic(expected = "exhausted")]
    fn a_stream_ends() {
        Stream::new(1, Purpose::Init, 0, 0).fill(STREAM_LENGTH - 3, &mut [0; 4]);
    }

    #[test]
    fn streams_differ_in_every_part_of_their_key() {
        let streams = [
            Stream::new(1, Purpose::Init, 0, 0),
            Stream::new(2, Purpose::Init, 0, 0),
            Stream::new(1 << 32, Purpose::Init, 0, 0),
            Stream::new(1, Purpose::Dropout, 0, 0),
            Stream::new(1, Purpose::Init, 1, 0),
            Stream::new(1, Purpose::Init, 1 << 32, 0),
            Stream::new(1, Purpose::Init, 0, 1),
        ];
        for (i, a) in streams.iter().enumerate() {
            for b in &streams[i + 1..] {
                assert!((0..100).all(|k| a.at(k) != b.at(k)));
            }
        }
    }

    #[test]
    fn uniform_numbers_fill_the_interval() {
        assert_eq!(uniform(0), 0.0);
        assert_eq!(uniform(u32::MAX), 1.0 - f32::EPSILON / 2.0);
        let mut draw = Stream::new(3, Purpose::Augment, 0, 0).draw();
        let mut counts = [0; 10];
        for _ in 0..100_000 {
            counts[(draw.uniform() * 10.0) as usize] += 1;
        }
        // Each count has a standard deviation of 95.
        assert!(counts.iter().all(|&count: &i32| (count - 10_000).abs() < 480), "{counts:?}");
    }

    #[test]
    fn normal_numbers_have_the_normal_moments() {
        let mut draw = Stream::new(3, Purpose::Init, 0, 0).draw();
        let mut moments = [0.0; 4];
        let n = 200_000;
        for _ in 0..n / 2 {
            for x in draw.normal().map(f64::from) {
                for (power, moment) in (1..).zip(&mut moments) {
                    *moment += x.powi(power) / f64::from(n);
                }
            }
        }
        for ((found, want), deviation) in
            moments.iter().zip([0.0, 1.0, 0.0, 3.0]).zip([1.0f64, 2.0, 15.0, 96.0])
        {
            assert!((found - want).abs() < 5.0 * (deviation / f64::from(n)).sqrt(), "{moments:?}");
        }
    }

    #[test]
    fn bounded_numbers_are_fair() {
        let mut draw = Stream::new(9, Purpose::Split, 0, 0).draw();
        let mut counts = [0; 3];
        for _ in 0..30_000 {
            counts[draw.below(3) as usize] += 1;
        }
        assert!(counts.iter().all(|&count: &i32| (count - 10_000).abs() < 410), "{counts:?}");
        assert_eq!(draw.below(1), 0);
        // A quarter of this range's products is refused.
        let end = 3 << 30;
        let low = (0..30_000).filter(|_| draw.below(end) < 1 << 30).count();
        assert!(low.abs_diff(10_000) < 410, "{low}");
    }

    #[test]
    fn permutations_are_complete_and_differ() {
        for n in [0, 1, 2, 1000] {
            let mut order = permutation(7, 0, n);
            assert_eq!(order, permutation(7, 0, n));
            order.sort_unstable();
            assert!(order.into_iter().eq(0..n as u32));
        }
        assert_ne!(permutation(7, 0, 1000), permutation(7, 1, 1000));
        assert_ne!(permutation(7, 0, 1000), permutation(8, 0, 1000));
        let mut counts = [0; 6];
        for epoch in 0..6000 {
            let order = permutation(1, epoch, 3);
            counts[order[0] as usize * 2 + usize::from(order[1] > order[2])] += 1;
        }
        assert!(counts.iter().all(|&count: &i32| (count - 1000).abs() < 145), "{counts:?}");
    }
}

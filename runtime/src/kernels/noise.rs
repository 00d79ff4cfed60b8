//! Normal noise, a function of the seed, the step, the layer and the number's place in the batch.

use super::dropout::{Key, Place};
use super::isa::{Arithmetic, Kernel, dispatch};
use crate::rng::{GROUP, Purpose, Stream};

/// Computes `y = x + deviation · z` with independent standard normal `z` (Box and Muller, 1958).
///
/// `x` may begin at any sample of the batch. A batch may have up to 2³⁴ numbers.
pub fn forward(key: Key, place: Place, deviation: f32, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len());
    let stream = Stream::new(key.seed, Purpose::Dropout, key.step, key.layer);
    let first = place.first_sample as u64 * place.sample_len as u64;
    stream.check(first, x.len());
    dispatch(Forward { stream, first, deviation, x, y });
}

struct Forward<'a> {
    stream: Stream,
    /// The position of the piece's first number in the stream.
    first: u64,
    deviation: f32,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let mut group = (self.first / GROUP as u64) as u32;
        let mut begun = (self.first % GROUP as u64) as usize;
        let mut at = 0;
        while at < self.y.len() {
            let normals = normals(&self.stream.group(group));
            let end = self.y.len().min(at + GROUP - begun);
            for ((y, x), z) in self.y[at..end].iter_mut().zip(&self.x[at..end]).zip(&normals[begun..]) {
                *y = x + self.deviation * z;
            }
            (at, begun) = (end, 0);
            group = group.wrapping_add(1);
        }
    }
}

/// Draws normal numbers: half of a group's bits give the distances from the middle, half the directions.
#[inline(always)]
fn normals(bits: &[u32; GROUP]) -> [f32; GROUP] {
    const HALF: usize = GROUP / 2;
    let mut normals = [0.0; GROUP];
    for i in 0..HALF {
        // In (0, 1], so that the logarithm is finite.
        let radius = (-2.0 * ln(((bits[i] >> 8) + 1) as f32 / (1 << 24) as f32)).sqrt();
        let (sin, cos) = sin_cos((bits[HALF + i] >> 8) as f32 / (1 << 24) as f32);
        normals[i] = radius * cos;
        normals[HALF + i] = radius * sin;
    }
    normals
}

/// Returns the natural logarithm of a normal number above 0, by arithmetic alone.
#[inline(always)]
fn ln(x: f32) -> f32 {
    // x = 2^n m with m from √½ to √2.
    let bits = x.to_bits().wrapping_sub(std::f32::consts::FRAC_1_SQRT_2.to_bits());
    let n = (bits as i32) >> 23;
    let m = f32::from_bits(x.to_bits().wrapping_sub((n as u32) << 23));
    // ln m = 2 artanh((m - 1) / (m + 1)): the next term is below 1e-9.
    let s = (m - 1.0) / (m + 1.0);
    let t = s * s;
    let series = 1.0 + t * (1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0 + t * (1.0 / 9.0))));
    n as f32 * std::f32::consts::LN_2 + 2.0 * s * series
}

/// Returns the sine and cosine of a share of a whole turn, from 0 to 1.
#[inline(always)]
fn sin_cos(turn: f32) -> (f32, f32) {
    let quarter = (4.0 * turn + 0.5) as i32;
    let x = (turn - quarter as f32 * 0.25) * std::f32::consts::TAU;
    // Taylor's series up to an eighth of a turn: the next terms are below 4e-8.
    let t = x * x;
    let sin = x * (1.0 - t / 6.0 * (1.0 - t / 20.0 * (1.0 - t / 42.0 * (1.0 - t / 72.0))));
    let cos = 1.0 - t / 2.0 * (1.0 - t / 12.0 * (1.0 - t / 30.0 * (1.0 - t / 56.0)));
    match quarter & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    const KEY: Key = Key { seed: 11, step: 5, layer: 2 };

    fn naive(position: u64) -> f64 {
        let stream = Stream::new(KEY.seed, Purpose::Dropout, KEY.step, KEY.layer);
        let (group, place) = (position / GROUP as u64, position % GROUP as u64);
        let half = GROUP as u64 / 2;
        let share = |place: u64| f64::from(stream.at(group * GROUP as u64 + place) >> 8) / f64::from(1 << 24);
        let radius = (-2.0 * (share(place % half) + 1.0 / f64::from(1 << 24)).ln()).sqrt();
        let angle = share(half + place % half) * std::f64::consts::TAU;
        radius * if place < half { angle.cos() } else { angle.sin() }
    }

    #[test]
    fn is_what_the_stream_says() {
        on_each_isa(|| {
            for (sample_len, n) in [(1, 1), (84, 7), (64, 3), (1000, 2), (5, 0)] {
                for first_sample in [0, 1, 13] {
                    let x = numbers(1, n * sample_len);
                    let mut y = vec![f32::NAN; x.len()];
                    forward(KEY, Place { first_sample, sample_len }, 0.5, &x, &mut y);
                    let first = (first_sample * sample_len) as u64;
                    let want = (0..x.len()).map(|i| f64::from(x[i]) + 0.5 * naive(first + i as u64));
                    assert_close(&y, &want.collect::<Vec<_>>(), 2e-6);
                }
            }
        });
    }

    #[test]
    fn is_normal() {
        let x = vec![0.0; 1 << 20];
        let mut y = x.clone();
        forward(KEY, Place { first_sample: 0, sample_len: x.len() }, 2.0, &x, &mut y);
        let mean_of =
            |power: i32| y.iter().map(|&y| f64::from(y / 2.0).powi(power)).sum::<f64>() / y.len() as f64;
        // Means of powers of normal numbers, within five standard deviations.
        for (power, want, deviation) in [(1, 0.0, 1.0f64), (2, 1.0, 1.41), (3, 0.0, 3.87), (4, 3.0, 9.8)] {
            let found = mean_of(power);
            assert!((found - want).abs() < 5.0 * deviation / 1024.0, "the mean of power {power} is {found}");
        }
        for quarter in 0..=64 {
            let turn = quarter as f32 / 64.0;
            let (sin, cos) = sin_cos(turn.min(0.999_999_94));
            let angle = f64::from(turn.min(0.999_999_94)) * std::f64::consts::TAU;
            assert_close(&[sin, cos], &[angle.sin(), angle.cos()], 3e-7);
        }
        for i in 1..=1000 {
            let x = i as f32 / 1000.0;
            assert_close(&[ln(x), ln(x * 1e-6)], &[f64::from(x).ln(), f64::from(x * 1e-6).ln()], 2e-7);
        }
    }
}

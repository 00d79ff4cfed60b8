//! Changes of a picture by a given amount: what other cameras, scanners and files do to it.

use super::colour;
use super::geometry::{Smooth, Warp, rotation};
use super::jpeg::through_jpeg;
use crate::rng::{Draw, Purpose, Stream};

/// The order of the polynomials that a bias field is made of.
const ORDER: i32 = 3;

/// A change of a picture, whose pixels are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Corruption {
    /// Normal noise of this deviation.
    Noise(f64),
    /// A Gaussian blur, whose deviation is this part of the shorter side.
    Blur(f64),
    /// A factor of every pixel.
    Brightness(f64),
    /// A factor of every pixel's distance from the mean.
    Contrast(f64),
    /// A rotation by these degrees; what comes in from outside is black.
    Rotation(f64),
    /// A way through a JPEG file of this quality.
    Jpeg(f64),
    /// A power of every pixel.
    Gamma(f64),
    /// A smooth factor that differs from place to place, as of a scanner's coil: the exponential of a polynomial of the third order with
    /// random coefficients up to this one.
    BiasField(f64),
}

impl Corruption {
    /// Returns the name and the amount.
    pub fn parts(self) -> (&'static str, f64) {
        match self {
            Corruption::Noise(amount) => ("noise", amount),
            Corruption::Blur(amount) => ("blur", amount),
            Corruption::Brightness(amount) => ("brightness", amount),
            Corruption::Contrast(amount) => ("contrast", amount),
            Corruption::Rotation(amount) => ("rotation", amount),
            Corruption::Jpeg(amount) => ("JPEG", amount),
            Corruption::Gamma(amount) => ("gamma", amount),
            Corruption::BiasField(amount) => ("bias field", amount),
        }
    }

    /// Changes a picture of `[height, width]`, channels first. Random numbers are those of seed and sample, whatever the amount.
    pub fn apply(self, image: &mut [f32], [height, width]: [usize; 2], seed: u64, sample: usize) {
        let len = height * width;
        let draw = || Stream::new(seed, Purpose::Stress, sample as u64, 0).draw();
        match self {
            Corruption::Noise(deviation) => noise(image, deviation as f32, draw()),
            Corruption::Blur(part) => {
                let (sigma, mut smooth) = (part * height.min(width) as f64, Smooth::default());
                image.chunks_exact_mut(len).for_each(|plane| smooth.apply(plane, width, sigma));
            }
            Corruption::Brightness(factor) => colour::brightness(image, factor as f32),
            Corruption::Contrast(factor) => colour::contrast(image, len, factor as f32),
            Corruption::Rotation(degrees) => {
                let mut warp = Warp::new(height, width);
                warp.about_the_middle(rotation(degrees));
                warp.trace();
                warp.apply(image, None);
            }
            Corruption::Jpeg(quality) => through_jpeg(image, [height, width], quality as u8),
            Corruption::Gamma(power) => {
                image.iter_mut().for_each(|x| *x = x.clamp(0.0, 1.0).powf(power as f32));
            }
            Corruption::BiasField(most) => bias(image, [height, width], most, draw()),
        }
    }
}

fn noise(image: &mut [f32], deviation: f32, mut draw: Draw) {
    for pair in image.chunks_mut(2) {
        for (x, z) in pair.iter_mut().zip(draw.normal()) {
            *x = (*x + deviation * z).clamp(0.0, 1.0);
        }
    }
}

/// Multiplies with a field over places from -1 to 1 (TorchIO's `RandomBiasField`).
fn bias(image: &mut [f32], [height, width]: [usize; 2], most: f64, mut draw: Draw) {
    let powers: Vec<[i32; 2]> = (0..=ORDER).flat_map(|y| (0..=ORDER - y).map(move |x| [y, x])).collect();
    let coefficients: Vec<f64> =
        powers.iter().map(|_| (2.0 * f64::from(draw.uniform()) - 1.0) * most).collect();
    let place = |at: usize, size: usize| 2.0 * at as f64 / (size.max(2) - 1) as f64 - 1.0;
    for (at, pixel) in (0..height * width).enumerate() {
        let (y, x) = (place(pixel / width, height), place(pixel % width, width));
        let terms = powers.iter().zip(&coefficients);
        let factor = terms.map(|([down, across], c)| c * y.powi(*down) * x.powi(*across)).sum::<f64>().exp();
        for x in image.iter_mut().skip(at).step_by(height * width) {
            *x = (*x * factor as f32).clamp(0.0, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [6, 8];

    fn changed(corruption: Corruption, image: &[f32], sample: usize) -> Vec<f32> {
        let mut image = image.to_vec();
        corruption.apply(&mut image, SIZE, 3, sample);
        image
    }

    fn ramp() -> Vec<f32> {
        (0..48).map(|at| (at % 8) as f32 / 10.0 + 0.1).collect()
    }

    #[test]
    fn amounts_that_change_nothing_do_not() {
        let ramp = ramp();
        for corruption in [
            Corruption::Noise(0.0),
            Corruption::Blur(0.0),
            Corruption::Brightness(1.0),
            Corruption::Contrast(1.0),
            Corruption::Rotation(0.0),
            Corruption::Gamma(1.0),
            Corruption::BiasField(0.0),
        ] {
            let same = changed(corruption, &ramp, 0);
            assert!(same.iter().zip(&ramp).all(|(a, b)| (a - b).abs() < 1e-6), "{corruption:?}");
        }
    }

    #[test]
    fn changes_are_those_of_their_definitions() {
        let ramp = ramp();
        let close = |corruption, expected: Vec<f32>| {
            let found = changed(corruption, &ramp, 0);
            found
                .iter()
                .zip(&expected)
                .for_each(|(a, b)| assert!((a - b).abs() < 1e-6, "{corruption:?}: {a} {b}"));
        };
        close(Corruption::Brightness(0.5), ramp.iter().map(|x| x * 0.5).collect());
        close(Corruption::Contrast(0.5), ramp.iter().map(|x| 0.5 * x + 0.5 * 0.45).collect());
        close(Corruption::Gamma(2.0), ramp.iter().map(|x| x * x).collect());
        // Half a turn takes the last pixel to the first.
        close(Corruption::Rotation(180.0), ramp.iter().rev().copied().collect());
        let flat = vec![0.5; 48];
        let blurred = changed(Corruption::Blur(0.3), &flat, 0);
        assert!(blurred.iter().all(|x| (x - 0.5).abs() < 1e-6));
        assert!(changed(Corruption::Blur(0.3), &ramp, 0)[0] > ramp[0]);
    }

    #[test]
    fn random_changes_follow_from_seed_and_sample() {
        let flat = vec![0.5; 48];
        for make in [Corruption::Noise, Corruption::BiasField] {
            let first = changed(make(0.1), &flat, 7);
            assert_eq!(first, changed(make(0.1), &flat, 7));
            assert_ne!(first, changed(make(0.1), &flat, 8));
            // The same numbers, only larger.
            let second = changed(make(0.2), &flat, 7);
            let grows = first.iter().zip(&second).all(|(a, b)| (a - 0.5).abs() <= (b - 0.5).abs() + 1e-6);
            assert!(grows, "{:?}", make(0.2));
        }
        // A bias field is smooth and not flat.
        let field = changed(Corruption::BiasField(0.1), &flat, 1);
        let steps: Vec<f32> = field.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
        assert!(field.iter().any(|x| (x - field[0]).abs() > 0.01));
        assert!(steps.iter().take(7).all(|step| *step < 0.1));
    }
}

//! Changes of colour. Images are channels, then rows, from 0 to 1.

use super::Operation;
use crate::rng::Draw;

/// Shares of red, green and blue in grey (ITU-R BT.601).
pub(super) const GREY: [f32; 3] = [0.299, 0.587, 0.114];

/// Changes an image of `len` pixels; returns whether the operation is one of these.
pub(super) fn apply(operation: Operation, image: &mut [f32], len: usize, draw: &mut Draw) -> bool {
    let mut factor = |amount: f32| (1.0 + (2.0 * draw.uniform() - 1.0) * amount).max(0.0);
    match operation {
        Operation::Brightness { amount } => brightness(image, factor(amount)),
        Operation::Contrast { amount } => contrast(image, len, factor(amount)),
        Operation::Saturation { amount } => saturation(image, len, factor(amount)),
        Operation::Hue { degrees } => hue(image, len, (2.0 * draw.uniform() - 1.0) * degrees / 360.0),
        Operation::Gamma { amount } => {
            gamma(image, ((2.0 * draw.uniform() - 1.0) * amount.ln_1p()).exp());
        }
        Operation::Greyscale => saturation(image, len, 0.0),
        Operation::Invert => image.iter_mut().for_each(|x| *x = 1.0 - *x),
        _ => return false,
    }
    true
}

pub(super) fn brightness(image: &mut [f32], factor: f32) {
    image.iter_mut().for_each(|x| *x = (*x * factor).clamp(0.0, 1.0));
}

pub(super) fn contrast(image: &mut [f32], len: usize, factor: f32) {
    let sum = |plane: &[f32]| plane.iter().map(|&x| f64::from(x)).sum::<f64>();
    let mean = match image.len() / len {
        3 => image.chunks_exact(len).zip(GREY).map(|(plane, share)| sum(plane) * f64::from(share)).sum(),
        channels => sum(image) / channels as f64,
    };
    let mean = (mean / len as f64) as f32;
    image.iter_mut().for_each(|x| *x = (factor * *x + (1.0 - factor) * mean).clamp(0.0, 1.0));
}

pub(super) fn saturation(image: &mut [f32], len: usize, factor: f32) {
    each_pixel(image, len, |rgb| {
        let grey: f32 = rgb.iter().zip(GREY).map(|(x, share)| x * share).sum();
        rgb.map(|x| (factor * x + (1.0 - factor) * grey).clamp(0.0, 1.0))
    });
}

/// Turns the hue by a share of the circle.
pub(super) fn hue(image: &mut [f32], len: usize, turn: f32) {
    each_pixel(image, len, |rgb| {
        let [hue, saturation, value] = to_hsv(rgb);
        from_hsv([(hue + turn).rem_euclid(1.0), saturation, value])
    });
}

pub(super) fn gamma(image: &mut [f32], power: f32) {
    image.iter_mut().for_each(|x| *x = x.clamp(0.0, 1.0).powf(power));
}

fn each_pixel(image: &mut [f32], len: usize, change: impl Fn([f32; 3]) -> [f32; 3]) {
    let (red, rest) = image.split_at_mut(len);
    let (green, blue) = rest.split_at_mut(len);
    for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
        [*r, *g, *b] = change([*r, *g, *b]);
    }
}

/// Returns the hue, as a share of the circle that begins at red, saturation and value (Smith: *Color gamut
/// transform pairs*, 1978).
pub(super) fn to_hsv([r, g, b]: [f32; 3]) -> [f32; 3] {
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let range = max - min;
    if range <= 0.0 {
        return [0.0, 0.0, max];
    }
    let sixth = match max {
        _ if max == r => (g - b) / range,
        _ if max == g => 2.0 + (b - r) / range,
        _ => 4.0 + (r - g) / range,
    };
    [(sixth / 6.0).rem_euclid(1.0), range / max, max]
}

pub(super) fn from_hsv([hue, saturation, value]: [f32; 3]) -> [f32; 3] {
    // Each channel is a trapezoid over the circle.
    [5.0f32, 3.0, 1.0].map(|offset| {
        let at = (offset + 6.0 * hue).rem_euclid(6.0);
        value - value * saturation * at.min(4.0 - at).clamp(0.0, 1.0)
    })
}

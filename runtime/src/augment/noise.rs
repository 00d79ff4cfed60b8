//! Operations that remove detail: noise, blur and erased rectangles.

use super::Operation;
use super::geometry::Smooth;
use crate::rng::Draw;

/// The number of rectangles that are drawn before none is erased.
const ATTEMPTS: usize = 100;

/// Changes an image of `[height, width]`; returns whether the operation is one of these.
pub(super) fn apply(
    operation: Operation,
    image: &mut [f32],
    [height, width]: [usize; 2],
    smooth: &mut Smooth,
    draw: &mut Draw,
) -> bool {
    let len = height * width;
    match operation {
        Operation::GaussianNoise { std } => {
            for pair in image.chunks_mut(2) {
                for (x, z) in pair.iter_mut().zip(draw.normal()) {
                    *x = (*x + std * z).clamp(0.0, 1.0);
                }
            }
        }
        Operation::SaltAndPepper { amount } => {
            for pixel in 0..len {
                let chance = draw.uniform();
                if chance < amount {
                    let value = if chance < amount / 2.0 { 0.0 } else { 1.0 };
                    image.iter_mut().skip(pixel).step_by(len).for_each(|x| *x = value);
                }
            }
        }
        Operation::Blur { sigma } => {
            let sigma = f64::from(draw.uniform()) * sigma;
            for plane in image.chunks_exact_mut(len) {
                smooth.apply(plane, width, sigma);
            }
        }
        Operation::Erase { smallest, largest, aspect, fill } => {
            if let Some([top, left, rows, columns]) =
                rectangle([height, width], [smallest, largest], aspect, draw)
            {
                for row in
                    image.chunks_exact_mut(len).flat_map(|p| p.chunks_exact_mut(width).skip(top).take(rows))
                {
                    row[left..left + columns]
                        .iter_mut()
                        .for_each(|x| *x = fill.unwrap_or_else(|| draw.uniform()));
                }
            }
        }
        _ => return false,
    }
    true
}

/// Draws a rectangle: its first row and column, its height and width; `None` if none has fitted.
pub(super) fn rectangle(
    [height, width]: [usize; 2],
    [smallest, largest]: [f64; 2],
    aspect: f64,
    draw: &mut Draw,
) -> Option<[usize; 4]> {
    let between = |low: f64, high: f64, draw: &mut Draw| low + f64::from(draw.uniform()) * (high - low);
    for _ in 0..ATTEMPTS {
        let area = between(smallest, largest, draw) * (height * width) as f64;
        let ratio = between(aspect, 1.0 / aspect, draw);
        let [rows, columns] =
            [(area * ratio).sqrt(), (area / ratio).sqrt()].map(|side| side.round() as usize);
        if (1..=height).contains(&rows) && (1..=width).contains(&columns) {
            let top = draw.below((height - rows + 1) as u32) as usize;
            let left = draw.below((width - columns + 1) as u32) as usize;
            return Some([top, left, rows, columns]);
        }
    }
    None
}

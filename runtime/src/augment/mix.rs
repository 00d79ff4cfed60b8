//! Operations that mix two samples of a batch.

use super::Operation;
use super::Targets;
use crate::rng::Draw;

/// A batch, and how its samples were before.
pub(super) struct Pair<'a> {
    pub(super) sample: &'a mut [f32],
    pub(super) target: &'a mut [f32],
    /// The inputs of the other sample, which may be the same one.
    pub(super) other: &'a [f32],
    pub(super) other_target: &'a [f32],
}

/// Mixes another sample into this one.
pub(super) fn apply(
    operation: Operation,
    [height, width]: [usize; 2],
    targets: Targets,
    pair: &mut Pair<'_>,
    draw: &mut Draw,
) {
    match operation {
        Operation::Mixup { alpha } => {
            let share = beta(draw, alpha);
            blend(pair.sample, pair.other, share);
            blend(pair.target, pair.other_target, share);
        }
        Operation::Cutmix { alpha } => {
            let side = (1.0 - beta(draw, alpha)).sqrt();
            let mut range = |size: usize| {
                let half = (side * size as f64) as usize / 2;
                let middle = draw.below(size as u32) as usize;
                (middle.saturating_sub(half), (middle + half).min(size))
            };
            let (rows, columns) = (range(height), range(width));
            paste(pair.sample, pair.other, [height, width], rows, columns);
            if targets == Targets::Labels {
                let area = (rows.1 - rows.0) * (columns.1 - columns.0);
                blend(pair.target, pair.other_target, 1.0 - area as f64 / (height * width) as f64);
            } else {
                paste(pair.target, pair.other_target, [height, width], rows, columns);
            }
        }
        _ => {}
    }
}

fn blend(to: &mut [f32], other: &[f32], share: f64) {
    let share = share as f32;
    for (to, other) in to.iter_mut().zip(other) {
        *to = share * *to + (1.0 - share) * other;
    }
}

fn paste(
    to: &mut [f32],
    other: &[f32],
    [height, width]: [usize; 2],
    rows: (usize, usize),
    columns: (usize, usize),
) {
    let len = height * width;
    for (to, other) in to.chunks_exact_mut(len).zip(other.chunks_exact(len)) {
        for row in rows.0..rows.1 {
            let place = row * width + columns.0..row * width + columns.1;
            to[place.clone()].copy_from_slice(&other[place]);
        }
    }
}

/// Draws from the distribution Beta(`alpha`, `alpha`): the share of one of two gamma variables in their sum.
pub(super) fn beta(draw: &mut Draw, alpha: f64) -> f64 {
    let (a, b) = (ln_gamma_variate(draw, alpha), ln_gamma_variate(draw, alpha));
    1.0 / (1.0 + (b - a).exp())
}

/// Returns the logarithm of a gamma variable of this shape (Marsaglia and Tsang: *A simple method for
/// generating gamma variables*, 2000): small shapes make numbers too small for anything but their logarithm.
fn ln_gamma_variate(draw: &mut Draw, shape: f64) -> f64 {
    // In (0, 1], so that the logarithm is finite.
    let uniform = |draw: &mut Draw| (f64::from(draw.bits()) + 1.0) / (1u64 << 32) as f64;
    if shape < 1.0 {
        let more = ln_gamma_variate(draw, shape + 1.0);
        return more + uniform(draw).ln() / shape;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let [x, _] = draw.normal().map(f64::from);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && uniform(draw).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return (d * v).ln();
        }
    }
}

//! Weights of an axis of intensities, or of numbers that are names of classes.

use super::Interpolation;
use crate::taps::Taps;

/// Computes the weights from a part of `len` samples to `outputs`.
pub(super) fn taps(len: usize, from: [f32; 2], outputs: usize, interpolation: Interpolation) -> Taps {
    match interpolation {
        Interpolation::Linear => {
            let mut taps = Taps::default();
            taps.weigh(len, from, outputs);
            taps
        }
        Interpolation::Nearest => nearest(len, from, outputs),
    }
}

/// Takes the nearest sample, as Pillow's `Resampling.NEAREST`: steps are added up, so that ties are the same.
fn nearest(len: usize, [start, end]: [f32; 2], outputs: usize) -> Taps {
    let step = f64::from(end - start) / outputs as f64;
    let mut place = f64::from(start) + step * 0.5;
    let next = |output| {
        let sample = (place.max(0.0) as usize).min(len - 1);
        place += step;
        (sample, output + 1)
    };
    Taps { ends: (0..outputs).map(next).collect(), weights: vec![1.0; outputs] }
}

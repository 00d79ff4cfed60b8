//! Weights of an axis: each sample of the result is a weighted sum of neighbouring samples.

use super::Interpolation;

/// The neighbours of each sample of a result.
#[derive(Debug)]
pub(super) struct Taps {
    /// The first neighbour and the end of the weights of each sample.
    ends: Vec<(usize, usize)>,
    /// The weights of all samples; those of each have the sum 1.
    weights: Vec<f32>,
}

impl Taps {
    /// Computes the weights from a part of `len` samples to `outputs`.
    pub(super) fn new(len: usize, from: [f32; 2], outputs: usize, interpolation: Interpolation) -> Taps {
        match interpolation {
            Interpolation::Linear => Taps::linear(len, from, outputs),
            Interpolation::Nearest => Taps::nearest(len, from, outputs),
        }
    }

    /// Weighs by a triangle, which covers all samples that become one.
    fn linear(len: usize, [start, end]: [f32; 2], outputs: usize) -> Taps {
        let (start, scale) = (f64::from(start), f64::from(end - start) / outputs as f64);
        let support = scale.max(1.0);
        let mut taps = Taps { ends: Vec::with_capacity(outputs), weights: Vec::new() };
        for output in 0..outputs {
            let centre = start + (output as f64 + 0.5) * scale;
            let first = (centre - support + 0.5).max(0.0) as usize;
            let last = ((centre + support + 0.5).max(0.0) as usize).min(len);
            let triangle = |i| (1.0 - ((i as f64 + 0.5 - centre) / support).abs()).max(0.0);
            let total: f64 = (first..last).map(triangle).sum();
            taps.weights.extend((first..last).map(|i| (triangle(i) / total) as f32));
            taps.ends.push((first, taps.weights.len()));
        }
        taps
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

    /// Iterates over the first neighbour and the weights of each sample.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let mut start = 0;
        self.ends.iter().map(move |&(first, end)| {
            let weights = &self.weights[start..end];
            start = end;
            (first, weights)
        })
    }
}

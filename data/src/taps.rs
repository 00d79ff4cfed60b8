//! Weights of an axis: each sample of a result is a weighted sum of neighbouring samples.

/// The neighbours of each sample of a result.
#[derive(Debug, Default)]
pub(crate) struct Taps {
    /// The first neighbour and the end of the weights of each sample.
    pub(crate) ends: Vec<(usize, usize)>,
    /// The weights of all samples; those of each have the sum 1.
    pub(crate) weights: Vec<f32>,
}

impl Taps {
    /// Weighs the samples of a part of `len` samples, which becomes `outputs`, by a triangle that covers all samples that become one.
    pub(crate) fn weigh(&mut self, len: usize, [start, end]: [f32; 2], outputs: usize) {
        self.ends.clear();
        self.weights.clear();
        let (start, scale) = (f64::from(start), f64::from(end - start) / outputs as f64);
        // A triangle of this half-width: 1 sample when growing, and as many as become one when shrinking.
        let support = scale.max(1.0);
        for output in 0..outputs {
            let centre = start + (output as f64 + 0.5) * scale;
            let first = (centre - support + 0.5).max(0.0) as usize;
            let last = ((centre + support + 0.5).max(0.0) as usize).min(len);
            let triangle = |i| (1.0 - ((i as f64 + 0.5 - centre) / support).abs()).max(0.0);
            let total: f64 = (first..last).map(triangle).sum();
            self.weights.extend((first..last).map(|i| (triangle(i) / total) as f32));
            self.ends.push((first, self.weights.len()));
        }
    }

    /// Iterates over the first neighbour and the weights of each sample.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let mut start = 0;
        self.ends.iter().map(move |&(first, end)| {
            let weights = &self.weights[start..end];
            start = end;
            (first, weights)
        })
    }
}

//! Antialiased bilinear resizing, as `Image.resize(size, Resampling.BILINEAR)` of Pillow does it.

use super::geometry::Plan;
use super::sample::Sample;
use crate::taps::Taps;

/// Weights of an axis, which are kept as long as they fit.
#[derive(Debug, Default)]
struct Axis {
    /// The length, the edges of the part, and the length of the result that the weights belong to.
    of: Option<(usize, [f32; 2], usize)>,
    taps: Taps,
}

impl Axis {
    /// Prepares the weights from a part of `length` samples to `outputs`, unless they are already.
    fn prepare(&mut self, length: usize, part: [f32; 2], outputs: usize) {
        let of = Some((length, part, outputs));
        if self.of != of {
            self.of = of;
            self.taps.weigh(length, part, outputs);
        }
    }
}

/// Resizer of pictures, which keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Resizer {
    rows: Axis,
    columns: Axis,
    /// A weighted sum of rows.
    row: Vec<f32>,
}

impl Resizer {
    /// Scales interleaved samples of rows of `width` pixels to planes; `result` keeps what the plan does not reach.
    pub(super) fn run<S: Sample>(
        &mut self,
        samples: &[S],
        width: usize,
        channels: usize,
        plan: &Plan,
        result: &mut [S],
    ) {
        match channels {
            1 => self.run_channels::<S, 1>(samples, width, plan, result),
            3 => self.run_channels::<S, 3>(samples, width, plan, result),
            _ => self.run_channels::<S, 4>(samples, width, plan, result),
        }
    }

    fn run_channels<S: Sample, const C: usize>(
        &mut self,
        samples: &[S],
        width: usize,
        plan: &Plan,
        result: &mut [S],
    ) {
        let height = samples.len() / (width * C);
        self.rows.prepare(height, plan.from[0], plan.inner[0]);
        self.columns.prepare(width, plan.from[1], plan.inner[1]);
        self.row.resize(width * C, 0.0);
        let plane = plan.outer[0] * plan.outer[1];
        // Rows first: their sum is taken over contiguous samples, and one row at a time stays in the cache.
        for (y, (first, weights)) in self.rows.taps.iter().enumerate() {
            sum_rows(&mut self.row, &samples[first * width * C..], weights);
            let start = (y + plan.offset[0]) * plan.outer[1] + plan.offset[1];
            let (pixels, _) = self.row.as_chunks::<C>();
            for (x, (first, weights)) in self.columns.taps.iter().enumerate() {
                let mut sum = [0.0; C];
                for (pixel, weight) in pixels[first..].iter().zip(weights) {
                    for c in 0..C {
                        sum[c] += pixel[c] * weight;
                    }
                }
                for (c, sum) in sum.into_iter().enumerate() {
                    result[c * plane + start + x] = S::nearest(sum);
                }
            }
        }
    }
}

/// Writes the weighted sum of successive rows to `row`.
fn sum_rows<S: Sample>(row: &mut [f32], samples: &[S], weights: &[f32]) {
    let mut sources = samples.chunks_exact(row.len());
    let (pairs, last) = weights.as_chunks::<2>();
    let mut begun = false;
    // Two rows at a time halve the traffic of the sums.
    for &[a, b] in pairs {
        let (Some(first), Some(second)) = (sources.next(), sources.next()) else { return };
        for ((sum, &s), &t) in row.iter_mut().zip(first).zip(second) {
            let before = if begun { *sum } else { 0.0 };
            *sum = before + (a * s.to_float() + b * t.to_float());
        }
        begun = true;
    }
    if let (&[a], Some(source)) = (last, sources.next()) {
        for (sum, &s) in row.iter_mut().zip(source) {
            let before = if begun { *sum } else { 0.0 };
            *sum = before + a * s.to_float();
        }
    }
}

/// Copies interleaved samples to planes.
pub(super) fn to_planes<S: Sample>(samples: &[S], channels: usize) -> Vec<S> {
    if channels == 1 {
        return samples.to_vec();
    }
    let mut planes = Vec::with_capacity(samples.len());
    for c in 0..channels {
        planes.extend(samples.iter().skip(c).step_by(channels));
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;
    use netwright_model::Fit;

    fn resized(samples: &[u8], height: usize, width: usize, wanted: [usize; 2]) -> Vec<u8> {
        let plan = Plan::new([height, width], Some(wanted), Fit::Stretch).unwrap();
        let mut result = vec![0; wanted[0] * wanted[1]];
        Resizer::default().run(samples, width, 1, &plan, &mut result);
        result
    }

    #[test]
    fn shrinking_averages_over_all_pixels() {
        // Pillow: Image.fromarray([[0, 0, 255, 255]]).resize((2, 1), BILINEAR)
        assert_eq!(resized(&[0, 0, 255, 255], 1, 4, [1, 2]), [36, 219]);
        assert_eq!(resized(&[10, 20, 30, 40], 2, 2, [1, 1]), [25]);
    }

    #[test]
    fn growing_interpolates() {
        assert_eq!(resized(&[0, 100], 1, 2, [1, 4]), [0, 25, 75, 100]);
    }

    #[test]
    fn a_constant_picture_stays_constant() {
        for value in [0, 1, 127, 255] {
            for (height, width, wanted) in [(7, 13, [5, 3]), (3, 2, [11, 17]), (100, 1, [3, 1])] {
                let result = resized(&vec![value; height * width], height, width, wanted);
                assert!(result.iter().all(|&v| v == value), "{value}: {result:?}");
            }
        }
    }
}

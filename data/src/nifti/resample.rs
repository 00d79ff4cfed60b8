//! Resampling to voxels of equal distances.

use super::{Header, Problem, Volume};
use crate::grid::{Interpolation, Step};

/// The most voxels that a volume is resampled to, in all channels.
const MOST: f64 = (1u64 << 30) as f64;

/// A voxel that an output is made of, the next one, and the next one's weight.
struct Place {
    first: usize,
    second: usize,
    weight: f64,
}

impl Volume {
    /// Resamples to voxels of a distance of `spacing` millimetres along all axes.
    ///
    /// An axis of `n` voxels gets `n · distance / spacing` voxels, rounded and at least one, around the same centre. Beyond
    /// the volume, its outermost voxels are repeated.
    ///
    /// # Errors
    /// If `spacing` is not a positive number, or the result would have more than 2^30 numbers.
    pub fn resampled(&self, spacing: f64, interpolation: Interpolation) -> Result<Volume, Problem> {
        if !(spacing.is_finite() && spacing > 0.0) {
            return Err(Problem::Spacing { found: spacing });
        }
        let Header { shape, channels, spacing: distances, ref axes, affine } = self.header;
        let lens: [f64; 3] =
            std::array::from_fn(|axis| (shape[axis] as f64 * distances[axis] / spacing).round().max(1.0));
        let voxels = lens.iter().product::<f64>() * channels as f64;
        if voxels.is_nan() || voxels > MOST {
            return Err(Problem::Resampled { spacing, found: distances, shape });
        }
        let [right, front, up]: [Vec<Place>; 3] = std::array::from_fn(|axis| {
            let step = spacing / distances[axis];
            (0..lens[axis] as usize)
                .map(|index| place(index, lens[axis], step, shape[axis], interpolation))
                .collect()
        });
        let mut data = Vec::with_capacity(right.len() * front.len() * up.len() * channels);
        for volume in self.data.chunks_exact((shape[0] * shape[1] * shape[2]).max(1)) {
            for x in &right {
                for y in &front {
                    let rows =
                        [(x.first, y.first), (x.first, y.second), (x.second, y.first), (x.second, y.second)];
                    let rows = rows.map(|(x, y)| &volume[(x * shape[1] + y) * shape[2]..][..shape[2]]);
                    data.extend(up.iter().map(|z| {
                        let [a, b, c, d] =
                            rows.map(|row| mix(row[z.first].into(), row[z.second].into(), z.weight));
                        mix(mix(a, b, y.weight), mix(c, d, y.weight), x.weight) as f32
                    }));
                }
            }
        }
        let steps = std::array::from_fn(|axis| {
            let scale = spacing / distances[axis];
            Step { scale, first: centre(0, lens[axis], scale, shape[axis]) }
        });
        let affine = super::after(affine, steps);
        let shape = [right.len(), front.len(), up.len()];
        let header = Header { shape, channels, spacing: [spacing; 3], axes: axes.clone(), affine };
        Ok(Volume { header, data })
    }
}

/// Returns the place of an output among an axis's voxels.
fn centre(index: usize, outputs: f64, step: f64, len: usize) -> f64 {
    (index as f64 + 0.5 - outputs / 2.0) * step + len as f64 / 2.0 - 0.5
}

/// Returns the voxels at an output's place on an axis of `len` voxels.
fn place(index: usize, outputs: f64, step: f64, len: usize, interpolation: Interpolation) -> Place {
    let centred = centre(index, outputs, step, len).clamp(0.0, (len - 1) as f64);
    let first = match interpolation {
        Interpolation::Linear => centred.floor(),
        Interpolation::Nearest => (centred - 0.5).ceil(),
    };
    let weight = match interpolation {
        Interpolation::Linear => centred - first,
        Interpolation::Nearest => 0.0,
    };
    let first = first as usize;
    Place { first, second: (first + 1).min(len - 1), weight }
}

/// Returns the weighted mean of two numbers; a number without weight does not matter, even if it is not finite.
fn mix(first: f64, second: f64, weight: f64) -> f64 {
    if weight == 0.0 { first } else { first * (1.0 - weight) + second * weight }
}

//! Directions of a volume's axes, found as nibabel's `io_orientation` finds them.

use super::affine::Affine;

/// A matrix, a row at a time.
pub(super) type Matrix = [[f64; 3]; 3];

/// The way from a file's axes to right, front and up.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Orientation {
    /// The file's axis that is closest to each of right, front and up.
    pub(super) axes: [usize; 3],
    /// The directions of these: true if it is the opposite.
    flipped: [bool; 3],
    /// The distance of voxels along these, in the file's unit.
    pub(super) spacing: [f64; 3],
}

impl Orientation {
    /// Finds the orientation of an affine map; `None` if it is singular.
    pub(super) fn of(affine: Affine) -> Option<Orientation> {
        let map = affine.map(|[x, y, z, _]| [x, y, z]);
        let spacing: [f64; 3] = std::array::from_fn(|axis| norm(column(&map, axis)));
        if !spacing.iter().all(|spacing| spacing.is_finite() && *spacing > 0.0) {
            return None;
        }
        let unit = map.map(|row| std::array::from_fn(|axis| row[axis] / spacing[axis]));
        let mut rotation = rotation(&unit)?;
        // The axes that are the closest to a direction choose first.
        let mut order = [0, 1, 2];
        let largest = |axis: usize| column(&rotation, axis).into_iter().fold(0.0, |m: f64, x| m.max(x * x));
        let keys = order.map(largest);
        order.sort_by(|&a, &b| keys[b].total_cmp(&keys[a]));
        let (mut axes, mut flipped) = ([0; 3], [false; 3]);
        for axis in order {
            let directions = column(&rotation, axis);
            // The first of equals, as `argmax` returns it.
            let direction =
                (0..3).rev().max_by(|&a, &b| directions[a].abs().total_cmp(&directions[b].abs()))?;
            // nibabel takes numbers below this for zero.
            if directions[direction].abs() <= 1e-8 {
                return None;
            }
            axes[direction] = axis;
            flipped[direction] = directions[direction] < 0.0;
            rotation[direction] = [0.0; 3];
        }
        Some(Orientation { axes, flipped, spacing: axes.map(|axis| spacing[axis]) })
    }

    /// Returns the affine map of the turned voxels, whose file has a map and a shape.
    pub(super) fn affine(&self, of_file: Affine, shape: [usize; 3]) -> Affine {
        of_file.map(|row| {
            let mut turned = [0.0, 0.0, 0.0, row[3]];
            for (direction, (&axis, &flipped)) in self.axes.iter().zip(&self.flipped).enumerate() {
                turned[direction] = if flipped { -row[axis] } else { row[axis] };
                if flipped {
                    turned[3] += row[axis] * (shape[axis] - 1) as f64;
                }
            }
            turned
        })
    }

    /// Returns the directions of the file's axes, such as `LAS`.
    pub(super) fn name(&self) -> String {
        let mut name = [' '; 3];
        for (direction, (&axis, &flipped)) in self.axes.iter().zip(&self.flipped).enumerate() {
            name[axis] = [['R', 'L'], ['A', 'P'], ['S', 'I']][direction][usize::from(flipped)];
        }
        name.into_iter().collect()
    }

    /// Turns voxels whose first of `shape`'s axes is contiguous to `[channels, right, front, up]` with up contiguous.
    pub(super) fn turn(&self, voxels: &[f32], shape: [usize; 3]) -> Vec<f32> {
        let strides = [1, shape[0], shape[0] * shape[1]];
        let lens = self.axes.map(|axis| shape[axis]);
        let place = |direction: usize, index: usize| {
            let index = if self.flipped[direction] { lens[direction] - 1 - index } else { index };
            index * strides[self.axes[direction]]
        };
        let mut turned = Vec::with_capacity(voxels.len());
        // A volume has at least one voxel.
        for volume in voxels.chunks_exact((strides[2] * shape[2]).max(1)) {
            for right in 0..lens[0] {
                for front in 0..lens[1] {
                    let row = place(0, right) + place(1, front);
                    turned.extend((0..lens[2]).map(|up| volume[row + place(2, up)]));
                }
            }
        }
        turned
    }
}

/// Returns the rotation of a unit quaternion from its last three numbers; `None` if they are longer than 1.
pub(super) fn from_quaternion([x, y, z]: [f64; 3], tolerance: f64) -> Option<Matrix> {
    let rest = 1.0 - (x * x + y * y + z * z);
    let w = match rest {
        _ if rest.abs() < tolerance => 0.0,
        _ if rest > 0.0 => rest.sqrt(),
        _ => return None,
    };
    let scale = 2.0 / (w * w + x * x + y * y + z * z);
    let [sx, sy, sz] = [x, y, z].map(|number| number * scale);
    Some([
        [1.0 - (y * sy + z * sz), x * sy - w * sz, x * sz + w * sy],
        [x * sy + w * sz, 1.0 - (x * sx + z * sz), y * sz - w * sx],
        [x * sz - w * sy, y * sz + w * sx, 1.0 - (x * sx + y * sy)],
    ])
}

/// Returns the matrix with orthonormal columns that is closest to one with unit columns: its singular values replaced by 1.
/// `None` if it is singular.
fn rotation(matrix: &Matrix) -> Option<Matrix> {
    // Jacobi's method: columns are rotated in pairs until all are orthogonal.
    let mut columns: Matrix = std::array::from_fn(|axis| column(matrix, axis));
    let mut turns: Matrix = std::array::from_fn(|axis| std::array::from_fn(|row| f64::from(axis == row)));
    for (p, q) in [(0, 1), (0, 2), (1, 2)].into_iter().cycle().take(3 * 30) {
        let [a, b, c] =
            [dot(columns[p], columns[p]), dot(columns[q], columns[q]), dot(columns[p], columns[q])];
        if c.abs() <= f64::EPSILON * (a * b).sqrt() {
            continue;
        }
        let zeta = (b - a) / (2.0 * c);
        let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
        let cosine = 1.0 / tangent.hypot(1.0);
        let sine = cosine * tangent;
        for vectors in [&mut columns, &mut turns] {
            let (first, second) = (vectors[p], vectors[q]);
            vectors[p] = std::array::from_fn(|row| cosine * first[row] - sine * second[row]);
            vectors[q] = std::array::from_fn(|row| sine * first[row] + cosine * second[row]);
        }
    }
    let lengths = columns.map(norm);
    let least = lengths.iter().copied().fold(0.0, f64::max) * 3.0 * f64::EPSILON;
    if !lengths.iter().all(|&length| length > least) {
        return None;
    }
    Some(std::array::from_fn(|row| {
        std::array::from_fn(|axis| (0..3).map(|k| columns[k][row] / lengths[k] * turns[k][axis]).sum())
    }))
}

fn column(matrix: &Matrix, axis: usize) -> [f64; 3] {
    matrix.map(|row| row[axis])
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn norm(vector: [f64; 3]) -> f64 {
    dot(vector, vector).sqrt()
}

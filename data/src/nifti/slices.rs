//! Slices of a volume, as pictures that stand upright.

use super::{Header, Plane, Volume};
use crate::grid::Grid;

/// A slice, turned like `numpy.rot90(volume[:, :, k])`.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The number of channels.
    pub channels: usize,
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// The intensities: an array of shape `[channels, rows, columns]`.
    pub data: Vec<f32>,
}

/// Returns the axis that is cut, that of the rows and that of the columns. The upper edge of sagittal and coronal slices is the top of
/// the patient, that of axial ones the front; the left edge of sagittal slices is the back, that of others the patient's left.
fn axes(plane: Plane) -> [usize; 3] {
    match plane {
        Plane::Sagittal => [0, 2, 1],
        Plane::Coronal => [1, 2, 0],
        Plane::Axial => [2, 1, 0],
    }
}

impl Volume {
    /// Returns the number of slices.
    pub fn slices(&self, plane: Plane) -> usize {
        self.header.shape[axes(plane)[0]]
    }

    /// Cuts a slice; `None` if `index` is too large.
    pub fn slice(&self, plane: Plane, index: usize) -> Option<Slice> {
        let Header { shape, channels, .. } = self.header;
        let [cut, down, across] = axes(plane);
        if index >= shape[cut] {
            return None;
        }
        let strides = [shape[1] * shape[2], shape[2], 1];
        let (rows, columns) = (shape[down], shape[across]);
        let mut data = Vec::with_capacity(channels * rows * columns);
        for volume in self.data.chunks_exact((strides[0] * shape[0]).max(1)) {
            for row in (0..rows).rev() {
                let first = index * strides[cut] + row * strides[down];
                data.extend((0..columns).map(|column| volume[first + column * strides[across]]));
            }
        }
        Some(Slice { channels, rows, columns, data })
    }

    /// Returns the volume as its axial slices from bottom to top: an array of depth, height and width.
    pub fn stacked(&self) -> Grid {
        let Header { shape: [right, front, up], channels, .. } = self.header;
        let mut data = Vec::with_capacity(self.data.len());
        for volume in self.data.chunks_exact((right * front * up).max(1)) {
            for z in 0..up {
                for y in (0..front).rev() {
                    data.extend((0..right).map(|x| volume[(x * front + y) * up + z]));
                }
            }
        }
        Grid { channels, shape: vec![up, front, right], data }
    }
}

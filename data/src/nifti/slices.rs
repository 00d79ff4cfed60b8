//! Slices of a volume, as pictures that stand upright.

use super::{Header, Volume};

/// The direction of slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// Slices from left to right. The upper edge is the top of the patient, the left one the back.
    Sagittal,
    /// Slices from back to front. The upper edge is the top of the patient, the left one the patient's left.
    Coronal,
    /// Slices from bottom to top. The upper edge is the front of the patient, the left one the patient's left.
    Axial,
}

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

impl Plane {
    /// Finds a plane by its name: `sagittal`, `coronal` or `axial`.
    pub fn named(name: &str) -> Option<Plane> {
        match name {
            "sagittal" => Some(Plane::Sagittal),
            "coronal" => Some(Plane::Coronal),
            "axial" => Some(Plane::Axial),
            _ => None,
        }
    }

    /// Returns the axis that is cut, that of the rows and that of the columns.
    fn axes(self) -> [usize; 3] {
        match self {
            Plane::Sagittal => [0, 2, 1],
            Plane::Coronal => [1, 2, 0],
            Plane::Axial => [2, 1, 0],
        }
    }
}

impl Volume {
    /// Returns the number of slices.
    pub fn slices(&self, plane: Plane) -> usize {
        self.header.shape[plane.axes()[0]]
    }

    /// Cuts a slice; `None` if `index` is too large.
    pub fn slice(&self, plane: Plane, index: usize) -> Option<Slice> {
        let Header { shape, channels, .. } = self.header;
        let [cut, down, across] = plane.axes();
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
}

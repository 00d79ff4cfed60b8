//! Encoding of volumes as files of NIfTI-1.

use super::{Affine, Problem};

/// Bytes before the voxels: the header, and four that say that no extensions follow.
const START: usize = 352;

/// A volume to write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Encoded<'a> {
    /// The lengths of the three axes.
    pub shape: [usize; 3],
    /// The first three rows of the affine map from indices along these axes to millimetres to the right, to the front and up.
    pub affine: Affine,
    /// The voxels.
    pub voxels: Voxels<'a>,
}

/// Voxels: an array in the order of C of shape `[channels, first, second, third]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Voxels<'a> {
    /// Whole numbers of 8 bits, such as classes.
    Bytes(&'a [u8]),
    /// Floats of 32 bits.
    Floats(&'a [f32]),
}

/// The affine map whose indices are millimetres.
pub const MILLIMETRES: Affine = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

/// Encodes a volume as the bytes of a `.nii` file.
///
/// # Errors
/// If an axis is longer than NIfTI-1 can say.
///
/// # Panics
/// If the voxels are no whole number of channels.
pub fn encode(volume: &Encoded<'_>) -> Result<Vec<u8>, Problem> {
    let Encoded { shape, affine, voxels } = *volume;
    let (count, code, bits) = match voxels {
        Voxels::Bytes(values) => (values.len(), 2i16, 8i16),
        Voxels::Floats(values) => (values.len(), 16, 32),
    };
    let places: usize = shape.iter().product();
    assert!(places > 0 && count.is_multiple_of(places), "{count} voxels of a volume of shape {shape:?}");
    let channels = count / places;
    let lengths = [shape[0], shape[1], shape[2], channels];
    let axes = if channels == 1 { 3 } else { 4 };
    let found = || lengths.map(|len| len as i64).into();
    let dims = lengths.map(|len| i16::try_from(len).map_err(|_| Problem::Long { found: found() }));
    let mut bytes = vec![0; START];
    let mut put = |offset: usize, field: &[u8]| bytes[offset..offset + field.len()].copy_from_slice(field);
    put(0, &348i32.to_le_bytes());
    put(40, &(axes as i16).to_le_bytes());
    for axis in 1..8 {
        put(40 + 2 * axis, &1i16.to_le_bytes());
    }
    for (axis, dim) in dims.into_iter().enumerate() {
        put(42 + 2 * axis, &dim?.to_le_bytes());
    }
    put(70, &code.to_le_bytes());
    put(72, &bits.to_le_bytes());
    put(76, &1f32.to_le_bytes());
    for axis in 0..3 {
        let spacing = affine.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt();
        put(80 + 4 * axis, &(spacing as f32).to_le_bytes());
    }
    put(92, &1f32.to_le_bytes());
    put(108, &(START as f32).to_le_bytes());
    // The voxels are what they are: times 1.
    put(112, &1f32.to_le_bytes());
    // Millimetres.
    put(123, &[2]);
    // The affine map leads to places that are aligned with those of another volume.
    put(254, &2i16.to_le_bytes());
    for (row, numbers) in affine.iter().enumerate() {
        for (column, &number) in numbers.iter().enumerate() {
            put(280 + 16 * row + 4 * column, &(number as f32).to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    match voxels {
        Voxels::Bytes(values) => bytes.extend(first_axis_first(values, shape)),
        Voxels::Floats(values) => {
            bytes.extend(first_axis_first(values, shape).flat_map(f32::to_le_bytes));
        }
    }
    Ok(bytes)
}

/// Returns the voxels in the order of NIfTI, whose first axis is contiguous.
fn first_axis_first<T: Copy>(voxels: &[T], [first, second, third]: [usize; 3]) -> impl Iterator<Item = T> {
    voxels.chunks_exact(first * second * third).flat_map(move |volume| {
        let places =
            (0..third).flat_map(move |k| (0..second).flat_map(move |j| (0..first).map(move |i| [i, j, k])));
        places.map(move |[i, j, k]| volume[(i * second + j) * third + k])
    })
}

#[cfg(test)]
mod tests {
    use super::super::{header, read};
    use super::*;
    use std::fs;

    #[test]
    fn volumes_that_are_written_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.nii");
        let affine = [[2.0, 0.0, 0.0, -5.0], [0.0, 0.5, 0.0, 7.0], [0.0, 0.0, 3.0, 1.0]];
        let floats: Vec<f32> = (0..48).map(|i| i as f32 / 3.0).collect();
        let volume = Encoded { shape: [2, 3, 4], affine, voxels: Voxels::Floats(&floats) };
        fs::write(&file, encode(&volume).unwrap()).unwrap();
        let found = read(&file).unwrap();
        assert_eq!((found.header.shape, found.header.channels), ([2, 3, 4], 2));
        assert_eq!((found.header.spacing, &*found.header.axes), ([2.0, 0.5, 3.0], "RAS"));
        assert_eq!(found.data, floats);
        assert_eq!(found.header.affine, affine);
        let classes = Encoded { voxels: Voxels::Bytes(&[3; 24]), ..volume };
        fs::write(&file, encode(&classes).unwrap()).unwrap();
        assert_eq!(header(&file).unwrap().channels, 1);
        assert_eq!(read(&file).unwrap().data, [3.0; 24]);
        let long = Encoded { shape: [40_000, 1, 1], voxels: Voxels::Bytes(&[0; 40_000]), ..volume };
        assert!(encode(&long).unwrap_err().to_string().contains("40000"));
    }
}

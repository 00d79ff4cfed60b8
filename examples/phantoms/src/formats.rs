//! Writers of NIfTI and DICOM, as small as the phantoms need them.

/// Numbers of a volume, with its directions.
pub(crate) struct Volume<'a> {
    /// The voxels to the right, to the front and up.
    pub(crate) shape: [usize; 3],
    /// The distances of voxels in millimetres.
    pub(crate) spacing: [f32; 3],
    /// The axis of `shape` that each of the file's axes follows, and true if it goes the other way.
    pub(crate) axes: [(usize, bool); 3],
    /// The intensities as they are stored: right is the slowest axis, up the fastest.
    pub(crate) stored: &'a [i16],
    /// The factor of the intensities.
    pub(crate) slope: f32,
}

impl Volume<'_> {
    /// Returns the bytes of a `.nii` file: NIfTI-1 with 16-bit voxels.
    pub(crate) fn to_nifti(&self) -> Vec<u8> {
        let lens = self.axes.map(|(axis, _)| self.shape[axis]);
        let mut bytes = vec![0; 352];
        let mut put =
            |offset: usize, field: &[u8]| bytes[offset..offset + field.len()].copy_from_slice(field);
        put(0, &348i32.to_le_bytes());
        put(40, &3i16.to_le_bytes());
        for (axis, len) in lens.into_iter().chain([1; 4]).enumerate() {
            put(42 + 2 * axis, &(len as i16).to_le_bytes());
        }
        // Signed integers of 16 bits.
        put(70, &4i16.to_le_bytes());
        put(72, &16i16.to_le_bytes());
        put(76, &1f32.to_le_bytes());
        for (axis, (along, _)) in self.axes.into_iter().enumerate() {
            put(80 + 4 * axis, &self.spacing[along].to_le_bytes());
        }
        put(108, &352f32.to_le_bytes());
        put(112, &self.slope.to_le_bytes());
        // Millimetres.
        put(123, &[2]);
        put(254, &1i16.to_le_bytes());
        for (axis, (along, reversed)) in self.axes.into_iter().enumerate() {
            let step = self.spacing[along];
            let last = (self.shape[along] - 1) as f32 * step;
            put(280 + 16 * along + 4 * axis, &(if reversed { -step } else { step }).to_le_bytes());
            put(280 + 16 * along + 12, &(if reversed { last } else { 0.0 }).to_le_bytes());
        }
        put(344, b"n+1\0");
        let [_, front, up] = self.shape;
        for k in 0..lens[2] {
            for j in 0..lens[1] {
                for i in 0..lens[0] {
                    let mut voxel = [0; 3];
                    for ((axis, reversed), index) in self.axes.into_iter().zip([i, j, k]) {
                        voxel[axis] = if reversed { self.shape[axis] - 1 - index } else { index };
                    }
                    let stored = self.stored[(voxel[0] * front + voxel[1]) * up + voxel[2]];
                    bytes.extend(stored.to_le_bytes());
                }
            }
        }
        bytes
    }
}

/// A slice of a CT series.
pub(crate) struct Slice<'a> {
    pub(crate) patient: &'a str,
    /// The identifier of the series.
    pub(crate) series: &'a str,
    /// The number of the slice, from 1.
    pub(crate) number: usize,
    /// The distance of pixels, and the height of the slice, in millimetres.
    pub(crate) spacing: f32,
    pub(crate) height: f32,
    /// Rows from front to back, of as many pixels as there are rows, in Hounsfield units.
    pub(crate) pixels: &'a [i16],
    pub(crate) side: u16,
}

/// The number that stored pixels are above Hounsfield units.
const INTERCEPT: i16 = -1024;

impl Slice<'_> {
    /// Returns the bytes of a `.dcm` file: explicit little endian, 12 bits, with a window for brains.
    pub(crate) fn to_dicom(&self) -> Vec<u8> {
        let instance = format!("{}.{}", self.series, self.number);
        let pixels: Vec<u8> =
            self.pixels.iter().flat_map(|unit| (unit - INTERCEPT).clamp(0, 4095).to_le_bytes()).collect();
        let word = |number: u16| number.to_le_bytes().to_vec();
        let text = |text: String| text.into_bytes();
        let position = format!("0\\0\\{}", self.height);
        let spacing = format!("{0}\\{0}", self.spacing);
        let meta = attribute(0x0002_0010, b"UI", text("1.2.840.10008.1.2.1".into()));
        let mut bytes = [&[0; 128][..], b"DICM"].concat();
        bytes.extend(attribute(0x0002_0000, b"UL", (meta.len() as u32).to_le_bytes().to_vec()));
        bytes.extend(meta);
        let attributes: [(u32, &[u8; 2], Vec<u8>); 23] = [
            (0x0008_0016, b"UI", text("1.2.840.10008.5.1.4.1.1.2".into())),
            (0x0008_0018, b"UI", text(instance)),
            (0x0008_0060, b"CS", text("CT".into())),
            (0x0010_0010, b"PN", text("Phantom".into())),
            (0x0010_0020, b"LO", text(self.patient.into())),
            (0x0020_000d, b"UI", text(format!("{}.0", self.series))),
            (0x0020_000e, b"UI", text(self.series.into())),
            (0x0020_0013, b"IS", text(self.number.to_string())),
            (0x0020_0032, b"DS", text(position)),
            (0x0020_0037, b"DS", text("1\\0\\0\\0\\1\\0".into())),
            (0x0028_0002, b"US", word(1)),
            (0x0028_0004, b"CS", text("MONOCHROME2".into())),
            (0x0028_0010, b"US", word(self.side)),
            (0x0028_0011, b"US", word(self.side)),
            (0x0028_0030, b"DS", text(spacing)),
            (0x0028_0100, b"US", word(16)),
            (0x0028_0101, b"US", word(12)),
            (0x0028_0102, b"US", word(11)),
            (0x0028_0103, b"US", word(0)),
            (0x0028_1050, b"DS", text("40".into())),
            (0x0028_1051, b"DS", text("80".into())),
            (0x0028_1052, b"DS", text(INTERCEPT.to_string())),
            (0x0028_1053, b"DS", text("1".into())),
        ];
        bytes.extend(attributes.into_iter().flat_map(|(tag, vr, value)| attribute(tag, vr, value)));
        bytes.extend(attribute(0x7fe0_0010, b"OW", pixels));
        bytes
    }
}

/// Returns an attribute of explicit little endian, whose value gets an even length.
fn attribute(tag: u32, vr: &[u8; 2], mut value: Vec<u8>) -> Vec<u8> {
    if value.len() % 2 == 1 {
        value.push(if vr == b"UI" { 0 } else { b' ' });
    }
    let mut bytes = [((tag >> 16) as u16).to_le_bytes(), (tag as u16).to_le_bytes()].concat();
    bytes.extend(vr);
    match vr {
        b"OW" => {
            bytes.extend([0, 0]);
            bytes.extend((value.len() as u32).to_le_bytes());
        }
        _ => bytes.extend((value.len() as u16).to_le_bytes()),
    }
    bytes.extend(value);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use netwright_data::{dicom, nifti};
    use std::fs;

    #[test]
    fn volumes_of_all_orientations_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let stored: Vec<i16> = (0..24).collect();
        for (number, axes) in [
            [(0, false), (1, false), (2, false)],
            [(0, true), (1, false), (2, false)],
            [(1, true), (2, false), (0, false)],
        ]
        .into_iter()
        .enumerate()
        {
            let volume =
                Volume { shape: [2, 3, 4], spacing: [1.0, 2.0, 3.0], axes, stored: &stored, slope: 0.5 };
            let file = folder.path().join(format!("{number}.nii"));
            fs::write(&file, volume.to_nifti()).unwrap();
            let read = nifti::read(&file).unwrap();
            assert_eq!((read.header.shape, read.header.spacing), ([2, 3, 4], [1.0, 2.0, 3.0]));
            assert_eq!(read.header.axes, ["RAS", "LAS", "PSR"][number]);
            assert_eq!(read.data, (0..24).map(|voxel| 0.5 * voxel as f32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn slices_of_a_series_are_ordered_by_their_heights() {
        let folder = tempfile::tempdir().unwrap();
        let files = [30, 10, 20].map(|height| {
            let pixels = [height, -1000, 40, 1000];
            let slice = Slice {
                patient: "P1",
                series: "1.2",
                number: 1,
                spacing: 2.0,
                height: f32::from(height),
                pixels: &pixels,
                side: 2,
            };
            let file = folder.path().join(format!("{height}.dcm"));
            fs::write(&file, slice.to_dicom()).unwrap();
            file
        });
        let (series, errors) = dicom::series(&files);
        assert!(errors.is_empty(), "{errors:?}");
        let [one] = &series[..] else { panic!("{series:?}") };
        let stack = one.read(Some(dicom::Window::new(40.5, 81.0).unwrap())).unwrap();
        assert_eq!((&*one.patient, stack.spacing), ("P1", Some([10.0, 2.0, 2.0])));
        let first: Vec<f32> = stack.data.chunks(4).map(|slice| slice[0]).collect();
        assert_eq!(first, [0.125, 0.25, 0.375]);
        assert_eq!(stack.data[1..4], [0.0, 0.5, 1.0]);
    }
}

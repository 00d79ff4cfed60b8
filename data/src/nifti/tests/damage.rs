//! Damaged files: a problem or a volume, never a panic, and no more memory than the file's bytes justify.

use super::*;
use crate::testing::{change, changes};
use proptest::prelude::*;

fn files() -> [Vec<u8>; 3] {
    let fields = Fields::of(&[2, 2, 1, 2]);
    let quaternion = Fields {
        version: 2,
        magic: *b"n+2\0",
        big_endian: true,
        sform: None,
        qform: Some([0.1, 0.2, 0.3, 0.0, 0.0, 0.0]),
        scale: [2.0, 1.0],
        ..fields.clone()
    };
    let none = Fields { sform: None, code: 4, ..Fields::of(&[4]) };
    [fields, quaternion, none].map(|fields| fields.file(&[7; 8]))
}

fn look(bytes: &[u8]) {
    let volume = match read_bytes(bytes) {
        Ok(volume) => volume,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let [right, front, up] = volume.header.shape;
    assert_eq!(volume.data.len(), right * front * up * volume.header.channels);
    for plane in [Plane::Sagittal, Plane::Coronal, Plane::Axial] {
        let slice = volume.slice(plane, volume.slices(plane) - 1).expect("the last slice");
        assert_eq!(slice.data.len(), slice.channels * slice.rows * slice.columns);
    }
    let largest = volume.header.spacing.iter().copied().fold(0.0, f64::max);
    for interpolation in [Interpolation::Linear, Interpolation::Nearest] {
        let _ = volume.resampled(largest, interpolation);
    }
}

#[test]
fn a_file_cut_anywhere_is_a_problem() {
    for bytes in files() {
        for len in 0..bytes.len() {
            let found = read_bytes(&bytes[..len]);
            assert!(found.is_err(), "{len} of {} bytes: {found:?}", bytes.len());
        }
    }
}

proptest! {
    #[test]
    fn a_changed_file_is_read_or_refused(which in 0usize..3, changes in changes()) {
        let mut bytes = files()[which].clone();
        change(&mut bytes, 0, changes);
        look(&bytes);
    }

    #[test]
    fn any_map_is_an_orientation_or_none(map in prop::array::uniform3(prop::array::uniform4(prop_oneof![-1.0..1.0, Just(0.0), Just(1.0), any::<f64>()]))) {
        if let Some(orientation) = Orientation::of(map) {
            let mut axes = orientation.axes;
            axes.sort_unstable();
            prop_assert_eq!(axes, [0, 1, 2]);
            prop_assert_eq!(orientation.name().len(), 3);
        }
    }
}

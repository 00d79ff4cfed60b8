//! A volume of NIfTI, resampled and cut to slices.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright_data::nifti::{self, Interpolation, Plane};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("volume.nii");
    std::fs::write(&file, bytes).expect("room for a small file");
    let volume = match nifti::read(&file) {
        Ok(volume) => volume,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let [right, front, up] = volume.header.shape;
    assert_eq!(volume.data.len(), right * front * up * volume.header.channels);
    let slice = volume.slice(Plane::Axial, up - 1).expect("the last slice");
    assert_eq!(slice.data.len(), slice.channels * slice.rows * slice.columns);
    // A spacing below the volume's would make it as large as the user wishes.
    let largest = volume.header.spacing.iter().copied().fold(0.0, f64::max);
    let _ = volume.resampled(largest, Interpolation::Linear);
});

//! A scan of DICOM, alone and as a series.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright_data::dicom::{self, Window};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("scan.dcm");
    std::fs::write(&file, bytes).expect("room for a small file");
    for window in [None, Window::new(40.0, 400.0).ok()] {
        match dicom::read(&file, window) {
            Ok(scan) => assert_eq!(scan.data.len(), scan.frames * scan.samples * scan.rows * scan.columns),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let _ = dicom::attributes(&file, &["PatientID", "ImageType"]);
    let (series, _) = dicom::series(std::slice::from_ref(&file));
    for series in series {
        if let Ok(stack) = series.read(None) {
            assert_eq!(stack.data.len(), stack.samples * stack.slices * stack.rows * stack.columns);
        }
    }
});

//! A picture to predict for, of one channel and of three.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright::data::{About, Dataset, Interface};
use netwright::train::{Loss, Source};
use netwright::weights::Normalization;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("image.png");
    std::fs::write(&file, bytes).expect("room for a small file");
    let source = Source::Idx { path: "." };
    for input in [&[1, 2, 2][..], &[3, 2, 2], &[4]] {
        let interface = Interface { input, output: &[1], loss: Loss::MSE, to_input: false };
        let image = Dataset::to_predict(&file, Some(&source), &interface, &About::default());
        match image.and_then(|image| image.all(&Normalization::default())) {
            Ok(image) => assert_eq!(image.len(), 1),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

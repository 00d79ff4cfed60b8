//! Files of labels and images in MNIST's format. The first byte tells how many of the others are labels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright::data::{Dataset, Interface};
use netwright::train::{Loss, Source};

fuzz_target!(|bytes: &[u8]| {
    let Some((&labels, files)) = bytes.split_first() else { return };
    let (labels, images) = files.split_at(usize::from(labels).min(files.len()));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes);
    write("train-labels-idx1-ubyte", labels).expect("room for a small file");
    write("train-images-idx3-ubyte", images).expect("room for a small file");
    for source in [Source::Idx { path: "." }, Source::IdxPart { path: ".", only: &[1, 0], first: Some(2) }] {
        for to_input in [false, true] {
            let interface = Interface { input: &[1, 2, 2], output: &[1], loss: Loss::MSE, to_input };
            match Dataset::training(&source, folder.path(), &interface) {
                Ok(data) => assert_eq!(data.inputs().len(), 4 * data.len()),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
});

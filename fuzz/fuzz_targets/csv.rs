//! A table as data to train with, to learn numbers from, and to predict for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright::data::{Dataset, Interface};
use netwright::train::{Column, Loss, Pointwise, Source};

const LOSSES: [Loss; 2] = [Loss::MSE, Loss::Each(Pointwise::Mae)];

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("table.csv"), bytes).expect("room for a small file");
    for label in [Column::First, Column::Last, Column::At(1)] {
        let source = Source::Csv { path: "table.csv", label };
        for (loss, to_input) in LOSSES.into_iter().zip([false, true]) {
            let interface = Interface { input: &[2], output: &[1], loss, to_input };
            match Dataset::training(&source, folder.path(), &interface) {
                Ok(data) => assert!(data.len() > 0 && data.inputs().iter().all(|x| x.is_finite())),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
            let _ = Dataset::to_predict(&folder.path().join("table.csv"), &source, &interface);
        }
    }
});

//! A table as data to train with, to learn numbers from, and to predict for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright::data::{Dataset, Interface};
use netwright::train::{Column, Loss, Pointwise, Source, Table};

const LOSSES: [Loss; 2] = [Loss::MSE, Loss::Each(Pointwise::Mae)];
const LABELS: [&[Column]; 3] = [&[Column::First], &[Column::Last], &[Column::At(1)]];

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("table.csv");
    std::fs::write(&file, bytes).expect("room for a small file");
    for label in LABELS {
        let source = Source::Csv(Table { path: "table.csv", label, ..Table::USUAL });
        for (loss, to_input) in LOSSES.into_iter().zip([false, true]) {
            let interface = Interface { input: &[2], output: &[1], loss, to_input };
            match Dataset::training(&source, folder.path(), &interface) {
                Ok(data) => {
                    assert!(!data.is_empty() && data.inputs().iter().all(|x| x.is_finite()));
                    let _ = Dataset::to_predict(&file, Some(&source), &interface, data.about());
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
});

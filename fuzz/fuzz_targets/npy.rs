//! Arrays of NumPy, archives of them and tensors, as a network's inputs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright_data::arrays;
use netwright_model::Channels;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("array");
    std::fs::write(&file, bytes).expect("room for a small file");
    let _ = arrays::splits(&file);
    match arrays::read(&file, "") {
        Ok(array) => {
            assert_eq!(array.numbers.len(), array.shape.iter().product::<usize>());
            if let Ok(inputs) = array.into_inputs(&[3, 2, 2], Channels::Found) {
                assert_eq!(inputs.numbers.len(), 12 * inputs.samples());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

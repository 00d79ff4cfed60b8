//! A file of weights into the parameters of a small network.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright::storage::{Parameters, TensorMut, TensorRef};
use netwright::weights;
use std::io::Write as _;

/// The parameters of `dense(1)` on two inputs.
#[derive(Clone, Debug, PartialEq)]
struct Dense {
    weight: [f32; 2],
    bias: [f32; 1],
}

impl Parameters for Dense {
    fn tensors(&self) -> Vec<TensorRef<'_>> {
        vec![
            TensorRef { name: "dense1.weight", shape: &[1, 2], data: &self.weight },
            TensorRef { name: "dense1.bias", shape: &[1], data: &self.bias },
        ]
    }

    fn tensors_mut(&mut self) -> Vec<TensorMut<'_>> {
        vec![
            TensorMut { name: "dense1.weight", shape: &[1, 2], data: &mut self.weight },
            TensorMut { name: "dense1.bias", shape: &[1], data: &mut self.bias },
        ]
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for a small file");
    let before = Dense { weight: [1.0, 2.0], bias: [3.0] };
    let mut params = before.clone();
    if let Err(error) = weights::load(file.path(), &mut params) {
        assert!(!error.to_string().is_empty());
        assert_eq!(params, before, "a failed load changes nothing");
    }
    let _ = weights::transfer(file.path(), &mut params, &[], &["dense1.weight"]);
});

//! The networks, and what is measured of each.

use crate::{data, timing};
use netwright::weights::{self, Error, Metadata};
use serde_json::Value;
use std::hint::black_box;
use std::path::Path;

/// A network with its recipe; the functions take how many seconds to measure.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// A training step.
    pub(crate) train: fn(f64) -> Value,
    /// The prediction for one input.
    pub(crate) one: fn(f64) -> Value,
    /// The prediction for as many inputs as a training step takes.
    pub(crate) batch: fn(f64) -> Value,
    /// Writes the parameters before training.
    pub(crate) save: fn(&Path) -> Result<(), Error>,
}

/// How many outputs of the last sample are reported for the check.
const CHECKED: usize = 8;

/// The same parameters at every start.
const SEED: u64 = 1;

/// A case of the network in a module, with its learning rate and the formula of its targets.
macro_rules! case {
    ($name:literal, $net:ident, $rate:literal, $targets:expr) => {
        Case {
            name: $name,
            train: |seconds| {
                let inputs = data::inputs(crate::nets::$net::BATCH);
                let targets = $targets(inputs.len());
                let mut trainer =
                    crate::nets::$net::Trainer::new(crate::nets::$net::Params::init(SEED), SEED);
                timing::losses(seconds, || trainer.step(&inputs, &targets, $rate))
            },
            one: |seconds| {
                let inputs = data::inputs(crate::nets::$net::BATCH);
                let mut model = crate::nets::$net::Model::new(crate::nets::$net::Params::init(SEED));
                let check = model.predict(&inputs[inputs.len() - 1]);
                timing::report(seconds, &check[..check.len().min(CHECKED)], || {
                    black_box(model.predict(black_box(&inputs[inputs.len() - 1])));
                })
            },
            batch: |seconds| {
                let inputs = data::inputs(crate::nets::$net::BATCH);
                let mut model = crate::nets::$net::Model::new(crate::nets::$net::Params::init(SEED));
                let mut outputs = vec![[0.0; crate::nets::$net::OUTPUT]; inputs.len()];
                model.predict_batch(&inputs, &mut outputs);
                let check = outputs[inputs.len() - 1].iter().copied().take(CHECKED).collect::<Vec<f32>>();
                timing::report(seconds, &check, || {
                    model.predict_batch(black_box(&inputs), &mut outputs);
                })
            },
            save: |file| weights::save(file, &crate::nets::$net::Params::init(SEED), &Metadata::default()),
        }
    };
}

/// All cases.
pub(crate) const CASES: &[Case] = &[
    case!("mlp", mlp, 1e-3, data::classes),
    case!("lenet", lenet, 0.01, data::classes),
    case!("mnist_cnn", mnistcnn, 1e-3, data::classes),
    case!("resnet20", resnet20, 0.01, data::classes),
    case!("unet", unet, 1e-3, data::masks),
];

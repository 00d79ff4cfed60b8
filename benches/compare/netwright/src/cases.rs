//! The networks that are measured.

pub use netwright::weights::{self, Metadata};
use serde_json::Value;
pub use std::hint::black_box;
use std::path::Path;

/// A network with its recipe; the functions take how many seconds to measure.
pub struct Case {
    /// The case's name on all sides of the comparison.
    pub name: &'static str,
    /// A training step.
    pub train: fn(f64) -> Value,
    /// The prediction for one input.
    pub one: fn(f64) -> Value,
    /// The prediction for as many inputs as a training step takes.
    pub batch: fn(f64) -> Value,
    /// Writes the parameters before training.
    pub save: fn(&Path) -> Result<(), weights::Error>,
}

/// The number of outputs of the last sample that are reported for the check.
const CHECKED: usize = 8;

/// Returns the part of a sample's outputs that is reported for the check.
pub fn first(outputs: &[f32]) -> Vec<f32> {
    outputs.iter().copied().take(CHECKED).collect()
}

/// The seed of the parameters, the same at every start.
pub const SEED: u64 = 1;

/// A [`Case`] of the network in a module, with its learning rate and the formula of its targets.
#[macro_export]
macro_rules! case {
    ($name:literal, $($net:ident)::+, $rate:literal, $targets:expr) => {
        $crate::Case {
            name: $name,
            train: |seconds| {
                use $($net)::+ as net;
                let inputs = $crate::data::inputs(net::BATCH);
                let targets = $targets(inputs.len());
                let mut trainer = net::Trainer::new(net::Params::init($crate::cases::SEED), $crate::cases::SEED);
                $crate::timing::losses(seconds, || trainer.step(&inputs, &targets, $rate))
            },
            one: |seconds| {
                use $($net)::+ as net;
                let inputs = $crate::data::inputs(net::BATCH);
                let last = &inputs[inputs.len() - 1];
                let model = net::Model::new(net::Params::init($crate::cases::SEED));
                let check = $crate::cases::first(&model.predict(last)[..]);
                $crate::timing::report(seconds, &check, || {
                    $crate::cases::black_box(model.predict($crate::cases::black_box(last)));
                })
            },
            batch: |seconds| {
                use $($net)::+ as net;
                let inputs = $crate::data::inputs(net::BATCH);
                let model = net::Model::new(net::Params::init($crate::cases::SEED));
                let mut outputs = vec![[0.0; net::OUTPUT]; inputs.len()];
                model.predict_batch(&inputs, &mut outputs);
                let check = $crate::cases::first(&outputs[inputs.len() - 1]);
                $crate::timing::report(seconds, &check, || {
                    model.predict_batch($crate::cases::black_box(&inputs), &mut outputs);
                })
            },
            save: |file| {
                use $($net)::+ as net;
                $crate::cases::weights::save(file, &net::Params::init($crate::cases::SEED), &$crate::cases::Metadata::default())
            },
        }
    };
}

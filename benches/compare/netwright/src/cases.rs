//! The networks that are measured.

pub use netwright::storage::Parameters;
pub use netwright::weights::{self, Metadata};
use serde_json::Value;
pub use std::hint::black_box;
use std::path::Path;

/// A measurement: it takes the weights file, and how many seconds to measure.
pub type Measure = fn(&Path, f64) -> Result<Value, weights::Error>;

/// A network with its recipe.
pub struct Case {
    /// The case's name on all sides of the comparison.
    pub name: &'static str,
    /// A training step.
    pub train: Measure,
    /// The prediction for one input.
    pub one: Measure,
    /// The prediction for as many inputs as a training step takes.
    pub batch: Measure,
    /// Writes the parameters after some steps to a file; returns their names, in the network's order.
    pub save: fn(&Path, usize) -> Result<Vec<&'static str>, weights::Error>,
}

/// The number of outputs of the last sample that are reported for the check.
const CHECKED: usize = 8;

/// Returns the part of a sample's outputs that is reported for the check.
pub fn first(outputs: &[f32]) -> Vec<f32> {
    outputs.iter().copied().take(CHECKED).collect()
}

/// The seed of the parameters, the same at every start.
pub const SEED: u64 = 1;

/// Returns parameters from a file.
///
/// # Errors
/// If the file does not have them.
pub fn load<P: Parameters>(file: &Path, mut params: P) -> Result<P, weights::Error> {
    weights::load(file, &mut params)?;
    Ok(params)
}

/// A [`Case`] of the network in a module, with its learning rate and the formula of its targets.
#[macro_export]
macro_rules! case {
    ($name:literal, $($net:ident)::+, $rate:literal, $targets:expr) => {
        $crate::Case {
            name: $name,
            train: |weights, seconds| {
                use $($net)::+ as net;
                let inputs = $crate::data::inputs(net::BATCH);
                let targets = $targets(inputs.len());
                let params = $crate::cases::load(weights, net::Params::init($crate::cases::SEED))?;
                let mut trainer = net::Trainer::new(params, $crate::cases::SEED);
                Ok($crate::timing::losses(seconds, || trainer.step(&inputs, &targets, $rate)))
            },
            one: |weights, seconds| {
                use $($net)::+ as net;
                let inputs = $crate::data::inputs(net::BATCH);
                let last = &inputs[inputs.len() - 1];
                let model = net::Model::new($crate::cases::load(weights, net::Params::init($crate::cases::SEED))?);
                let check = $crate::cases::first(&model.predict(last)[..]);
                Ok($crate::timing::report(seconds, &check, || {
                    $crate::cases::black_box(model.predict($crate::cases::black_box(last)));
                }))
            },
            batch: |weights, seconds| {
                use $($net)::+ as net;
                let inputs = $crate::data::inputs(net::BATCH);
                let model = net::Model::new($crate::cases::load(weights, net::Params::init($crate::cases::SEED))?);
                let mut outputs = vec![[0.0; net::OUTPUT]; inputs.len()];
                model.predict_batch(&inputs, &mut outputs);
                let check = $crate::cases::first(&outputs[inputs.len() - 1]);
                Ok($crate::timing::report(seconds, &check, || {
                    model.predict_batch($crate::cases::black_box(&inputs), &mut outputs);
                }))
            },
            save: |file, steps| {
                use $($net)::+ as net;
                let inputs = $crate::data::inputs(net::BATCH);
                let targets = $targets(inputs.len());
                let mut trainer = net::Trainer::new(net::Params::init($crate::cases::SEED), $crate::cases::SEED);
                for _ in 0..steps {
                    trainer.step(&inputs, &targets, $rate);
                }
                let params = trainer.params();
                $crate::cases::weights::save(file, params, &$crate::cases::Metadata::default())?;
                Ok($crate::cases::Parameters::tensors(params).iter().map(|tensor| tensor.name).collect())
            },
        }
    };
}

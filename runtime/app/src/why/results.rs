//! Results as a file that the command draws.

use super::choice::Choice;
use super::methods::{Completeness, Found};
use netwright::data::{self, Problem};
use netwright::train::Error;
use safetensors::serialize;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The key of the file's metadata that holds what is no array.
const KEY: &str = "netwright.explanations";

/// The results for all samples.
#[derive(Debug, Default)]
pub(crate) struct Results {
    arrays: Vec<(String, Array)>,
    samples: Vec<Value>,
    facts: serde_json::Map<String, Value>,
}

#[derive(Debug)]
struct Array {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// The results for one sample.
#[derive(Debug)]
pub(super) struct Sample<'a> {
    /// The file that was asked for.
    pub(super) file: &'a Path,
    /// The place of the sample, if the file has several.
    pub(super) place: Option<String>,
    pub(super) choice: Choice,
    pub(super) found: Vec<Found>,
}

impl Results {
    /// Notes something of all samples.
    pub(crate) fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.into(), value.into());
    }

    /// Adds an array.
    pub(crate) fn array(&mut self, name: String, shape: &[usize], numbers: &[f32]) {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.arrays.push((name, Array { shape: shape.to_vec(), bytes }));
    }

    /// Adds a sample.
    pub(super) fn sample(&mut self, sample: &Sample<'_>) {
        let Sample { file, place, choice, found } = sample;
        let at = self.samples.len();
        for Found { method, shape, map, .. } in found {
            self.array(format!("{at}/{}", method.name()), shape, map);
        }
        let methods = found.iter().map(|found| {
            let Found { method, completeness, .. } = found;
            json!({ "method": method.name(), "completeness": completeness.as_ref().map(complete) })
        });
        self.add(json!({
            "file": file.display().to_string(),
            "place": place,
            "explained": choice.name,
            "value": choice.value,
            "probability": choice.probability,
            "places": choice.places,
            "depth": choice.depth,
            "methods": methods.collect::<Vec<_>>(),
        }));
    }

    /// Adds what is no array of a sample.
    pub(crate) fn add(&mut self, sample: Value) {
        self.samples.push(sample);
    }

    /// Returns the number of samples so far.
    pub(crate) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write(mut self, file: &Path) -> Result<(), Error> {
        let failed = |cause| data::Error::new(file, Problem::Write(cause)).into();
        let samples = std::mem::take(&mut self.samples);
        self.fact("samples", samples);
        let metadata = HashMap::from([(KEY.to_string(), Value::Object(self.facts).to_string())]);
        let views = self.arrays.iter().map(|(name, array)| {
            let view = TensorView::new(Dtype::F32, array.shape.clone(), &array.bytes);
            (name, view.expect("an array has as many numbers as its shape says"))
        });
        let bytes = serialize(views, Some(metadata)).expect("arrays of different names are a file");
        fs::write(file, bytes).map_err(failed)
    }
}

fn complete(found: &Completeness) -> Value {
    let Completeness { steps, sum, difference } = found;
    // JSON has no infinite numbers.
    json!({ "steps": steps, "sum": sum, "difference": difference, "error": found.error() })
}

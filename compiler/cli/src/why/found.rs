//! The numbers that a program has found.

use crate::error::Error;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The key of the file's metadata that holds what is no array.
const KEY: &str = "netwright.explanations";

/// Explanations of the answers to some samples.
#[derive(Debug)]
pub(crate) struct Explanations {
    pub(super) network: String,
    /// The layer whose feature map Grad-CAM weighs, if there is one.
    pub(super) layer: Option<String>,
    /// The names of a table's columns; empty for others.
    pub(super) columns: Vec<String>,
    pub(super) samples: Vec<Sample>,
    /// The distance that answers move where each column is shuffled, for each table.
    pub(super) permutations: Vec<(String, Vec<f32>)>,
}

/// The explanation of one answer.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) file: String,
    /// The place in the file, if it has several samples.
    pub(super) place: Option<String>,
    /// The name of the class or output that is explained.
    pub(super) explained: String,
    /// The sum of the logits that are explained.
    pub(super) value: f64,
    pub(super) probability: Option<f64>,
    /// The number of places that are explained together, and that of all places.
    pub(super) places: [u64; 2],
    /// The depth in a volume, from 0 to 1, where the middle one of the explained places is.
    pub(super) depth: Option<f64>,
    /// The sample before it was scaled, channels first.
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Vec<f32>,
    pub(super) found: Vec<Found>,
}

/// The map of a method.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) method: String,
    pub(super) shape: Vec<usize>,
    pub(super) map: Vec<f32>,
    pub(super) completeness: Option<Completeness>,
}

/// The sum of integrated gradients beside what it should be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Completeness {
    pub(super) steps: u64,
    pub(super) sum: f64,
    pub(super) difference: f64,
    /// The error as a part of the difference; infinite if that is 0.
    pub(super) error: f64,
}

/// Reads what a program has written.
///
/// # Errors
/// If it cannot be read.
pub(super) fn read<T>(file: &Path, of: impl Fn(&Value, &SafeTensors<'_>) -> Option<T>) -> Result<T, Error> {
    let bytes = fs::read(file).map_err(|cause| Error::Read { path: file.into(), cause })?;
    let read = || {
        let arrays = SafeTensors::deserialize(&bytes).ok()?;
        let (_, header) = SafeTensors::read_metadata(&bytes).ok()?;
        let facts: Value = serde_json::from_str(header.metadata().as_ref()?.get(KEY)?).ok()?;
        of(&facts, &arrays)
    };
    read().ok_or_else(|| Error::Unfit {
        message: format!("{}: is not what a program of this version writes", file.display()),
        help: "this is a mistake in Netwright: please report it with the file".into(),
    })
}

impl Explanations {
    /// Reads what a program has written.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn read(file: &Path) -> Result<Explanations, Error> {
        read(file, Explanations::of)
    }

    /// Returns the names of the methods that have explained something.
    pub(crate) fn methods(&self) -> Vec<&str> {
        let of_samples = self.samples.first().map_or(&[][..], |sample| &sample.found).iter();
        let of_tables = self.permutations.first().map(|_| "permutation");
        of_samples.map(|found| found.method.as_str()).chain(of_tables).collect()
    }

    /// Returns true if the samples are lines of a table.
    pub(crate) fn is_table(&self) -> bool {
        !self.columns.is_empty()
    }

    fn of(facts: &Value, arrays: &SafeTensors<'_>) -> Option<Explanations> {
        let text = |value: &Value| value.as_str().map(String::from);
        let samples = facts["samples"].as_array()?.iter().enumerate();
        let permutations = arrays.iter().filter_map(|(name, array)| {
            Some((name.strip_prefix("permutation/")?.to_string(), floats(&array)))
        });
        Some(Explanations {
            network: text(&facts["network"])?,
            layer: text(&facts["layer"]),
            columns: facts["columns"].as_array().map_or(vec![], |all| all.iter().filter_map(text).collect()),
            samples: samples.map(|(at, sample)| Sample::of(at, sample, arrays)).collect::<Option<_>>()?,
            permutations: permutations.collect(),
        })
    }
}

impl Sample {
    fn of(at: usize, facts: &Value, arrays: &SafeTensors<'_>) -> Option<Sample> {
        let sample = arrays.tensor(&format!("{at}/sample")).ok()?;
        let found = facts["methods"].as_array()?.iter().map(|facts| {
            let method = facts["method"].as_str()?.to_string();
            let map = arrays.tensor(&format!("{at}/{method}")).ok()?;
            let completeness = Completeness::of(&facts["completeness"]);
            Some(Found { method, shape: map.shape().to_vec(), map: floats(&map), completeness })
        });
        Some(Sample {
            file: facts["file"].as_str()?.into(),
            place: facts["place"].as_str().map(String::from),
            explained: facts["explained"].as_str()?.into(),
            value: facts["value"].as_f64()?,
            probability: facts["probability"].as_f64(),
            places: [facts["places"][0].as_u64()?, facts["places"][1].as_u64()?],
            depth: facts["depth"].as_f64(),
            shape: sample.shape().to_vec(),
            numbers: floats(&sample),
            found: found.collect::<Option<_>>()?,
        })
    }
}

impl Completeness {
    fn of(facts: &Value) -> Option<Completeness> {
        Some(Completeness {
            steps: facts["steps"].as_u64()?,
            sum: facts["sum"].as_f64()?,
            difference: facts["difference"].as_f64()?,
            error: facts["error"].as_f64().unwrap_or(f64::INFINITY),
        })
    }
}

pub(super) fn floats(array: &TensorView<'_>) -> Vec<f32> {
    let (numbers, _) = array.data().as_chunks::<4>();
    numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

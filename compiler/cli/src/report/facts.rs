//! Facts of a training, as its program has written them.

use crate::error::Error;
use netwright_build::Source;
use netwright_compiler::Overrides;
use netwright_model::{Fingerprinted, Manifest, folder_beside};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The version of the text that is understood.
const VERSION: u64 = 1;

/// Facts of a training.
#[derive(Debug)]
pub(crate) struct Facts {
    folder: PathBuf,
    text: Value,
    arrays: Vec<u8>,
}

/// Numbers with a shape, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array<T> {
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Vec<T>,
}

/// An epoch of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Epoch {
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) loss: Option<f64>,
    /// The loss on held-out samples.
    pub(super) held_out: Option<f64>,
    pub(super) rate: Option<f64>,
    pub(super) seconds: f64,
    pub(super) samples: usize,
    /// The metrics on held-out samples that are one number.
    pub(super) metrics: Vec<(String, f64)>,
}

/// A part of the data.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) samples: usize,
    /// The samples of each class; empty if there are none.
    pub(super) classes: Vec<usize>,
    pub(super) groups: usize,
    /// Samples that are among those to train with.
    pub(super) leaked: usize,
}

/// Returns the folder of a report on weights: `net.report` for `net.safetensors`.
pub(crate) fn folder(weights: &Path) -> PathBuf {
    folder_beside(weights, ".report")
}

impl Facts {
    /// Reads the facts in a folder.
    ///
    /// # Errors
    /// If there are none, or they are of another version.
    pub(crate) fn read(folder: &Path) -> Result<Facts, Error> {
        let path = folder.join("facts.json");
        let bytes = fs::read(&path).map_err(|cause| Error::Unfit {
            message: format!("{}: cannot be read: {cause}", path.display()),
            help: "`netwright train` writes it beside the weights, unless `--no-report` is given".into(),
        })?;
        let text: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let arrays = fs::read(folder.join("facts.safetensors")).unwrap_or_default();
        let facts = Facts { folder: folder.into(), text, arrays };
        match facts.text["facts"].as_u64() {
            Some(VERSION) => Ok(facts),
            Some(_) => Err(facts.unfit("is of another version")),
            None => Err(facts.unfit("is damaged, or is no file of a report")),
        }
    }

    pub(super) fn unfit(&self, what: &str) -> Error {
        Error::Unfit {
            message: format!("{}: {what}", self.folder.join("facts.json").display()),
            help: "train again, or use the version of Netwright that has written it".into(),
        }
    }

    /// Returns a fact by its path: `data.classes`.
    pub(super) fn get(&self, path: &str) -> &Value {
        path.split('.').fold(&self.text, |value, key| &value[key])
    }

    /// Returns a fact that is a text; an empty one if it is not there.
    pub(super) fn text(&self, path: &str) -> &str {
        self.get(path).as_str().unwrap_or_default()
    }

    /// Returns a fact that is a number.
    pub(super) fn number(&self, path: &str) -> Option<f64> {
        self.get(path).as_f64()
    }

    /// Returns a fact that is a whole number.
    pub(super) fn count(&self, path: &str) -> usize {
        self.get(path).as_u64().unwrap_or(0) as usize
    }

    /// Returns a fact that is a list of texts.
    pub(super) fn list(&self, path: &str) -> Vec<String> {
        texts(self.get(path))
    }

    /// Returns the network's name.
    pub(super) fn network(&self) -> &str {
        self.text("network")
    }

    /// Returns the name and the text of the `.net` file and of each file that it imports.
    pub(super) fn texts(&self) -> Vec<(String, String)> {
        let pair = |pair: &Value| Some((pair[0].as_str()?.to_string(), pair[1].as_str()?.to_string()));
        self.get("texts").as_array().into_iter().flatten().filter_map(pair).collect()
    }

    /// Compiles the text.
    pub(super) fn source(&self) -> Source {
        let overrides = Overrides { network: Some(self.network().into()), settings: self.list("set") };
        Source::of_texts(&self.spec(), &self.texts(), &overrides)
    }

    /// Returns true if they are of the training that a manifest describes.
    pub(super) fn are_of(&self, manifest: &Manifest) -> bool {
        let whole = |path: &str| self.get(path).as_u64();
        let samples = |part: &str, samples: Fingerprinted| {
            whole(&format!("manifest.{part}.count")) == Some(samples.count as u64)
                && self.text(&format!("manifest.{part}.hash")) == format!("{:016x}", samples.hash)
        };
        let fold = manifest.fold.map(|(fold, _)| fold as u64);
        self.texts() == manifest.texts
            && self.list("set") == manifest.set
            && whole("manifest.epochs") == Some(manifest.epochs as u64)
            && whole("manifest.seed") == Some(manifest.seed)
            && whole("manifest.limit") == manifest.limit.map(|limit| limit as u64)
            && self.get("manifest.fold")[0].as_u64() == fold
            && samples("training", manifest.training)
            && samples("held_out", manifest.held_out)
            && self.text("manifest.start") == format!("{:016x}", manifest.start)
    }

    /// Returns the path of the `.net` file.
    pub(super) fn spec(&self) -> PathBuf {
        let spec = match self.text("spec") {
            "" => self.texts().first().map_or_else(|| "net.net".into(), |(name, _)| name.clone()),
            spec => spec.to_string(),
        };
        self.beside().join(spec)
    }

    /// Returns the folder of the facts.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder of the weights.
    fn beside(&self) -> &Path {
        self.folder.parent().unwrap_or(Path::new(""))
    }

    /// Returns the path of the weights.
    pub(super) fn weights(&self) -> PathBuf {
        self.beside().join(self.text("weights"))
    }

    /// Returns the seconds from 1970 to the beginning of the training.
    pub(crate) fn begun(&self) -> f64 {
        self.number("begun").unwrap_or(0.0)
    }

    /// Returns the epochs.
    pub(super) fn epochs(&self) -> Vec<Epoch> {
        let epoch = |line: &Value| {
            let number = |key: &str| line[key].as_f64();
            let metric = |(key, value): (&String, &Value)| {
                let name = key.strip_prefix("val_").filter(|name| !["loss", "nan_samples"].contains(name))?;
                Some((name.to_string(), value.as_f64()?))
            };
            Some(Epoch {
                number: line["epoch"].as_u64()? as usize,
                loss: number("loss"),
                held_out: number("val_loss"),
                rate: number("rate"),
                seconds: number("seconds").unwrap_or(0.0),
                samples: line["samples"].as_u64().unwrap_or(0) as usize,
                metrics: line.as_object()?.iter().filter_map(metric).collect(),
            })
        };
        self.get("epochs").as_array().into_iter().flatten().filter_map(epoch).collect()
    }

    /// Returns the parts of the data.
    pub(super) fn parts(&self) -> Vec<Part> {
        let part = |part: &Value| Part {
            name: part["part"].as_str().unwrap_or_default().into(),
            samples: count(&part["samples"]),
            classes: part["classes"].as_array().into_iter().flatten().map(count).collect(),
            groups: count(&part["groups"]),
            leaked: count(&part["leaked"]),
        };
        self.get("data.parts").as_array().into_iter().flatten().map(part).collect()
    }

    /// Returns the bytes of an array, if it is there and of this kind.
    fn raw(&self, name: &str, kind: Dtype) -> Option<(Vec<usize>, Vec<u8>)> {
        let arrays = SafeTensors::deserialize(&self.arrays).ok()?;
        let tensor = arrays.tensor(name).ok().filter(|tensor| tensor.dtype() == kind)?;
        Some((tensor.shape().to_vec(), tensor.data().to_vec()))
    }

    /// Returns an array of numbers.
    pub(super) fn numbers(&self, name: &str) -> Option<Array<f32>> {
        let (shape, bytes) = self.raw(name, Dtype::F32)?;
        let numbers = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Some(Array { shape, numbers })
    }

    /// Returns an array of whole numbers.
    pub(super) fn integers(&self, name: &str) -> Option<Array<i32>> {
        let (shape, bytes) = self.raw(name, Dtype::I32)?;
        let numbers = bytes.as_chunks().0.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect();
        Some(Array { shape, numbers })
    }

    /// Returns an array of bytes.
    pub(super) fn bytes(&self, name: &str) -> Option<Array<u8>> {
        let (shape, numbers) = self.raw(name, Dtype::U8)?;
        Some(Array { shape, numbers })
    }
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap_or(0) as usize
}

/// Returns a list of texts.
pub(super) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
}

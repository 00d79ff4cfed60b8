//! Metadata of a weights file.

use super::samples::{Fingerprint, Samples, TrainingSamples, from_text, to_text};
use netwright_model::Manifest;
use netwright_model::manifest::{escaped, hexadecimal, unescaped as plain};
use netwright_model::seal::{BITS, Seal, seal, unseal};
use std::fmt::Write;
use std::str::FromStr;

/// The origin of weights and the scaling of inputs they were trained with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The network's name; empty in a file from elsewhere.
    pub network: String,
    /// The `.net` file it is from, as the weights' folder sees it; empty if that is not known.
    pub spec: String,
    /// The training's seed.
    pub seed: Option<u64>,
    /// The scaling of inputs.
    pub normalization: Normalization,
    /// Names of the classes, if the data gave any.
    pub classes: Vec<String>,
    /// The kind of the samples and the columns of a table, as `netwright::data` writes them.
    pub data: Vec<String>,
    /// The samples of the training, if they are known.
    pub samples: Option<Samples>,
    /// Everything that the training can be repeated from, if `netwright` has made it.
    pub manifest: Option<Box<Manifest>>,
}

/// Scaling of inputs, `(x - mean) / std`: no numbers for none, one for all features, or one for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Normalization {
    /// The numbers that are subtracted: one for all inputs, or one for each; none if inputs stay as they are.
    pub mean: Vec<f64>,
    /// The numbers that the differences are divided by, as many.
    pub std: Vec<f64>,
    /// The scaling of further inputs, for a network that has several.
    pub beside: Vec<Normalization>,
}

impl Normalization {
    /// Creates the scaling of the only input.
    pub fn new(mean: Vec<f64>, std: Vec<f64>) -> Normalization {
        Normalization { mean, std, beside: vec![] }
    }

    /// Returns the scaling of each input.
    #[cfg(feature = "train")]
    #[doc(hidden)]
    pub fn each(&self) -> impl Iterator<Item = &Normalization> {
        std::iter::once(self).chain(&self.beside)
    }

    /// Scales samples; each number is rounded to 32 bits only after it is scaled.
    ///
    /// # Panics
    /// If the numbers are no whole number of samples.
    pub fn apply(&self, inputs: &mut [f32]) {
        if let (&[mean], &[std]) = (&self.mean[..], &self.std[..]) {
            for x in inputs {
                *x = scaled(f64::from(*x), mean, std);
            }
        } else if !self.mean.is_empty() {
            self.check_len(inputs.len());
            for sample in inputs.chunks_exact_mut(self.mean.len()) {
                for ((x, mean), std) in sample.iter_mut().zip(&self.mean).zip(&self.std) {
                    *x = scaled(f64::from(*x), *mean, *std);
                }
            }
        }
    }

    /// Undoes [`apply`](Normalization::apply), up to rounding.
    #[cfg(feature = "train")]
    #[doc(hidden)]
    pub fn undo(&self, inputs: &mut [f32]) {
        let statistics = self.mean.iter().zip(&self.std).cycle();
        for (x, (mean, std)) in inputs.iter_mut().zip(statistics) {
            *x = (f64::from(*x) * std + mean) as f32;
        }
    }

    /// Scales samples that are given in 64 bits.
    ///
    /// # Panics
    /// If the numbers are no whole number of samples.
    pub fn of(&self, inputs: &[f64]) -> Vec<f32> {
        if self.mean.is_empty() {
            return inputs.iter().map(|&x| x as f32).collect();
        }
        self.check_len(inputs.len());
        let statistics = self.mean.iter().zip(&self.std).cycle();
        inputs.iter().zip(statistics).map(|(&x, (&mean, &std))| scaled(x, mean, std)).collect()
    }

    fn check_len(&self, inputs: usize) {
        assert!(inputs.is_multiple_of(self.mean.len()), "statistics are of samples of another size");
    }

    /// Returns true if samples of `len` numbers can be scaled.
    pub fn fits(&self, len: usize) -> bool {
        self.mean.len() == self.std.len() && (self.mean.len() <= 1 || self.mean.len() == len)
    }
}

fn scaled(x: f64, mean: f64, std: f64) -> f32 {
    ((x - mean) / std) as f32
}

/// The version of the text, which changes when an older reader would misunderstand it. Version 1 is called by that of
/// Netwright: `0.1.0`. That of [`seal`] is the third.
const VERSION: &str = "3";
/// The version without hashes.
const UNSEALED: &str = "2";

/// An entry that cannot be what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Invalid {
    pub(super) key: String,
    pub(super) expected: String,
    pub(super) found: String,
}

fn invalid(key: &str, expected: impl Into<String>, found: impl Into<String>) -> Invalid {
    Invalid { key: key.into(), expected: expected.into(), found: found.into() }
}

impl Metadata {
    /// Formats the metadata of tensors that have this hash as text: a line for each entry, and for each class; numbers are written so
    /// that they are read back exactly.
    pub(super) fn to_text(&self, bits: u64) -> Result<String, Invalid> {
        self.normalization.check()?;
        let mut text = format!("{BITS}: {bits:016x}\nnetwork: {}\n", escaped(&self.network));
        // Writing to a string cannot fail.
        if !self.spec.is_empty() {
            let _ = writeln!(text, "spec: {}", escaped(&self.spec));
        }
        if let Some(seed) = self.seed {
            let _ = writeln!(text, "seed: {seed}");
        }
        let Normalization { mean, std, beside } = &self.normalization;
        if !mean.is_empty() {
            let _ = writeln!(text, "mean: {}\nstd: {}", joined(mean), joined(std));
        }
        for (at, Normalization { mean, std, .. }) in beside.iter().enumerate() {
            // A line for each input, so that their number is known.
            let _ = writeln!(text, "mean {0}: {1}\nstd {0}: {2}", at + 2, joined(mean), joined(std));
        }
        for class in &self.classes {
            let _ = writeln!(text, "class: {}", escaped(class));
        }
        for line in &self.data {
            let _ = writeln!(text, "data: {}", escaped(line));
        }
        if let Some(Samples { held_out, training }) = &self.samples {
            let _ = writeln!(text, "held out: {}", to_text(held_out));
            let _ = match training {
                TrainingSamples::Sum { count, sum } => {
                    writeln!(text, "trained with: {count} {}", to_text(&[Fingerprint(*sum)]))
                }
                TrainingSamples::Each(each) => writeln!(text, "trained with each: {}", to_text(each)),
            };
        }
        for (key, value) in self.manifest.iter().flat_map(|manifest| manifest.lines()) {
            let _ = writeln!(text, "manifest: {}", escaped(&format!("{key}: {value}")));
        }
        Ok(seal(&text))
    }

    /// Reads what this version or an older one has written, and the hash of the tensors if there is one; what is anything else is not
    /// believed.
    pub(super) fn from_text(text: &str) -> Result<(Metadata, Option<u64>), Invalid> {
        let sealed = match unseal(text) {
            Seal::Whole(lines) => Some(lines),
            Seal::Altered([found, _], expected) => {
                return Err(invalid("hash", format!("{expected:016x} by its other lines"), found));
            }
            Seal::Other => None,
        };
        let is_sealed = sealed.is_some();
        let mut lines =
            sealed.unwrap_or(text).split_terminator('\n').map(|line| line.split_once(": ").ok_or(line));
        let old = !is_sealed
            && match lines.next() {
                Some(Ok(("version", UNSEALED))) => false,
                Some(Ok(("version", version))) if is_old(version) => true,
                Some(Ok(("version", VERSION))) => {
                    return Err(invalid("hash", "it on the second line", "nothing"));
                }
                Some(Ok(("version", version))) => {
                    return Err(invalid("version", format!("at most {VERSION}"), version));
                }
                Some(Ok((line, _)) | Err(line)) => {
                    return Err(invalid("version", "it on the first line", line));
                }
                None => return Err(invalid("version", "it on the first line", "nothing")),
            };
        let (mut metadata, mut bits) = (Metadata::default(), None);
        let (mut seen, mut held_out, mut training) = (Vec::new(), None, None);
        for line in lines {
            let (key, value) = line.map_err(|line| invalid(line, "`key: value`", line))?;
            if !matches!(key, "class" | "data" | "manifest") && seen.contains(&key) {
                return Err(invalid(key, "one such line", value));
            }
            seen.push(key);
            match (key, old) {
                ("network", true) => metadata.network = value.into(),
                ("network", false) => metadata.network = unescaped(key, value)?,
                ("spec", false) => metadata.spec = unescaped(key, value)?,
                ("seed", _) => {
                    let seed = value.parse().map_err(|_| invalid(key, "a whole number", value))?;
                    metadata.seed = Some(seed);
                }
                ("mean", _) => metadata.normalization.mean = numbers(key, value)?,
                ("std", _) => metadata.normalization.std = numbers(key, value)?,
                (_, false) if let Some((what, at)) = of_input(key) => {
                    let beside = &mut metadata.normalization.beside;
                    // Inputs are numbered from 2 on without gaps.
                    if at != beside.len() + if what == "mean" { 2 } else { 1 } {
                        return Err(invalid(key, "the inputs in their order", value));
                    }
                    let numbers = if value.is_empty() { vec![] } else { numbers(key, value)? };
                    match beside.get_mut(at - 2) {
                        Some(input) => input.std = numbers,
                        None => beside.push(Normalization::new(numbers, vec![])),
                    }
                }
                ("classes", true) => metadata.classes = value.split(',').map(String::from).collect(),
                ("class", false) => metadata.classes.push(unescaped(key, value)?),
                ("data", false) => metadata.data.push(unescaped(key, value)?),
                (BITS, false) if is_sealed => {
                    bits =
                        Some(hexadecimal(value).ok_or_else(|| invalid(key, "a hash of 16 digits", value))?);
                }
                ("manifest", false) if is_sealed => {
                    let line = unescaped(key, value)?;
                    let manifest = metadata.manifest.get_or_insert_default();
                    let added = line.split_once(": ").and_then(|(key, value)| manifest.add(key, value));
                    added.ok_or_else(|| invalid(key, "a line of this version", &line))?;
                }
                ("held out", false) => held_out = Some(fingerprints(key, value)?),
                ("trained with", false) => training = Some(sum(key, value)?),
                ("trained with each", false) => {
                    training = Some(TrainingSamples::Each(fingerprints(key, value)?));
                }
                _ => return Err(invalid(key, "no such line", value)),
            }
        }
        metadata.normalization.check()?;
        metadata.samples = match (held_out, training) {
            (Some(held_out), Some(training)) => Some(Samples { held_out, training }),
            (None, None) => None,
            (Some(_), None) => return Err(invalid("trained with", "a line beside `held out`", "nothing")),
            (None, Some(_)) => return Err(invalid("held out", "a line beside `trained with`", "nothing")),
        };
        match bits {
            None if is_sealed => Err(invalid(BITS, "a hash of the tensors", "nothing")),
            bits => Ok((metadata, bits)),
        }
    }
}

/// Returns the word and the number of a key such as `mean 2`.
fn of_input(key: &str) -> Option<(&str, usize)> {
    let (what, at) = key.split_once(' ')?;
    let at = at.parse().ok().filter(|at| *at >= 2)?;
    ["mean", "std"].contains(&what).then_some((what, at))
}

impl Normalization {
    /// Checks that the means are finite, and the deviations finite and above 0.
    fn check(&self) -> Result<(), Invalid> {
        let odd = |numbers: &[f64], fits: fn(f64) -> bool| {
            numbers.iter().find(|&&number| !fits(number)).map(ToString::to_string)
        };
        if let Some(found) = odd(&self.mean, f64::is_finite) {
            return Err(invalid("mean", "finite numbers", found));
        }
        if let Some(found) = odd(&self.std, |std| std.is_finite() && std > 0.0) {
            return Err(invalid("std", "finite numbers above 0", found));
        }
        let [expected, found] = [&self.mean, &self.std].map(|numbers| count(numbers.len()));
        if expected != found {
            return Err(invalid("std", format!("{expected}, as `mean` has"), found));
        }
        self.beside.iter().try_for_each(Normalization::check)
    }
}

fn count(numbers: usize) -> String {
    format!("{numbers} number{}", if numbers == 1 { "" } else { "s" })
}

/// Returns true if this is the version of a Netwright that wrote the first version of the text.
fn is_old(version: &str) -> bool {
    let own = env!("CARGO_PKG_VERSION");
    let parts = |version: &str| -> Option<[u64; 3]> {
        let parts: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
        parts?.try_into().ok()
    };
    parts(version).is_some_and(|version| parts(own).is_none_or(|own| version <= own))
}

fn joined(numbers: &[f64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn numbers<T: FromStr>(key: &str, text: &str) -> Result<Vec<T>, Invalid> {
    let number = |text: &str| text.parse().map_err(|_| invalid(key, "numbers", text));
    text.split(' ').map(number).collect()
}

fn fingerprints(key: &str, text: &str) -> Result<Vec<Fingerprint>, Invalid> {
    from_text(text).ok_or_else(|| invalid(key, "fingerprints of 11 digits", text))
}

fn sum(key: &str, text: &str) -> Result<TrainingSamples, Invalid> {
    let read = || {
        let (count, sum) = text.split_once(' ')?;
        let [Fingerprint(sum)] = from_text(sum)?[..] else { return None };
        Some(TrainingSamples::Sum { count: count.parse().ok()?, sum })
    };
    read().ok_or_else(|| invalid(key, "a number of samples and the sum of their fingerprints", text))
}

fn unescaped(key: &str, text: &str) -> Result<String, Invalid> {
    plain(text).ok_or_else(|| invalid(key, "`\\\\` or `\\n` for each `\\`", text))
}

#[cfg(test)]
mod tests;

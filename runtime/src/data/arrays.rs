//! Samples of NumPy's arrays: an array of inputs and one of targets.

use super::about::Kind;
use super::numbers::Numbers;
use super::read::{Labels, Read};
use super::sources::Use;
use super::{Error, Interface, Problem};
use crate::recipe::{Arrays, Channels, Source};
use netwright_data::arrays::{self, Array, Part};
use netwright_data::label::{Label, Values};
use std::path::Path;

/// Returns true if a file has samples for a use beside those to train with.
///
/// # Errors
/// If the file is missing or damaged.
pub(super) fn has(file: &Path, source: &Arrays, of: Use) -> Result<bool, Error> {
    Ok(source.inputs.is_empty() && part(file, of)?.is_some())
}

fn part(file: &Path, of: Use) -> Result<Option<Part>, Error> {
    if !is_archive(file) {
        return Ok(None);
    }
    let Some(splits) = arrays::splits(file)? else { return Ok(None) };
    Ok(match of {
        Use::Training => Some(splits.training),
        Use::HeldOut => splits.validation,
        Use::Test => splits.test,
    })
}

/// Returns true for a file with several arrays.
fn is_archive(file: &Path) -> bool {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_none_or(|ending| ending != "npy")
}

/// Loads samples with their targets; `root` is the folder of the recipe.
pub(super) fn load(root: &Path, source: &Arrays, of: Use, interface: &Interface<'_>) -> Result<Read, Error> {
    let file = &root.join(source.path);
    let found = if source.inputs.is_empty() { part(file, of)? } else { None };
    let (inputs, targets) = match &found {
        Some(part) => (&*part.inputs.name, part.targets.as_ref().map(|header| &*header.name)),
        None => (source.inputs, Some(source.targets).filter(|name| !name.is_empty())),
    };
    let inputs = arrays::read(file, inputs)?;
    let samples = inputs.samples();
    let labels = match (interface.to_input, targets) {
        (true, _) => Labels::default(),
        (false, None) => return Err(Error::new(file, Problem::Unlabelled)),
        // Targets are in the same file, or in an array's file of their own.
        (false, Some(name)) => {
            let (file, name) = match is_archive(file) {
                true => (file.clone(), name),
                false => (root.join(name), ""),
            };
            let targets = arrays::read(&file, name)?;
            if targets.samples() != samples {
                let problem = Problem::Samples { expected: samples, found: targets.samples() };
                return Err(Error::new(&file, problem));
            }
            labels(&targets, interface)
        }
    };
    Ok(Read { labels, ..inputs_of(file, inputs, source.channels, interface)? })
}

/// Loads samples without targets.
pub(super) fn to_predict(
    file: &Path,
    source: Option<&Source>,
    interface: &Interface<'_>,
) -> Result<Read, Error> {
    let usual = match source {
        Some(Source::Arrays(source)) => *source,
        _ => Arrays::USUAL,
    };
    let found = if usual.inputs.is_empty() { part(file, Use::Test)? } else { None };
    let name = found.map_or_else(|| usual.inputs.to_string(), |part| part.inputs.name);
    inputs_of(file, arrays::read(file, &name)?, usual.channels, interface)
}

fn inputs_of(
    file: &Path,
    inputs: Array,
    channels: Channels,
    interface: &Interface<'_>,
) -> Result<Read, Error> {
    let inputs = inputs
        .into_inputs(interface.input, channels)
        .map_err(|problem| Error::new(file, netwright_data::Problem::from(problem)))?;
    let numbers = match inputs.numbers {
        arrays::Numbers::Bytes(bytes) => Numbers::Bytes(bytes),
        arrays::Numbers::Floats(numbers) => Numbers::Single(numbers),
        arrays::Numbers::Doubles(numbers) => Numbers::exact(numbers),
        other => Numbers::exact(other.to_doubles()),
    };
    if let Some(at) = numbers.position(|number| !number.is_finite()) {
        let len = interface.inputs();
        let problem = Problem::NotFinite { sample: at / len, found: numbers.get(at).to_string() };
        return Err(Error::new(file, problem));
    }
    Ok(Read { shape: interface.input.to_vec(), numbers, kind: Kind::Arrays, ..Read::default() })
}

/// Returns targets: columns of labels, or a number for each place of the output.
fn labels(targets: &Array, interface: &Interface<'_>) -> Labels {
    let numbers = targets.numbers.to_doubles();
    let of_places = interface.output.iter().skip(1).any(|&size| size > 1);
    if of_places {
        return Labels::Places(numbers.into_iter().map(|number| number as f32).collect());
    }
    let width = (numbers.len() / targets.samples().max(1)).max(1);
    let column = |column| Label {
        name: String::new(),
        values: Values::Numbers(numbers.iter().skip(column).step_by(width).copied().collect()),
    };
    Labels::Columns((0..width).map(column).collect())
}

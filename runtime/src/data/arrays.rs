//! Samples of NumPy's arrays: an array of inputs and one of targets.

use super::cache::{Keeper, budget};
use super::inputs::NUMBERS_AT_ONCE;
use super::numbers::Numbers;
use super::read::{Labels, Read};
use super::sources::Use;
use super::streamed::{Facts, Outside, ReadOne};
use super::{Error, Interface, Problem, about};
use crate::recipe::{Arrays, Cache, Channels, Loss, Source};
use netwright_data::arrays::{self, Array, Header, Kind, Part};
use netwright_data::label::{Label, Values};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    let header = arrays::header(file, inputs)?;
    let samples = header.shape.first().copied().unwrap_or(0);
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
    let read = match place(file, &header, source.cache, interface) {
        (Cache::Found | Cache::Memory, notes) => {
            let inputs = arrays::read(file, inputs)?;
            Read { notes, ..inputs_of(file, inputs, source.channels, interface)? }
        }
        (cache, notes) => Read { notes, ..outside(file, &header, cache, source.channels, interface)? },
    };
    Ok(Read { labels, ..read })
}

/// Chooses where the inputs of an array stay, with remarks for people.
fn place(file: &Path, header: &Header, wanted: Cache, interface: &Interface<'_>) -> (Cache, Vec<String>) {
    const GIGABYTE: f64 = (1_u64 << 30) as f64;
    let samples = header.shape.first().copied().unwrap_or(0) as u64;
    let count = samples.saturating_mul(interface.inputs() as u64);
    let (bytes, is_wide) = match header.kind {
        Kind::Bool | Kind::U8 => (count, false),
        // They keep 64 bits until they are scaled.
        Kind::U32 | Kind::U64 | Kind::I32 | Kind::I64 | Kind::F64 => (count.saturating_mul(12), true),
        _ => (count.saturating_mul(4), false),
    };
    let is_large = bytes > budget();
    let size = format!("the inputs take {:.1} GB", bytes as f64 / GIGABYTE);
    match wanted {
        Cache::Memory => (Cache::Memory, vec![]),
        Cache::Found if !is_large => (Cache::Memory, vec![]),
        _ if is_wide => {
            let text =
                format!("inputs of {} stay in memory: they keep 64 bits until they are scaled", header.kind);
            (Cache::Memory, vec![text])
        }
        Cache::Disk => (Cache::Disk, vec![]),
        // Only a plain file can be read from any sample on.
        Cache::Found | Cache::None => match arrays::Samples::open(file) {
            Ok(Some(_)) if is_large && wanted == Cache::Found => {
                let text = "more than half of the free memory: they are read anew in each epoch; `cache=memory` keeps them there";
                (Cache::None, vec![format!("{size}, {text}")])
            }
            Ok(Some(_)) => (Cache::None, vec![]),
            _ => {
                let text = "an array that is packed, in an archive or in Fortran's order is copied to a temporary file, to be read by samples";
                (Cache::Disk, vec![format!("{size}; {text}")])
            }
        },
    }
}

/// Loads inputs that stay outside of memory, after each was seen once.
fn outside(
    file: &Path,
    header: &Header,
    cache: Cache,
    channels: Channels,
    interface: &Interface<'_>,
) -> Result<Read, Error> {
    let (len, samples) = (interface.inputs(), header.shape.first().copied().unwrap_or(0));
    let mut keeper = Keeper::new(cache, samples, len, 0)?;
    let (mut first, mut failed) = (0, None);
    let mut add = |array: Array| -> Result<(), Error> {
        let numbers = in_32_bits(file, array, channels, interface, first)?;
        let count = numbers.len() / len.max(1);
        let facts: Vec<Facts> = (0..count).into_par_iter().map(|at| Facts::of(&numbers, len, at)).collect();
        for (at, facts) in facts.into_iter().enumerate() {
            keeper.add(numbers.copied(len, &[at as u32]), Some(facts))?;
        }
        first += count;
        Ok(())
    };
    arrays::each(file, &header.name, NUMBERS_AT_ONCE, &mut |array| {
        if failed.is_none() {
            failed = add(array).err();
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let (path, input) = (file.to_path_buf(), interface.input.to_vec());
    let place = Arc::new(InFile { path, input, channels });
    let numbers = keeper.finish(|| place)?;
    Ok(Read { shape: interface.input.to_vec(), numbers, kind: about::Kind::Arrays, ..Read::default() })
}

/// Converts samples to a network's inputs, the first of which is number `first`.
fn in_32_bits(
    file: &Path,
    array: Array,
    channels: Channels,
    interface: &Interface<'_>,
    first: usize,
) -> Result<Numbers, Error> {
    let Read { numbers, .. } = inputs_of(file, array, channels, interface).map_err(|mut error| {
        if let Problem::NotFinite { sample, .. } = &mut error.problem {
            *sample += first;
        }
        error
    })?;
    // Numbers of 16 bits are exact in 32.
    Ok(match numbers {
        Numbers::Double { rounded, .. } => Numbers::Single(rounded),
        numbers => numbers,
    })
}

/// An array's file whose samples are read when they are needed.
#[derive(Debug)]
struct InFile {
    path: PathBuf,
    input: Vec<usize>,
    channels: Channels,
}

impl Outside for InFile {
    fn reader(&self) -> ReadOne {
        let (path, input, channels) = (self.path.clone(), self.input.clone(), self.channels);
        let mut samples: Option<arrays::Samples> = None;
        Box::new(move |sample| {
            let interface = Interface { input: &input, output: &[], loss: Loss::MSE, to_input: true };
            let samples = match &mut samples {
                Some(samples) => samples,
                none => match arrays::Samples::open(&path)? {
                    Some(opened) => none.insert(opened),
                    // It was another file.
                    None => return Err(Error::new(&path, Problem::Empty)),
                },
            };
            in_32_bits(&path, samples.read(sample)?, channels, &interface, sample)
        })
    }

    fn file(&self, _: usize) -> &Path {
        &self.path
    }
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
    Ok(Read { shape: interface.input.to_vec(), numbers, kind: about::Kind::Arrays, ..Read::default() })
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

//! Joining the samples of several sources: by their keys, or in their order.

use super::about::Origins;
use super::joined::{Further, Joined, Place};
use super::read::{Labels, Read};
use super::sources::{Use, read_one};
use super::targets::{self, Resolved};
use super::{About, Dataset, Error, Interface, Problem, Targets};
use crate::recipe::{Answer, Compared, Joint, Loss, Part, Pointwise, Source};
use netwright_data::label::Label;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use thiserror::Error as ThisError;

/// Samples of several sources that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Unjoined {
    #[error("{second}: the key `{key}` is that of {first}, too")]
    Twice { key: String, first: String, second: String },
    #[error("{place}: the key `{key}` is not in {}{}", .other.display(), missing(*.more))]
    Unmatched { key: String, place: String, other: PathBuf, more: usize },
    #[error("has no keys, and the samples of {} have", .other.display())]
    NoKeys { other: PathBuf },
    #[error("holds {found} samples, and {} holds {expected}", .other.display())]
    Counts { other: PathBuf, expected: usize, found: usize },
    #[error("{left_out} samples were left out, so that the others cannot be joined in their order")]
    LeftOut { left_out: usize },
    #[error("no sample is in all sources")]
    Empty,
    #[error(
        "masks cannot be what both losses compare with: classes for `{classes}`, and numbers for `{numbers}`"
    )]
    Meanings { classes: &'static str, numbers: &'static str },
}

impl Unjoined {
    /// Returns advice that fixes the problem.
    pub fn help(&self) -> String {
        match self {
            Unjoined::Twice { .. } => "keep one sample for each key, or name another column by `key=`",
            Unjoined::Unmatched { .. } => {
                "add the missing sample or remove this one; keys are compared letter by letter, and those of a folder's pictures are their \
                 names without the ending"
            }
            Unjoined::NoKeys { .. } => {
                "name the column that says which sample a line is about in each source, such as `key=id`; pictures of a folder have their \
                 names as keys"
            }
            Unjoined::Counts { .. } => {
                "without keys, samples are joined in their order: give all sources the same samples, or name columns by `key=`"
            }
            Unjoined::LeftOut { .. } => "name the columns by which samples are joined, such as `key=id`",
            Unjoined::Empty => "the keys of all sources must be written alike",
            Unjoined::Meanings { .. } => "let losses on one output compare with the same kind of targets",
        }
        .into()
    }
}

fn missing(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => "; one more key is missing there".into(),
        more => format!("; {more} more keys are missing there"),
    }
}

/// Loads the samples of all sources, as a training did that has left its knowledge `about` them.
pub(super) fn load(joint: &'static Joint, root: &Path, of: Use, about: &About) -> Result<Dataset, Error> {
    let mut places = vec![Place::Own(0); joint.losses.len()];
    let mut classes = vec![vec![]; joint.losses.len()];
    let (mut parts, mut further) = (vec![], vec![]);
    for (at, part) in joint.parts.iter().enumerate() {
        let own = Own::of(joint, at);
        let (source, interface) = (own.source(part), own.interface(joint, part));
        let path = root.join(source.path());
        let known = about.part(at, own.known(about));
        let mut read = read_one(&source, root, of, &interface, &known)?;
        // Several losses take their targets from one place.
        read.labels = std::mem::take(&mut read.labels).in_memory()?;
        let keys = Keys::of(&mut read, &source, &path);
        let all = own.several().then(|| std::mem::take(&mut read.labels));
        if let Some(all) = &all {
            read.labels = own.labels(all, own.first);
        }
        let origins = read.origins.clone();
        let data = read.dataset(&interface, &known.classes);
        let data = data.map_err(|problem| Error::new(&path, problem))?;
        let before = further.len();
        own.resolve(all.as_ref(), joint, &data, &origins, about, (&mut further, &mut places, &mut classes))
            .map_err(|problem| Error::new(&path, problem))?;
        parts.push(Loaded { data, keys, path, further: before..further.len() });
    }
    for (loss, place) in joint.losses.iter().zip(&mut places) {
        if let Answer::Input(input) = loss.answer {
            *place = Place::Input(input);
        }
    }
    let orders = orders(&parts)?;
    let mut datasets = vec![];
    for (part, order) in parts.into_iter().zip(orders) {
        let Loaded { data, further: own, .. } = part;
        let Some(order) = order else {
            datasets.push(data);
            continue;
        };
        for further in &mut further[own] {
            *further = further.copy(&order);
        }
        let rows = if data.rows.is_empty() { vec![] } else { super::copied(&data.rows, 1, &order) };
        datasets.push(Dataset { rows, notes: data.notes.clone(), ..data.copy(&order) });
    }
    let mut parts = datasets.into_iter();
    let Some(first) = parts.next() else { return Err(Error::new(root, Problem::Empty)) };
    let beside: Vec<Dataset> = parts.collect();
    let notes = std::iter::once(&first).chain(&beside).flat_map(|data| data.notes.clone()).collect();
    let joined = Joined { joint, beside, further, places, classes };
    let mut data = Dataset { notes, joined: Some(Box::new(joined)), ..first };
    data.know_all();
    Ok(data)
}

/// Returns the source of a part, without labels where no loss compares with them, and the data that it is for.
pub(super) fn part_of(joint: &'static Joint, at: usize) -> (Source, Interface<'static>) {
    let (own, part) = (Own::of(joint, at), &joint.parts[at]);
    (own.source(part), own.interface(joint, part))
}

/// Samples of one source, before they are joined with others.
struct Loaded {
    data: Dataset,
    keys: Keys,
    path: PathBuf,
    /// The further targets that its labels give.
    further: std::ops::Range<usize>,
}

/// Losses that compare with the labels of one source.
struct Own<'a> {
    part: usize,
    losses: Vec<(usize, &'a Compared)>,
    /// The place in `losses` of the one whose targets the samples have themselves.
    first: usize,
}

impl<'a> Own<'a> {
    fn of(joint: &'a Joint, part: usize) -> Own<'a> {
        let is_own = |(_, loss): &(usize, &Compared)| matches!(loss.answer, Answer::Labels { part: own, .. } if own == part);
        let losses: Vec<(usize, &Compared)> = joint.losses.iter().enumerate().filter(is_own).collect();
        // Shares of classes follow from the classes of places, but not the other way round.
        let of_places = |(_, loss): &(usize, &Compared)| {
            loss.loss.of_indices() && joint.shape(loss.output).iter().skip(1).any(|&size| size > 1)
        };
        let first = losses.iter().position(of_places).unwrap_or(0);
        Own { part, losses, first }
    }

    /// Returns true if the labels are those of several losses.
    fn several(&self) -> bool {
        self.losses.len() > 1
    }

    /// Returns the source, which has no labels where no loss compares with them.
    fn source(&self, part: &Part) -> Source {
        match (self.losses.is_empty(), part.source) {
            (false, source) => source,
            (true, Source::Csv(table)) => Source::Csv(crate::recipe::Table { label: &[], ..table }),
            (true, source) => source,
        }
    }

    fn interface(&self, joint: &'a Joint, part: &'a Part) -> Interface<'a> {
        match self.losses.get(self.first) {
            Some((_, loss)) => interface_of(joint, part, loss),
            None => {
                // An output may be compared with the inputs themselves.
                let compared = joint.losses.iter().find(|loss| loss.answer == Answer::Input(self.part));
                let loss = compared.map_or(Loss::MSE, |compared| compared.loss);
                Interface { input: part.shape, output: part.shape, loss, to_input: true }
            }
        }
    }

    /// Returns the names of the classes that the samples' own targets had in a training.
    fn known<'b>(&self, about: &'b About) -> &'b [String] {
        self.losses.get(self.first).map_or(&[], |(loss, _)| about.classes_of(*loss))
    }

    /// Returns the labels of one of the losses.
    fn labels(&self, all: &Labels, at: usize) -> Labels {
        match (all, self.losses[at].1.answer) {
            (Labels::Columns(columns), Answer::Labels { first, count, .. }) if count > 0 => {
                Labels::Columns(columns.iter().skip(first).take(count).cloned().collect())
            }
            (Labels::Columns(columns), _) => Labels::Columns(columns.clone()),
            (Labels::Places(places), _) => Labels::Places(places.clone()),
            (Labels::Streamed(_), _) => unreachable!("labels are in memory"),
        }
    }

    /// Finds the targets of the losses other than the first.
    fn resolve(
        &self,
        all: Option<&Labels>,
        joint: &Joint,
        data: &Dataset,
        origins: &Origins,
        about: &About,
        (further, places, classes): (&mut Vec<Further>, &mut [Place], &mut [Vec<String>]),
    ) -> Result<(), Problem> {
        let Some((own, first)) = self.losses.get(self.first) else { return Ok(()) };
        places[*own] = Place::Own(self.part);
        classes[*own].clone_from(&data.about.classes);
        let Some(all) = all else { return Ok(()) };
        let mut known = vec![(*own, *first)];
        for (at, (number, loss)) in self.losses.iter().enumerate().filter(|(at, _)| *at != self.first) {
            if let Some((same, _)) = known.iter().find(|(_, other)| is_same(joint, other, loss)) {
                places[*number] = places[*same];
                classes[*number] = classes[*same].clone();
                continue;
            }
            let interface = interface_of(joint, &joint.parts[self.part], loss);
            let place = match self.labels(all, at) {
                Labels::Columns(columns) => {
                    let known = about.classes_of(*number);
                    let (targets, names) = of_columns(columns, &interface, known, origins, data.len())?;
                    further.push(targets);
                    classes[*number] = names;
                    Place::Further(further.len() - 1)
                }
                Labels::Streamed(_) => unreachable!("labels are in memory"),
                Labels::Places(_) if first.loss.of_indices() && loss.loss.of_shares() => {
                    Place::Shares { part: self.part, classes: interface.output[0] }
                }
                Labels::Places(_) => {
                    return Err(Unjoined::Meanings { classes: first.name, numbers: loss.name }.into());
                }
            };
            places[*number] = place;
            known.push((*number, *loss));
        }
        Ok(())
    }
}

fn of_columns(
    columns: Vec<Label>,
    interface: &Interface<'_>,
    known: &[String],
    origins: &Origins,
    samples: usize,
) -> Result<(Further, Vec<String>), Problem> {
    let Resolved { targets, one_hot, classes } = targets::of_columns(columns, interface, known, origins)?;
    let count = match &targets {
        Targets::Classes(classes) => classes.len(),
        Targets::Values(values) => values.len(),
        Targets::Inputs | Targets::Streamed(_) => 0,
    };
    Ok((Further { targets, one_hot, len: count.checked_div(samples).unwrap_or(1) }, classes))
}

fn interface_of<'a>(joint: &'a Joint, part: &'a Part, loss: &Compared) -> Interface<'a> {
    let output = joint.shape(loss.output);
    Interface { input: part.shape, output, loss: loss.loss, to_input: false }
}

/// Returns true if two losses give the same labels the same meaning.
fn is_same(joint: &Joint, one: &Compared, other: &Compared) -> bool {
    let meaning = |loss: &Compared| {
        let of_signs = loss.loss == Loss::Each(Pointwise::Hinge);
        (
            loss.answer,
            joint.shape(loss.output),
            loss.loss.of_indices(),
            loss.loss.of_shares(),
            of_signs,
            loss.loss.ignored(),
        )
    };
    meaning(one) == meaning(other)
}

/// The keys of a source's samples.
struct Keys {
    /// The key of each sample; empty if there are none.
    each: Vec<String>,
    /// The keys by the whole names of files, endings included, for the pictures of a folder.
    names: Vec<String>,
    /// Keys of samples that were left out.
    lost: HashSet<String>,
    /// The number of samples that were left out.
    left_out: usize,
}

impl Keys {
    fn of(read: &mut Read, source: &Source, path: &Path) -> Keys {
        let mut each = std::mem::take(&mut read.keys);
        let mut names = vec![];
        if let (Source::Images(_), Origins::Files(files), true) = (source, &read.origins, path.is_dir()) {
            each = files.iter().map(|file| stem(file)).collect();
            names = files.iter().map(|file| name(file)).collect();
        }
        let lost: HashSet<String> = std::mem::take(&mut read.lost).into_iter().collect();
        Keys { each, names, lost, left_out: read.left_out }
    }
}

/// Returns the sample of each key; `name` says where a sample is.
///
/// # Errors
/// If two samples have one key.
pub fn places(keys: &[String], name: impl Fn(usize) -> String) -> Result<HashMap<&str, u32>, Unjoined> {
    let mut samples = HashMap::new();
    for (sample, key) in keys.iter().enumerate() {
        if let Some(first) = samples.insert(key.as_str(), sample as u32) {
            let [first, second] = [first as usize, sample].map(name);
            return Err(Unjoined::Twice { key: key.clone(), first, second });
        }
    }
    Ok(samples)
}

/// Returns the key of a picture of a folder.
pub(super) fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Finds the samples of each part in the order of the first; `None` where they stand in it.
fn orders(parts: &[Loaded]) -> Result<Vec<Option<Vec<u32>>>, Error> {
    let error = |part: &Loaded, problem: Unjoined| Error::new(&part.path, problem);
    let keyed = parts.iter().find(|part| !part.keys.each.is_empty());
    let Some(keyed) = keyed.filter(|_| parts.len() > 1) else {
        let first = &parts[0];
        for part in parts {
            if let (left_out @ 1.., true) = (part.keys.left_out, parts.len() > 1) {
                return Err(error(part, Unjoined::LeftOut { left_out }));
            }
            let (expected, found) = (first.data.len(), part.data.len());
            if expected != found {
                return Err(error(part, Unjoined::Counts { other: first.path.clone(), expected, found }));
            }
        }
        return Ok(parts.iter().map(|_| None).collect());
    };
    if let Some(part) = parts.iter().find(|part| part.keys.each.is_empty()) {
        return Err(error(part, Unjoined::NoKeys { other: keyed.path.clone() }));
    }
    let written: HashSet<&str> = parts
        .iter()
        .filter(|part| part.keys.names.is_empty())
        .flat_map(|part| part.keys.each.iter().map(String::as_str))
        .collect();
    // A table may name pictures with their endings.
    let keys = |part: &Loaded| -> Vec<String> {
        match part.keys.names.iter().any(|name| written.contains(name.as_str())) {
            true => part.keys.names.clone(),
            false => part.keys.each.clone(),
        }
    };
    let keys: Vec<Vec<String>> = parts.iter().map(keys).collect();
    let mut found: Vec<HashMap<&str, u32>> = vec![];
    for (part, keys) in parts.iter().zip(&keys) {
        let samples = places(keys, |sample| part.data.origins.name(sample));
        found.push(samples.map_err(|problem| error(part, problem))?);
    }
    for (part, keys) in parts.iter().zip(&keys) {
        for (other, samples) in parts.iter().zip(&found) {
            let is_missing =
                |key: &&String| !samples.contains_key(key.as_str()) && !other.keys.lost.contains(*key);
            let missing: Vec<&String> = keys.iter().filter(is_missing).collect();
            if let Some(key) = missing.first() {
                let sample = keys.iter().position(|other| other == *key).unwrap_or(0);
                let place = part.data.origins.name(sample);
                let (key, other) = ((*key).clone(), other.path.clone());
                return Err(error(part, Unjoined::Unmatched { key, place, other, more: missing.len() - 1 }));
            }
        }
    }
    let whole: Vec<&String> =
        keys[0].iter().filter(|key| found.iter().all(|samples| samples.contains_key(key.as_str()))).collect();
    if whole.is_empty() {
        return Err(error(&parts[0], Unjoined::Empty));
    }
    let order = |samples: &HashMap<&str, u32>| -> Option<Vec<u32>> {
        let order: Vec<u32> = whole.iter().map(|key| samples[key.as_str()]).collect();
        let stays =
            order.len() == samples.len() && order.iter().enumerate().all(|(at, &from)| at == from as usize);
        (!stays).then_some(order)
    };
    Ok(found.iter().map(order).collect())
}

//! Facts about data, for people who want to know what is there before a network learns from it.

use super::targets::in_memory;
use super::{Dataset, Error, Interface, Targets, TargetsRef, join, table};
use crate::augment::Rows;
use crate::recipe::{Damaged, Joint, Missing, Part, Source, Table};
use netwright_data::table::Summary;
use std::path::Path;

/// Facts about the files of a source, which are read before any of its samples.
#[derive(Debug, Default)]
pub struct Files {
    /// Sizes and modes of pictures, as `48x64, RGB, 8 bits`, and the number of each, the commonest first.
    pub sizes: Vec<(String, usize)>,
    /// The columns of a table.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Debug)]
pub struct Column {
    pub name: String,
    /// The use that the recipe makes of it: `input`, `label`, `group`, `key` or `left out`.
    pub role: &'static str,
    /// True if it becomes an input for each of its values.
    pub is_category: bool,
    pub summary: Summary,
}

/// The range of some numbers.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub least: f64,
    pub most: f64,
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

/// Sums over numbers, from which their range follows.
#[derive(Clone, Copy)]
struct Sums {
    least: f64,
    most: f64,
    mean: f64,
    /// The sum of the squared distances from the mean.
    squares: f64,
    count: f64,
}

impl Sums {
    /// The sums over no numbers.
    const NONE: Sums =
        Sums { least: f64::INFINITY, most: f64::NEG_INFINITY, mean: 0.0, squares: 0.0, count: 0.0 };

    /// Adds a number by Welford's method: plain sums of large numbers would lose the digits that differ.
    fn add(&mut self, number: f64) {
        self.count += 1.0;
        let distance = number - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (number - self.mean);
        self.least = self.least.min(number);
        self.most = self.most.max(number);
    }

    /// Returns the range of the numbers; `None` if there were none.
    fn range(self) -> Option<Range> {
        let Sums { least, most, mean, squares, count } = self;
        (count > 0.0).then(|| Range { least, most, mean, deviation: (squares / count).sqrt() })
    }
}

/// Returns a source that passes over what a training would refuse, so that all of it can be told.
pub fn lenient(mut source: Source) -> Source {
    match &mut source {
        Source::Images(pictures) => pictures.damaged = Damaged::Skip,
        Source::Csv(table) if table.missing == Missing::Refused => table.missing = Missing::Mean,
        Source::Dicom(scans) => scans.damaged = Damaged::Skip,
        Source::Nifti(volumes) => volumes.damaged = Damaged::Skip,
        Source::Joint(joint) => {
            let part = |part: &Part| Part { source: lenient(part.source), ..*part };
            let parts: Vec<Part> = joint.parts.iter().map(part).collect();
            // A source is a constant; there are few of them in the life of a program.
            *joint = Box::leak(Box::new(Joint { parts: parts.leak(), ..**joint }));
        }
        Source::Idx { .. } | Source::IdxPart { .. } | Source::Csv(_) | Source::Arrays(_) => {}
    }
    source
}

/// Returns facts about the files of a source; paths are relative to `root`.
///
/// # Errors
/// If a file or column that the source names is missing, or a table cannot be read.
pub fn files(source: &Source, root: &Path, interface: &Interface<'_>) -> Result<Files, Error> {
    match source {
        Source::Joint(joint) => {
            let mut all = Files::default();
            for (at, part) in joint.parts.iter().enumerate() {
                let (source, interface) = join::part_of(joint, at);
                let Files { sizes, columns } = files(&source, root, &interface)?;
                all.sizes.extend(sizes);
                let named = |column: Column| match joint.parts.len() {
                    1 => column,
                    _ => Column { name: format!("{}: {}", part.input, column.name), ..column },
                };
                all.columns.extend(columns.into_iter().map(named));
            }
            Ok(all)
        }
        Source::Csv(recipe) => {
            Ok(Files { columns: columns(&root.join(recipe.path), recipe, interface)?, ..Files::default() })
        }
        #[cfg(feature = "pictures")]
        Source::Images(pictures) => Ok(Files { sizes: sizes(root, pictures)?, ..Files::default() }),
        _ => Ok(Files::default()),
    }
}

/// Returns the shape of a table's samples, whatever the network takes; `None` for other sources.
pub fn shape(source: &Source, root: &Path, interface: &Interface<'_>) -> Option<Vec<usize>> {
    let Source::Csv(recipe) = source else { return None };
    Some(table::layout(&root.join(recipe.path), recipe, interface).ok()?.shape())
}

/// Returns the reasons of all files of a source that cannot be used.
///
/// # Errors
/// If the files cannot be listed.
#[cfg_attr(
    not(feature = "pictures"),
    expect(unused_variables, clippy::only_used_in_recursion, reason = "other sources have one file")
)]
pub fn damaged(source: &Source, root: &Path, interface: &Interface<'_>) -> Result<Vec<Error>, Error> {
    match source {
        Source::Joint(joint) => {
            let mut all = vec![];
            for at in 0..joint.parts.len() {
                let (source, interface) = join::part_of(joint, at);
                all.extend(damaged(&source, root, &interface)?);
            }
            Ok(all)
        }
        #[cfg(feature = "pictures")]
        Source::Images(pictures) => super::pictures::damaged(root, pictures, interface),
        _ => Ok(vec![]),
    }
}

#[cfg(feature = "pictures")]
fn sizes(root: &Path, source: &crate::recipe::Pictures) -> Result<Vec<(String, usize)>, Error> {
    let mut counts: std::collections::BTreeMap<String, usize> = Default::default();
    for header in super::pictures::headers(root, source)? {
        let mode = match header.channels {
            1 => "grey",
            2 => "grey with opacity",
            3 => "RGB",
            _ => "RGB with opacity",
        };
        let (height, width, bits) = (header.height, header.width, header.bits);
        *counts.entry(format!("{height}x{width}, {mode}, {bits} bits")).or_default() += 1;
    }
    let mut sizes: Vec<(String, usize)> = counts.into_iter().collect();
    sizes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(sizes)
}

fn columns(file: &Path, recipe: &Table, interface: &Interface<'_>) -> Result<Vec<Column>, Error> {
    let (text, layout) = table::learn_from(file, recipe, interface)?;
    let all = |columns: &[crate::recipe::Column]| {
        columns.iter().map(|column| text.column(column)).collect::<Result<Vec<_>, _>>()
    };
    let [by, key] = [all(recipe.by)?, all(recipe.key)?];
    let column = |column: usize| {
        let input = layout.inputs().iter().find(|input| input.heading.number == column);
        let is_label = layout.labels().iter().any(|label| label.heading.number == column);
        let role = match () {
            () if is_label => "label",
            () if input.is_some() => "input",
            () if by.contains(&column) => "group",
            () if key.contains(&column) => "key",
            () => "left out",
        };
        let is_category = input.is_some_and(|input| input.meaning.is_category());
        let name = text.names().get(column).filter(|name| !name.is_empty());
        let name = name.cloned().unwrap_or_else(|| column.to_string());
        Column { name, role, is_category, summary: text.summary(column) }
    };
    Ok((0..text.width()).map(column).collect())
}

impl Dataset {
    /// Returns the range of the inputs: of each channel of an image, or else of all of them.
    ///
    /// # Errors
    /// If a sample is read from a file only now, and cannot be.
    #[doc(hidden)]
    pub fn ranges(&self) -> Result<Vec<Range>, Error> {
        let channels = match self.shape[..] {
            [channels @ 1..=4, _, _] => channels,
            _ => 1,
        };
        let part = self.sample_len() / channels;
        let mut sums = vec![Sums::NONE; channels];
        self.each(|feature, number| sums[feature / part].add(number))?;
        Ok(sums.into_iter().filter_map(Sums::range).collect())
    }

    /// Returns the range of targets that are numbers.
    #[doc(hidden)]
    pub fn target_range(&self) -> Option<Range> {
        match &self.targets {
            Targets::Values(values) => {
                let mut sums = Sums::NONE;
                values.iter().for_each(|&value| sums.add(f64::from(value)));
                sums.range()
            }
            Targets::Streamed(places) if !places.are_classes() => {
                let mut sums = Sums::NONE;
                let add = |values: &[f32]| values.iter().for_each(|&value| sums.add(f64::from(value)));
                places.each(add).ok()?;
                sums.range()
            }
            Targets::Classes(_) | Targets::Streamed(_) | Targets::Inputs => None,
        }
    }

    /// Returns the number of places that have each class, if targets are a class for each of several places.
    #[doc(hidden)]
    pub fn places(&self) -> Vec<usize> {
        let mut counts: Vec<usize> = vec![];
        let mut count = |class: usize| {
            // A class that does not count may be any number.
            if class < 1 << 12 {
                counts.resize(counts.len().max(class + 1), 0);
                counts[class] += 1;
            }
        };
        match &self.targets {
            Targets::Classes(classes) if self.target_len() > 1 => {
                classes.iter().for_each(|&class| count(class as usize));
            }
            Targets::Streamed(places) if places.are_classes() => {
                let all = |numbers: &[f32]| {
                    numbers.iter().for_each(|&number| count(in_memory(f64::from(number)) as usize));
                };
                if places.each(all).is_err() {
                    return vec![];
                }
            }
            Targets::Classes(_) | Targets::Values(_) | Targets::Streamed(_) | Targets::Inputs => {}
        }
        counts
    }

    /// Returns true if the targets are of each place of a picture.
    #[doc(hidden)]
    pub fn has_masks(&self) -> bool {
        let [_, height, width] = self.shape[..] else { return false };
        let (len, places) = (self.target_len(), height * width);
        let is_given = !matches!(self.targets, Targets::Inputs);
        is_given && places >= 2 && len >= places && len.is_multiple_of(places)
    }

    /// Returns masks as grey pictures, for each of the first `count` samples, if the targets are of each place of a picture.
    #[doc(hidden)]
    pub fn masks(&self, count: usize) -> Option<Vec<f32>> {
        let [_, height, width] = self.shape[..] else { return None };
        let (len, places) = (self.target_len(), height * width);
        if !self.has_masks() {
            return None;
        }
        let mut room = Rows::default();
        let numbers: Vec<f32> = match self.own_targets_of(0..count.min(self.len()), &mut room).ok()?? {
            TargetsRef::Classes(classes) => {
                let most = self.places().len().saturating_sub(1).max(1) as f32;
                classes.iter().map(|&class| (class as f32 / most).min(1.0)).collect()
            }
            TargetsRef::Values(values) => values.to_vec(),
        };
        Some(numbers.chunks(len).flat_map(|sample| sample[..places].to_vec()).collect())
    }

    /// Returns the number of groups, such as patients.
    #[doc(hidden)]
    pub fn group_count(&self) -> usize {
        let mut groups = self.groups().to_vec();
        groups.sort_unstable();
        groups.dedup();
        groups.len()
    }

    /// Returns the target of a sample in words; none for a mask, whose numbers say nothing to a reader.
    #[doc(hidden)]
    pub fn answer(&self, sample: usize) -> String {
        /// The most numbers of a target that are read.
        const MOST: usize = 16;
        let len = self.target_len();
        match &self.targets {
            Targets::Classes(_) if len > 1 => String::new(),
            Targets::Values(_) if len > MOST => String::new(),
            Targets::Classes(classes) => {
                let class = classes[sample * len] as usize;
                self.classes().get(class).cloned().unwrap_or_else(|| (class as i32).to_string())
            }
            Targets::Values(values) => {
                let values = values[sample * len..][..len].iter().map(f32::to_string);
                values.collect::<Vec<_>>().join(" ")
            }
            Targets::Streamed(_) | Targets::Inputs => String::new(),
        }
    }
}

//! Samples as a source gives them, before a loss gives their labels a meaning.

use super::about::{Kind, Origins};
use super::numbers::Numbers;
use super::targets::{self, Resolved};
use super::{About, Dataset, Error, Interface, Places, Problem, Targets};
use netwright_data::label::Label;
use std::collections::HashMap;

/// Samples of a source.
#[derive(Default)]
pub(super) struct Read {
    /// The shape of one input, channels first.
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Numbers,
    /// The rows of a table that each sample is made of; empty if they do not matter.
    pub(super) rows: Vec<usize>,
    pub(super) labels: Labels,
    /// The names of the classes, if the source knows them beside the labels.
    pub(super) classes: Vec<String>,
    pub(super) kind: Kind,
    pub(super) origins: Origins,
    /// The name of each sample's group, such as a patient; empty if there are none.
    pub(super) groups: Vec<String>,
    /// The place of each volume in the patient; empty if samples are no volumes with a place.
    pub(super) affines: Vec<Affine>,
    /// Remarks for people, such as on files that were left out.
    pub(super) notes: Vec<String>,
    /// The key of each sample, by which it is joined with samples of other sources; empty if there are none.
    pub(super) keys: Vec<String>,
    /// The keys of samples that were left out.
    pub(super) lost: Vec<String>,
    /// The number of samples that were left out.
    pub(super) left_out: usize,
}

/// Map from a volume's indices to the right, to the front and up to millimetres in these directions: the first three rows of a matrix.
pub type Affine = [[f64; 4]; 3];

/// Labels of a source's samples.
pub(super) enum Labels {
    /// Columns of a table, each with a label for each sample; none if the samples have no labels.
    Columns(Vec<Label>),
    /// Numbers for each place of an output, sample after sample: a class, a share, or a value.
    Places(Vec<f32>),
    /// The same, read when they are needed.
    #[cfg_attr(not(feature = "pictures"), expect(dead_code, reason = "only masks are streamed"))]
    Streamed(Places),
}

impl Default for Labels {
    fn default() -> Labels {
        Labels::Columns(vec![])
    }
}

impl Labels {
    /// Returns the same labels in memory.
    ///
    /// # Errors
    /// If a mask cannot be read any more.
    pub(super) fn in_memory(self) -> Result<Labels, Error> {
        let Labels::Streamed(places) = self else { return Ok(self) };
        let mut numbers = vec![];
        places.each(|some| numbers.extend_from_slice(some))?;
        Ok(Labels::Places(numbers))
    }
}

impl Read {
    /// Gives the labels their meaning for a network; `known` are the classes of the samples that it is or was trained with.
    ///
    /// # Errors
    /// If the labels are none that the network's loss can compare.
    pub(super) fn dataset(self, interface: &Interface<'_>, known: &[String]) -> Result<Dataset, Problem> {
        let Read { shape, numbers, rows, labels, classes, kind, origins, groups, mut notes, .. } = self;
        let known = if known.is_empty() { &classes } else { known };
        let resolved = match (labels, interface.to_input) {
            (_, true) => Resolved { targets: Targets::Inputs, one_hot: None, classes: vec![] },
            (Labels::Columns(labels), false) => targets::of_columns(labels, interface, known, &origins)?,
            (Labels::Places(places), false) => targets::of_places(places, interface)?,
            (Labels::Streamed(places), false) => {
                Resolved { targets: Targets::Streamed(places), one_hot: None, classes: vec![] }
            }
        };
        let Resolved { targets, one_hot, classes } = resolved;
        notes.extend(uncounted(&targets, interface));
        let about = About { classes, kind, ..About::default() };
        Ok(Dataset {
            one_hot,
            about,
            origins,
            rows,
            notes,
            groups: numbered(&groups),
            ..Dataset::of_numbers(&shape, numbers, targets)?
        })
    }
}

/// Says how many samples have the label that does not count, if some do.
fn uncounted(targets: &Targets, interface: &Interface<'_>) -> Option<String> {
    let (Targets::Classes(classes), Some(label)) = (targets, interface.loss.ignored()) else { return None };
    let of_places = interface.output.iter().skip(1).any(|&size| size > 1);
    let count = classes.iter().filter(|&&class| interface.loss.ignores(class)).count();
    (count > 0 && !of_places).then(|| {
        let have = if count == 1 { "has" } else { "have" };
        format!("{count} of {} samples {have} the label {label}, which does not count", classes.len())
    })
}

/// Returns a number for each name, the same for the same name.
fn numbered(names: &[String]) -> Vec<u32> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    names
        .iter()
        .map(|name| {
            let next = numbers.len() as u32;
            *numbers.entry(name).or_insert(next)
        })
        .collect()
}

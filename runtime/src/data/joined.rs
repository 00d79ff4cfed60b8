//! Samples of several sources, and targets of several losses, side by side.

use super::batches::Batches;
use super::{Dataset, Error, Targets};
use crate::augment::{Augmentation, Rows, Targets as Moved};
use crate::recipe::Joint;
use crate::samples::{TargetsRef, gather, one_hot};

/// Further inputs and targets of the samples of a [`Dataset`], in its order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Joined {
    /// The recipe's description of inputs and losses.
    pub(super) joint: &'static Joint,
    /// The samples of the further inputs, each with targets of its own or none.
    pub(super) beside: Vec<Dataset>,
    /// Targets that are no source's own.
    pub(super) further: Vec<Further>,
    /// The place of each loss's targets.
    pub(super) places: Vec<Place>,
    /// The names of the classes that each loss compares; empty if they have none.
    pub(super) classes: Vec<Vec<String>>,
}

/// Targets beside those that a source's samples have.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Further {
    pub(super) targets: Targets,
    /// The length of a one-hot vector, if classes are compared as one.
    pub(super) one_hot: Option<usize>,
    /// The number of numbers or classes of a sample.
    pub(super) len: usize,
}

/// The place of a loss's targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The inputs of a part, which the output resembles.
    Input(usize),
    /// The own targets of a part.
    Own(usize),
    /// Further targets.
    Further(usize),
    /// The classes of places that a part has, as a share of 0 or 1 for each of so many classes.
    Shares { part: usize, classes: usize },
}

impl Joined {
    /// Returns the same of these samples.
    pub(super) fn copy(&self, samples: &[u32]) -> Joined {
        let further = self.further.iter().map(|further| further.copy(samples)).collect();
        let beside = self.beside.iter().map(|data| data.copy(samples)).collect();
        Joined { beside, further, places: self.places.clone(), classes: self.classes.clone(), ..*self }
    }

    /// Keeps these samples, which ascend.
    pub(super) fn keep(&mut self, samples: &[u32]) {
        self.beside.iter_mut().for_each(|data| data.keep(samples));
        self.further.iter_mut().for_each(|further| *further = further.copy(samples));
    }
}

impl Further {
    pub(super) fn copy(&self, samples: &[u32]) -> Further {
        let targets = match &self.targets {
            Targets::Classes(classes) => Targets::Classes(super::copied(classes, self.len, samples)),
            Targets::Values(values) => Targets::Values(super::copied(values, self.len, samples)),
            Targets::Streamed(places) => Targets::Streamed(places.copied(samples)),
            Targets::Inputs => Targets::Inputs,
        };
        Further { targets, ..*self }
    }

    /// Copies the targets of these samples in the form that losses take.
    pub(super) fn gather(&self, rows: &[u32], to: &mut Gathered) {
        match &self.targets {
            Targets::Classes(classes) => {
                gather(classes, self.len, rows, &mut to.classes);
                if let Some(outputs) = self.one_hot {
                    one_hot(&to.classes, outputs, &mut to.values);
                }
            }
            Targets::Values(values) => gather(values, self.len, rows, &mut to.values),
            // Further targets are columns, which are in memory.
            Targets::Inputs | Targets::Streamed(_) => {}
        }
    }
}

/// Targets of some samples.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    classes: Vec<u32>,
    values: Vec<f32>,
}

impl Gathered {
    fn of(&self, further: &Further) -> TargetsRef<'_> {
        match further.targets {
            Targets::Classes(_) if further.one_hot.is_none() => TargetsRef::Classes(&self.classes),
            Targets::Classes(_) | Targets::Values(_) | Targets::Inputs | Targets::Streamed(_) => {
                TargetsRef::Values(&self.values)
            }
        }
    }

    /// Puts shares in place of what is here: 1 for the class of each place, in the class's own channel.
    fn shares(&mut self, of: &[u32], classes: usize, places: usize) {
        self.values.clear();
        self.values.resize(of.len() * classes, 0.0);
        for (sample, of) in self.values.chunks_exact_mut(classes * places).zip(of.chunks_exact(places)) {
            for (place, &class) in of.iter().enumerate() {
                // A class that does not count has no channel.
                if let Some(share) = sample.get_mut(class as usize * places + place) {
                    *share = 1.0;
                }
            }
        }
    }
}

/// Targets of a batch that its parts do not have themselves, one for each loss.
pub(super) fn gather_further(data: &Dataset, batches: &Batches<'_>, to: &mut Vec<Gathered>) {
    let Some(joined) = &data.joined else { return };
    to.resize_with(joined.places.len(), Gathered::default);
    for (place, to) in joined.places.iter().zip(to) {
        match *place {
            Place::Input(_) | Place::Own(_) => {}
            Place::Further(at) => joined.further[at].gather(batches.rows(), to),
            Place::Shares { part, classes } => {
                let places = data.part(part).target_len();
                to.shares(&batches.part(part).current().classes, classes, places);
            }
        }
    }
}

/// Returns the targets of a loss for a batch.
pub(super) fn target<'a>(data: &Dataset, batches: &'a Batches<'_>, loss: usize) -> TargetsRef<'a> {
    let Some(joined) = &data.joined else { return batches.own_targets() };
    match joined.places[loss] {
        Place::Input(part) => TargetsRef::Values(&batches.part(part).current().inputs),
        Place::Own(part) => batches.part(part).own_targets(),
        Place::Further(at) => batches.further()[loss].of(&joined.further[at]),
        Place::Shares { .. } => TargetsRef::Values(&batches.further()[loss].values),
    }
}

impl Dataset {
    /// Returns the description of inputs and losses, if there are several.
    pub(crate) fn joint(&self) -> Option<&'static Joint> {
        self.joined.as_ref().map(|joined| joined.joint)
    }

    /// Returns the samples of the input of this number.
    pub(crate) fn part(&self, part: usize) -> &Dataset {
        match (&self.joined, part) {
            (None, _) | (_, 0) => self,
            (Some(joined), part) => &joined.beside[part - 1],
        }
    }

    /// Returns the samples of all inputs.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Dataset> {
        std::iter::once(self).chain(self.beside())
    }

    /// Returns the samples of the further inputs.
    pub(super) fn beside(&self) -> &[Dataset] {
        self.joined.as_ref().map_or(&[], |joined| &joined.beside)
    }

    /// Returns the samples of the further inputs, to change them.
    pub(super) fn beside_mut(&mut self) -> &mut [Dataset] {
        self.joined.as_mut().map_or(&mut [], |joined| &mut joined.beside)
    }

    /// Returns the augmentation of a part's pictures: targets move with them only if they are pictures, too.
    pub(crate) fn augmentation_of_part(&self, augmentation: Augmentation) -> Augmentation {
        let places: usize = self.shape.iter().skip(1).product();
        let follow = self.number_len() > 0 && self.number_len().is_multiple_of(places.max(2));
        Augmentation { targets: if follow { augmentation.targets } else { Moved::Labels }, ..augmentation }
    }

    /// Returns the part whose own targets are those of the first loss.
    pub(super) fn leading(&self) -> &Dataset {
        let place = self.joined.as_ref().and_then(|joined| joined.places.first());
        match place {
            Some(Place::Own(part) | Place::Shares { part, .. }) => self.part(*part),
            Some(Place::Input(_) | Place::Further(_)) | None => self,
        }
    }

    /// Puts the scaled inputs of a range of samples in place of what `to` holds: of each input, sample after sample.
    ///
    /// # Errors
    /// If a sample is streamed and cannot be read any more.
    pub(crate) fn read_all(&self, samples: std::ops::Range<usize>, to: &mut Vec<f32>) -> Result<(), Error> {
        let mut part = vec![];
        to.clear();
        for data in self.parts() {
            data.read_own(samples.clone(), &mut part)?;
            to.extend_from_slice(&part);
        }
        Ok(())
    }

    /// Calls `work` with the targets of each loss for a range of samples, whose inputs `inputs` are.
    pub(crate) fn with_targets<T>(
        &self,
        samples: std::ops::Range<usize>,
        inputs: &[f32],
        work: impl FnOnce(&[TargetsRef<'_>]) -> T,
    ) -> T {
        let Some(joined) = &self.joined else { return work(&[]) };
        let rows: Vec<u32> = (samples.start as u32..samples.end as u32).collect();
        let mut own: Vec<Rows> = vec![];
        for data in self.parts() {
            let mut rows_of = Rows::default();
            data.gather_targets(&rows, &mut rows_of);
            own.push(rows_of);
        }
        let mut further: Vec<Gathered> = vec![];
        for place in &joined.places {
            let mut to = Gathered::default();
            match *place {
                Place::Input(_) | Place::Own(_) => {}
                Place::Further(at) => joined.further[at].gather(&rows, &mut to),
                Place::Shares { part, classes } => {
                    to.shares(&own[part].classes, classes, self.part(part).target_len());
                }
            }
            further.push(to);
        }
        let count = rows.len();
        let targets = joined.places.iter().zip(&further).map(|(place, further)| match *place {
            Place::Input(part) => {
                let before: usize = self.parts().take(part).map(Dataset::sample_len).sum();
                TargetsRef::Values(&inputs[before * count..][..self.part(part).sample_len() * count])
            }
            Place::Own(part) => self.part(part).targets_in(&own[part], &[]),
            Place::Further(at) => further.of(&joined.further[at]),
            Place::Shares { .. } => TargetsRef::Values(&further.values),
        });
        work(&targets.collect::<Vec<_>>())
    }

    /// Puts what is known of all inputs and losses into the knowledge about the first.
    pub(super) fn know_all(&mut self) {
        let Some(joined) = &self.joined else { return };
        let mut classes = joined.classes.iter().cloned();
        self.about.classes = classes.next().unwrap_or_default();
        self.about.further = classes.collect();
        self.about.beside = joined.beside.iter().map(|data| data.about.kind.clone()).collect();
    }
}

//! Samples of several sources, and targets of several losses, side by side.

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
    /// The classes of places that a part has, as a share of 0 or 1 for each of `classes` classes.
    Shares { part: usize, classes: usize },
}

impl Joined {
    /// Returns true if the first loss compares with an input.
    pub(super) fn compares_first_with_input(&self) -> bool {
        matches!(self.places.first(), Some(Place::Input(_)))
    }

    /// Gathers the targets of each loss that no part of `data` has itself; `own` returns what was gathered of a part.
    pub(super) fn gather<'a>(
        &self,
        data: &Dataset,
        rows: &[u32],
        own: impl Fn(usize) -> &'a Rows,
        to: &mut Vec<Gathered>,
    ) {
        to.resize_with(self.places.len(), Gathered::default);
        for (place, to) in self.places.iter().zip(to) {
            match *place {
                Place::Input(_) | Place::Own(_) => {}
                Place::Further(at) => self.further[at].gather(rows, to),
                Place::Shares { part, classes } => {
                    to.shares(&own(part).classes, classes, data.part(part).target_len());
                }
            }
        }
    }

    /// Returns the targets of a loss for samples that were gathered; `own` returns what was gathered of a part, `inputs` its inputs.
    pub(super) fn target<'a>(
        &self,
        data: &Dataset,
        loss: usize,
        own: impl Fn(usize) -> &'a Rows,
        inputs: impl Fn(usize) -> &'a [f32],
        further: &'a [Gathered],
    ) -> TargetsRef<'a> {
        match self.places[loss] {
            Place::Input(part) => TargetsRef::Values(inputs(part)),
            // These are never the inputs.
            Place::Own(part) => data.part(part).targets_in(own(part), &[]),
            Place::Further(at) => further[loss].of(&self.further[at]),
            Place::Shares { .. } => TargetsRef::Values(&further[loss].values),
        }
    }

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

impl Dataset {
    /// Returns the description of inputs and losses, if there are several.
    #[doc(hidden)]
    pub fn joint(&self) -> Option<&'static Joint> {
        self.joined.as_ref().map(|joined| joined.joint)
    }

    /// Returns the samples of the input of this number.
    #[doc(hidden)]
    pub fn part(&self, part: usize) -> &Dataset {
        match (&self.joined, part) {
            (None, _) | (_, 0) => self,
            (Some(joined), part) => &joined.beside[part - 1],
        }
    }

    /// Returns the samples of all inputs.
    #[doc(hidden)]
    pub fn parts(&self) -> impl Iterator<Item = &Dataset> {
        std::iter::once(self).chain(self.beside())
    }

    /// Returns the samples of the first input that takes pictures, or else of the first.
    #[doc(hidden)]
    pub fn pictures(&self) -> &Dataset {
        self.parts().find(|part| part.shape.len() == 3).unwrap_or(self)
    }

    /// Returns the group of each sample, by the first source that has groups; empty if none has.
    pub(super) fn groups(&self) -> &[u32] {
        self.parts().map(|part| &part.groups[..]).find(|groups| !groups.is_empty()).unwrap_or_default()
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
    #[doc(hidden)]
    pub fn augmentation_of_part(&self, augmentation: Augmentation) -> Augmentation {
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
        let gathered = |data: &Dataset| {
            let mut own = Rows::default();
            data.gather_targets(&rows, &mut own);
            own
        };
        let own: Vec<Rows> = self.parts().map(gathered).collect();
        let mut further = vec![];
        joined.gather(self, &rows, |part| &own[part], &mut further);
        let inputs_of = |part: usize| {
            let before: usize = self.parts().take(part).map(Dataset::sample_len).sum();
            &inputs[before * rows.len()..][..self.part(part).sample_len() * rows.len()]
        };
        let target = |loss| joined.target(self, loss, |part| &own[part], inputs_of, &further);
        work(&(0..joined.places.len()).map(target).collect::<Vec<_>>())
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

//! The samples and parameters of a training, ready for its first step.

use super::checkpoints::Identity;
use super::folds::Tests;
use super::{interface, settings};
use netwright::__app::samples;
use netwright::app::App;
use netwright::data::{self, Dataset, listed};
use netwright::isa::Isa;
use netwright::storage::Parameters;
use netwright::train::{Error, HeldOut, Recipe, Start};
use netwright::weights::{self, Fingerprint, Manifest, Metadata, Normalization, Samples};
use std::collections::HashSet;
use std::env::consts::{ARCH, OS};
use std::path::Path;

/// Classes whose samples are counted for people.
pub(super) const MOST_CLASSES: usize = 12;

/// Everything that one training needs.
pub(super) struct Prepared<P> {
    pub(super) params: P,
    pub(super) training: Dataset,
    pub(super) held_out: Dataset,
    pub(super) test: Option<Dataset>,
    /// The description of the weights.
    pub(super) metadata: Metadata,
    pub(super) identity: Identity,
    /// Sentences on the data and on the weights to start from.
    pub(super) remarks: Vec<String>,
    /// The parts to measure with, and how many of their samples are among those to train with, targets included; none if that was not asked.
    pub(super) leaked: Vec<(&'static str, usize)>,
}

/// The weights' description so far, and what is asked of the samples.
pub(super) struct Asked {
    pub(super) metadata: Metadata,
    /// The most samples of each part.
    pub(super) limit: Option<usize>,
    /// True if copies of samples between the parts are counted, which reads all test samples.
    pub(super) leaks: bool,
}

impl<P> Prepared<P> {
    /// Returns the scaling of inputs.
    pub(super) fn normalization(&self) -> &Normalization {
        &self.metadata.normalization
    }
}

impl<P: Parameters> Prepared<P> {
    /// Divides and scales the samples, of which there may be a limit, and takes the weights to start from. Test samples are read if there
    /// is a place for them.
    pub(super) fn new<A: App<Params = P>>(
        recipe: &Recipe,
        mut params: P,
        Asked { metadata, limit, leaks }: Asked,
        all: Dataset,
        tests: Option<&mut Tests>,
        root: &Path,
    ) -> Result<Prepared<P>, Error> {
        let interface = interface::<A>();
        let notes = all.notes().to_vec();
        let (mut training, mut held_out) = split(all, recipe, root)?;
        let about = training.about().clone();
        let own = recipe.held_out.is_none() && Dataset::has_held_out(&recipe.source(), root)?;
        if let Some(source) = recipe.held_out.source().copied().or(own.then(|| recipe.source())) {
            held_out = Dataset::held_out(&source, root, &interface, &about)?;
        }
        let test = tests.map(|tests| tests.read(recipe, root, &interface, &about)).transpose()?;
        let mut test = test.flatten();
        if let Some(limit) = limit {
            for part in [&mut training, &mut held_out].into_iter().chain(&mut test) {
                part.truncate(limit);
            }
        }
        recipe.check_rates(training.len().div_ceil(recipe.batch))?;
        let [learned, kept_back] = [&training, &held_out].map(Dataset::fingerprints);
        let identity = Identity::new(A::NAME, A::spec(), recipe, [&learned, &kept_back]);
        let leaked = if leaks { leaked(&learned, &kept_back, test.as_ref()) } else { vec![] };
        let samples = Samples::new(learned, kept_back);
        let measured = [Some(&held_out), test.as_ref()].into_iter().flatten();
        let shared: Vec<String> = measured.filter_map(|part| shared(part, &training)).collect();
        let (normalization, unchanging) = training.measured(recipe.scaling)?;
        let balance = balance(&training, &held_out);
        scale(&mut training, recipe, &normalization);
        for part in [&mut held_out].into_iter().chain(&mut test) {
            part.normalize(&normalization);
        }
        let started = start(&mut params, recipe, root)?;
        let manifest = manifest(recipe, limit, &identity, &params);
        let mut metadata = Metadata {
            seed: Some(recipe.seed),
            normalization,
            samples: Some(samples),
            manifest: Some(Box::new(manifest)),
            ..metadata
        };
        about.keep(&mut metadata);
        let remarks = balance.into_iter().chain(notes).chain(shared).chain(unchanging);
        let remarks = remarks.chain(started.map(|started| started.to_string())).collect();
        Ok(Prepared { params, training, held_out, test, metadata, identity, remarks, leaked })
    }
}

/// Returns everything that a training can be repeated from.
fn manifest(
    recipe: &Recipe,
    limit: Option<usize>,
    identity: &Identity,
    params: &impl Parameters,
) -> Manifest {
    let (texts, set) = settings::origin();
    let [training, held_out] = identity.samples();
    Manifest {
        version: env!("CARGO_PKG_VERSION").into(),
        platform: format!("{ARCH} {OS}"),
        instructions: Isa::current().name().into(),
        texts,
        set,
        epochs: recipe.epochs,
        seed: recipe.seed,
        limit,
        fold: match recipe.held_out {
            HeldOut::Fold { fold, count, .. } => Some((fold + 1, count)),
            HeldOut::None | HeldOut::Share { .. } | HeldOut::Folds { .. } | HeldOut::Source(_) => None,
        },
        training,
        held_out,
        start: weights::bits(&params.tensors()),
        obstacle: None,
    }
}

/// Scales samples to train with: at once, or after the augmentation, which sees pixels as they are.
pub(super) fn scale(training: &mut Dataset, recipe: &Recipe, normalization: &Normalization) {
    if recipe.augment.is_none() {
        training.normalize(normalization);
    } else {
        training.scale_later(normalization.clone());
    }
}

/// Takes the weights to start from, if the recipe names some.
pub(super) fn start(
    params: &mut impl Parameters,
    recipe: &Recipe,
    root: &Path,
) -> Result<Option<weights::Transfer>, Error> {
    let Some(Start { file, renames, frozen }) = recipe.from else { return Ok(None) };
    Ok(Some(weights::transfer(&root.join(file), params, renames, frozen)?))
}

/// Returns the part to train with and the part held out.
pub(super) fn split(all: Dataset, recipe: &Recipe, root: &Path) -> Result<(Dataset, Dataset), Error> {
    all.split(&recipe.held_out, recipe.seed)
        .map_err(|problem| data::Error::new(&root.join(recipe.source().path()), problem).into())
}

/// Says which pictures to measure with are those to train with, too, which makes results look better than they are.
fn shared(part: &Dataset, training: &Dataset) -> Option<String> {
    const NAMED: usize = 3;
    let shared = part.shared_pictures(training);
    let named = listed(shared.iter().map(|[own, theirs]| format!("{own} is {theirs}")), NAMED);
    match shared.len() {
        0 => None,
        1 => Some(format!("a picture to measure with is one to train with: {named}")),
        count => Some(format!("{count} pictures to measure with are those to train with: {named}")),
    }
}

/// Counts the samples of each part to measure with that are among those to train with.
fn leaked(
    training: &[Fingerprint],
    held_out: &[Fingerprint],
    test: Option<&Dataset>,
) -> Vec<(&'static str, usize)> {
    let training: HashSet<&Fingerprint> = training.iter().collect();
    let count = |part: &[Fingerprint]| part.iter().filter(|sample| training.contains(sample)).count();
    let test = test.map(|test| ("test", count(&test.fingerprints())));
    std::iter::once(("held out", count(held_out))).chain(test).collect()
}

/// Returns the number of samples of each class, with zeros for classes without any, up to `classes`.
pub(super) fn counts(data: &Dataset, classes: usize) -> Vec<usize> {
    let mut counts = samples::counts(&data.strata());
    counts.resize(counts.len().max(classes), 0);
    counts
}

/// Counts the samples of each class that has a name.
fn balance(training: &Dataset, held_out: &Dataset) -> Option<String> {
    let classes = training.classes();
    if classes.is_empty() || classes.len() > MOST_CLASSES || training.strata().is_empty() {
        return None;
    }
    let each =
        classes.iter().zip(counts(training, classes.len())).map(|(class, count)| format!("{class} {count}"));
    let mut text = format!("classes: {}", listed(each, MOST_CLASSES));
    if !held_out.is_empty() {
        text += &format!("; held out: {}", listed(counts(held_out, classes.len()).iter(), MOST_CLASSES));
    }
    Some(text)
}

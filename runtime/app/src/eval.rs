//! Measures trained weights on a test set, or else on the samples that were held out from their training.

use super::sheet::{self, Column};
use super::{Output, about, args, check_distinct, check_log, finish, interface, load, log, note, report};
use netwright::app::{App, Predictor};
use netwright::augment::Rows;
use netwright::data::{self, About, Dataset, Problem, TargetsRef};
use netwright::metrics::{Confusion, Evaluator, Metric};
use netwright::train::{Error, HeldOut, Piece, Predict, assess};
use netwright::train::{Joint, Recipe};
use netwright::weights::{Fingerprint, Metadata, Samples, TrainingSamples};
use std::collections::{HashMap, HashSet};
use std::path::Path;

pub(super) fn run<A: App>(options: &args::Eval, out: &mut Output) -> Result<(), Error> {
    let recipe = A::recipe();
    // Better now than when all is measured.
    check_distinct(&[options.log.as_ref(), options.images.as_ref()])?;
    check_log(options.log.as_ref())?;
    options.images.as_ref().map_or(Ok(()), |images| sheet::check(images))?;
    let (params, metadata) = load::<A>(&options.weights)?;
    let (mut data, set) = samples::<A>(&options.data_root, &options.weights, &metadata, options.limit)?;
    let seen = Column::new(&data.first_inputs(sheet::SAMPLES)?, A::INPUT);
    data.normalize(&metadata.normalization);
    let log = log(options.log.as_ref(), A::recipe().metrics.of, false)?;
    // An output that resembles its input is not right or wrong. A matrix that nobody asked for is made of few classes only.
    let known = recipe.metrics.of.contains(&Metric::Confusion);
    // Of several outputs it is that of the first loss.
    let output: usize = A::OUTPUT.iter().product();
    let (one, mut room) = (data.len().min(1), Rows::default());
    let classes = data
        .targets_of(0..one, &mut room)?
        .filter(|_| one == 1)
        .and_then(|targets| Confusion::classes_of(recipe.loss, output, targets));
    let classes = classes.filter(|&classes| !known && classes <= report::MOST_CLASSES);
    let mut confusion = classes.map(Confusion::empty);
    let mut first = Vec::new();
    let model = A::Model::new(params);
    let losses = recipe.joint().map_or(&[][..], Joint::measured);
    let mut each: Vec<Evaluator> = losses.iter().map(|loss| Evaluator::new(loss.loss)).collect();
    let measured = assess(&model, &data, recipe.loss, recipe.metrics, |pieces| {
        for (evaluator, piece) in each.iter_mut().zip(pieces) {
            evaluator.add_samples(piece.outputs, piece.logits, piece.targets, piece.len);
        }
        let Some(Piece { outputs, targets, .. }) = pieces.first() else { return };
        if let Some(confusion) = &mut confusion {
            confusion.add_outputs(recipe.loss, outputs, *targets);
        }
        let missing = (sheet::SAMPLES * output).saturating_sub(first.len());
        first.extend_from_slice(&outputs[..outputs.len().min(missing)]);
    })?;
    let Some(measured) = measured else {
        let file = options.data_root.join(recipe.source().path());
        return Err(data::Error::new(&file, Problem::Empty).into());
    };
    out.say(&format!("{}: {} {}", A::NAME, data.len(), set.description()));
    out.say(&measured.evaluation.to_string());
    for (loss, evaluator) in losses.iter().zip(&each).filter(|_| losses.len() > 1) {
        out.say(&format!("  {}: {}", loss.name, evaluator.finish()));
    }
    if let Some(warning) = measured.warning() {
        out.say(&warning);
    }
    if let Some(file) = &options.images {
        let Some(made) = Column::new(&first, A::OUTPUT) else {
            return Err(Error::NoImages { output: A::OUTPUT.to_vec() });
        };
        let wanted = match data.targets_of(0..sheet::SAMPLES.min(data.len()), &mut room)? {
            Some(TargetsRef::Values(targets)) => Column::new(targets, A::OUTPUT),
            _ => None,
        };
        let columns: Vec<Column> = seen.into_iter().chain([made]).chain(wanted).collect();
        sheet::save(&columns, file)?;
        let what = match columns.len() {
            1 => "what the network makes of",
            2 => "what the network makes of, beside them,",
            _ => "what the network makes of, between them and what it should,",
        };
        out.say(&format!("{}: {what} the first samples", file.display()));
    }
    if let Some(mut log) = log {
        log.result(set.name(), data.len(), &measured, &metadata.classes);
        finish(options.log.as_ref(), log)?;
    }
    let text = report::scores(&measured.scores, &metadata.classes);
    if !text.is_empty() {
        out.say(&format!("\n{text}"));
    }
    if let Some(confusion) = confusion {
        out.say(&format!("\n{}", report::matrix(&confusion, &metadata.classes)));
    }
    Ok(())
}

/// The samples that are evaluated, in relation to those of the training.
#[derive(Clone, Copy)]
pub(super) enum Set {
    Test,
    HeldOut,
    Training,
    /// No samples were held out, and some of these are new.
    Mixed {
        /// The number of samples that the network was trained with.
        seen: usize,
        /// The number of samples that it was not trained with.
        new: usize,
    },
    /// No samples were held out, and these are not those of the training.
    Changed,
    /// The samples that the recipe holds out, if the training did the same.
    Assumed,
    Unknown,
}

impl Set {
    pub(super) fn description(self) -> String {
        match self {
            Set::Test => "test samples".into(),
            Set::HeldOut => "samples that were held out from training".into(),
            Set::Training => "samples, those it was trained with: there are no others".into(),
            Set::Mixed { seen: 0, .. } => "samples, none of which it was trained with".into(),
            Set::Mixed { new: 0, .. } => "samples, all of which it was trained with".into(),
            Set::Mixed { seen, new } => {
                format!("samples: {seen} that it was trained with, and {new} new ones")
            }
            Set::Changed => {
                "samples; it was trained with some or all of them, as the data has changed since".into()
            }
            Set::Assumed => {
                "samples that `validate` holds out with the seed of the training; the weights file is of an \
                             older version and does not say which ones were"
                    .into()
            }
            Set::Unknown => {
                "samples, all there are: the weights file does not say which ones it was trained with".into()
            }
        }
    }

    /// Returns the name in logs.
    fn name(self) -> &'static str {
        match self {
            Set::Test => "test",
            Set::HeldOut => "held_out",
            Set::Training => "training",
            Set::Mixed { .. } | Set::Changed | Set::Assumed | Set::Unknown => "unknown",
        }
    }
}

/// Returns the test set, or else the samples that the training of these weights has held out, or else all; of these the first ones, if
/// there is a limit.
pub(super) fn samples<A: App>(
    root: &Path,
    weights: &Path,
    metadata: &Metadata,
    limit: Option<usize>,
) -> Result<(Dataset, Set), Error> {
    let (recipe, interface) = (A::recipe(), interface::<A>());
    let about = about::<A>(metadata, weights, root)?;
    if let Some(mut test) =
        Dataset::testing(&recipe.source(), recipe.test.as_ref(), root, &interface, &about)?
    {
        test.truncate(limit.unwrap_or(usize::MAX));
        return Ok((test, Set::Test));
    }
    let training = Training { recipe: &recipe, root, weights, metadata, about: &about };
    untested::<A>(&training, limit)
}

/// A training whose samples are looked for again.
pub(super) struct Training<'a> {
    pub(super) recipe: &'a Recipe,
    /// The folder that the recipe's paths are relative to.
    pub(super) root: &'a Path,
    /// The weights that it has saved, and what these say of it.
    pub(super) weights: &'a Path,
    pub(super) metadata: &'a Metadata,
    pub(super) about: &'a About,
}

/// Returns the samples that a training has held out, or else all of it; of these the first ones, if there is a limit.
pub(super) fn untested<P: Predictor>(
    training: &Training<'_>,
    limit: Option<usize>,
) -> Result<(Dataset, Set), Error> {
    let Training { recipe, root, weights, metadata, about } = *training;
    let interface = interface::<P>();
    let limited = |mut data: Dataset| {
        data.truncate(limit.unwrap_or(usize::MAX));
        data
    };
    if let HeldOut::Source(source) = &recipe.held_out {
        return Ok((limited(Dataset::held_out(source, root, &interface, about)?), Set::HeldOut));
    }
    let all = Dataset::again(&recipe.source(), root, &interface, about)?;
    let file = root.join(recipe.source().path());
    match (&metadata.samples, metadata.seed) {
        (Some(Samples { held_out, training }), _) if held_out.is_empty() => {
            let whole = training.are(&all.fingerprints());
            let data = limited(all);
            let set = if whole { Set::Training } else { seen(training, &data.fingerprints()) };
            Ok((data, set))
        }
        (Some(Samples { held_out, training }), _) => match all.find(held_out) {
            Ok(found) => {
                let others = without(all.fingerprints(), held_out);
                if !training.are(&others) {
                    note(&format!(
                        "{}: has other samples than in training: {} besides the held-out ones, and the network was trained with {}",
                        file.display(),
                        others.len(),
                        training.count()
                    ));
                }
                Ok((limited(found), Set::HeldOut))
            }
            Err(found) => {
                let (weights, expected) = (weights.into(), held_out.len());
                Err(Error::HeldOut { data: file, weights, expected, found })
            }
        },
        (None, Some(seed)) if let HeldOut::Share { share, .. } = recipe.held_out => {
            // Weights of such an old version are of samples that were drawn without regard to their classes.
            let parts = all.split(&HeldOut::Share { share, stratified: false }, seed);
            let (_, held_out) = parts.map_err(|problem| data::Error::new(&file, problem))?;
            Ok((limited(held_out), Set::Assumed))
        }
        (None, _) => Ok((limited(all), Set::Unknown)),
    }
}

/// Compares samples with those of a training that held out none.
fn seen(training: &TrainingSamples, samples: &[Fingerprint]) -> Set {
    let TrainingSamples::Each(each) = training else { return Set::Changed };
    let each: HashSet<&Fingerprint> = each.iter().collect();
    let seen = samples.iter().filter(|sample| each.contains(sample)).count();
    Set::Mixed { seen, new: samples.len() - seen }
}

/// Returns the samples that are left when each of some others is taken away once.
fn without(mut samples: Vec<Fingerprint>, others: &[Fingerprint]) -> Vec<Fingerprint> {
    let mut counts: HashMap<&Fingerprint, usize> = HashMap::new();
    others.iter().for_each(|other| *counts.entry(other).or_default() += 1);
    samples.retain(|sample| match counts.get_mut(sample) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    samples
}

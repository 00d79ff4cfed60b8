//! Trains the network, saves its weights, and tests it.

use super::checkpoints::{self, Checkpoints, Identity};
use super::folds::{Folds, Set, Tests};
use super::{
    App, Lines, Output, args, check_distinct, check_log, finish, interface, log, report, settings, signals,
};
use crate::checkpoint;
use crate::data::{self, Dataset, listed};
use crate::files::{self, Destination};
use crate::samples;
use crate::storage::Parameters;
use crate::train::{Epoch, Error, HeldOut, Log, Predict, Recipe, Saver, Start, Terminal, Trained, Watch};
use crate::weights::{self, Metadata, Normalization, Samples};
use std::iter::repeat_n;
use std::path::{Path, PathBuf};

pub(super) fn run<A: App>(options: &args::Train, out: &mut Output) -> Result<(), Error> {
    let recipe = A::recipe();
    let recipe = Recipe {
        epochs: options.epochs.unwrap_or(recipe.epochs),
        seed: options.seed.unwrap_or(recipe.seed),
        ..recipe
    };
    let recipes: Vec<Recipe> = recipe.folds().collect();
    let files: Vec<PathBuf> = match recipes.len() {
        1 => vec![options.weights.clone()],
        count => (0..count).map(|fold| weights::of_fold(&options.weights, fold)).collect(),
    };
    let params = A::init(recipe.seed);
    let metadata = Metadata { network: A::NAME.into(), spec: spec(options), ..Metadata::default() };
    // Better now than after hours of training.
    for file in &files {
        weights::check_replaceable(file, &params, &metadata, options.others)?;
        check_distinct(&[Some(file), options.log.as_ref()])?;
    }
    check_log(options.log.as_ref())?;
    if options.resume {
        check_resumable(&files)?;
    }
    let all = Dataset::training(&recipe.source(), &options.data_root, &interface::<A>())?;
    if let Some(text) = settings::told() {
        out.say(&text);
    }
    let classes = all.classes().to_vec();
    let mut lines = None;
    let mut folds = Folds::new(&recipe);
    let mut tests = Tests::new(&folds);
    let mut moved = Ok(());
    for ((recipe, file), all) in recipes.iter().zip(&files).zip(repeat_n(all, files.len())) {
        let (params, metadata) = (params.clone(), metadata.clone());
        let prepared = Prepared::new::<A>(recipe, params, metadata, all, &mut tests, file, options)?;
        if lines.is_none() {
            // An older log is written over when nothing is left that could be wrong.
            lines = log(options.log.as_ref(), recipe.metrics.of, options.resume)?;
        }
        if let HeldOut::Fold { fold, count, .. } = recipe.held_out {
            out.say(&format!("{}fold {} of {count}", if fold == 0 { "" } else { "\n" }, fold + 1));
            lines.iter_mut().for_each(|lines| lines.begin_fold(fold + 1));
        }
        lines.iter_mut().for_each(|lines| lines.go_on(prepared.checkpoints.epochs()));
        let kept = prepared.train::<A>(recipe, file, options, &mut folds, lines.as_mut(), out)?;
        moved = moved.and(kept);
    }
    folds.report::<A>(&classes, lines.as_mut(), out);
    if let Some(lines) = lines {
        finish(options.log.as_ref(), lines)?;
    }
    moved
}

/// Checks that a training has left a checkpoint, one of several at least.
fn check_resumable(files: &[PathBuf]) -> Result<(), checkpoint::Error> {
    for file in files {
        if !checkpoints::list(&checkpoints::folder(file))?.is_empty() {
            return Ok(());
        }
    }
    Err(checkpoint::Error::None {
        folder: files.first().map(|file| checkpoints::folder(file)).unwrap_or_default(),
    })
}

/// Everything that one training needs.
struct Prepared<P> {
    params: P,
    training: Dataset,
    held_out: Dataset,
    test: Option<Dataset>,
    metadata: Metadata,
    checkpoints: Checkpoints,
    /// Sentences on the data and on the weights to start from.
    remarks: Vec<String>,
}

impl<P: Parameters> Prepared<P> {
    /// Divides and scales the samples, and takes the weights to start from.
    fn new<A: App<Params = P>>(
        recipe: &Recipe,
        mut params: P,
        metadata: Metadata,
        all: Dataset,
        tests: &mut Tests,
        file: &Path,
        options: &args::Train,
    ) -> Result<Prepared<P>, Error> {
        let root = &options.data_root;
        let interface = interface::<A>();
        let notes = all.notes().to_vec();
        let (mut training, mut held_out) = split(all, recipe, root)?;
        let about = training.about().clone();
        let own = recipe.held_out.is_none() && Dataset::has_held_out(&recipe.source(), root)?;
        if let Some(source) = recipe.held_out.source().copied().or(own.then(|| recipe.source())) {
            held_out = Dataset::held_out(&source, root, &interface, &about)?;
        }
        let mut test = tests.read(recipe, root, &interface, &about)?;
        if let Some(limit) = options.limit {
            for part in [&mut training, &mut held_out].into_iter().chain(&mut test) {
                part.truncate(limit);
            }
        }
        recipe.check_rates(training.len().div_ceil(recipe.batch))?;
        let [learned, kept_back] = [&training, &held_out].map(Dataset::fingerprints);
        let identity = Identity::new(A::NAME, A::spec(), recipe, [&learned, &kept_back]);
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
        let mut metadata =
            Metadata { seed: Some(recipe.seed), normalization, samples: Some(samples), ..metadata };
        about.keep(&mut metadata);
        let folder = checkpoints::folder(file);
        let mut checkpoints = Checkpoints::new(folder, recipe.save, identity, metadata.clone())?;
        options.until.into_iter().for_each(|epoch| checkpoints.pause_after(epoch));
        let damaged = if options.resume { checkpoints.resume()? } else { vec![] };
        let remarks = balance.into_iter().chain(notes).chain(shared).chain(unchanging);
        let remarks = remarks.chain(started.map(|started| started.to_string())).chain(damaged);
        let remarks = remarks.chain(checkpoints.beginning()).collect();
        Ok(Prepared { params, training, held_out, test, metadata, checkpoints, remarks })
    }

    /// Trains, saves the weights to `file` and measures them; the inner result is an error if other weights have appeared there meanwhile.
    fn train<A: App<Params = P>>(
        self,
        recipe: &Recipe,
        file: &Path,
        options: &args::Train,
        folds: &mut Folds,
        mut lines: Option<&mut Lines>,
        out: &mut Output,
    ) -> Result<Result<(), Error>, Error> {
        let Prepared { params, training, held_out, test, metadata, mut checkpoints, remarks } = self;
        let pause = options.until.filter(|&until| until < recipe.epochs);
        if pause.is_some_and(|pause| checkpoints.epochs() >= pause) {
            return Ok(Ok(()));
        }
        out.say(&describe::<A>(&training, &held_out, test.as_ref()));
        remarks.iter().for_each(|text| out.say(text));
        let trained = {
            let terminal = (!options.quiet).then(|| Terminal::new(recipe.metrics.of));
            let mut log = Logs { terminal, lines: lines.as_deref_mut(), checkpoints: &mut checkpoints };
            signals::watch();
            let trained = A::train(recipe, params, &training, &held_out, &mut log);
            signals::release();
            trained
        };
        if matches!(trained, Err(Error::Ended)) {
            return Ok(Ok(()));
        }
        if let (Some(_), Err(Error::Diverged { .. }), Some(lines)) =
            (options.until, &trained, lines.as_deref_mut())
        {
            lines.numbers("diverged", &[]);
            return Ok(Ok(()));
        }
        let saved = trained.and_then(|trained| {
            let saved = weights::save_anew(file, &trained.params, &metadata, options.others)?;
            Ok((trained, saved))
        });
        let (trained, (saved, displaced)) = saved.inspect_err(|error| {
            match error {
                Error::Interrupted { .. } => {}
                // It would diverge again.
                Error::Diverged { .. } => out.say(&checkpoints.kept()),
                _ => out.say(&checkpoints.left()),
            }
        })?;
        checkpoints.problem().into_iter().for_each(|text| out.say(text));
        if let Some(text) = ending(recipe, &trained, &held_out) {
            out.say(&text);
        }
        let model = A::Model::new(trained.params);
        let held_out = Some((Set::HeldOut, &held_out)).filter(|_| test.is_none() || folds.are_several());
        for (set, data) in held_out.into_iter().chain(test.iter().map(|test| (Set::Test, test))) {
            let Some(result) = folds.measure(set, &model, data, recipe)? else { continue };
            out.say(&format!("{}: {}", set.name(), result.evaluation));
            if let Some(warning) = result.warning() {
                out.say(&warning);
            }
            let text = report::scores(&result.scores, &metadata.classes);
            if !text.is_empty() {
                out.say(&text);
            }
            if let Some(lines) = &mut lines {
                lines.result(&set.name().replace(' ', "_"), result.samples, &result, &metadata.classes);
            }
        }
        out.say(&format!("weights: {}", saved.display()));
        Ok(displaced.map_or(Ok(()), |cause| Err(Error::Moved { cause: cause.into(), saved })))
    }
}

/// Explains why early stopping ended the training and which epoch the weights are of, if it did either.
fn ending<P>(recipe: &Recipe, trained: &Trained<P>, held_out: &Dataset) -> Option<String> {
    let stop = recipe.stop.filter(|_| !held_out.is_empty())?;
    let (name, epochs) = (stop.on.name(), trained.epochs);
    Some(match trained.best {
        None => format!(
            "{name} was {} in every epoch, so none is the best: the weights are those of the last, {epochs} of {}",
            if let Watch::Val(_) = stop.on { "undefined" } else { "NaN or infinite" },
            recipe.epochs
        ),
        Some(best) if best < recipe.epochs => {
            format!("the weights are those of epoch {best}, the best of {epochs} by {name}")
        }
        Some(_) => return None,
    })
}

/// The logs of a training: for people and for programs, each if asked for; and what goes on with it later.
struct Logs<'a> {
    terminal: Option<Terminal>,
    lines: Option<&'a mut Lines>,
    checkpoints: &'a mut Checkpoints,
}

impl Log for Logs<'_> {
    fn begin(&mut self, epoch: usize, epochs: usize, steps: usize) {
        if let Some(terminal) = &mut self.terminal {
            terminal.begin(epoch, epochs, steps);
        }
    }

    fn step(&mut self, loss: f64) {
        if let Some(terminal) = &mut self.terminal {
            terminal.step(loss);
        }
    }

    fn end(&mut self, epoch: &Epoch) {
        if let Some(terminal) = &mut self.terminal {
            terminal.end(epoch);
        }
        if let Some(lines) = &mut self.lines {
            lines.end(epoch);
        }
    }

    fn saver(&mut self) -> Option<&mut dyn Saver> {
        Some(self.checkpoints)
    }

    fn note(&mut self, text: &str) {
        if let Some(terminal) = &mut self.terminal {
            terminal.note(text);
        }
    }
}

/// Returns the `.net` file, as the folder of the weights sees it: it stays the same when both are moved.
fn spec(options: &args::Train) -> String {
    let spec = options.spec.as_ref().and_then(|spec| {
        let Ok(Destination::File(weights)) = files::destination(&options.weights) else { return None };
        files::relative(spec, files::folder(&weights)).ok()
    });
    spec.unwrap_or_default()
}

/// Returns the part to train with and the part held out.
pub(super) fn split(all: Dataset, recipe: &Recipe, root: &Path) -> Result<(Dataset, Dataset), Error> {
    all.split(&recipe.held_out, recipe.seed)
        .map_err(|problem| data::Error { file: root.join(recipe.source().path()), problem }.into())
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

/// Counts the samples of each class that has a name.
fn balance(training: &Dataset, held_out: &Dataset) -> Option<String> {
    const MOST: usize = 12;
    let classes = training.classes();
    let counts = |data: &Dataset| {
        let mut counts = samples::counts(&data.strata());
        counts.resize(classes.len(), 0);
        counts
    };
    if classes.is_empty() || classes.len() > MOST || training.strata().is_empty() {
        return None;
    }
    let each = classes.iter().zip(counts(training)).map(|(class, count)| format!("{class} {count}"));
    let mut text = format!("classes: {}", listed(each, MOST));
    if !held_out.is_empty() {
        text += &format!("; held out: {}", listed(counts(held_out).iter(), MOST));
    }
    Some(text)
}

fn describe<A: App>(training: &Dataset, held_out: &Dataset, test: Option<&Dataset>) -> String {
    let mut text = format!("{}: {} samples to train with", A::NAME, training.len());
    if !held_out.is_empty() {
        text += &format!(", {} held out", held_out.len());
    }
    if let Some(test) = test {
        text += &format!(", {} to test with", test.len());
    }
    text
}

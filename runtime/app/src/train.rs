//! Trains the network, saves its weights, and tests it.

use super::checkpoints::{self, Checkpoints};
use super::facts::{About, Ledger, Tested};
use super::folds::{Folds, Set, Tests};
use super::lock::Lock;
use super::prepared::{Asked, MOST_CLASSES, Prepared, counts};
use super::records::Records;
use super::{Output, args, check_distinct, check_log, diagnosis, interface, report, settings, signals};
use netwright::__app::files::{self, Destination};
use netwright::app::App;
use netwright::checkpoint;
use netwright::data::{Dataset, listed};
use netwright::schedule::Course;
use netwright::state::Snapshot;
use netwright::storage::Parameters;
use netwright::train::{
    Epoch, Error, HeldOut, Log, Moment, Piece, Predict, Recipe, Saver, State, Terminal, Trained, Watch,
    measure,
};
use netwright::weights::{self, Metadata};
use netwright_model::weights_of_fold;
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
        count => (0..count).map(|fold| weights_of_fold(&options.weights, fold)).collect(),
    };
    let params = A::init(recipe.seed);
    let metadata = Metadata { network: A::NAME.into(), spec: spec(options), ..Metadata::default() };
    let _locks = files.iter().map(|file| Lock::of(file)).collect::<Result<Vec<_>, _>>()?;
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
    let mut records = Records::new(options);
    let mut folds = Folds::new(&recipe);
    let mut tests = Tests::new(&folds);
    let mut moved = Ok(());
    for ((recipe, file), all) in recipes.iter().zip(&files).zip(repeat_n(all, files.len())) {
        let (params, metadata) = (params.clone(), metadata.clone());
        let asked = Asked { metadata, limit: options.limit, leaks: options.report };
        let prepared = Prepared::new::<A>(recipe, params, asked, all, Some(&mut tests), &options.data_root)?;
        let training = Training::new(prepared, recipe, file, options)?;
        records.open(recipe.metrics.of)?;
        if let HeldOut::Fold { fold, count, .. } = recipe.held_out {
            out.say(&format!("{}fold {} of {count}", if fold == 0 { "" } else { "\n" }, fold + 1));
            records.begin_fold(fold + 1);
        }
        records.go_on(training.checkpoints.epochs());
        let kept = training.train::<A>(recipe, file, options, &mut folds, &mut records, out)?;
        moved = moved.and(kept);
    }
    folds.report::<A>(&classes, records.lines.as_mut(), out);
    records.finish()?;
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

/// A training that is saved on its way.
struct Training<P> {
    prepared: Prepared<P>,
    checkpoints: Checkpoints,
}

impl<P: Parameters> Training<P> {
    /// Takes the checkpoint to go on from, if the training goes on.
    fn new(
        mut prepared: Prepared<P>,
        recipe: &Recipe,
        file: &Path,
        options: &args::Train,
    ) -> Result<Training<P>, Error> {
        let Prepared { identity, metadata, remarks, .. } = &mut prepared;
        let folder = checkpoints::folder(file);
        let mut checkpoints = Checkpoints::new(folder, recipe.save, identity.clone(), metadata.clone())?;
        options.until.into_iter().for_each(|epoch| checkpoints.pause_after(epoch));
        if options.resume {
            remarks.extend(checkpoints.resume()?);
        }
        remarks.extend(checkpoints.beginning());
        if let Some(manifest) = &mut metadata.manifest {
            manifest.obstacle = checkpoints.obstacle();
        }
        Ok(Training { prepared, checkpoints })
    }

    /// Trains, saves the weights to `file` and measures them; the inner result is an error if other weights have appeared there meanwhile.
    fn train<A: App<Params = P>>(
        self,
        recipe: &Recipe,
        file: &Path,
        options: &args::Train,
        folds: &mut Folds,
        records: &mut Records<'_>,
        out: &mut Output,
    ) -> Result<Result<(), Error>, Error> {
        let Training { prepared, mut checkpoints } = self;
        let pause = options.until.filter(|&until| until < recipe.epochs);
        if pause.is_some_and(|pause| checkpoints.epochs() >= pause) {
            return Ok(Ok(()));
        }
        let mut ledger = Ledger::new::<A, P>(options, file, recipe, &prepared, checkpoints.epochs());
        let Prepared { params, training, held_out, test, metadata, remarks, .. } = prepared;
        out.say(&describe::<A>(&training, &held_out, test.as_ref()));
        remarks.iter().for_each(|text| out.say(text));
        let trained = {
            let terminal = (!options.quiet).then(|| Terminal::new(recipe.metrics.of));
            let mut log = Logs { terminal, records, checkpoints: &mut checkpoints, ledger: &mut ledger };
            check_watched::<A>(recipe, &params, &held_out)?;
            signals::watch();
            let trained = A::train(recipe, params, &training, &held_out, &mut log);
            signals::release();
            trained
        };
        if matches!(trained, Err(Error::Ended)) {
            return Ok(Ok(()));
        }
        if let (Some(_), Err(Error::Diverged { .. }), Some(lines)) =
            (options.until, &trained, &mut records.lines)
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
                Error::Interrupted { .. } => ledger.finish("interrupted", Some(error.to_string())),
                // It would diverge again.
                Error::Diverged { .. } => {
                    // The place is looked for as long as a minute.
                    ledger.finish("diverged", Some(error.to_string()));
                    let parts = [&training, &held_out];
                    let place = diagnosis::find::<A>(
                        recipe,
                        &options.data_root,
                        parts,
                        checkpoints.newest(diagnosis::is_finite),
                    );
                    if let Some(diagnosis::Found { text, params }) = place {
                        ledger.keep(&params);
                        ledger.finish("diverged", Some(format!("{error}; {text}")));
                        out.say(&text);
                    }
                    out.say(&checkpoints.kept());
                }
                _ => {
                    ledger.finish("failed", Some(error.to_string()));
                    out.say(&checkpoints.left());
                }
            }
        })?;
        checkpoints.problem().into_iter().for_each(|text| out.say(text));
        let ending = ending(recipe, &trained, &held_out);
        ending.iter().for_each(|text| out.say(text));
        let best = trained.best;
        let model = A::Model::new(trained.params);
        let held_out = Some((Set::HeldOut, &held_out)).filter(|_| test.is_none() || folds.are_several());
        for (set, data) in held_out.into_iter().chain(test.iter().map(|test| (Set::Test, test))) {
            let mut tested = tested::<A>(recipe);
            let show = |pieces: &[Piece<'_>]| {
                if let (true, Some(piece)) = (ledger.is_open(), pieces.first()) {
                    tested.add(piece);
                }
            };
            let measured = folds.measure(set, &model, data, recipe, show).inspect_err(|error| {
                ledger.finish("failed", Some(error.to_string()));
            });
            let Some(result) = measured? else { continue };
            let normalization = &metadata.normalization;
            let about = About::<A> { data, model: &model, normalization, classes: &metadata.classes };
            ledger.result(set.name(), &result, tested, &about);
            out.say(&format!("{}: {}", set.name(), result.evaluation));
            if let Some(warning) = result.warning() {
                out.say(&warning);
            }
            let text = report::scores(&result.scores, &metadata.classes);
            if !text.is_empty() {
                out.say(&text);
            }
            records.result(set, &result, &metadata.classes);
        }
        ledger.finish(if best.is_some() { "stopped" } else { "complete" }, ending);
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

/// Prepares for the outputs that the first loss compares.
fn tested<A: App>(recipe: &Recipe) -> Tested {
    let first = recipe.joint().and_then(|joint| Some((joint, joint.measured().first()?.output)));
    let Some((joint, output)) = first else { return Tested::new(recipe.loss, A::OUTPUT, 0) };
    let before = (0..output).map(|before| joint.output_len(before)).sum();
    Tested::new(recipe.loss, joint.shape(output), before)
}

/// Checks that the held-out samples define what the recipe watches: that is the same before the training as after it.
fn check_watched<A: App>(recipe: &Recipe, params: &A::Params, held_out: &Dataset) -> Result<(), Error> {
    let on_plateau = match recipe.schedule.course {
        Course::OnPlateau { on, .. } => Some(on),
        _ => None,
    };
    let watched: Vec<Watch> = recipe.stop.map(|stop| stop.on).into_iter().chain(on_plateau).collect();
    if watched.iter().all(|on| !matches!(on, Watch::Val(_))) {
        return Ok(());
    }
    let of_classes = if recipe.loss.of_indices() { A::OUTPUT[0] } else { held_out.classes().len() };
    let Some(measured) = measure::<A::Model>(params, held_out, recipe)? else { return Ok(()) };
    let is_undefined = |on: &&Watch| matches!(on, Watch::Val(_)) && !measured.watched(**on).is_finite();
    match watched.iter().find(is_undefined) {
        // Numbers of outputs that are NaN are undefined, too; the training says what is wrong with these.
        Some(on) if measured.nan_samples == 0 => Err(Error::Undefined {
            name: on.name(),
            samples: held_out.len(),
            classes: classes(held_out, of_classes),
        }),
        _ => Ok(()),
    }
}

/// Says how many samples each class has, after a colon: `: 12 of class ill, none of class well`.
fn classes(data: &Dataset, of_classes: usize) -> String {
    let counts = counts(data, of_classes);
    let count = |(class, count): (usize, &usize)| {
        let name = data.classes().get(class).cloned().unwrap_or_else(|| class.to_string());
        match count {
            0 => format!("none of class {name}"),
            count => format!("{count} of class {name}"),
        }
    };
    match counts.is_empty() {
        true => String::new(),
        false => format!(": {}", listed(counts.iter().enumerate().map(count), MOST_CLASSES)),
    }
}

/// The logs of a training: for people, if there is one, and for programs; and what goes on with it later.
struct Logs<'a, 'o> {
    terminal: Option<Terminal>,
    records: &'a mut Records<'o>,
    checkpoints: &'a mut Checkpoints,
    ledger: &'a mut Ledger,
}

impl Log for Logs<'_, '_> {
    fn begin(&mut self, epoch: usize, epochs: usize, steps: usize) {
        self.terminal.begin(epoch, epochs, steps);
    }

    fn step(&mut self, loss: f64) {
        self.terminal.step(loss);
    }

    fn end(&mut self, epoch: &Epoch) {
        self.terminal.end(epoch);
        self.records.end(epoch);
        self.ledger.end(epoch);
    }

    fn saver(&mut self) -> Option<&mut dyn Saver> {
        Some(self)
    }

    fn note(&mut self, text: &str) {
        self.terminal.note(text);
    }
}

impl Saver for Logs<'_, '_> {
    fn stored(&mut self) -> Option<Snapshot> {
        self.checkpoints.stored()
    }

    fn note(&mut self, moment: Moment, state: &State<'_>) -> Result<Option<String>, Error> {
        self.ledger.look(moment, state);
        self.checkpoints.note(moment, state)
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

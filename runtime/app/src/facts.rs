//! Facts of a training, from which the command draws its report: a text in JSON, and a file of arrays beside it. Nothing is drawn here, and
//! no fact that cannot be gathered or written ends a training.

mod arrays;
mod course;
mod layers;
mod pictures;
mod samples;
mod tested;
#[cfg(test)]
mod tests;

pub(super) use samples::About;
pub(super) use tested::Tested;

use super::diagnosis::Tensors;
use super::prepared::{Prepared, counts};
use super::{args, note, settings};
use arrays::Arrays;
use course::Course;
use layers::Layers;
use netwright::__app::files::{self, Existing};
use netwright::__app::parallel;
use netwright::app::App;
use netwright::metrics::Measured;
use netwright::storage::Parameters;
use netwright::train::Recipe;
use netwright::train::{Epoch, JsonLines, Moment, State};
use netwright_model::folder_beside;
use serde_json::{Map, Value, json};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The beginning of the text, by which it is recognised.
const START: &str = "{\"facts\":1,";
/// The names of the two files.
const TEXT: &str = "facts.json";
const ARRAYS: &str = "facts.safetensors";
/// Gathering and writing take at most this part of the time of epochs.
const SHARE: u32 = 100;
/// Epochs that end sooner after a writing are written with a later one.
const PAUSE: Duration = Duration::from_millis(500);

/// The facts of one training, unless no report is wanted.
#[derive(Debug)]
pub(super) struct Ledger {
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    /// Facts by their keys.
    facts: Map<String, Value>,
    course: Course,
    layers: Layers,
    arrays: Arrays,
    begun: Instant,
    /// The end of the last writing, and its duration.
    written: (Instant, Duration),
}

/// Returns the folder of a report on weights: `net.report` for `net.safetensors`.
pub(super) fn folder(weights: &Path) -> PathBuf {
    folder_beside(weights, ".report")
}

impl Ledger {
    /// Opens the facts of a training whose weights go to `file`, and goes on with those of its first `epochs` epochs.
    pub(super) fn new<A: App<Params = P>, P: Parameters>(
        options: &args::Train,
        file: &Path,
        recipe: &Recipe,
        prepared: &Prepared<P>,
        epochs: usize,
    ) -> Ledger {
        if !options.report {
            return Ledger { kept: None };
        }
        let mut kept = Kept {
            folder: folder(file),
            facts: Map::new(),
            course: Course::default(),
            layers: Layers::default(),
            arrays: Arrays::default(),
            begun: Instant::now(),
            written: (Instant::now(), Duration::ZERO),
        };
        if let Err(cause) = kept.open() {
            let mut ledger = Ledger { kept: Some(kept) };
            ledger.give_up(&cause);
            return ledger;
        }
        if epochs > 0 {
            kept.go_on(epochs, prepared);
        }
        kept.ask::<A, P>(recipe, prepared, file);
        kept.describe::<A, P>(recipe, prepared);
        let mut ledger = Ledger { kept: Some(kept) };
        ledger.write("running", None);
        ledger
    }

    /// Notes an epoch.
    pub(super) fn end(&mut self, epoch: &Epoch) {
        let Some(kept) = &mut self.kept else { return };
        kept.course.add(epoch);
        let (since, cost) = (kept.written.0.elapsed(), kept.written.1);
        if since >= PAUSE.max(SHARE * cost) {
            self.write("running", None);
        }
    }

    /// Looks at the parameters and their gradients after an epoch.
    pub(super) fn look(&mut self, moment: Moment, state: &State<'_>) {
        let Some(kept) = &mut self.kept else { return };
        match moment {
            Moment::Epoch | Moment::Last => kept.layers.look(state, moment == Moment::Last),
            Moment::Step | Moment::Diverged => {}
        }
    }

    /// Returns true if a report is made.
    pub(super) fn is_open(&self) -> bool {
        self.kept.is_some()
    }

    /// Notes what was measured on a set of samples by its name, and each sample's output if there is room.
    pub(super) fn result<A: App>(
        &mut self,
        set: &str,
        measured: &Measured,
        tested: Tested,
        about: &About<'_, A>,
    ) {
        let Some(kept) = &mut self.kept else { return };
        let mut line = Vec::new();
        let mut lines = JsonLines::new(&mut line);
        lines.result(set, measured.samples, measured, &[]);
        let measured: Value = match lines.finish() {
            Ok(()) => serde_json::from_slice(&line).unwrap_or_default(),
            Err(_) => Value::Null,
        };
        let mut facts = tested.facts(about, &mut kept.arrays);
        facts.insert("measured".into(), measured);
        kept.facts.insert("test".into(), facts.into());
    }

    /// Keeps the parameters with which the training has diverged: the command looks for the layer.
    pub(super) fn keep(&mut self, params: &Tensors) {
        let Some(kept) = &mut self.kept else { return };
        for (name, data) in params {
            kept.arrays.numbers(&format!("diverged.{name}"), &[data.len()], data);
        }
    }

    /// Notes the end of the training and writes everything; `why` is what a person should know of it.
    pub(super) fn finish(&mut self, state: &str, why: Option<String>) {
        self.write(state, why);
    }

    fn write(&mut self, state: &str, why: Option<String>) {
        let Some(kept) = &mut self.kept else { return };
        let start = Instant::now();
        let written = kept.write(state, why);
        kept.written = (Instant::now(), start.elapsed());
        if let Err(cause) = written {
            self.give_up(&cause);
        }
    }

    /// Goes on without a report.
    fn give_up(&mut self, cause: &io::Error) {
        if let Some(kept) = self.kept.take() {
            note(&format!("there will be no report: {}: {cause}", kept.folder.display()));
        }
    }
}

impl Kept {
    /// Makes the folder, and sees that nothing but older facts is written over.
    fn open(&self) -> io::Result<()> {
        if !self.folder.is_dir() {
            fs::create_dir(&self.folder)?;
        }
        let text = self.folder.join(TEXT);
        match fs::read(&text) {
            Ok(old) if !old.is_empty() && !old.starts_with(START.as_bytes()) => Err(io::Error::other(
                format!("{TEXT} there is no file of a report, so it is not overwritten"),
            )),
            _ => Ok(()),
        }
    }

    /// Takes over the epochs that an interrupted training has noted, if they are of the same training.
    fn go_on<P>(&mut self, epochs: usize, prepared: &Prepared<P>) {
        let Ok(text) = fs::read(self.folder.join(TEXT)) else { return };
        let Ok(mut facts) = serde_json::from_slice::<Value>(&text) else { return };
        let start = prepared.metadata.manifest.as_ref().map(|manifest| format!("{:016x}", manifest.start));
        if facts["manifest"]["start"].as_str().map(String::from) != start {
            return;
        }
        self.course.go_on(facts["epochs"].take(), epochs);
        self.layers.go_on(facts["layers"].take(), epochs);
    }

    /// Notes what was asked.
    fn ask<A: App<Params = P>, P: Parameters>(
        &mut self,
        recipe: &Recipe,
        prepared: &Prepared<P>,
        file: &Path,
    ) {
        let (texts, set) = settings::origin();
        let samples = |samples: netwright_model::Fingerprinted| json!({"count": samples.count, "hash": format!("{:016x}", samples.hash)});
        let manifest = prepared.metadata.manifest.as_ref().map(|manifest| {
            json!({
                "version": manifest.version,
                "platform": manifest.platform,
                "instructions": manifest.instructions,
                "epochs": manifest.epochs,
                "seed": manifest.seed,
                "limit": manifest.limit,
                "fold": manifest.fold.map(|(fold, count)| [fold, count]),
                "training": samples(manifest.training),
                "held_out": samples(manifest.held_out),
                "start": format!("{:016x}", manifest.start),
                "obstacle": manifest.obstacle,
            })
        });
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
        let mut tell = |key: &str, value: Value| drop(self.facts.insert(key.into(), value));
        tell("network", A::NAME.into());
        tell("weights", file.file_name().unwrap_or_default().to_string_lossy().into());
        tell("spec", prepared.metadata.spec.clone().into());
        tell("texts", json!(texts));
        tell("set", json!(set));
        tell("manifest", json!(manifest));
        tell("begun", begun.into());
        tell("batch", recipe.batch.into());
        tell("watched", recipe.stop.map(|stop| stop.on.name()).into());
        tell("remarks", json!(prepared.remarks));
        tell("threads", parallel::threads().into());
    }

    /// Notes what the data is, and draws samples of it.
    fn describe<A: App<Params = P>, P: Parameters>(&mut self, recipe: &Recipe, prepared: &Prepared<P>) {
        let Prepared { training, held_out, test, leaked, .. } = prepared;
        let names = training.classes();
        let of = if recipe.loss.of_indices() { A::OUTPUT[0] } else { names.len() };
        let parts = [("train", Some(training)), ("held out", Some(held_out)), ("test", test.as_ref())];
        let part = |(name, data): (&str, Option<&netwright::data::Dataset>)| {
            let data = data.filter(|data| !data.is_empty())?;
            let mut classes = counts(data, of);
            if recipe.loss.of_indices() {
                // Beyond the classes is a label that does not count.
                classes.truncate(of);
            }
            let leaked = leaked.iter().find(|(part, _)| *part == name).map(|(_, count)| *count);
            Some(json!({
                "part": name,
                "samples": data.len(),
                "classes": classes,
                "groups": data.group_count(),
                "leaked": leaked,
            }))
        };
        let parts: Vec<Value> = parts.into_iter().filter_map(part).collect();
        let drawn = samples::augmented(training, recipe, prepared.normalization(), &mut self.arrays);
        let looked = samples::fixed(if held_out.is_empty() { training } else { held_out }, &mut self.arrays);
        let data = json!({
            "input": A::INPUT,
            "output": A::OUTPUT,
            "parts": parts,
            "classes": names,
            "augmented": !recipe.augment.is_none(),
            "pictures": drawn,
            "looked": looked,
        });
        self.facts.insert("data".into(), data);
    }

    fn write(&mut self, state: &str, why: Option<String>) -> io::Result<()> {
        let mut facts = self.facts.clone();
        facts.insert("state".into(), state.into());
        facts.insert("why".into(), why.into());
        facts.insert("seconds".into(), self.begun.elapsed().as_secs_f64().into());
        facts.insert("memory".into(), peak().into());
        facts.insert("layers".into(), self.layers.json());
        let rest = Value::Object(facts).to_string();
        let rest = rest.strip_prefix('{').unwrap_or(&rest);
        let text = format!("{START}\"epochs\":[\n{}\n],{rest}\n", self.course.lines().join(",\n"));
        if let Some(bytes) = self.arrays.bytes()? {
            files::write(&self.folder.join(ARRAYS), &bytes, Existing::Replaced)?;
        }
        files::write(&self.folder.join(TEXT), text.as_bytes(), Existing::Replaced)
    }
}

/// Returns the most memory that this process has taken, in bytes, where the system tells it.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

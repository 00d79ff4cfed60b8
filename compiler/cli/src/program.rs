//! A network with its training loop as a program of its own: written, compiled and run.

use crate::cache::{self, Place};
use crate::error::Error;
use crate::formats;
pub(crate) use crate::headers::root as data_root;
use crate::process::{End, Supervisor, end_by};
use crate::store::{Found, Id, Store};
use indicatif::{ProgressBar, ProgressStyle};
use netwright_build::Source;
use netwright_compiler::question::Question;
use netwright_compiler::recipe::HeldOut;
use netwright_compiler::{
    Model, Options, Origin, Started, generate, generate_data, generate_explanation, generate_maps,
    generate_program, generate_sampling, module_name, pretty,
};
use netwright_model::weights_of_fold;
use serde_json::Value;
use std::collections::BTreeSet;
use std::env::consts::{ARCH, OS};
use std::ffi::OsString;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode, Stdio};
use std::time::Duration;
use tempfile::NamedTempFile;

/// The task of a generated program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Task<'a> {
    Train,
    Lr,
    Eval,
    Predict,
    Augment,
    Data,
    Verify,
    Stress,
    /// Explains answers by a question.
    Why(&'a Question),
    /// Shows the feature maps of a question.
    Show(&'a Question),
    /// Says how sure the answers to a question are.
    Sure(&'a Question),
}

impl Task<'_> {
    /// Returns the program's own command.
    fn command(self) -> &'static str {
        match self {
            Task::Train => "train",
            Task::Lr => "lr",
            Task::Eval => "eval",
            Task::Predict => "predict",
            Task::Augment => "augment",
            Task::Data => "data",
            Task::Verify => "verify",
            Task::Stress => "stress",
            Task::Why(_) => "why",
            Task::Show(_) => "show",
            Task::Sure(_) => "sure",
        }
    }

    /// Returns the task's name in errors.
    fn description(self) -> &'static str {
        match self {
            Task::Train => "the training",
            Task::Lr => "the test of learning rates",
            Task::Eval => "the evaluation",
            Task::Predict => "the prediction",
            Task::Augment => "the augmentation",
            Task::Data => "the report on the data",
            Task::Verify => "the verification",
            Task::Stress => "the measurement of changed samples",
            Task::Why(_) => "the explanation",
            Task::Show(_) => "the look at feature maps",
            Task::Sure(_) => "the prediction",
        }
    }

    /// Returns the program's main file: one that looks at data has no network.
    fn main(self, model: &Model) -> &'static str {
        match self {
            Task::Data => DESCRIBE,
            Task::Why(_) => EXPLAINING_MAIN,
            Task::Show(_) => SHOWING_MAIN,
            Task::Sure(_) => SAMPLING_MAIN,
            Task::Train
            | Task::Lr
            | Task::Eval
            | Task::Predict
            | Task::Augment
            | Task::Verify
            | Task::Stress => {
                if model.has_data() {
                    MAIN
                } else {
                    PREDICTING_MAIN
                }
            }
        }
    }
}

/// Compiles the network's program, if it is not compiled already, and runs it with these arguments. `features` are those of the runtime
/// that it needs besides those of the recipe's data.
pub(crate) fn run(
    source: &Source,
    model: &Model,
    place: &Place,
    task: Task<'_>,
    features: &[&'static str],
    args: &[OsString],
) -> Result<ExitCode, Error> {
    run_to(source, model, place, task, features, args, || ())
}

/// Like [`run`]; calls `ended` when the program has ended in whatever way, before a signal that ended it ends this process, too.
pub(crate) fn run_to(
    source: &Source,
    model: &Model,
    place: &Place,
    task: Task,
    features: &[&'static str],
    args: &[OsString],
    ended: impl FnOnce(),
) -> Result<ExitCode, Error> {
    let mut supervisor = Supervisor::new().map_err(Error::Signals)?;
    let compiled = compile(source, model, place, task, features, &mut supervisor)?;
    let settings = compiled.settings.as_deref().map(written).transpose()?;
    let mut command = compiled.command(task, settings.as_ref().map(NamedTempFile::path));
    command.args(args);
    let failed = |cause| Error::Run { path: compiled.found.path.clone(), cause };
    let end = supervisor.run(&mut command).map_err(failed)?;
    // A signal ends this process without any cleaning up.
    drop(settings);
    ended();
    match end {
        End::Status(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            // A training that was interrupted has saved itself. Who has sent the signal, such as a shell, sees that it has ended the command.
            let signal = code.and_then(|code| code.checked_sub(128)).map(i32::from);
            signal.filter(|&signal| supervisor.has_received(signal)).into_iter().for_each(end_by);
            Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
        }
        End::Signal(signal) => Err(Error::Ended { what: task.description(), signal }),
    }
}

/// Returns true if a task's program is compiled already.
pub(crate) fn is_compiled(
    source: &Source,
    model: &Model,
    place: &Place,
    task: Task<'_>,
) -> Result<bool, Error> {
    let store = Store { version: cache::version(&place.home) };
    Ok(store.find(&Program::new(source, model, task, &[], place)?.id).is_some())
}

/// A compiled program, which is not removed while this lives, and the settings that it is started with.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) found: Found,
    /// The settings, which the program reads from a file; `None` if it needs none.
    pub(crate) settings: Option<String>,
}

impl Compiled {
    /// Returns the command that runs a task with the settings of this file; the task's own arguments come after it.
    pub(crate) fn command(&self, task: Task<'_>, settings: Option<&Path>) -> Command {
        let mut command = Command::new(&self.found.path);
        command.args(["--parent", &process::id().to_string()]);
        if let Some(settings) = settings {
            command.arg("--settings").arg(settings);
        }
        command.arg(task.command());
        command
    }
}

/// Compiles the network's program, if it is not compiled already.
pub(crate) fn compile(
    source: &Source,
    model: &Model,
    place: &Place,
    task: Task<'_>,
    features: &[&'static str],
    supervisor: &mut Supervisor,
) -> Result<Compiled, Error> {
    let store = Store { version: cache::version(&place.home) };
    let program = Program::new(source, model, task, features, place)?;
    let mut found = store.find(&program.id);
    let lock = match found {
        Some(_) => None,
        None => {
            let _spinner = spinner("waiting for another command to compile".into());
            Some(store.lock().map_err(|cause| Error::Write { path: store.version.clone(), cause })?)
        }
    };
    if lock.is_some() {
        // Another command may have compiled it meanwhile.
        found = store.find(&program.id);
    }
    let found = match found {
        Some(found) => found,
        None => program.build(&store, place, supervisor)?,
    };
    Ok(Compiled { found, settings: program.settings })
}

/// Writes settings into a file that is removed when this command ends.
fn written(settings: &str) -> Result<NamedTempFile, Error> {
    let path = || std::env::temp_dir();
    let mut file = NamedTempFile::new().map_err(|cause| Error::Write { path: path(), cause })?;
    file.write_all(settings.as_bytes()).map_err(|cause| Error::Write { path: file.path().into(), cause })?;
    Ok(file)
}

/// Returns the path of the weights: the user's choice or `<network>.safetensors`.
pub(crate) fn weights(chosen: Option<&PathBuf>, model: &Model) -> PathBuf {
    chosen.cloned().unwrap_or_else(|| PathBuf::from(format!("{}.safetensors", model.graph.name)))
}

/// Returns the weights file of each training of a recipe: one, or one for each fold.
pub(crate) fn all_weights(model: &Model, weights: &Path) -> Vec<PathBuf> {
    let held_out = model.recipe.as_ref().map(|recipe| &recipe.held_out);
    match held_out {
        Some(HeldOut::Folds { count, .. }) => {
            (0..*count).map(|fold| weights_of_fold(weights, fold)).collect()
        }
        _ => vec![weights.into()],
    }
}

/// A program's texts, and the name that follows from them.
struct Program<'a> {
    network: &'a str,
    id: Id,
    main: &'static str,
    code: String,
    /// The settings that the code is started with; `None` if it needs none.
    settings: Option<String>,
    /// Features of the runtime.
    features: Vec<&'static str>,
}

impl Program<'_> {
    fn new<'a>(
        source: &Source,
        model: &'a Model,
        task: Task<'_>,
        features: &[&'static str],
        place: &Place,
    ) -> Result<Program<'a>, Error> {
        let network = &model.graph.name;
        let (code, settings) = code(source, model, task)?;
        let features = all_features(model, features, Path::new(&source.name));
        let main = task.main(model);
        let mut hasher = DefaultHasher::new();
        (&code, main, manifest("", &features), cache::LOCK, &place.flags, ARCH, OS).hash(&mut hasher);
        // A word of Rust's is escaped.
        let name = module_name(network).to_string().replace("r#", "");
        Ok(Program { network, id: Id { name, key: hasher.finish() }, main, code, settings, features })
    }

    /// Writes the program's crate and compiles it; only where [`Store::lock`] is held.
    fn build(&self, store: &Store, place: &Place, supervisor: &mut Supervisor) -> Result<Found, Error> {
        let write = |cause| Error::Write { path: store.version.clone(), cause };
        let target = store.version.join("target");
        let message = match target.exists() {
            false => format!("compiling {} (and the runtime, for the first time)", self.network),
            true => format!("compiling {}", self.network),
        };
        let spinner = spinner(message);
        cache::prepare(&store.version)?;
        let folder = store.folder(&self.id);
        cache::write(&folder.join("Cargo.toml"), manifest(&self.id.package(), &self.features))?;
        cache::write(&folder.join("src/main.rs"), self.main)?;
        cache::write(&folder.join("src/network.rs"), &self.code)?;
        // Cargo leaves out of the file what is not needed here, so that it differs from now on.
        let lock = folder.join("Cargo.lock");
        if !lock.exists() {
            cache::write(&lock, cache::LOCK)?;
        }
        let built = self.cargo(&place.cargo, &folder, &target, supervisor)?;
        store.insert(&self.id, &built).map_err(write)?;
        let found = store.find(&self.id).ok_or_else(|| write(io::ErrorKind::NotFound.into()))?;
        store.clean(built.parent().unwrap_or(&target));
        spinner.finish_and_clear();
        Ok(found)
    }

    /// Builds a crate; returns the path of its executable.
    fn cargo(
        &self,
        command: &OsString,
        folder: &Path,
        target: &Path,
        supervisor: &mut Supervisor,
    ) -> Result<PathBuf, Error> {
        let failed = |cause| Error::Cargo { command: command.display().to_string(), cause };
        let colour = if io::stderr().is_terminal() { "always" } else { "never" };
        // Files take any length, so that nobody has to read while cargo runs.
        let outputs = || tempfile::tempfile().and_then(|file| Ok((file.try_clone()?, file)));
        let (messages, stdout) = outputs().map_err(failed)?;
        let (errors, stderr) = outputs().map_err(failed)?;
        let mut cargo = Command::new(command);
        cargo.args(["build", "--release", "--message-format", "json-render-diagnostics", "--color", colour]);
        cargo.arg("--target-dir").arg(target).current_dir(folder);
        cargo.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let end = supervisor.run(&mut cargo).map_err(failed)?;
        let [messages, errors] = [messages, errors].map(text);
        match end {
            End::Signal(signal) => Err(Error::Ended { what: "the compilation", signal }),
            End::Status(status) => {
                let program = messages.lines().find_map(executable).filter(|_| status.success());
                program.ok_or_else(|| Error::Compile { network: self.network.into(), output: errors })
            }
        }
    }
}

/// Returns the features of the runtime that a network's program needs, in one order and each once.
fn all_features(model: &Model, others: &[&'static str], file: &Path) -> Vec<&'static str> {
    let root = data_root(file);
    let feature = |source: &netwright_compiler::recipe::Source| match source.feature()? {
        formats::PICTURES => Some(formats::feature(&root.join(source.path()))),
        other => Some(other),
    };
    let sources = model.recipe.iter().flat_map(|recipe| recipe.sources()).filter_map(feature);
    let features: BTreeSet<&'static str> =
        std::iter::once("train").chain(sources).chain(others.iter().copied()).collect();
    features.into_iter().collect()
}

fn manifest(package: &str, features: &[&str]) -> String {
    // The number of units that the code is cut into made no difference to its speed; four were compiled soonest on two cores.
    let mut manifest = format!(
        "[package]\nname = {package:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n\
         [dependencies]\nnetwright = {{ path = \"../../runtime\", features = [\"train\"] }}\n\
         netwright-app = {{ path = \"../../app\", features = {features:?} }}\n\n\
         [profile.release]\ncodegen-units = 4\nincremental = false\n"
    );
    for package in COLD {
        manifest += &format!("\n[profile.release.package.{package}]\nopt-level = 0\n");
    }
    manifest
}

/// Packages that a training spends no time in, and that are compiled sooner without being optimised.
const COLD: [&str; 9] = [
    "console",
    "indicatif",
    "lexopt",
    "netwright-app",
    "rustix",
    "safetensors",
    "serde_core",
    "serde_json",
    "tempfile",
];

const MAIN: &str = "\
//! Trains, measures and runs the network.

mod network;

fn main() -> std::process::ExitCode {
    netwright_app::main::<network::Program>()
}
";

const PREDICTING_MAIN: &str = "\
//! Runs the network.

mod network;

fn main() -> std::process::ExitCode {
    netwright_app::predict_main::<network::Program>()
}
";

const EXPLAINING_MAIN: &str = "\
//! Explains the network's answers.

mod network;

fn main() -> std::process::ExitCode {
    netwright_app::explain_main::<network::Program>()
}
";

const SHOWING_MAIN: &str = "\
//! Shows what the network's layers make of samples.

mod network;

fn main() -> std::process::ExitCode {
    netwright_app::show_main::<network::Program>()
}
";

const SAMPLING_MAIN: &str = "\
//! Says how sure the network's answers are.

mod network;

fn main() -> std::process::ExitCode {
    netwright_app::sure_main::<network::Program>()
}
";

const DESCRIBE: &str = "\
//! Says what the network's data is.

mod network;

fn main() -> std::process::ExitCode {
    netwright_app::describe::<network::Program>()
}
";

/// Returns the code of a task's program, and the settings that it is started with.
fn code(source: &Source, model: &Model, task: Task<'_>) -> Result<(String, Option<String>), Error> {
    let texts = source.texts();
    let origin = Origin { texts: &texts, set: &source.set };
    let started = match task {
        Task::Data => generate_data(model),
        Task::Why(question) => generate_explanation(model, question, origin),
        Task::Show(question) => generate_maps(model, question, origin),
        Task::Sure(question) => generate_sampling(model, question, origin),
        Task::Train | Task::Lr | Task::Eval | Task::Predict | Task::Augment | Task::Verify | Task::Stress => {
            if model.has_data() {
                generate_program(model, origin)
            } else {
                let options = Options { inference_only: true, predictor: true, ..Options::default() };
                Started { code: generate(model, &options), settings: None }
            }
        }
    };
    let code = pretty(started.code).map_err(|cause| Error::Unfit {
        message: format!("the code generated for {} is not Rust ({cause})", source.name),
        help: "this is a mistake in Netwright: please report it with the file".into(),
    })?;
    Ok((code, started.settings))
}

/// Reads the text that a command has written to a file, from its beginning.
fn text(mut file: File) -> String {
    let mut bytes = Vec::new();
    // Text that cannot be read back is only missing from a message.
    let _ = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the program's path, if this message of cargo's has one: where it is depends on the user's
/// settings.
fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(PathBuf::from)
}

fn spinner(message: String) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(message);
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
    spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

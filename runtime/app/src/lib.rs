//! The program around a network of [Netwright](netwright): arguments, checkpoints, reports, and the texts that people read.
//!
//! `netwright train`, `eval`, `predict`, `augment` and `verify` run such a program. A program of your own calls [`main`] with the type
//! `Program` of its network's module:
//!
//! ```
//! fn run<Program: netwright::app::App>() -> std::process::ExitCode {
//!     netwright_app::main::<Program>()
//! }
//! ```
//!
//! Without the feature `train`, which is on by default, the crate is empty.

// Without the feature nothing is compiled, neither here nor of the dependencies: the command embeds the sources.
#![cfg(feature = "train")]

mod args;
mod augment;
mod checkpoints;
mod diagnosis;
mod eval;
mod facts;
mod failure;
mod folds;
mod lock;
mod lr;
mod parent;
mod predict;
mod prepared;
mod records;
mod report;
mod settings;
mod sheet;
mod show;
mod signals;
#[cfg(feature = "stress")]
mod stress;
mod sure;
mod survey;
mod train;
mod verify;
mod why;

use args::{Args, Command};
use failure::Failure;
use netwright::__app::bundle;
use netwright::__app::files::{self, Content, Destination, Kept, Refusal};
use netwright::app::{App, Described, Explained, Predictor, Sampled, Shown};
use netwright::data::{About, Dataset, Interface, Kind};
use netwright::train::{Columns, Error, JsonLines, Recipe, Scaling, Source, is_log};
use netwright::weights::{self, Loaded, Metadata, Normalization};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Facts of a [`Described`] recipe.
#[derive(Clone)]
struct Facts {
    name: &'static str,
    interface: Interface<'static>,
    recipe: Recipe,
}

impl Facts {
    fn of<D: Described>() -> Facts {
        let recipe = D::recipe();
        let interface =
            Interface { input: D::INPUT, output: D::OUTPUT, loss: recipe.loss, to_input: D::TO_INPUT };
        Facts { name: D::NAME, interface, recipe }
    }
}

/// Says what the program's data is. What is wrong goes to standard error, and the exit code is 1 then.
pub fn describe<D: Described>() -> ExitCode {
    exit(report(Facts::of::<D>, D::GIVEN, std::env::args_os().skip(1), &mut stdout()))
}

/// Reports on data as arguments say.
fn report(
    facts: impl FnOnce() -> Facts,
    needs_settings: bool,
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (command, mut out) = begin(args, needs_settings, out)?;
    let Command::Data(options) = command else { return Err(args::ArgsError::NoCommand.into()) };
    let done = survey::run(&facts(), &options, &mut out);
    out.finish()?;
    Ok(done?)
}

/// Does what the program's arguments say. What is wrong goes to standard error, and the exit code is 1 then.
pub fn main<A: App>() -> ExitCode {
    exit(run::<A>(std::env::args_os().skip(1), &mut stdout()))
}

/// Does what the arguments of a program say that can only predict, as [`main`] does.
pub fn predict_main<P: Predictor>() -> ExitCode {
    exit(run_prediction::<P>(std::env::args_os().skip(1), &mut stdout()))
}

/// Explains answers as the program's arguments say, as [`main`] does other things.
pub fn explain_main<P: Explained>() -> ExitCode {
    exit(run_explanation::<P>(std::env::args_os().skip(1), &mut stdout()))
}

/// Shows what layers make of samples as the program's arguments say, as [`main`] does other things.
pub fn show_main<P: Shown>() -> ExitCode {
    exit(run_show::<P>(std::env::args_os().skip(1), &mut stdout()))
}

/// Says how sure answers are, as the program's arguments say, as [`main`] does other things.
pub fn sure_main<P: Sampled>() -> ExitCode {
    exit(run_sampling::<P>(std::env::args_os().skip(1), &mut stdout()))
}

fn exit(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // There is nobody left to tell when standard error is closed.
            let _ = write!(stderr(), "{}", failure.report());
            failure.code()
        }
    }
}

/// Does what arguments say, and writes what there is to say.
fn run<A: App>(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write) -> Result<(), Failure> {
    let (command, mut out) = begin(args, A::GIVEN, out)?;
    match command {
        Command::Train(options) => train::run::<A>(&options, &mut out)?,
        Command::Eval(options) => eval::run::<A>(&options, &mut out)?,
        Command::Lr(options) => lr::run::<A>(&options, &mut out)?,
        Command::Augment(options) => augment::run::<A>(&options, &mut out)?,
        Command::Predict(options) => predict::run::<A>(&options, &mut out)?,
        Command::Verify(options) => verify::run::<A>(&options, &mut out)?,
        #[cfg(feature = "stress")]
        Command::Stress(options) => stress::run::<A>(&options)?,
        #[cfg(not(feature = "stress"))]
        Command::Stress(_) => return Err(args::ArgsError::UnknownCommand("stress".into()).into()),
        // A program of its own does this, which has no network.
        Command::Data(_) => return Err(args::ArgsError::UnknownCommand("data".into()).into()),
        Command::Why(_) => return Err(args::ArgsError::UnknownCommand("why".into()).into()),
        Command::Show(_) => return Err(args::ArgsError::UnknownCommand("show".into()).into()),
        Command::Sure(_) => return Err(args::ArgsError::UnknownCommand("sure".into()).into()),
    }
    Ok(out.finish()?)
}

/// Does what arguments say that ask for a prediction.
fn run_prediction<P: Predictor>(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (command, mut out) = begin(args, false, out)?;
    match command {
        Command::Predict(options) => predict::run::<P>(&options, &mut out),
        Command::Train(_)
        | Command::Lr(_)
        | Command::Eval(_)
        | Command::Augment(_)
        | Command::Data(_)
        | Command::Verify(_)
        | Command::Why(_)
        | Command::Show(_)
        | Command::Stress(_)
        | Command::Sure(_) => Err(Error::NoRecipe { network: P::NAME }),
    }?;
    Ok(out.finish()?)
}

/// Does what arguments say that ask for explanations.
fn run_explanation<P: Explained>(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (command, out) = begin(args, P::GIVEN, out)?;
    let Command::Why(options) = command else { return Err(args::ArgsError::NoCommand.into()) };
    why::run::<P>(&options)?;
    Ok(out.finish()?)
}

/// Does what arguments say that ask for feature maps.
fn run_show<P: Shown>(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write) -> Result<(), Failure> {
    let (command, out) = begin(args, P::GIVEN, out)?;
    let Command::Show(options) = command else { return Err(args::ArgsError::NoCommand.into()) };
    show::run::<P>(&options)?;
    Ok(out.finish()?)
}

/// Does what arguments say that ask how sure answers are.
fn run_sampling<P: Sampled>(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (command, out) = begin(args, P::GIVEN, out)?;
    let Command::Sure(options) = command else { return Err(args::ArgsError::NoCommand.into()) };
    sure::run::<P>(&options)?;
    Ok(out.finish()?)
}

fn begin<'a>(
    args: impl IntoIterator<Item = OsString>,
    needs_settings: bool,
    out: &'a mut dyn Write,
) -> Result<(Command, Output<'a>), Failure> {
    let own = bundle::own().map_err(args::ArgsError::Own)?;
    let Args { parent, settings, command } = args::parse(args, own.as_ref())?;
    settings::read(settings.as_deref(), own.as_ref(), needs_settings).map_err(args::ArgsError::Settings)?;
    if let Some(parent) = parent {
        parent::follow(parent);
    }
    Ok((command, Output { out, failed: None }))
}

fn interface<P: Predictor>() -> Interface<'static> {
    Interface { input: P::INPUT, output: P::OUTPUT, loss: P::loss(), to_input: P::TO_INPUT }
}

/// Standard output. A failure is reported at the end: a training goes on.
struct Output<'a> {
    out: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl Output<'_> {
    /// Writes a line.
    fn say(&mut self, line: &str) {
        if let Err(error) = writeln!(self.out, "{line}") {
            self.failed.get_or_insert(error);
        }
    }

    /// Flushes the output and returns the first failure of a write. A reader who has seen enough and is gone
    /// is no error.
    fn finish(self) -> Result<(), Error> {
        let flushed = self.out.flush();
        match self.failed.map_or(flushed, Err) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
            _ => Ok(()),
        }
    }
}

/// The log for programs.
type Lines = JsonLines<Box<dyn Write>>;

const LOG: Content = Content { is: is_log, otherwise: Kept::NoLog };
#[cfg(feature = "pictures")]
const PNG: Content = Content { is: |head| head.starts_with(b"\x89PNG\r\n\x1a\n"), otherwise: Kept::NoPng };

/// Checks that a log can be written, and replaces nothing but a log.
fn check_log(file: Option<&PathBuf>) -> Result<Option<Destination>, Error> {
    let check = |file: &PathBuf| {
        files::check(file, LOG).map_err(|refusal| match refusal {
            Refusal::Kept(kept) => Error::Kept { file: file.clone(), kept },
            Refusal::Io(source) => Error::Log { file: file.clone(), source },
        })
    };
    file.map(check).transpose()
}

/// Writes something that a person may want to know to standard error, as predictions go to standard output.
fn note(text: &str) {
    let _ = writeln!(stderr(), "note: {text}");
}

/// Opens the log for programs, if there is one; one that `goes_on` keeps what the training has written so far. It is a table with
/// columns for the metrics if the file's name ends in `.csv`.
fn log(
    file: Option<&PathBuf>,
    metrics: &[netwright::metrics::Metric],
    goes_on: bool,
) -> Result<Option<Lines>, Error> {
    let Some((file, destination)) = file.zip(check_log(file)?) else { return Ok(None) };
    let written = match &destination {
        Destination::File(path) if goes_on => fs::read_to_string(path).unwrap_or_default(),
        _ => String::new(),
    };
    let columns = is_table(file).then(|| Columns::new(metrics));
    if columns.as_ref().is_some_and(|columns| !columns.are_of(&written)) {
        return Err(Error::Kept { file: file.clone(), kept: Kept::OtherColumns });
    }
    let out = files::open(file, &destination).map_err(|source| Error::Log { file: file.clone(), source })?;
    Ok(Some(JsonLines::of(out, columns).after(&written)))
}

fn is_table(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

/// Checks that no two results go to one file.
fn check_distinct(files: &[Option<&PathBuf>]) -> Result<(), Error> {
    let mut seen: Vec<PathBuf> = vec![];
    for file in files.iter().copied().flatten() {
        // Other faults of theirs are reported elsewhere.
        let Ok(Destination::File(path)) = files::destination(file) else { continue };
        // Its folder is there, or nothing will be written.
        let path = files::place(&path);
        if seen.contains(&path) {
            return Err(Error::Twice { file: file.clone() });
        }
        seen.push(path);
    }
    Ok(())
}

fn finish(file: Option<&PathBuf>, log: Lines) -> Result<(), Error> {
    match log.finish() {
        // A reader who has seen enough and is gone is no error here, either.
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Log { file: file.cloned().unwrap_or_default(), source })
        }
        _ => Ok(()),
    }
}

/// Loads the network's weights and the scaling of inputs they were trained with.
fn load<P: Predictor>(file: &Path) -> Result<(P::Params, Metadata), Error> {
    let mut params = P::init(0);
    let Loaded { mut metadata, changes } = weights::read(file, &mut params)?;
    for text in changes.notes() {
        note(&format!("{}: {text}", file.display()));
    }
    let inputs = inputs::<P>();
    // A file from elsewhere does not say how its inputs were scaled.
    if metadata.network.is_empty() {
        if P::data().is_none() && P::scaling() == Scaling::None {
            note(&format!(
                "{}: does not say how inputs were scaled, and `{}` has no `data`: they are not scaled, pixels are from 0 to 1",
                file.display(),
                P::NAME
            ));
        }
        let mut each = inputs.iter().map(|(scaling, _)| fixed(*scaling, file));
        let first = each.next().transpose()?.unwrap_or_default();
        metadata.normalization = Normalization { beside: each.collect::<Result<_, _>>()?, ..first };
    }
    metadata.normalization.beside.resize_with(inputs.len() - 1, Normalization::default);
    for ((_, expected), own) in inputs.into_iter().zip(metadata.normalization.each()) {
        if !own.fits(expected) {
            let found = own.mean.len();
            return Err(weights::Error::Statistics { file: file.into(), expected, found }.into());
        }
    }
    Ok((params, metadata))
}

/// Returns the scaling of each input as the recipe states it, and the number of its numbers.
fn inputs<P: Predictor>() -> Vec<(Scaling, usize)> {
    match P::data() {
        Some(Source::Joint(joint)) => {
            joint.parts.iter().map(|part| (part.scaling, part.shape.iter().product())).collect()
        }
        _ => vec![(P::scaling(), interface::<P>().inputs())],
    }
}

/// Returns the scaling that a recipe states for an input; what was learned in a training is not known.
fn fixed(scaling: Scaling, file: &Path) -> Result<Normalization, Error> {
    match scaling {
        Scaling::None => Ok(Normalization::default()),
        Scaling::Normalize { mean, std } => Ok(Normalization::new(vec![mean], vec![std])),
        Scaling::Standardize => Err(weights::Error::Unscaled { file: file.into() }.into()),
    }
}

/// Returns what a weights file knows about the data that its network was trained with; for a file of an older version or from elsewhere,
/// what the data itself says, where it is there.
fn about<P: Predictor>(metadata: &Metadata, file: &Path, root: &Path) -> Result<About, Error> {
    let about = About::of(metadata).ok_or_else(|| {
        let (key, expected) = ("data".into(), "lines of this version".into());
        weights::Error::Metadata { file: file.into(), key, expected, found: metadata.data.join("; ") }
    })?;
    let unknown = about.kind == Kind::Unknown;
    let source = P::data().filter(|source| unknown && root.join(source.path()).exists());
    let seen = source.and_then(|source| Dataset::look_at(&source, root, &interface::<P>()).ok());
    Ok(seen.map_or(about.clone(), |seen| About { kind: seen.kind, ..about }))
}

/// Returns the name of a class, or else its number.
fn class_name(classes: &[String], class: usize) -> String {
    classes.get(class).cloned().unwrap_or_else(|| class.to_string())
}

/// Cells as columns of equal width, to the right.
fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| on_one_line(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max())
        .map(Option::unwrap_or_default)
        .collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        format!("  {}", cells.collect::<Vec<_>>().join("  "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns a text whose control characters are escaped: a file's name may have line ends.
fn on_one_line(text: &str) -> String {
    let letter = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests;

//! The program around a network that `netwright train`, `eval`, `predict` and `augment` run.

mod args;
mod augment;
mod eval;
mod predict;
mod report;
mod sheet;
mod train;

use crate::data::{Dataset, Interface};
use crate::storage::Parameters;
use crate::train::{Error, JsonLines, Log, Predict, Recipe, Scaling, Trained, Trainer};
use crate::weights::{self, Loaded, Metadata, Normalization};
use args::Command;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A network with its recipe, as generated code describes it.
pub trait App {
    /// As in the source: `LeNet5`.
    const NAME: &'static str;
    /// The shape of one input, channels first.
    const INPUT: &'static [usize];
    /// The shape of one output, channels first.
    const OUTPUT: &'static [usize];
    /// How it is trained.
    const RECIPE: Recipe;
    /// Whether the output is compared with the input, so that data needs no targets.
    const TO_INPUT: bool = false;
    /// What it learns.
    type Params: Parameters + Clone;
    /// Its training step.
    type Trainer: Trainer<Params = Self::Params>;
    /// Its prediction.
    type Model: Predict<Params = Self::Params>;

    /// The parameters before training.
    fn init(seed: u64) -> Self::Params;

    /// The training loop.
    ///
    /// # Errors
    /// If the loss is no number any more.
    fn train(
        recipe: &Recipe,
        params: Self::Params,
        training: &Dataset,
        held_out: &Dataset,
        log: &mut dyn Log,
    ) -> Result<Trained<Self::Params>, Error> {
        crate::train::train::<Self::Trainer, Self::Model>(recipe, params, training, held_out, log)
    }
}

/// Does what the program's arguments say. What is wrong goes to standard error, and the exit code is 1 then.
pub fn main<A: App>() -> ExitCode {
    match run::<A>(std::env::args_os().skip(1), &mut stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // There is nobody left to tell when standard error is closed.
            let _ = write!(stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}

/// Does what arguments say, and writes what there is to say; an error is its text.
fn run<A: App>(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write) -> Result<(), String> {
    let done = match args::parse(args)? {
        Command::Train(options) => train::run::<A>(&options, out),
        Command::Eval(options) => eval::run::<A>(&options, out),
        Command::Augment(options) => augment::run::<A>(&options, out),
        Command::Predict(options) => predict::run::<A>(&options, out),
    };
    done.map_err(|error| match error.help() {
        Some(help) => format!("error: {error}\nhelp: {help}\n"),
        None => format!("error: {error}\n"),
    })
}

fn interface<A: App>() -> Interface<'static> {
    Interface { input: A::INPUT, output: A::OUTPUT, loss: A::RECIPE.loss, to_input: A::TO_INPUT }
}

/// Writes a line. A reader who has seen enough and is gone is no error.
fn say(out: &mut dyn Write, line: &str) {
    let _ = writeln!(out, "{line}");
}

/// Writes something that a person may want to know to standard error, as predictions go to standard output.
fn note(text: &str) {
    let _ = writeln!(stderr(), "note: {text}");
}

/// The log for programs, if there is one.
fn log(file: Option<&PathBuf>) -> Result<Option<JsonLines<File>>, Error> {
    let create = |file: &PathBuf| {
        File::create(file).map(JsonLines::new).map_err(|source| Error::Log { file: file.clone(), source })
    };
    file.map(create).transpose()
}

fn finish(file: Option<&PathBuf>, log: JsonLines<File>) -> Result<(), Error> {
    log.finish().map_err(|source| Error::Log { file: file.cloned().unwrap_or_default(), source })
}

/// The network's weights, and how inputs are scaled for them.
fn load<A: App>(file: &Path) -> Result<(A::Params, Metadata), Error> {
    let mut params = A::init(0);
    let Loaded { mut metadata, changes } = weights::read(file, &mut params)?;
    for text in changes.notes() {
        note(&format!("{}: {text}", file.display()));
    }
    // A file from elsewhere does not say how its inputs were scaled.
    if metadata.network.is_empty() {
        match A::RECIPE.scaling {
            Scaling::None => {}
            Scaling::Normalize { mean, std } => {
                metadata.normalization = Normalization { mean: vec![mean], std: vec![std] };
            }
            Scaling::Standardize => return Err(weights::Error::Unscaled { file: file.into() }.into()),
        }
    }
    let expected = interface::<A>().inputs();
    if !metadata.normalization.fits(expected) {
        let found = metadata.normalization.mean.len();
        return Err(weights::Error::Statistics { file: file.into(), expected, found }.into());
    }
    Ok((params, metadata))
}

/// The name of a class, or else its number.
fn class_name(classes: &[String], class: usize) -> String {
    classes.get(class).cloned().unwrap_or_else(|| class.to_string())
}

/// Cells as columns of equal width, to the right.
fn table(rows: &[Vec<String>]) -> String {
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

#[cfg(test)]
mod tests;

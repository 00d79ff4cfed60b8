//! Trains a network.

use super::show;
use crate::args::{Network, Recipe, Train};
use crate::cache::Place;
use crate::error::Error;
use crate::headers::Absent;
use crate::program::{self, Task};
use crate::report;
use crate::select;
use crate::table::{self, Work};
use netwright_compiler::{Model, Options};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn run(options: &Train, place: &Place) -> Result<ExitCode, Error> {
    let Train { recipe, more, .. } = options;
    if more.is_empty() {
        return one(options, &recipe.network.file, place);
    }
    let files: Vec<&PathBuf> = std::iter::once(&recipe.network.file).chain(more).collect();
    check(options, &files)?;
    // Who trains several over night wants those that can be trained.
    let mut failed = 0;
    for (at, file) in files.iter().enumerate() {
        show(&format!("{}{}\n", if at == 0 { "" } else { "\n" }, file.display()))?;
        match one(options, file, place) {
            Ok(code) if code == ExitCode::SUCCESS => {}
            // A signal is meant for all of them.
            Ok(code) if code != ExitCode::FAILURE => return Ok(code),
            Err(error @ Error::Ended { .. }) => return Err(error),
            Ok(_) => failed += 1,
            Err(error) => {
                anstream::eprint!("{}", error.render());
                failed += 1;
            }
        }
    }
    match failed {
        0 => Ok(ExitCode::SUCCESS),
        _ => Err(Error::Unfit {
            message: format!("{failed} of {} trainings failed", files.len()),
            help: "what is wrong is said above; `netwright check` finds most of it before a training".into(),
        }),
    }
}

/// Checks that trainings of several files have each its own results.
fn check(options: &Train, files: &[&PathBuf]) -> Result<(), Error> {
    let unfit = |message: String, help: &str| Err(Error::Unfit { message, help: help.into() });
    let results =
        [("--weights", &options.weights), ("--log", &options.log), ("--tensorboard", &options.tensorboard)];
    if let Some((option, _)) = results.iter().find(|(_, file)| file.is_some()) {
        return unfit(
            format!("`{option}` names one file, and there are {} trainings", files.len()),
            "leave it out, or train the files by a command each",
        );
    }
    let mut networks: BTreeMap<String, &PathBuf> = BTreeMap::new();
    for file in files {
        // What is wrong with a text is said when it is its turn.
        let Ok(source) = netwright_build::Source::read(file) else { continue };
        let Ok(model) = select::network(&source, &Network { file: file.to_path_buf(), network: None }) else {
            continue;
        };
        if let Some(first) = networks.insert(model.graph.name.clone(), file) {
            return unfit(
                format!("{} and {} both train `{}`", first.display(), file.display(), model.graph.name),
                "their weights would be one file: give one of the networks another name, or train them by a command each with `--weights`",
            );
        }
    }
    Ok(())
}

fn one(options: &Train, file: &Path, place: &Place) -> Result<ExitCode, Error> {
    let network = Network { file: file.into(), network: options.recipe.network.network.clone() };
    let recipe = Recipe { network, set: options.recipe.set.clone() };
    let source = select::read_recipe(&recipe)?;
    let model = select::trainable(&source, &recipe.network)?;
    select::look_at_data(&source, &[model], Absent::Refused)?;
    // A training is worth more than its table: it goes on, and the error comes in the end.
    let shown = if options.quiet {
        Ok(())
    } else {
        let work = Work::of(model, &Options::default());
        show(&format!("{}\n", table::layers(model, &work, table::terminal_width())))
    };
    let mut args: Vec<OsString> = vec!["--data-root".into()];
    args.push(program::data_root(file).into());
    args.extend(["--weights".into(), program::weights(options.weights.as_ref(), model).into()]);
    for (name, number) in [("--epochs", options.epochs), ("--limit", options.limit), ("--seed", options.seed)]
    {
        args.extend(number.into_iter().flat_map(|number| [name.into(), number.to_string().into()]));
    }
    args.extend(options.log.iter().flat_map(|log| ["--log".into(), log.into()]));
    args.extend(options.tensorboard.iter().flat_map(|folder| ["--tensorboard".into(), folder.into()]));
    args.extend(options.quiet.then(|| "--quiet".into()));
    args.extend(options.overwrite.then(|| "--overwrite".into()));
    args.extend(options.resume.then(|| "--resume".into()));
    args.extend(["--spec".into(), file.into()]);
    args.extend((!options.no_report).then(|| "--report".into()));
    let weights = program::weights(options.weights.as_ref(), model);
    let begun = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
    let folders =
        || program::all_weights(model, &weights).iter().map(|weights| report::folder(weights)).collect();
    let watch = options.watch.map(|port| report::Watch::begin(folders(), port, begun)).transpose()?;
    if let Some(watch) = &watch {
        show(&format!("watch: {}\n", watch.address()))?;
    }
    let mut told = Ok(());
    let ended = || {
        if !options.no_report {
            told = reports(model, &weights, begun);
        }
        watch.into_iter().for_each(report::Watch::end);
    };
    let code = program::run_to(&source, model, place, Task::Train, &[], &args, ended)?;
    shown.and(told).map(|()| code)
}

/// Writes the report of each training that has begun since then. One that cannot be written is no failure of a training.
fn reports(model: &Model, weights: &Path, begun: f64) -> Result<(), Error> {
    let mut told = Ok(());
    for weights in program::all_weights(model, weights) {
        let folder = report::folder(&weights);
        // The program has said why there are no facts, or has ended before there were any.
        let Ok(facts) = report::Facts::read(&folder) else { continue };
        if facts.begun() < begun {
            continue;
        }
        match report::write(&folder) {
            Ok(report::Written { page, diverged }) => {
                let diverged = diverged.map(|layer| format!("{layer}\n")).unwrap_or_default();
                told = told.and(show(&format!("{diverged}report: {}\n", page.display())));
            }
            Err(error) => anstream::eprintln!("note: there is no report: {error}"),
        }
    }
    told
}

//! Searches the best values of a text's ranges.

use super::show;
use crate::args::Tune;
use crate::cache::Place;
use crate::error::Error;
use crate::headers::{self, Absent};
use crate::output::{self, Content, TUNED};
use crate::plot::{self, Dot, Panel, Rank, Scale};
use crate::process::Supervisor;
use crate::program::{self, Task};
use crate::select;
use crate::tune::{
    Candidate, Entry, Folder, Journal, Search, Standing, Terms, Trial, Watched, candidates, digits, rungs,
    standings, table,
};
use netwright_build::{Source, text};
use netwright_compiler::recipe::HeldOut;
use netwright_compiler::render::{Colour, render};
use netwright_compiler::search::{Pick, Space, Values};
use netwright_compiler::{Model, Overrides, Sources};
use serde_json::json;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::available_parallelism;

pub(crate) fn run(options: &Tune, place: &Place) -> Result<ExitCode, Error> {
    let file = &options.network.file;
    let space = read(file)?;
    let drawn = candidates(&space, options.candidates as usize, options.seed);
    let sources = compile_texts(options, &drawn)?;
    let (_, source) = &sources[0];
    let model = select::trainable(source, &options.network)?;
    select::look_at_data(source, &[model], Absent::Refused)?;
    let watched = watched(model, options)?;
    let name = &model.graph.name;
    let folder = Folder(options.folder.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.tune"))));
    let winner = winner(options)?;
    let header = json!({
        "netwright": env!("CARGO_PKG_VERSION"),
        "network": name,
        "seed": options.seed,
        "candidates": options.candidates,
        "least": options.min_epochs,
        "eta": options.eta,
        "metric": watched.name,
        "limit": options.limit,
        "text": space.text(),
        "imports": source.program.sources.files[1..],
    });
    let (journal, entries) = open(options, &folder, &header)?;

    let mut supervisor = Supervisor::new().map_err(Error::Signals)?;
    let mut trials = vec![];
    for (candidate, source) in &sources {
        let model = select::trainable(source, &options.network)?;
        let compiled = program::compile(source, model, place, Task::Train, &[], &mut supervisor)?;
        let epochs = model.recipe.as_ref().map_or(1, |recipe| recipe.epochs);
        trials.push(Trial { candidate: *candidate, compiled, epochs });
    }
    let epochs = trials.iter().map(|trial| trial.epochs).max().unwrap_or(1);
    let rungs = rungs(trials.len(), epochs, options.min_epochs as usize, options.eta as usize);
    let terms = terms(options, file);
    if !options.quiet {
        let steps =
            rungs.iter().map(|rung| format!("{} for {}", rung.candidates, plural(rung.epochs, "epoch")));
        show(&format!("{name}: {}\n", steps.collect::<Vec<_>>().join(", then ")))?;
    }
    let values = |candidate: usize| described(&space, &drawn[candidate]);
    let search = Search {
        folder: &folder,
        watched: &watched,
        trials: &trials,
        values: &values,
        terms: &terms,
        journal,
        entries,
    };
    let entries = search.run(&rungs, &mut supervisor)?;
    let standings = standings(&entries);
    let report = Report { space: &space, drawn: &drawn, watched: &watched, folder: &folder, name };
    show(&format!("{}\n", report.table(&standings)))?;
    output::write(&folder.plot(), report.plot(&standings, epochs)?.as_bytes(), Content::Plot)?;
    report.end(options, &winner, &standings)
}

/// Reads the ranges of a file, and shows what is wrong with them.
fn read(file: &Path) -> Result<Space, Error> {
    let text = text(file)?;
    let (space, problems) = Space::read(&text);
    if !problems.is_empty() {
        let sources = Sources { files: vec![(file.display().to_string(), text)] };
        anstream::eprintln!("{}", render(&problems, &sources, Colour::Ansi));
        let count = plural(problems.len(), "error");
        return Err(Error::Source { file: file.display().to_string(), count });
    }
    if space.places.is_empty() {
        return Err(Error::Unfit {
            message: format!("{} has no ranges to search", file.display()),
            help:
                "write some, such as `optimizer adam(lr in log(1e-4, 1e-1))`, `dense(units in [32, 64])` or \
                   `choose { ... } { ... }`"
                    .into(),
        });
    }
    Ok(space)
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Compiles each candidate's text; those with errors are left out, and the errors of the first are shown.
fn compile_texts(options: &Tune, drawn: &[Candidate]) -> Result<Vec<(usize, Source)>, Error> {
    let overrides = Overrides { network: options.network.network.clone(), settings: vec![] };
    let read = |candidate: &Candidate| Source::of_text(&options.network.file, &candidate.text, &overrides);
    let sources = drawn.iter().map(read).enumerate();
    let (wrong, sound): (Vec<_>, Vec<_>) = sources.partition(|(_, source)| source.has_errors());
    if let Some((candidate, source)) = wrong.first() {
        let shown = render(&source.diagnostics, &source.program.sources, Colour::Ansi);
        let count = plural(wrong.len(), "candidate");
        anstream::eprintln!(
            "{shown}\nnote: left out because of errors: {count}, the first is {}",
            candidate + 1
        );
    }
    if sound.is_empty() {
        let file = options.network.file.display().to_string();
        return Err(Error::Source { file, count: "errors with all values that were drawn".into() });
    }
    Ok(sound)
}

fn watched(model: &Model, options: &Tune) -> Result<Watched, Error> {
    let Some(recipe) = &model.recipe else { unreachable!("it can be trained") };
    if let HeldOut::Folds { .. } = recipe.held_out {
        return Err(Error::Unfit {
            message: "a search compares candidates by one training each, and the recipe has `folds`".into(),
            help: "write `validate 20%` for the search; train the text that it finds with `folds`".into(),
        });
    }
    Watched::of(recipe, options.metric.as_deref())
}

/// Returns the path of the text with the best values, which must not be there unless a search has written it.
fn winner(options: &Tune) -> Result<PathBuf, Error> {
    let file = &options.network.file;
    let usual = || {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        file.with_file_name(format!("{stem}-best.net"))
    };
    let winner = options.output.clone().unwrap_or_else(usual);
    let folder = |path: &Path| headers::root(path).canonicalize().ok();
    if folder(&winner) != folder(file) {
        return Err(Error::Unfit {
            message: format!("{} is not in the folder of {}", winner.display(), file.display()),
            help: "paths of data and imports are relative to a text: name a file beside it".into(),
        });
    }
    output::check(&winner, Content::Text)?;
    Ok(winner)
}

/// Opens the journal: of a new search, or of one that goes on.
fn open(options: &Tune, folder: &Folder, header: &serde_json::Value) -> Result<(Journal, Vec<Entry>), Error> {
    let path = folder.journal();
    let unfit = |message: String, help: &str| Err(Error::Unfit { message, help: help.into() });
    match (path.exists(), options.resume, options.overwrite) {
        (false, true, _) => unfit(
            format!("{} holds no search to go on with", folder.0.display()),
            "begin one without `--resume`",
        ),
        (true, true, _) => Journal::resume(&path, header),
        (true, false, false) => unfit(
            format!("{} holds a search already", folder.0.display()),
            "go on with it by `--resume`, begin anew by `--overwrite`, or name another folder by `--folder`",
        ),
        (_, false, _) => {
            fs::create_dir_all(&folder.0).map_err(|cause| Error::Write { path: folder.0.clone(), cause })?;
            let journal = Journal::create(&path, header)?;
            (0..options.candidates as usize).for_each(|candidate| folder.clear(candidate));
            Ok((journal, vec![]))
        }
    }
}

fn terms(options: &Tune, file: &Path) -> Terms {
    let threads = available_parallelism().map_or(1, usize::from);
    let mut args: Vec<OsString> = vec!["--data-root".into(), program::data_root(file).into()];
    args.extend(["--spec".into(), file.into()]);
    args.extend(options.limit.into_iter().flat_map(|limit| ["--limit".into(), limit.to_string().into()]));
    Terms { jobs: options.jobs.map_or(threads, |jobs| jobs as usize), threads, args, quiet: options.quiet }
}

/// Describes the values of a candidate: `lr=3.2e-3, units=64`.
fn described(space: &Space, candidate: &Candidate) -> String {
    let used = space.is_used(&candidate.picks);
    let each = space.places.iter().zip(&candidate.picks).zip(used).filter(|(_, used)| *used);
    let each = each.map(|((place, pick), _)| format!("{}={}", place.name, shown(pick)));
    each.collect::<Vec<_>>().join(", ")
}

/// Writes a value on one line; ways are counted from 1.
fn shown(pick: &Pick) -> String {
    match pick {
        Pick::Value(value) => value.split_whitespace().collect::<Vec<_>>().join(" "),
        Pick::Way(way) => format!("way {}", way + 1),
    }
}

/// Results of a search for people.
struct Report<'a> {
    space: &'a Space,
    drawn: &'a [Candidate],
    watched: &'a Watched,
    folder: &'a Folder,
    name: &'a str,
}

impl Report<'_> {
    fn table(&self, standings: &[Standing]) -> String {
        let names = self.space.places.iter().map(|place| place.name.clone());
        let header: Vec<String> = std::iter::once("candidate".to_string())
            .chain(names)
            .chain(["epochs".into(), self.watched.name.clone()])
            .collect();
        let row = |standing: &Standing| {
            let Candidate { picks, .. } = &self.drawn[standing.candidate];
            let used = self.space.is_used(picks);
            let values =
                picks.iter().zip(used).map(|(pick, used)| if used { shown(pick) } else { "-".into() });
            let value = standing.value.map_or("diverged".into(), |value| digits(self.watched.shown(value)));
            std::iter::once((standing.candidate + 1).to_string())
                .chain(values)
                .chain([standing.epochs.to_string(), value])
                .collect::<Vec<String>>()
        };
        table(&header, standings.iter().map(row).collect())
    }

    fn plot(&self, standings: &[Standing], epochs: usize) -> Result<String, Error> {
        let panels = self.space.places.iter().enumerate().map(|(at, place)| {
            let (scale, names) = match &place.values {
                &Values::Between { low, high, is_log: true, .. } => (Scale::Log(low, high), None),
                &Values::Between { low, high, .. } => (Scale::Linear(low, high), None),
                Values::Each(texts) => (Scale::Names(texts.clone()), Some(texts)),
                Values::Ways(ways) => {
                    (Scale::Names((1..=ways.len()).map(|way| format!("way {way}")).collect()), None)
                }
            };
            let dot = |(rank, standing): (usize, &Standing)| {
                let picks = &self.drawn[standing.candidate].picks;
                let value = match (&picks[at], names) {
                    (Pick::Way(way), _) => *way as f64,
                    (Pick::Value(value), Some(texts)) => texts.iter().position(|text| text == value)? as f64,
                    // A unit follows its number.
                    (Pick::Value(value), None) => {
                        value.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()?
                    }
                };
                let rank = match rank {
                    0 => Rank::Best,
                    _ if standing.until == epochs => Rank::Last,
                    _ => Rank::LeftOut,
                };
                let result = self.watched.shown(standing.value?);
                self.space.is_used(picks)[at].then_some(Dot { value, result, rank })
            };
            Panel {
                name: place.name.clone(),
                scale,
                dots: standings.iter().enumerate().filter_map(dot).collect(),
            }
        });
        let count = plural(standings.len(), "candidate");
        let title = format!("{}: {count} (pale: left out early, large: the best)", self.name);
        plot::values(&title, &self.watched.name, &panels.collect::<Vec<_>>())
    }

    /// Writes the best text, and says where the results are.
    fn end(&self, options: &Tune, winner: &Path, standings: &[Standing]) -> Result<ExitCode, Error> {
        let best = standings.first().and_then(|best| Some((best, best.value?)));
        for standing in standings {
            let is_best = best.is_some_and(|(best, _)| best.candidate == standing.candidate);
            self.folder.tidy(standing.candidate, is_best);
        }
        let Some((best, value)) = best else {
            return Err(Error::Unfit {
                message: "all candidates have diverged".into(),
                help: "search among lower rates: `netwright lr` shows at which ones the loss falls".into(),
            });
        };
        let candidate = &self.drawn[best.candidate];
        let (watched, value) = (&self.watched.name, digits(self.watched.shown(value)));
        let values = described(self.space, candidate);
        let number = best.candidate + 1;
        let from = options.network.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let head = format!(
            "{TUNED} in {from}: {watched} {value} by candidate {number} (seed {}), {values}\n\n",
            options.seed
        );
        output::write(winner, format!("{head}{}", candidate.text).as_bytes(), Content::Text)?;
        let limit = options.limit.map_or(String::new(), |limit| format!(" --limit {limit}"));
        let shown_winner = winner.display();
        show(&format!(
            "best: candidate {number}, {watched} {value} after {} ({values})\ntext: {shown_winner} (`netwright train {shown_winner}{limit}` gives the same numbers)\n\
             weights: {}\nplot: {}\n",
            plural(best.epochs, "epoch"),
            self.folder.weights(best.candidate).display(),
            self.folder.plot().display()
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

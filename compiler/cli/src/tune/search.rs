//! The course of a search: rung after rung, some trainings at a time.

use super::halving::{Rung, best};
use super::journal::{Entry, Journal};
use super::trial::{Folder, Trial};
use super::watched::Watched;
use crate::error::Error;
use crate::output::show;
use crate::process::{End, Signal, Supervisor};
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::io::{IsTerminal, stderr};

/// The way in which a search trains.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Trainings at a time.
    pub(crate) jobs: usize,
    /// Threads of all of them.
    pub(crate) threads: usize,
    /// Arguments of all trainings.
    pub(crate) args: Vec<OsString>,
    /// Shows no line for each result.
    pub(crate) quiet: bool,
}

/// A search on its way.
pub(crate) struct Search<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) watched: &'a Watched,
    pub(crate) trials: &'a [Trial],
    /// The values of each candidate, for people.
    pub(crate) values: &'a dyn Fn(usize) -> String,
    pub(crate) terms: &'a Terms,
    pub(crate) journal: Journal,
    /// Results so far.
    pub(crate) entries: Vec<Entry>,
}

impl Search<'_> {
    /// Trains all rungs, and returns all results.
    ///
    /// # Errors
    /// If a training fails otherwise than by diverging, or a signal ends the search.
    pub(crate) fn run(mut self, rungs: &[Rung], supervisor: &mut Supervisor) -> Result<Vec<Entry>, Error> {
        let mut left: Vec<usize> = (0..self.trials.len()).collect();
        for (at, rung) in rungs.iter().enumerate() {
            if at > 0 {
                let before = rungs[at - 1].epochs;
                let results: Vec<(usize, Option<f64>)> = left
                    .iter()
                    .filter_map(|&trial| Some((trial, self.entry(trial, before)?.value)))
                    .collect();
                left = best(&results, rung.candidates);
                // They are trained in their order, whatever their places.
                left.sort_unstable();
            }
            self.rung(at + 1, rungs.len(), rung.epochs, &left, supervisor)?;
        }
        Ok(self.entries)
    }

    /// Returns the result of a trial on the rung of these epochs.
    fn entry(&self, trial: usize, until: usize) -> Option<&Entry> {
        let candidate = self.trials[trial].candidate;
        self.entries.iter().find(|entry| entry.candidate == candidate && entry.until == until)
    }

    fn rung(
        &mut self,
        number: usize,
        of: usize,
        until: usize,
        trials: &[usize],
        supervisor: &mut Supervisor,
    ) -> Result<(), Error> {
        let todo: Vec<usize> =
            trials.iter().copied().filter(|&trial| self.entry(trial, until).is_none()).collect();
        if todo.is_empty() {
            return Ok(());
        }
        let bar = bar(trials.len(), trials.len() - todo.len());
        let epochs = if until == 1 { "1 epoch".into() } else { format!("{until} epochs") };
        bar.set_prefix(format!("rung {number} of {of}, {epochs}"));
        let jobs = self.terms.jobs.min(todo.len());
        let threads = (self.terms.threads / jobs).max(1);
        let Search { folder, watched, trials: all, values, terms, journal, entries } = self;
        let waiting: RefCell<VecDeque<usize>> = RefCell::new(todo.iter().copied().collect());
        let next = || {
            let Some(trial) = waiting.borrow_mut().pop_front() else { return Ok(None) };
            Ok(Some((trial, all[trial].command(folder, until, threads, &terms.args)?)))
        };
        let mut anew = BTreeSet::new();
        let ended = |trial: usize, end: End| {
            let Trial { candidate, .. } = all[trial];
            if !is_done(candidate, end, folder)? {
                return Ok(());
            }
            let path = folder.log(candidate);
            let log = fs::read_to_string(&path).map_err(|cause| Error::Read { path: path.clone(), cause })?;
            let Some(seen) = watched.read(&log, until) else {
                // Its checkpoint was further than its log, if the machine has ended between the two.
                if anew.insert(trial) {
                    folder.clear(candidate);
                    waiting.borrow_mut().push_back(trial);
                    return Ok(());
                }
                return Err(Error::Unfit {
                    message: format!("{} has no `{}` for each epoch", path.display(), watched.name),
                    help: "candidates are compared by held-out samples: hold some out, as by `validate 10%`"
                        .into(),
                });
            };
            let entry = Entry { candidate, until, epochs: seen.epochs, value: seen.value };
            journal.push(&entry)?;
            entries.push(entry);
            bar.inc(1);
            if terms.quiet {
                return Ok(());
            }
            let value = match entry.value {
                Some(value) => format!("{} {}", watched.name, super::report::digits(watched.shown(value))),
                None => "diverged".into(),
            };
            let line = format!("candidate {}, {epochs}: {value} ({})\n", candidate + 1, values(candidate));
            bar.suspend(|| show(&line))
        };
        let spawned = |cause| Error::Run { path: "the program of a candidate".into(), cause };
        let done = supervisor.run_all(jobs, next, ended, spawned);
        bar.finish_and_clear();
        done?;
        match supervisor.first_received() {
            Some(number) => {
                let folder = self.folder.0.display();
                anstream::eprintln!("{folder} holds the search so far: `--resume` goes on from there");
                Err(Error::Ended { what: "the search", signal: Signal { number, received: true } })
            }
            None if todo.iter().any(|&trial| self.entry(trial, until).is_none()) => Err(Error::Unfit {
                message: "a signal has ended the training of a candidate".into(),
                help: "`--resume` goes on from its last checkpoint".into(),
            }),
            None => Ok(()),
        }
    }
}

/// Returns true if a training has a result; false if a signal has ended it, which has saved it.
fn is_done(candidate: usize, end: End, folder: &Folder) -> Result<bool, Error> {
    match end {
        End::Status(status) if status.success() => Ok(true),
        End::Status(status) if status.code().is_some_and(|code| code > 128) => Ok(false),
        End::Status(_) => Err(Error::Trial { candidate: candidate + 1, output: folder.messages(candidate) }),
        End::Signal(Signal { received: true, .. }) => Ok(false),
        End::Signal(signal) => Err(Error::Ended { what: "the training of a candidate", signal }),
    }
}

fn bar(length: usize, position: usize) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─");
    let bar = ProgressBar::new(length as u64).with_style(style);
    bar.set_position(position as u64);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

//! A candidate's training: its program, its files, and the command that trains it up to an epoch.

use crate::cache;
use crate::error::Error;
use crate::program::{Compiled, Task};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of a search.
#[derive(Clone, Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

/// Endings of a candidate's files: the log, the weights, the checkpoints, the settings and the messages.
const LOG: &str = "jsonl";
const WEIGHTS: &str = "safetensors";
const CHECKPOINTS: &str = "checkpoints";
const SETTINGS: &str = "settings";
const MESSAGES: &str = "messages";

impl Folder {
    pub(crate) fn journal(&self) -> PathBuf {
        self.0.join("journal.jsonl")
    }

    pub(crate) fn plot(&self) -> PathBuf {
        self.0.join("results.svg")
    }

    pub(crate) fn weights(&self, candidate: usize) -> PathBuf {
        self.of(candidate, WEIGHTS)
    }

    pub(crate) fn log(&self, candidate: usize) -> PathBuf {
        self.of(candidate, LOG)
    }

    /// Returns what a candidate's training has written to standard error.
    pub(crate) fn messages(&self, candidate: usize) -> String {
        fs::read(self.of(candidate, MESSAGES))
            .map_or(String::new(), |text| String::from_utf8_lossy(&text).into())
    }

    fn of(&self, candidate: usize, ending: &str) -> PathBuf {
        self.0.join(format!("{:03}.{ending}", candidate + 1))
    }

    /// Removes what is only needed while a candidate may go on; what cannot be removed stays.
    pub(crate) fn tidy(&self, candidate: usize, keeps_weights: bool) {
        let _ = fs::remove_dir_all(self.of(candidate, CHECKPOINTS));
        for ending in [SETTINGS, MESSAGES] {
            let _ = fs::remove_file(self.of(candidate, ending));
        }
        if !keeps_weights {
            let _ = fs::remove_file(self.weights(candidate));
        }
    }

    /// Removes all files of a candidate.
    pub(crate) fn clear(&self, candidate: usize) {
        self.tidy(candidate, false);
        let _ = fs::remove_file(self.log(candidate));
    }

    /// Returns true if a candidate's training can go on from a checkpoint.
    fn has_begun(&self, candidate: usize) -> bool {
        let entries = fs::read_dir(self.of(candidate, CHECKPOINTS)).into_iter().flatten().flatten();
        let mut names = entries.map(|entry| entry.file_name());
        names.any(|name| name.to_string_lossy().starts_with("step-")) && self.log(candidate).is_file()
    }
}

/// A candidate that can be trained.
#[derive(Debug)]
pub(crate) struct Trial {
    /// The candidate's number, counted from 0.
    pub(crate) candidate: usize,
    pub(crate) compiled: Compiled,
    /// The epochs of its recipe.
    pub(crate) epochs: usize,
}

impl Trial {
    /// Returns the command that trains up to an epoch, from where the training was left.
    pub(crate) fn command(
        &self,
        folder: &Folder,
        until: usize,
        threads: usize,
        common: &[OsString],
    ) -> Result<Command, Error> {
        let candidate = self.candidate;
        let settings = folder.of(candidate, SETTINGS);
        if let Some(text) = &self.compiled.settings {
            cache::write(&settings, text)?;
        }
        let goes_on = folder.has_begun(candidate);
        if !goes_on {
            folder.clear_training(candidate);
        }
        let settings = self.compiled.settings.is_some().then_some(settings.as_path());
        let mut command = self.compiled.command(Task::Train, settings);
        command.args(common).args(["--quiet", "--overwrite", "--until", &until.to_string()]);
        command.arg("--weights").arg(folder.weights(candidate)).arg("--log").arg(folder.log(candidate));
        command.args(goes_on.then_some("--resume"));
        command.env("RAYON_NUM_THREADS", threads.to_string());
        let messages = create(&folder.of(candidate, MESSAGES))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(messages);
        Ok(command)
    }
}

impl Folder {
    /// Removes what is left of a training that begins anew.
    fn clear_training(&self, candidate: usize) {
        let _ = fs::remove_dir_all(self.of(candidate, CHECKPOINTS));
        let _ = fs::remove_file(self.log(candidate));
    }
}

fn create(path: &Path) -> Result<File, Error> {
    File::create(path).map_err(|cause: io::Error| Error::Write { path: path.into(), cause })
}

//! The checkpoints of a training, in a folder beside its weights.

mod identity;

pub(super) use identity::Identity;

use super::signals;
use netwright::checkpoint::{self, Checkpoint, Error as CheckpointError};
use netwright::state::Snapshot;
use netwright::train::{Error, Moment, Save, Saver, State};
use netwright::weights::{self, Metadata};
use netwright_model::folder_beside;
use std::fs::{self, File};
use std::io::{self, Write, stderr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Saving takes at most this part of a training's time where epochs are short: an epoch's end is passed over until a hundred times the
/// time of the last saving is over.
const SHARE: u32 = 100;

/// The weights of the best epoch so far, in the folder.
const BEST: &str = "best.safetensors";

/// The checkpoints of one training.
#[derive(Debug)]
pub(super) struct Checkpoints {
    folder: PathBuf,
    save: Save,
    identity: Identity,
    /// The description of the best weights.
    metadata: Metadata,
    /// The state to go on from.
    stored: Option<Snapshot>,
    /// The checkpoints of this training, the oldest first.
    own: Vec<PathBuf>,
    /// Files of an earlier training, and damaged ones: they are removed when this training is saved for the first time.
    stale: Vec<PathBuf>,
    /// Unfinished files, which are removed then, too.
    leftovers: Vec<PathBuf>,
    /// The epoch and step of the last checkpoint, whether this process has made it or an earlier one.
    last: Option<(usize, u64)>,
    /// The epoch of the best weights in the folder.
    best: usize,
    /// The end of the last saving, and its duration.
    saved: (Instant, Duration),
    /// Epochs since then.
    epochs: usize,
    /// The reason why the last saving has failed, if it has.
    problem: Option<String>,
    /// The epoch after which the training pauses.
    until: Option<usize>,
}

/// Returns the folder of the checkpoints for a weights file: `net.checkpoints` for `net.safetensors`.
pub(super) fn folder(weights: &Path) -> PathBuf {
    folder_beside(weights, ".checkpoints")
}

/// Returns the checkpoints in a folder, the oldest first; none if there is no folder.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    // Numbers of as many digits stand in their order.
    files(folder, |name| {
        let step = name.strip_prefix("step-").and_then(|name| name.strip_suffix(".safetensors"));
        step.is_some_and(|step| step.parse::<u64>().is_ok())
    })
}

/// Returns the files that processes which were killed while they wrote have left in a folder.
fn leftovers(folder: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    files(folder, |name| name.starts_with(".tmp"))
}

/// Returns the files in a folder that have such names, in the names' order; none if there is no folder.
fn files(folder: &Path, is_one: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, CheckpointError> {
    let unreadable = |cause| CheckpointError::Read { file: folder.into(), cause };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        entries => entries.map_err(unreadable)?,
    };
    let mut files = vec![];
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if is_one(path.file_name().and_then(|name| name.to_str()).unwrap_or_default()) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Checkpoints {
    /// Prepares for the checkpoints of a training from its beginning.
    pub(super) fn new(
        folder: PathBuf,
        save: Save,
        identity: Identity,
        metadata: Metadata,
    ) -> Result<Checkpoints, CheckpointError> {
        let mut stale = list(&folder)?;
        let best = folder.join(BEST);
        stale.extend(best.exists().then_some(best));
        let leftovers = leftovers(&folder)?;
        Ok(Checkpoints {
            folder,
            save,
            identity,
            metadata,
            stored: None,
            own: vec![],
            stale,
            leftovers,
            last: None,
            best: 0,
            saved: (Instant::now(), Duration::ZERO),
            epochs: 0,
            problem: None,
            until: None,
        })
    }

    /// Lets the training pause after an epoch. It is saved then, whatever its recipe says, and else every ten minutes.
    pub(super) fn pause_after(&mut self, epoch: usize) {
        self.until = Some(epoch);
        self.save = Save::Every { epochs: usize::MAX, minutes: 10.0, keep: 1 };
    }

    /// Takes the newest checkpoint that is as it was written, if there is one; returns remarks on those that are not.
    ///
    /// # Errors
    /// If all are damaged, one cannot be read, or it is that of another training.
    pub(super) fn resume(&mut self) -> Result<Vec<String>, CheckpointError> {
        let mut files = list(&self.folder)?;
        let (mut damaged, mut remarks) = (vec![], vec![]);
        while let Some(file) = files.pop() {
            match checkpoint::read(&file) {
                Ok(checkpoint) => {
                    self.identity.check(&file, &checkpoint.facts)?;
                    files.push(file);
                    self.take(checkpoint, files);
                    self.stale = damaged;
                    return Ok(remarks);
                }
                Err(error @ CheckpointError::Damaged { .. }) => {
                    damaged.push(file);
                    if files.is_empty() {
                        let (folder, count) = (self.folder.clone(), damaged.len());
                        return Err(CheckpointError::AllDamaged { folder, count });
                    }
                    remarks.push(format!("{error}; the one before is used"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(remarks)
    }

    fn take(&mut self, Checkpoint { facts, snapshot }: Checkpoint, own: Vec<PathBuf>) {
        self.identity.follow(&facts);
        if let Some(manifest) = &mut self.metadata.manifest {
            manifest.obstacle = self.identity.obstacle();
        }
        let number = |name: &str| facts.iter().find(|(key, _)| key == name)?.1.parse().ok();
        self.last = number("epoch").zip(number("step")).map(|(epoch, step)| (epoch as usize, step));
        let best = snapshot.numbers.get("progress.best.epoch").and_then(|epoch| epoch.parse().ok());
        self.best = best.filter(|_| self.folder.join(BEST).exists()).unwrap_or(0);
        (self.stored, self.own) = (Some(snapshot), own);
    }

    /// Says why the training cannot be repeated at once, if it cannot.
    pub(super) fn obstacle(&self) -> Option<String> {
        self.identity.obstacle()
    }

    /// Returns the number of whole epochs of the state to go on from.
    pub(super) fn epochs(&self) -> usize {
        let epochs = self.stored.as_ref().and_then(|snapshot| snapshot.numbers.get("progress.epochs"));
        epochs.and_then(|epochs| epochs.parse().ok()).unwrap_or(0)
    }

    /// Says from where the training goes on, or that it takes the place of another one that is not at its end.
    pub(super) fn beginning(&self) -> Option<String> {
        if let (Some(_), Some((epoch, step))) = (&self.stored, self.last) {
            return Some(format!("goes on in epoch {epoch}, after step {step}"));
        }
        let newest = self.stale.iter().rfind(|file| !file.ends_with(BEST))?;
        let Ok(Checkpoint { facts, snapshot }) = checkpoint::read(newest) else { return None };
        let is_over = Identity::is_over(&facts, &snapshot);
        (!is_over).then(|| {
            format!(
                "{} holds a training that is not at its end, which `--resume` goes on with: the first checkpoint of this one replaces it",
                self.folder.display()
            )
        })
    }

    /// Returns the state in the newest checkpoint that `is_one` looks for, if there is one that can be read.
    pub(super) fn newest(&self, is_one: impl Fn(&Snapshot) -> bool) -> Option<Snapshot> {
        let states = self.own.iter().rev().filter_map(|file| Some(checkpoint::read(file).ok()?.snapshot));
        states.into_iter().find(is_one)
    }

    /// Says what there is of the training, should it end here.
    pub(super) fn kept(&self) -> String {
        let folder = self.folder.display();
        let best = match self.best {
            0 => String::new(),
            best => format!(", and the best weights so far, of epoch {best}, as {BEST}"),
        };
        match self.last {
            Some((epoch, step)) => {
                format!("{folder} holds the training up to epoch {epoch}, step {step}{best}")
            }
            None if self.best > 0 => {
                format!("{folder} holds the best weights so far, of epoch {}", self.best)
            }
            None => "nothing of this training is saved".into(),
        }
    }

    /// Returns the reason why the training is not saved, if it is not.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Says the same as [`kept`](Self::kept), and how to go on from there.
    pub(super) fn left(&self) -> String {
        let how = if self.last.is_some() { ": `--resume` goes on from there" } else { "" };
        format!("{}{how}", self.kept())
    }

    fn is_due(&self, moment: Moment) -> bool {
        let Save::Every { epochs, minutes, .. } = self.save else { return false };
        let (since, cost) = (self.saved.0.elapsed(), self.saved.1);
        let is_time = since.as_secs_f64() >= 60.0 * minutes;
        match moment {
            Moment::Step => is_time,
            Moment::Epoch => is_time || self.epochs >= epochs && since >= SHARE * cost,
            Moment::Last => true,
            Moment::Diverged => false,
        }
    }

    /// Saves the state; returns a remark if it cannot, and could before.
    fn save(&mut self, state: &State<'_>) -> Option<String> {
        let start = Instant::now();
        let saved = self.write(state).and_then(|()| self.write_best(state));
        self.saved = (Instant::now(), start.elapsed());
        self.epochs = 0;
        let before = self.problem.take();
        let error = saved.err()?;
        self.problem = Some(format!("the training cannot be saved: {error}; {}", self.kept()));
        self.problem.clone().filter(|_| before.is_none())
    }

    /// Writes a checkpoint; older ones make room for it when it is on the disk.
    fn write(&mut self, state: &State<'_>) -> io::Result<()> {
        let Save::Every { keep, .. } = self.save else { return Ok(()) };
        create(&self.folder)?;
        let file = self.folder.join(format!("step-{:010}.safetensors", state.step));
        let facts = self.identity.facts(state.epoch, state.step);
        checkpoint::write(&file, &facts, &state.parts())?;
        self.last = Some((state.epoch, state.step));
        self.own.retain(|own| *own != file);
        self.stale.retain(|stale| *stale != file);
        self.own.push(file);
        let old = self.own.drain(..self.own.len().saturating_sub(keep));
        // What cannot be removed does no harm.
        for file in old.chain(self.stale.drain(..)).chain(self.leftovers.drain(..)) {
            let _ = fs::remove_file(file);
        }
        Ok(())
    }

    /// Writes the best weights so far, if there are better ones than those in the folder.
    fn write_best(&mut self, state: &State<'_>) -> io::Result<()> {
        let Some((epoch, params)) = state.best.filter(|(epoch, _)| *epoch != self.best) else {
            return Ok(());
        };
        // The best weights of an earlier training belong to its checkpoints.
        if self.save == Save::Never || self.last.is_none() && !self.stale.is_empty() {
            return Ok(());
        }
        create(&self.folder)?;
        weights::save(&self.folder.join(BEST), params, &self.metadata).map_err(io::Error::other)?;
        self.best = epoch;
        Ok(())
    }

    /// Ends the training by a signal.
    fn interrupted(&mut self, code: u8, state: &State<'_>) -> Error {
        let is_begun = self.last.is_some();
        let others = self.stale.iter().any(|file| !file.ends_with(BEST));
        let kept = match self.save {
            Save::Never => "nothing of it is saved, by `save none`".into(),
            // Whoever has forgotten `--resume` interrupts at once.
            Save::Every { .. } if !is_begun && others => {
                format!("{} still holds the earlier training, and nothing of this one", self.folder.display())
            }
            Save::Every { .. } => {
                self.problem = None;
                self.save(state).unwrap_or_else(|| self.left())
            }
        };
        Error::Interrupted { epoch: state.epoch, step: state.step, kept, code }
    }
}

impl Saver for Checkpoints {
    fn stored(&mut self) -> Option<Snapshot> {
        self.stored.take()
    }

    fn note(&mut self, moment: Moment, state: &State<'_>) -> Result<Option<String>, Error> {
        self.epochs += usize::from(matches!(moment, Moment::Epoch | Moment::Last));
        if moment == Moment::Diverged {
            // The reason comes after it.
            let _ = self.write_best(state);
            return Ok(None);
        }
        if let Some(code) = signals::received() {
            return Err(self.interrupted(code, state));
        }
        if moment == Moment::Epoch && self.until.is_some_and(|until| state.epoch >= until) {
            // Without a checkpoint, it begins anew.
            let _ = self.save(state);
            return Err(Error::Ended);
        }
        Ok(if self.is_due(moment) { self.save(state) } else { None })
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // There is nobody left to tell when standard error is closed.
            let _ = writeln!(stderr(), "note: {}", self.left());
        }
    }
}

/// Makes the folder, which is on the disk then.
fn create(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir(folder)?;
    // Not every platform can open a folder.
    if let Ok(parent) = File::open(netwright::__app::files::folder(folder)) {
        let _ = parent.sync_all();
    }
    Ok(())
}

//! A training on its way: everything of it but the network.

use super::{Best, Epoch, Error, Log, Recipe, Trained};
use crate::metrics::{Mean, Measured};
use crate::schedule::Plateau;
use crate::state::{Carried, Snapshot, carried};
use crate::storage::Parameters;
use std::time::Instant;

/// Keeper of a training's state, so that it can go on later.
pub trait Saver {
    /// Returns the state to go on from, once; `None` for a training from the beginning.
    fn stored(&mut self) -> Option<Snapshot>;
    /// Called when a step or an epoch has ended; saves the state where it is time to. Returns a remark for people, if there
    /// is something that they should know.
    ///
    /// # Errors
    /// If the training shall end here.
    fn note(&mut self, moment: Moment, state: &State<'_>) -> Result<Option<String>, Error>;
}

/// A moment at which a training can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The end of a step.
    Step,
    /// The end of an epoch.
    Epoch,
    /// The end of the last epoch.
    Last,
    /// The loss is NaN or infinite: the state is of no use any more.
    Diverged,
}

/// The state of a training, as a saver sees it.
#[derive(Clone, Copy)]
pub struct State<'a> {
    /// The epoch of the last step, counted from 1.
    pub epoch: usize,
    /// The number of steps so far.
    pub step: u64,
    /// The loss of the last step, with penalties.
    pub loss: f32,
    /// The best epoch so far, counted from 1, and its parameters.
    pub best: Option<(usize, &'a dyn Parameters)>,
    progress: &'a dyn Carried,
    trainer: &'a dyn Carried,
}

/// Names of a state's two parts in a snapshot.
const PROGRESS: &str = "progress";
const TRAINER: &str = "trainer";

impl State<'_> {
    /// Returns the names of the state's parts, and the parts.
    pub fn parts(&self) -> [(&'static str, &dyn Carried); 2] {
        [(PROGRESS, self.progress), (TRAINER, self.trainer)]
    }

    /// Returns the gradients of the last step, if the trainer tells them.
    pub fn slopes(&self) -> Option<&dyn Parameters> {
        self.trainer.slopes()
    }
}

/// The position of a training, and what it knows of the epochs so far.
struct Progress<P> {
    /// The number of the trainer, of those of all phases.
    phase: usize,
    /// The number of epochs that are over.
    epochs: usize,
    /// The number of steps over all epochs.
    step: u64,
    /// The number of batches of the current epoch that are over.
    batches: usize,
    /// The loss over the current epoch.
    mean: Mean,
    /// The time of the current epoch's steps.
    seconds: f64,
    plateau: Plateau,
    best: Best<P>,
    /// True if early stopping has ended the training.
    stopped: bool,
}

impl<P: Carried> Carried for Progress<P> {
    carried!(phase, epochs, step, batches, mean, seconds, plateau, best, stopped);
}

/// A training on its way, which a loop leads from step to step.
pub struct Run<'a, P> {
    recipe: &'a Recipe,
    log: &'a mut dyn Log,
    /// The number of batches of an epoch.
    steps: usize,
    progress: Progress<P>,
    /// The state to go on from, until the trainer of its phase has taken its part.
    snapshot: Option<Snapshot>,
    /// The number of trainers so far.
    trainers: usize,
    /// The loss of the last step.
    loss: f32,
    /// The beginning of the current epoch, and the time of its steps before.
    begun: (Instant, f64),
}

impl<'a, P: Parameters + Clone> Run<'a, P> {
    /// Begins a training whose epochs have `steps` steps, or goes on where the log's [`Saver`] says.
    ///
    /// # Errors
    /// If nothing can be learned at the recipe's rates, or the state to go on from is that of another training.
    pub fn new(recipe: &'a Recipe, steps: usize, params: &P, log: &'a mut dyn Log) -> Result<Self, Error> {
        recipe.check_rates(steps)?;
        let mut best = Best::new(recipe.stop, params);
        let mut snapshot = None;
        if let Some(saver) = log.saver() {
            snapshot = saver.stored();
            best.watch_anyway();
        }
        if snapshot.as_ref().is_some_and(|snapshot| snapshot.has("progress.best.params")) {
            best.reserve(params);
        }
        let mut progress = Progress {
            phase: 0,
            epochs: 0,
            step: 0,
            batches: 0,
            mean: Mean::default(),
            seconds: 0.0,
            plateau: Plateau::new(&recipe.schedule),
            best,
            stopped: false,
        };
        if let Some(snapshot) = &mut snapshot {
            snapshot.restore(PROGRESS, &mut progress)?;
        }
        let begun = (Instant::now(), 0.0);
        Ok(Run { recipe, log, steps, progress, snapshot, trainers: 0, loss: 0.0, begun })
    }

    /// Gives a new trainer the state to go on from, if it is that of its phase. Each trainer of a training comes here once, in their
    /// order.
    ///
    /// # Errors
    /// If the state is that of another trainer.
    pub fn resume(&mut self, trainer: &mut dyn Carried) -> Result<(), Error> {
        let phase = self.trainers;
        self.trainers += 1;
        match &mut self.snapshot {
            Some(snapshot) if self.progress.phase == phase => {
                snapshot.restore(TRAINER, trainer)?;
                self.snapshot = None;
            }
            Some(_) => {}
            None => self.progress.phase = phase,
        }
        Ok(())
    }

    /// Returns true if the trainer that has come last has something to do before epoch `until` is over.
    pub fn goes_on(&self, until: usize) -> bool {
        self.snapshot.is_none() && !self.progress.stopped && self.progress.epochs < until
    }

    /// Returns true if the training is over.
    pub fn is_over(&self) -> bool {
        self.snapshot.is_none() && !self.goes_on(self.recipe.epochs)
    }

    /// Begins the next epoch, or goes on in the middle of one, if the training [goes on](Self::goes_on); returns whether it does.
    pub fn begins_epoch(&mut self, until: usize) -> bool {
        if !self.goes_on(until) {
            return false;
        }
        let left = self.steps.saturating_sub(self.progress.batches);
        self.log.begin(self.epoch(), self.recipe.epochs, left);
        self.begun = (Instant::now(), self.progress.seconds);
        true
    }

    /// Returns the number of the current epoch, counted from 1.
    pub fn epoch(&self) -> usize {
        self.progress.epochs + 1
    }

    /// Returns the number of the current epoch's batches that are over.
    pub fn batches(&self) -> usize {
        self.progress.batches
    }

    /// Returns the rate of the next step.
    pub fn rate(&self) -> f32 {
        self.rate_of(self.progress.step)
    }

    /// Returns the rate of the last step.
    pub fn last_rate(&self) -> f32 {
        self.rate_of(self.progress.step.saturating_sub(1))
    }

    fn rate_of(&self, step: u64) -> f32 {
        self.recipe.rate(step, self.steps) * self.progress.plateau.factor()
    }

    /// Returns the log.
    pub fn log(&mut self) -> &mut dyn Log {
        self.log
    }

    /// Ends a step on `samples` samples.
    ///
    /// # Errors
    /// If the loss is NaN or infinite, or the training is interrupted.
    pub fn end_step(&mut self, loss: f32, samples: usize, trainer: &dyn Carried) -> Result<(), Error> {
        self.loss = loss;
        if !loss.is_finite() {
            self.note(Moment::Diverged, self.epoch(), trainer)?;
            let (epoch, step, rate) = (self.epoch(), self.progress.step, self.rate());
            return Err(Error::Diverged { epoch, step, loss, rate });
        }
        let progress = &mut self.progress;
        progress.mean.add(loss, samples);
        progress.step += 1;
        progress.batches += 1;
        // A clock is slow beside the step of a small network.
        if progress.batches == self.steps || self.log.saver().is_some() {
            progress.seconds = self.begun.1 + self.begun.0.elapsed().as_secs_f64();
        }
        self.log.step(progress.mean.value());
        self.note(Moment::Step, self.epoch(), trainer)
    }

    /// Ends an epoch of `samples` samples, whose parameters `result` were measured as `held_out`.
    ///
    /// # Errors
    /// If the training is interrupted.
    pub fn end_epoch(
        &mut self,
        held_out: Option<Measured>,
        samples: usize,
        result: &P,
        trainer: &dyn Carried,
    ) -> Result<(), Error> {
        // After the epoch, a rate that waits for a plateau may be another.
        let rate = self.last_rate();
        let progress = &mut self.progress;
        let epoch = progress.epochs + 1;
        progress.epochs = epoch;
        progress.stopped = progress.best.update(epoch, held_out.as_ref(), result);
        progress.plateau.update(held_out.as_ref());
        let (loss, seconds) = (progress.mean.value(), progress.seconds);
        (progress.batches, progress.mean, progress.seconds) = (0, Mean::default(), 0.0);
        self.log.end(&Epoch {
            epoch,
            epochs: self.recipe.epochs,
            loss,
            held_out,
            samples,
            seconds,
            rate,
            best: self.progress.best.epoch(),
        });
        let moment = if self.is_over() { Moment::Last } else { Moment::Epoch };
        self.note(moment, epoch, trainer)
    }

    /// Tells the saver, if there is one, and the log what the saver says.
    fn note(&mut self, moment: Moment, epoch: usize, trainer: &dyn Carried) -> Result<(), Error> {
        let Some(saver) = self.log.saver() else { return Ok(()) };
        let best = self.progress.best.best().map(|(epoch, params)| (epoch, params as &dyn Parameters));
        let progress: &dyn Carried = &self.progress;
        let state = State { epoch, step: self.progress.step, loss: self.loss, best, progress, trainer };
        let remark = saver.note(moment, &state)?;
        remark.into_iter().for_each(|text| self.log.note(&text));
        Ok(())
    }

    /// Returns the training's result; `last` are the parameters after its last epoch.
    pub fn finish(self, last: &P) -> Trained<P> {
        self.progress.best.finish(last, self.progress.epochs)
    }
}

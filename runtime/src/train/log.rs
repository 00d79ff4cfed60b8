//! Reports on a running training.

use super::Saver;
use crate::metrics::Measured;

/// The state of a training after an epoch.
#[derive(Clone, Debug)]
pub struct Epoch {
    /// The epoch's number, counted from 1.
    pub epoch: usize,
    /// The number of epochs of the recipe.
    pub epochs: usize,
    /// The mean loss over the epoch's steps, with penalties.
    pub loss: f64,
    /// The measurements on the held-out samples, if there are any.
    pub held_out: Option<Measured>,
    /// The number of samples trained with.
    pub samples: usize,
    /// The time of the epoch's steps, in seconds.
    pub seconds: f64,
    /// The learning rate of the epoch's last step.
    pub rate: f32,
    /// The best epoch so far, if the recipe stops early.
    pub best: Option<usize>,
}

/// Listener to a training: a closure `|epoch: &Epoch| ...`, `()` for none, or a type of your own.
pub trait Log {
    /// Called when epoch number `epoch` of `epochs`, counted from 1, begins; it has `steps` steps.
    fn begin(&mut self, epoch: usize, epochs: usize, steps: usize);
    /// Called after a step; `loss` is the epoch's mean so far.
    fn step(&mut self, loss: f64);
    /// Called after an epoch.
    fn end(&mut self, epoch: &Epoch);
    /// Returns the keeper of the training's state, if there is one.
    #[doc(hidden)]
    fn saver(&mut self) -> Option<&mut dyn Saver> {
        None
    }
    /// Receives a remark about the training that a person may want to know.
    fn note(&mut self, _text: &str) {}
}

/// Ignores all reports.
impl Log for () {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}
    fn step(&mut self, _: f64) {}
    fn end(&mut self, _: &Epoch) {}
}

/// Passes all reports on, if there is a listener.
impl<L: Log> Log for Option<L> {
    fn begin(&mut self, epoch: usize, epochs: usize, steps: usize) {
        self.iter_mut().for_each(|log| log.begin(epoch, epochs, steps));
    }

    fn step(&mut self, loss: f64) {
        self.iter_mut().for_each(|log| log.step(loss));
    }

    fn end(&mut self, epoch: &Epoch) {
        self.iter_mut().for_each(|log| log.end(epoch));
    }

    fn saver(&mut self) -> Option<&mut dyn Saver> {
        self.as_mut()?.saver()
    }

    fn note(&mut self, text: &str) {
        self.iter_mut().for_each(|log| log.note(text));
    }
}

/// Calls the closure at the end of each epoch.
impl<F: FnMut(&Epoch)> Log for F {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}
    fn step(&mut self, _: f64) {}
    fn end(&mut self, epoch: &Epoch) {
        self(epoch);
    }
}

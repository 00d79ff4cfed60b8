//! What a training tells while it runs.

use crate::metrics::Measured;

/// What an epoch has led to.
#[derive(Clone, Debug)]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: usize,
    /// Of the recipe.
    pub epochs: usize,
    /// The mean over the epoch's steps, with penalties.
    pub loss: f64,
    /// On the held-out samples, if there are any.
    pub held_out: Option<Measured>,
    /// How many it trained with.
    pub samples: usize,
    /// The steps' time.
    pub seconds: f64,
    /// The best epoch so far, if the recipe stops early.
    pub best: Option<usize>,
}

/// Listener to a training: a closure `|epoch: &Epoch| ...`, `()` for none, or a type of your own.
pub trait Log {
    /// Epoch number `epoch` of `epochs`, counted from 1, begins; it has this many steps.
    fn begin(&mut self, epoch: usize, epochs: usize, steps: usize);
    /// A step is done; `loss` is the epoch's mean so far.
    fn step(&mut self, loss: f64);
    /// The epoch is done.
    fn end(&mut self, epoch: &Epoch);
    /// Something about the training that a person may want to know.
    fn note(&mut self, _text: &str) {}
}

/// Says nothing.
impl Log for () {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}
    fn step(&mut self, _: f64) {}
    fn end(&mut self, _: &Epoch) {}
}

/// Calls the closure at the end of each epoch.
impl<F: FnMut(&Epoch)> Log for F {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}
    fn step(&mut self, _: f64) {}
    fn end(&mut self, epoch: &Epoch) {
        self(epoch);
    }
}

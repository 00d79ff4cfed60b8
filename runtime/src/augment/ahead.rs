//! Batches that are made ready on other threads while the step runs.

use super::Augmenter;
use crate::weights::Normalization;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Samples of a batch, on their way.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) seed: u64,
    pub(crate) epoch: u64,
    /// The indices of the samples in the data set.
    pub(crate) rows: Vec<u32>,
    /// The inputs, sample after sample.
    pub(crate) inputs: Vec<f32>,
    /// The classes; empty where targets are numbers.
    pub(crate) classes: Vec<u32>,
    /// The target numbers, sample after sample; empty where targets are classes.
    pub(crate) values: Vec<f32>,
}

/// Batches that one thread has at once: the next one is there when a batch is ready.
const WAITING: usize = 2;

/// Threads that prepare batches. They take turns, so which thread prepares what, and when, changes nothing.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// The augmenter of batches that are prepared when they are asked for, without threads.
    own: (Augmenter, Normalization),
    workers: Vec<Worker>,
    /// The number of batches given to the workers.
    sent: usize,
    /// The number of batches taken back from them.
    taken: usize,
    /// The batch that is prepared when it is asked for, without threads.
    kept: Option<Rows>,
    /// Memory for further batches.
    free: Vec<Rows>,
}

#[derive(Debug)]
struct Worker {
    /// The queue of batches to prepare; `None` when there are no more to come.
    give: Option<SyncSender<Rows>>,
    take: Receiver<Rows>,
    thread: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Starts the threads; `make` is called once for each, and once more for the caller. Threads that cannot
    /// be started are done without.
    pub(crate) fn new(threads: usize, make: impl Fn() -> (Augmenter, Normalization)) -> Ahead {
        let workers: Vec<Worker> = (0..threads).map_while(|_| Worker::new(make())).collect();
        let free = (0..(workers.len() * WAITING).max(1)).map(|_| Rows::default()).collect();
        Ahead { own: make(), workers, sent: 0, taken: 0, kept: None, free }
    }

    /// Returns memory for a batch, if another one can be given away; it holds what an earlier one has left
    /// there.
    pub(crate) fn free(&mut self) -> Option<Rows> {
        self.free.pop()
    }

    /// Gives away a batch to be prepared.
    pub(crate) fn give(&mut self, batch: Rows) {
        if self.workers.is_empty() {
            self.kept = Some(batch);
            return;
        }
        let worker = self.sent % self.workers.len();
        self.sent += 1;
        if let Some(give) = &self.workers[worker].give {
            // A worker that is gone has panicked, of which `take` tells.
            let _ = give.send(batch);
        }
    }

    /// Puts the next batch, in the order in which they were given away, in place of one that is not needed any more;
    /// returns whether there was one.
    ///
    /// # Panics
    /// If a worker has panicked.
    pub(crate) fn take(&mut self, current: &mut Rows) -> bool {
        if let Some(batch) = &mut self.kept {
            self.own.0.apply(batch);
            self.own.1.apply(&mut batch.inputs);
        }
        let Some(batch) = self.next() else { return false };
        self.free.push(std::mem::replace(current, batch));
        true
    }

    /// Takes back what was given away and is not wanted any more.
    pub(crate) fn clear(&mut self) {
        while let Some(batch) = self.next() {
            self.free.push(batch);
        }
    }

    fn next(&mut self) -> Option<Rows> {
        if self.kept.is_some() || self.taken == self.sent {
            return self.kept.take();
        }
        let worker = self.taken % self.workers.len();
        self.taken += 1;
        Some(self.workers[worker].take.recv().expect("a thread that augments samples has panicked"))
    }
}

impl Worker {
    fn new((mut augmenter, normalization): (Augmenter, Normalization)) -> Option<Worker> {
        let (give, given) = sync_channel::<Rows>(WAITING);
        let (ready, take) = sync_channel(WAITING);
        let work = move || {
            while let Ok(mut batch) = given.recv() {
                augmenter.apply(&mut batch);
                normalization.apply(&mut batch.inputs);
                if ready.send(batch).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("augment".into()).spawn(work).ok()?;
        Some(Worker { give: Some(give), take, thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.give = None;
        // It may be waiting to hand over what nobody takes any more; there is room for all of it.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

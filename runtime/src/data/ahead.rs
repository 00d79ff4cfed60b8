//! Batches that are made ready on other threads while the step runs.

use super::streamed::Reader;
use super::{Error, places};
use crate::augment::{Augmenter, Rows};
use crate::weights::Normalization;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Work that turns gathered samples into a batch; each thread has its own.
#[derive(Debug)]
pub(super) struct Preparation {
    /// The reader of inputs that are not in memory.
    pub(super) reader: Option<Reader>,
    /// The reader of targets that are not in memory.
    pub(super) targets: Option<places::Reader>,
    pub(super) augmenter: Option<Augmenter>,
    pub(super) normalization: Normalization,
}

impl Preparation {
    fn run(&mut self, batch: &mut Rows) -> Result<(), Error> {
        if let Some(reader) = &mut self.reader {
            reader.read(&batch.rows, &mut batch.inputs)?;
        }
        if let Some(targets) = &mut self.targets {
            targets.read(&batch.rows, &mut batch.classes, &mut batch.values)?;
        }
        if let Some(augmenter) = &mut self.augmenter {
            augmenter.apply(batch);
        }
        self.normalization.apply(&mut batch.inputs);
        Ok(())
    }
}

/// A batch that was prepared, or the reason why it cannot be.
type Prepared = (Rows, Result<(), Error>);

/// Batches that one thread has at once: the next one is there when a batch is ready.
const WAITING: usize = 2;

/// Threads that prepare batches. They take turns, so which thread prepares what, and when, changes nothing.
#[derive(Debug)]
pub(super) struct Ahead {
    /// The work on batches that are prepared when they are asked for, without threads.
    own: Preparation,
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
    take: Receiver<Prepared>,
    thread: Option<JoinHandle<()>>,
}

impl Ahead {
    /// Starts the threads; `make` is called once for each, and once more for the caller. Threads that cannot
    /// be started are done without.
    pub(super) fn new(threads: usize, make: impl Fn() -> Preparation) -> Ahead {
        let workers: Vec<Worker> = (0..threads).map_while(|_| Worker::new(make())).collect();
        let free = (0..(workers.len() * WAITING).max(1)).map(|_| Rows::default()).collect();
        Ahead { own: make(), workers, sent: 0, taken: 0, kept: None, free }
    }

    /// Returns memory for a batch, if another one can be given away; it holds what an earlier one has left
    /// there.
    pub(super) fn free(&mut self) -> Option<Rows> {
        self.free.pop()
    }

    /// Gives away a batch to be prepared.
    pub(super) fn give(&mut self, batch: Rows) {
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
    /// # Errors
    /// If the batch has a sample that cannot be read.
    ///
    /// # Panics
    /// If a worker has panicked.
    pub(super) fn take(&mut self, current: &mut Rows) -> Result<bool, Error> {
        let (batch, result) = match self.kept.take() {
            Some(mut batch) => {
                let result = self.own.run(&mut batch);
                (batch, result)
            }
            None => match self.next() {
                Some(prepared) => prepared,
                None => return Ok(false),
            },
        };
        self.free.push(std::mem::replace(current, batch));
        result.map(|()| true)
    }

    /// Takes back what was given away and is not wanted any more.
    pub(super) fn clear(&mut self) {
        self.free.extend(self.kept.take());
        while let Some((batch, _)) = self.next() {
            self.free.push(batch);
        }
    }

    /// Takes back what the workers have prepared.
    fn next(&mut self) -> Option<Prepared> {
        if self.taken == self.sent {
            return None;
        }
        let worker = self.taken % self.workers.len();
        self.taken += 1;
        Some(self.workers[worker].take.recv().expect("a thread that prepares samples has panicked"))
    }
}

impl Worker {
    fn new(mut preparation: Preparation) -> Option<Worker> {
        let (give, given) = sync_channel::<Rows>(WAITING);
        let (ready, take) = sync_channel(WAITING);
        let work = move || {
            while let Ok(mut batch) = given.recv() {
                let result = preparation.run(&mut batch);
                if ready.send((batch, result)).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("prepare".into()).spawn(work).ok()?;
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

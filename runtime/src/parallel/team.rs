//! Work that is over in microseconds, shared between the caller and helpers that are already awake.
//!
//! To wake a thread takes longer than to compute a small network's output. So helpers go on looking for work for a
//! moment before they sleep; parts are taken one after the other by whoever is free, and a caller whose helpers still
//! sleep does all of them alone. What a part computes does not depend on who takes it.

use crate::parallel;
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{OnceLock, PoisonError, TryLockError};

mod sync;

use sync::{
    AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering, Thread, each, fence, global,
    local, spin_loop, thread,
};

/// Threads that can work together, with the caller.
const SEATS: usize = if cfg!(loom) { 3 } else { 16 };

/// The most parts of one piece of work.
const MOST: usize = u16::MAX as usize;

/// The number of times that a helper looks for work in vain before it sleeps: about a tenth of a millisecond.
/// To loom and miri each look is work.
const PATIENCE: usize = if cfg!(any(loom, miri)) { 1 } else { 2_000 };

global! {
    static TEAM: Team = Team {
        busy: Mutex::new(()),
        tickets: each!(SEATS, Line(AtomicU64::new(0))),
        done: Line(AtomicUsize::new(0)),
        failed: AtomicBool::new(false),
        panic: Mutex::new(None),
        job: AtomicPtr::new(std::ptr::null_mut()),
        helpers: each!(SEATS, Helper { thread: OnceLock::new(), asleep: AtomicBool::new(false) }),
        #[cfg(all(test, loom))]
        closing: models::Closing::default(),
    };
}

local! {
    static AT_WORK: Cell<bool> = Cell::new(false);
}

struct Team {
    /// The lock that is held by the caller whose work it is.
    busy: Mutex<()>,
    /// The queue of each seat: the number of the piece of work (32 bits), the seat's next part and the end of
    /// its parts (16 each). The thread in the seat takes these parts first, so that from kernel to kernel a
    /// thread meets its own results.
    tickets: [Line<AtomicU64>; SEATS],
    /// Parts that are over.
    done: Line<AtomicUsize>,
    /// True if a part panicked.
    failed: AtomicBool,
    /// The panic of the first of the parts that did, in their order: the same whoever took them.
    panic: Mutex<Option<(usize, Payload)>>,
    /// The work of a part; read only by a thread that has taken a part of it which is not over.
    job: AtomicPtr<Job<'static>>,
    /// The helper thread of each seat; the first seat is the caller's.
    helpers: [Helper; SEATS],
    #[cfg(all(test, loom))]
    closing: models::Closing,
}

struct Helper {
    /// The thread; `None` if it could not be started.
    thread: OnceLock<Option<Thread>>,
    asleep: AtomicBool,
}

impl Helper {
    /// Ends the helper's sleep; the caller has published what it shall see, and a fence.
    fn wake(&self) {
        if self.asleep.load(Ordering::Relaxed)
            && let Some(Some(thread)) = self.thread.get()
        {
            thread.unpark();
        }
    }
}

/// A value that one thread writes often, on cache lines that hold nothing else.
#[repr(align(128))]
struct Line<T>(T);

struct Job<'a>(&'a (dyn Fn(usize) + Sync));

/// The payload of a panic. Dropping it may panic as well, so nobody here drops one: a payload that is not
/// passed on is forgotten.
type Payload = Box<dyn Any + Send>;

/// Returns true if this thread is running a part of shared work.
pub(crate) fn at_work() -> bool {
    AT_WORK.with(Cell::get)
}

fn set_at_work(at_work: bool) {
    AT_WORK.with(|cell| cell.set(at_work));
}

/// Runs `work` for each part below `parts`, each once, on this thread and on helpers. Does nothing and says `false` if
/// another thread's work is under way, or there is nobody to share with.
///
/// # Panics
/// If `work` does, with the payload of the first part that did, after all parts are over.
pub(crate) fn share(parts: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
    TEAM.share(parts, seats(parts), work)
}

/// Returns the number of threads that share `parts` parts.
fn seats(parts: usize) -> usize {
    parallel::threads().min(SEATS).min(parts)
}

/// Returns the first part of a seat.
fn first(seat: usize, parts: usize, seats: usize) -> usize {
    seat * parts / seats
}

/// Returns the part in a seat's share that is as far from its end as this one is from its beginning.
pub(crate) fn mirrored(part: usize, parts: usize) -> usize {
    let seats = seats(parts).max(1);
    let seat = (0..seats).rev().find(|&seat| first(seat, parts, seats) <= part).unwrap_or(0);
    first(seat, parts, seats) + first(seat + 1, parts, seats) - 1 - part
}

/// Work that has been published: dropped, on whatever way, only when all of its parts are over.
struct Published {
    team: &'static Team,
    parts: usize,
}

impl Drop for Published {
    fn drop(&mut self) {
        set_at_work(true);
        while self.team.take(0) {}
        set_at_work(false);
        let mut waited = 0;
        while self.team.done.0.load(Ordering::Acquire) < self.parts {
            waited += 1;
            if waited > PATIENCE {
                // There may be more threads than cores.
                thread::yield_now();
            }
            spin_loop();
        }
    }
}

impl Team {
    /// Runs [`share`] on `seats` threads.
    fn share(&'static self, parts: usize, seats: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        if seats < 2 || parts > MOST || at_work() {
            return false;
        }
        let mine = match self.busy.try_lock() {
            Ok(mine) => mine,
            // It protects nothing that a panic could have left half done.
            Err(TryLockError::Poisoned(mine)) => mine.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        let panic = self.run(mine, parts, seats, &Job(work));
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
        true
    }

    /// Does all parts of a piece of work, and returns the panic of one if any did.
    fn run(
        &'static self,
        mine: MutexGuard<'_, ()>,
        parts: usize,
        seats: usize,
        job: &Job<'_>,
    ) -> Option<Payload> {
        self.publish(parts, seats, job);
        let published = Published { team: self, parts };
        for (seat, helper) in self.helpers.iter().enumerate().take(seats).skip(1) {
            helper.thread.get_or_init(|| self.hire(seat));
            helper.wake();
        }
        drop(published);
        let failed = self.failed.swap(false, Ordering::Relaxed);
        let panic = if failed { self.lock_panic().take() } else { None };
        drop(mine);
        panic.map(|(_, payload)| payload)
    }

    fn lock_panic(&self) -> MutexGuard<'_, Option<(usize, Payload)>> {
        self.panic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the panic of a part, unless one of an earlier part is there.
    fn keep(&self, part: usize, payload: Payload) {
        let mut kept = self.lock_panic();
        let earlier = kept.as_ref().is_some_and(|(other, _)| *other < part);
        let rest = if earlier { Some((part, payload)) } else { kept.replace((part, payload)) };
        drop(kept);
        std::mem::forget(rest);
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Makes a piece of work known. The caller holds `busy`, and waits for all parts before `job` ends.
    fn publish(&self, parts: usize, seats: usize, job: &Job<'_>) {
        let number = (self.tickets[0].0.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        self.done.0.store(0, Ordering::Relaxed);
        self.job.store(std::ptr::from_ref(job).cast_mut().cast(), Ordering::Relaxed);
        // The caller's own seat comes last, because the others wait.
        for seat in (0..seats).rev() {
            let [next, end] = [seat, seat + 1].map(|seat| first(seat, parts, seats) as u64);
            self.tickets[seat].0.store(number << 32 | next << 16 | end, Ordering::Release);
        }
        // Either a helper that goes to sleep sees these tickets, or the caller sees it asleep.
        fence(Ordering::SeqCst);
    }

    /// Starts the helper of a seat.
    fn hire(&'static self, seat: usize) -> Option<Thread> {
        let builder = thread::Builder::new().name(format!("netwright-{seat}"));
        builder.spawn(move || self.help(seat)).ok().map(|handle| handle.thread().clone())
    }

    /// Does parts as long as the process runs, and sleeps when there have been none for a while.
    fn help(&self, seat: usize) {
        set_at_work(true);
        let mut idle = 0;
        while self.is_open() {
            if self.take(seat) {
                idle = 0;
            } else if idle < PATIENCE {
                idle += 1;
                spin_loop();
            } else {
                self.helpers[seat].asleep.store(true, Ordering::Relaxed);
                fence(Ordering::SeqCst);
                if !self.take(seat) && self.is_open() {
                    thread::park();
                }
                self.helpers[seat].asleep.store(false, Ordering::Relaxed);
                idle = 0;
            }
        }
        #[cfg(all(test, loom))]
        self.end();
    }

    /// Returns true if helpers go on; they end under loom alone.
    #[cfg(not(all(test, loom)))]
    fn is_open(&self) -> bool {
        true
    }

    /// Does one part, of one's own if any is left.
    fn take(&self, own: usize) -> bool {
        (own..SEATS).chain(0..own).any(|seat| self.take_from(seat))
    }

    fn take_from(&self, seat: usize) -> bool {
        let ticket = self.tickets[seat].0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |tickets| {
            let (next, end) = (tickets >> 16 & 0xffff, tickets & 0xffff);
            (next < end).then_some(tickets + (1 << 16))
        });
        let Ok(ticket) = ticket else { return false };
        let part = (ticket >> 16 & 0xffff) as usize;
        let job = self.job.load(Ordering::Relaxed);
        // SAFETY: `publish` stored the job before these tickets, which this thread has acquired; `Published` does not let
        // its caller go on, nor unwind, before `done` counts the part that was just taken, so the job is alive and no other
        // has replaced it.
        let Job(work) = unsafe { &*job };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(part))) {
            self.keep(part, payload);
        }
        self.done.0.fetch_add(1, Ordering::Release);
        true
    }
}

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

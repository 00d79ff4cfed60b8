//! Work that is over in microseconds, shared between the caller and helpers that are already awake.
//!
//! To wake a thread takes longer than to compute a small network's output. So helpers go on looking for work for a
//! moment before they sleep; parts are taken one after the other by whoever is free, and a caller whose helpers still
//! sleep does all of them alone. What a part computes does not depend on who takes it.

use crate::parallel;
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread::{self, Thread};

/// Threads that can work together, with the caller.
const SEATS: usize = 16;

/// The most parts of one piece of work.
const MOST: usize = u16::MAX as usize;

/// How often a helper looks for work in vain before it sleeps: for about a tenth of a millisecond.
const PATIENCE: usize = 2_000;

static TEAM: Team = Team {
    busy: Mutex::new(()),
    tickets: [const { Line(AtomicU64::new(0)) }; SEATS],
    done: Line(AtomicUsize::new(0)),
    failed: AtomicBool::new(false),
    panic: Mutex::new(None),
    job: AtomicPtr::new(std::ptr::null_mut()),
    helpers: [const { Helper { thread: OnceLock::new(), asleep: AtomicBool::new(false) } }; SEATS],
};

thread_local! {
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

struct Team {
    /// Held by the caller whose work it is.
    busy: Mutex<()>,
    /// For each seat: the number of the piece of work (32 bits), the seat's next part and the one behind its last (16
    /// each). Who sits there takes these parts first, so that from kernel to kernel a thread meets its own results.
    tickets: [Line<AtomicU64>; SEATS],
    /// Parts that are over.
    done: Line<AtomicUsize>,
    /// Whether a part panicked.
    failed: AtomicBool,
    /// The panic of the first of the parts that did, in their order: the same whoever took them.
    panic: Mutex<Option<(usize, Payload)>>,
    /// What a part is; read by nobody who has not taken a part of it that is not over.
    job: AtomicPtr<Job<'static>>,
    /// Who sits where; the caller has the first seat.
    helpers: [Helper; SEATS],
}

struct Helper {
    /// `None` if it could not be started.
    thread: OnceLock<Option<Thread>>,
    asleep: AtomicBool,
}

/// What one thread writes often, apart from what others read.
#[repr(align(128))]
struct Line<T>(T);

struct Job<'a>(&'a (dyn Fn(usize) + Sync));

/// What a panic carries. Dropping it may panic as well, so nobody here drops one: a payload that is not passed on is
/// forgotten.
type Payload = Box<dyn Any + Send>;

/// Whether this thread is doing a part of something shared.
pub(crate) fn at_work() -> bool {
    AT_WORK.get()
}

/// Runs `work` for each part below `parts`, each once, on this thread and on helpers. Does nothing and says `false` if
/// another thread's work is under way, or there is nobody to share with.
///
/// # Panics
/// If `work` does, with the payload of the first part that did, after all parts are over.
pub(crate) fn share(parts: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
    let seats = seats(parts);
    if seats < 2 || parts > MOST || at_work() {
        return false;
    }
    let mine = match TEAM.busy.try_lock() {
        Ok(mine) => mine,
        // It protects nothing that a panic could have left half done.
        Err(TryLockError::Poisoned(mine)) => mine.into_inner(),
        Err(TryLockError::WouldBlock) => return false,
    };
    let panic = TEAM.run(mine, parts, seats, &Job(work));
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
    true
}

/// How many threads share so many parts.
fn seats(parts: usize) -> usize {
    parallel::threads().min(SEATS).min(parts)
}

/// The first part of a seat.
fn first(seat: usize, parts: usize, seats: usize) -> usize {
    seat * parts / seats
}

/// The part in a seat's share that is as far from its end as this one is from its beginning.
pub(crate) fn mirrored(part: usize, parts: usize) -> usize {
    let seats = seats(parts).max(1);
    let seat = (0..seats).rev().find(|&seat| first(seat, parts, seats) <= part).unwrap_or(0);
    first(seat, parts, seats) + first(seat + 1, parts, seats) - 1 - part
}

/// Work that has been published: dropped, on whatever way, only when all of its parts are over.
struct Published {
    parts: usize,
}

impl Drop for Published {
    fn drop(&mut self) {
        AT_WORK.set(true);
        while TEAM.take(0) {}
        AT_WORK.set(false);
        let mut waited = 0;
        while TEAM.done.0.load(Ordering::Acquire) < self.parts {
            waited += 1;
            if waited > PATIENCE {
                // There may be more threads than cores.
                thread::yield_now();
            }
            std::hint::spin_loop();
        }
    }
}

impl Team {
    /// Does all parts of a piece of work, and returns the panic of one if any did.
    fn run(
        &'static self,
        mine: MutexGuard<'_, ()>,
        parts: usize,
        seats: usize,
        job: &Job<'_>,
    ) -> Option<Payload> {
        self.publish(parts, seats, job);
        let published = Published { parts };
        for (seat, helper) in self.helpers.iter().enumerate().take(seats).skip(1) {
            let thread = helper.thread.get_or_init(|| self.hire(seat));
            if helper.asleep.load(Ordering::Relaxed)
                && let Some(thread) = thread
            {
                thread.unpark();
            }
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
        AT_WORK.set(true);
        let mut idle = 0;
        loop {
            if self.take(seat) {
                idle = 0;
            } else if idle < PATIENCE {
                idle += 1;
                std::hint::spin_loop();
            } else {
                self.helpers[seat].asleep.store(true, Ordering::Relaxed);
                fence(Ordering::SeqCst);
                if !self.take(seat) {
                    thread::park();
                }
                self.helpers[seat].asleep.store(false, Ordering::Relaxed);
                idle = 0;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn every_part_is_done_once() {
        for round in 0..if cfg!(miri) { 20 } else { 20_000 } {
            let parts = round % 9;
            let seen: [AtomicU32; 9] = std::array::from_fn(|_| AtomicU32::new(0));
            let work = |part: usize| {
                seen[part].fetch_add(1, Ordering::Relaxed);
            };
            if !share(parts, &work) {
                (0..parts).for_each(work);
            }
            for (part, seen) in seen.iter().enumerate() {
                assert_eq!(seen.load(Ordering::Relaxed), u32::from(part < parts), "round {round}");
            }
        }
    }

    #[test]
    fn mirrored_parts_stay_with_their_seat() {
        for parts in 1..40 {
            let seats = seats(parts);
            for seat in 0..seats {
                let share = first(seat, parts, seats)..first(seat + 1, parts, seats);
                let mirrored: Vec<usize> = share.clone().map(|part| mirrored(part, parts)).collect();
                assert_eq!(mirrored, share.rev().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn callers_do_not_wait_for_each_other() {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..if cfg!(miri) { 5 } else { 2_000 } {
                        let sum = AtomicU32::new(0);
                        let shared = share(7, &|part| {
                            sum.fetch_add(part as u32, Ordering::Relaxed);
                        });
                        assert_eq!(sum.load(Ordering::Relaxed), if shared { 21 } else { 0 });
                    }
                });
            }
        });
    }

    /// What `share` panics with when `work` does; `None` where there is nobody to share with.
    fn panic_of(parts: usize, work: &(dyn Fn(usize) + Sync)) -> Option<Payload> {
        loop {
            match catch_unwind(AssertUnwindSafe(|| share(parts, work))) {
                Err(payload) => return Some(payload),
                Ok(true) => panic!("the panic was lost"),
                // Another test may have the team.
                Ok(false) if parallel::threads() == 1 => return None,
                Ok(false) => thread::yield_now(),
            }
        }
    }

    /// Something whose drop panics.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_as_it_was() {
        let Some(payload) = panic_of(4, &|part| assert!(part != 2, "part {part}")) else { return };
        assert_eq!(payload.downcast_ref::<String>().expect("a message"), "part 2");
        every_part_is_done_once();
    }

    #[test]
    fn the_first_of_several_panics_is_passed_on_when_all_parts_are_over() {
        for _ in 0..20 {
            let over = AtomicU32::new(0);
            let work = |part: usize| {
                if part == 7 {
                    thread::sleep(std::time::Duration::from_millis(2));
                }
                over.fetch_add(1, Ordering::Relaxed);
                assert!(!matches!(part, 1 | 3 | 7), "part {part}");
            };
            let Some(payload) = panic_of(8, &work) else { return };
            assert_eq!(over.load(Ordering::Relaxed), 8);
            assert_eq!(payload.downcast_ref::<String>().expect("a message"), "part 1");
        }
        every_part_is_done_once();
    }

    /// Payloads that panic when they are dropped would unwind the caller, or end a helper before it has counted its part.
    #[test]
    fn payloads_that_panic_when_dropped_harm_nobody() {
        for _ in 0..20 {
            let over = AtomicU32::new(0);
            let work = |_| {
                over.fetch_add(1, Ordering::Relaxed);
                std::panic::panic_any(Bomb);
            };
            let Some(payload) = panic_of(6, &work) else { return };
            assert_eq!(over.load(Ordering::Relaxed), 6);
            assert!(payload.is::<Bomb>());
            std::mem::forget(payload);
        }
        every_part_is_done_once();
    }

    #[test]
    fn work_is_shared_while_a_panic_unwinds() {
        struct Shares<'a>(&'a AtomicU32);
        impl Drop for Shares<'_> {
            fn drop(&mut self) {
                let inner = |part: usize| {
                    self.0.fetch_add(1, Ordering::Relaxed);
                    assert!(part != 1, "inner");
                };
                if let Some(payload) = panic_of(5, &inner) {
                    assert_eq!(payload.downcast_ref::<&str>(), Some(&"inner"));
                } else {
                    self.0.store(5, Ordering::Relaxed);
                }
            }
        }
        let parts = AtomicU32::new(0);
        let outer = catch_unwind(AssertUnwindSafe(|| {
            let _shares = Shares(&parts);
            panic!("outer");
        }));
        assert_eq!(outer.expect_err("a panic").downcast_ref::<&str>(), Some(&"outer"));
        assert_eq!(parts.load(Ordering::Relaxed), 5);
        every_part_is_done_once();
    }

    #[test]
    fn work_inside_a_part_stays_with_its_thread_and_its_panic_is_that_of_the_part() {
        let inner = |part: usize| {
            assert!(!share(4, &|_| ()), "a part shares nothing");
            parallel::blocks(3, |inner| assert!((part, inner) != (2, 1), "block {inner} of part {part}"));
        };
        let Some(payload) = panic_of(4, &inner) else { return };
        assert_eq!(payload.downcast_ref::<String>().expect("a message"), "block 1 of part 2");
        assert!(!at_work());
    }
}

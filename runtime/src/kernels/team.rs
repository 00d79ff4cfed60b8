//! Work that is over in microseconds, shared between the caller and helpers that are already awake.
//!
//! To wake a thread takes longer than to compute a small network's output. So whoever shares work here keeps some of
//! the pool's threads looking for more of it for a moment; parts are taken one after the other by whoever is free, and
//! a caller whose helpers still sleep does all of them alone. What a part computes does not depend on who takes it.

use crate::parallel;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// Threads that can work together, with the caller.
const SEATS: usize = 16;

/// The most parts of one piece of work.
const MOST: usize = u16::MAX as usize;

/// How often a helper looks for work in vain before it goes: for about a tenth of a millisecond.
const PATIENCE: usize = 2_000;

static TEAM: Team = Team {
    busy: Mutex::new(()),
    tickets: [const { Line(AtomicU64::new(0)) }; SEATS],
    done: Line(AtomicUsize::new(0)),
    failed: AtomicBool::new(false),
    job: AtomicPtr::new(std::ptr::null_mut()),
    helpers: [const { AtomicBool::new(false) }; SEATS],
};

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
    /// What a part is; read by nobody who has not taken a part of it that is not over.
    job: AtomicPtr<Job<'static>>,
    /// Seats at which a thread looks for parts; the caller has the first.
    helpers: [AtomicBool; SEATS],
}

/// What one thread writes often, apart from what others read.
#[repr(align(128))]
struct Line<T>(T);

struct Job<'a>(&'a (dyn Fn(usize) + Sync));

/// Runs `work` for each part below `parts`, each once, on this thread and on helpers.
///
/// # Panics
/// If `work` does.
pub(crate) fn share(parts: usize, work: &(dyn Fn(usize) + Sync)) {
    let seats = parallel::threads().min(SEATS).min(parts);
    if seats < 2 || parts > MOST {
        return (0..parts).for_each(work);
    }
    // Another thread's work is under way: this one goes on alone.
    let Ok(_mine) = TEAM.busy.try_lock() else { return (0..parts).for_each(work) };
    let job = Job(work);
    TEAM.publish(parts, seats, &job);
    for (seat, taken) in TEAM.helpers.iter().enumerate().take(seats).skip(1) {
        if !taken.load(Ordering::Relaxed) {
            taken.store(true, Ordering::Relaxed);
            parallel::detach(move || TEAM.help(seat));
        }
    }
    while TEAM.take(0) {}
    while TEAM.done.0.load(Ordering::Acquire) < parts {
        std::hint::spin_loop();
    }
    assert!(!TEAM.failed.swap(false, Ordering::Relaxed), "a part of a shared kernel panicked");
}

impl Team {
    /// Makes a piece of work known. The caller holds `busy`, and waits for all parts before `job` ends.
    fn publish(&self, parts: usize, seats: usize, job: &Job<'_>) {
        let number = (self.tickets[0].0.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        self.done.0.store(0, Ordering::Relaxed);
        self.job.store(std::ptr::from_ref(job).cast_mut().cast(), Ordering::Relaxed);
        // The caller's own seat comes last, because the others wait.
        for seat in (0..seats).rev() {
            let [next, end] = [seat, seat + 1].map(|seat| (seat * parts / seats) as u64);
            self.tickets[seat].0.store(number << 32 | next << 16 | end, Ordering::Release);
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
        let job = self.job.load(Ordering::Relaxed);
        // SAFETY: `publish` stored the job before these tickets, which this thread has acquired; its caller does not
        // return before `done` counts the part that was just taken, so the job is alive and no other has replaced it.
        let Job(work) = unsafe { &*job };
        if catch_unwind(AssertUnwindSafe(|| work((ticket >> 16 & 0xffff) as usize))).is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        self.done.0.fetch_add(1, Ordering::Release);
        true
    }

    /// Does parts until there have been none for a while.
    fn help(&self, seat: usize) {
        let mut idle = 0;
        while idle < PATIENCE {
            if self.take(seat) {
                idle = 0;
            } else {
                idle += 1;
                std::hint::spin_loop();
            }
        }
        self.helpers[seat].store(false, Ordering::Relaxed);
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
            share(parts, &|part| {
                seen[part].fetch_add(1, Ordering::Relaxed);
            });
            for (part, seen) in seen.iter().enumerate() {
                assert_eq!(seen.load(Ordering::Relaxed), u32::from(part < parts), "round {round}");
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
                        share(7, &|part| {
                            sum.fetch_add(part as u32, Ordering::Relaxed);
                        });
                        assert_eq!(sum.load(Ordering::Relaxed), 21);
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let caught = catch_unwind(|| share(4, &|part| assert!(part != 2)));
        assert!(caught.is_err());
        every_part_is_done_once();
    }
}

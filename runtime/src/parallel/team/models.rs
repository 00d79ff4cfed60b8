//! The team under loom, which runs each test once for every order of what its threads do that the memory model allows; where
//! there are too many, for those in which threads are interrupted a few times. What parts read and write is plain memory, so
//! loom also fails where two threads could meet in it.

use super::*;
use loom::cell::UnsafeCell;
use loom::model::Builder;
use std::sync::atomic::AtomicU64 as Count;

/// The signal that ends helpers, because loom's threads must end.
#[derive(Default)]
pub(super) struct Closing {
    closed: AtomicBool,
    /// Helpers that touch the team no more.
    ended: AtomicUsize,
}

impl Team {
    pub(super) fn is_open(&self) -> bool {
        !self.closing.closed.load(Ordering::Relaxed)
    }

    /// Counts a helper as ended, the last that it does.
    pub(super) fn end(&self) {
        self.closing.ended.fetch_add(1, Ordering::Release);
    }

    /// Ends the helpers, woken as [`Team::run`] wakes them: if one could miss that, it would never end.
    fn close(&self) {
        self.closing.closed.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.helpers.iter().for_each(Helper::wake);
        let hired = self.helpers.iter().filter(|helper| matches!(helper.thread.get(), Some(Some(_)))).count();
        while self.closing.ended.load(Ordering::Acquire) < hired {
            spin_loop();
        }
    }
}

/// Runs a test with every order of events; with a number, with those in which threads are interrupted at most so often.
fn model(preemptions: Option<usize>, test: fn()) {
    let orders = std::sync::Arc::new(Count::new(0));
    let counted = orders.clone();
    let mut builder = Builder::new();
    builder.max_branches = 20_000;
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        test();
        TEAM.close();
    });
    println!("{} orders of events", orders.load(Ordering::Relaxed));
}

/// A number that is not atomic: loom fails if one thread can write it while another uses it.
struct Plain(UnsafeCell<u32>);

// SAFETY: loom, which runs one thread at a time, checks each access.
unsafe impl Sync for Plain {}

impl Plain {
    fn new() -> Self {
        Plain(UnsafeCell::new(0))
    }

    fn add(&self, number: u32) {
        // SAFETY: loom fails before the access if another thread's is not over for this one.
        self.0.with_mut(|own| unsafe { *own += number });
    }

    fn get(&self) -> u32 {
        // SAFETY: as above.
        self.0.with(|own| unsafe { *own })
    }
}

/// Shares parts, each of which reads what the caller wrote and writes what the caller then reads; `None` if it was refused.
fn sum(parts: usize, seats: usize, operand: u32) -> Option<u32> {
    let input = Plain::new();
    let seen: [Plain; 4] = std::array::from_fn(|_| Plain::new());
    input.add(operand);
    let shared = TEAM.share(parts, seats, &|part| seen[part].add(input.get()));
    // No part may still read it.
    input.add(1);
    for (part, seen) in seen.iter().enumerate() {
        assert_eq!(seen.get(), if shared && part < parts { operand } else { 0 }, "part {part}");
    }
    shared.then(|| seen.iter().map(Plain::get).sum())
}

#[test]
fn each_part_runs_once_and_the_caller_sees_what_it_wrote() {
    model(None, || {
        assert_eq!(sum(3, 2, 7), Some(21));
    });
}

#[test]
fn one_piece_of_work_after_another() {
    model(Some(3), || {
        assert_eq!(sum(2, 2, 7), Some(14));
        assert_eq!(sum(3, 2, 5), Some(15));
    });
}

#[test]
fn two_helpers() {
    model(Some(2), || {
        assert_eq!(sum(4, 3, 7), Some(28));
    });
}

#[test]
fn fewer_threads_after_more() {
    model(Some(1), || {
        assert_eq!(sum(3, 3, 7), Some(21));
        assert_eq!(sum(2, 2, 5), Some(10));
    });
}

/// Panics without the hook, which would print for every order of events.
fn fail(part: usize) {
    resume_unwind(Box::new(part));
}

#[test]
fn the_first_panic_is_passed_on_and_the_team_goes_on() {
    model(Some(3), || {
        let over: [Plain; 3] = std::array::from_fn(|_| Plain::new());
        let work = |part: usize| {
            over[part].add(1);
            if part > 0 {
                fail(part);
            }
        };
        let payload = catch_unwind(AssertUnwindSafe(|| TEAM.share(3, 2, &work))).expect_err("a panic");
        assert_eq!(payload.downcast_ref::<usize>(), Some(&1));
        assert!(over.iter().all(|over| over.get() == 1));
        assert_eq!(sum(2, 2, 7), Some(14));
    });
}

#[test]
fn a_second_caller_is_refused_or_served() {
    model(Some(2), || {
        let other = loom::thread::spawn(|| sum(2, 2, 5).is_none_or(|sum| sum == 10));
        assert!(sum(2, 2, 7).is_none_or(|sum| sum == 14));
        assert!(other.join().expect("no panic"));
        // Whoever had it has left it.
        assert_eq!(sum(2, 2, 3), Some(6));
    });
}

#[test]
fn a_part_shares_nothing() {
    model(None, || {
        let parts: [Plain; 2] = std::array::from_fn(|_| Plain::new());
        assert!(TEAM.share(2, 2, &|part| {
            assert!(!TEAM.share(2, 2, &|_| unreachable!()));
            parts[part].add(1);
        }));
        assert!(parts.iter().all(|part| part.get() == 1) && !at_work());
    });
}

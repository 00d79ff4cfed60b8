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

/// Returns the payload with which `share` panics when `work` does; `None` without another thread to share
/// with.
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

/// A value whose drop panics.
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
    for _ in 0..if cfg!(miri) { 1 } else { 20 } {
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
    for _ in 0..if cfg!(miri) { 1 } else { 20 } {
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

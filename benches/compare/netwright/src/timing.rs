//! Timing of a piece of work, by the same rules on every side of the comparison.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The first results are given back, so that all sides can be checked for computing the same.
const CHECKED: usize = 5;

/// The work before the clock counts: this many repeats or this long, whichever ends first.
const WARM_UP: (usize, Duration) = (10, Duration::from_millis(200));

/// Work shorter than this is repeated within one measurement.
const SHORTEST: f64 = 20e-6;

/// Repeats `work` for some seconds; its results are losses, the first of which are reported.
pub fn losses(seconds: f64, mut work: impl FnMut() -> f32) -> Value {
    let check: Vec<f32> = (0..CHECKED).map(|_| work()).collect();
    report(seconds, &check, || {
        std::hint::black_box(work());
    })
}

/// Repeats `work` for some seconds, and reports `check` with the times.
pub fn report(seconds: f64, check: &[f32], mut work: impl FnMut()) -> Value {
    let warm = Instant::now();
    for _ in 0..WARM_UP.0 {
        work();
        if warm.elapsed() > WARM_UP.1 {
            break;
        }
    }
    let once = Instant::now();
    work();
    let inner = (SHORTEST / once.elapsed().as_secs_f64().max(1e-9)) as usize + 1;
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut times = Vec::new();
    while Instant::now() < end || times.len() < 3 {
        let start = Instant::now();
        (0..inner).for_each(|_| work());
        times.push(start.elapsed().as_secs_f64() * 1e3 / inner as f64);
    }
    times.sort_by(f64::total_cmp);
    json!({ "median_ms": times[times.len() / 2], "fastest_ms": times[0], "check": check })
}

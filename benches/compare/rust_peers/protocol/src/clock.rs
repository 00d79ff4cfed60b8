//! Timing of a piece of work, by the same rules on all sides.

use crate::Result;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The numbers of first losses, and of outputs of the last sample, that are reported for the check.
const CHECKED_LOSSES: usize = 5;
const CHECKED_OUTPUTS: usize = 8;

/// The work before the clock counts: this many repeats or this long, whichever ends first.
const WARM_UP: (usize, Duration) = (10, Duration::from_millis(200));

/// Work shorter than this is repeated within one measurement.
const SHORTEST: f64 = 20e-6;

/// Repeats a training step, which gives its loss, for some seconds.
pub fn losses(seconds: f64, mut step: impl FnMut() -> Result<f32>) -> Result<Value> {
    let check = (0..CHECKED_LOSSES).map(|_| step()).collect::<Result<Vec<f32>>>()?;
    repeat(seconds, &check, || step().map(drop))
}

/// Repeats a prediction for some seconds; `outputs` are those of all samples.
pub fn report(
    seconds: f64,
    outputs: &[f32],
    samples: usize,
    work: impl FnMut() -> Result<()>,
) -> Result<Value> {
    let last = &outputs[outputs.len() / samples * (samples - 1)..];
    repeat(seconds, &last[..last.len().min(CHECKED_OUTPUTS)], work)
}

fn repeat(seconds: f64, check: &[f32], mut work: impl FnMut() -> Result<()>) -> Result<Value> {
    let warm = Instant::now();
    for _ in 0..WARM_UP.0 {
        work()?;
        if warm.elapsed() > WARM_UP.1 {
            break;
        }
    }
    let once = Instant::now();
    work()?;
    let inner = (SHORTEST / once.elapsed().as_secs_f64().max(1e-9)) as usize + 1;
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut times = Vec::new();
    while Instant::now() < end || times.len() < 3 {
        let start = Instant::now();
        for _ in 0..inner {
            work()?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e3 / inner as f64);
    }
    times.sort_by(f64::total_cmp);
    Ok(json!({ "median_ms": times[times.len() / 2], "fastest_ms": times[0], "check": check }))
}

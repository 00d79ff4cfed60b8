//! Netwright's side: answers each line `name mode seconds` of standard input with a line of JSON. Modes are `step`, forward and back to
//! the input, and `batch`, the prediction of as many samples.

use bench_compare::{data, timing};
use serde_json::Value;
use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, Write};

struct Case {
    name: &'static str,
    step: fn(f64) -> Value,
    batch: fn(f64) -> Value,
}

/// Small, so that nothing grows however often the step is repeated.
const RATE: f32 = 1e-6;

macro_rules! case {
    ($name:literal, $net:ident, $targets:ident) => {
        Case {
            name: $name,
            step: |seconds| {
                let inputs = data::inputs($net::BATCH);
                let targets = $targets(inputs.len());
                let mut gradients = vec![[0.0; $net::INPUT]; inputs.len()];
                let mut trainer = $net::Trainer::new($net::Params::init(1), 1);
                timing::losses(seconds, || trainer.step(&inputs, &targets, RATE, &mut gradients))
            },
            batch: |seconds| {
                let inputs: Vec<[f32; $net::INPUT]> = data::inputs($net::BATCH);
                let mut outputs = vec![[0.0; $net::OUTPUT]; inputs.len()];
                let model = $net::Model::new($net::Params::init(1));
                timing::report(seconds, &[], || model.predict_batch(black_box(&inputs), &mut outputs))
            },
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/ops.rs"));

fn classes(samples: usize) -> Vec<u32> {
    data::classes(samples)
}

/// Numbers from 0 to 1.
fn shares<const N: usize>(samples: usize) -> Vec<[f32; N]> {
    (0..samples).map(|i| std::array::from_fn(|j| ((i * 13 + j * 7) % 11) as f32 / 10.0)).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, mode, seconds] = words[..] else { return Err("a line is `name mode seconds`".into()) };
        let case = CASES.iter().find(|case| case.name == name).ok_or_else(|| format!("no {name}"))?;
        let measure = if mode == "step" { case.step } else { case.batch };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", measure(seconds.parse()?))?;
        out.flush()?;
    }
    Ok(())
}

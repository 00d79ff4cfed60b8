//! The parts that the peers in Rust share: cases, data, weights, clock and protocol.
//!
//! A peer is a process that answers each line `case mode seconds` of standard input with a line of JSON.

mod clock;

pub use clock::{losses, report};

use safetensors::SafeTensors;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;

/// The result of a piece of work, whose error is reported as text.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A network with its recipe.
pub struct Case {
    pub name: &'static str,
    /// The shape of a sample, channels first.
    pub shape: [usize; 3],
    pub batch: usize,
    /// The optimizer is Adam, otherwise SGD with momentum.
    pub adam: bool,
    pub rate: f64,
    /// Targets are masks, otherwise classes.
    pub masks: bool,
}

/// The momentum of SGD.
pub const MOMENTUM: f64 = 0.9;

const DIGITS: [usize; 3] = [1, 28, 28];

const CASES: [Case; 4] = [
    Case { name: "mlp", shape: DIGITS, batch: 128, adam: true, rate: 1e-3, masks: false },
    Case { name: "lenet", shape: DIGITS, batch: 64, adam: false, rate: 0.01, masks: false },
    Case { name: "mnist_cnn", shape: DIGITS, batch: 64, adam: true, rate: 1e-3, masks: false },
    Case { name: "resnet20", shape: [3, 32, 32], batch: 64, adam: false, rate: 0.01, masks: false },
];

/// The quantity that is measured.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// A training step.
    Train,
    /// The prediction for one input.
    One,
    /// The prediction for as many inputs as a training step takes.
    Batch,
}

impl Case {
    /// Numbers from -1 to 1 for a batch, or for its last sample.
    pub fn inputs(&self, mode: Mode) -> Vec<f32> {
        let numbers = self.shape.iter().product();
        self.samples(mode)
            .flat_map(|i| (0..numbers).map(move |j| ((i * 31 + j * 17) % 97) as f32 / 48.0 - 1.0))
            .collect()
    }

    /// Returns the dimensions of those inputs.
    pub fn dims(&self, mode: Mode) -> [usize; 4] {
        let [channels, height, width] = self.shape;
        [self.samples(mode).len(), channels, height, width]
    }

    /// Returns a class of ten for each sample of a batch.
    pub fn classes(&self) -> Vec<u32> {
        (0..self.batch).map(|i| (i * 7 % 10) as u32).collect()
    }

    /// Returns a mask of zeros and ones for each sample of a batch.
    pub fn mask(&self) -> Vec<f32> {
        let pixels = self.shape[1] * self.shape[2];
        let pixel = |i, j| if (i * 13 + j * 7) % 11 < 5 { 1.0 } else { 0.0 };
        (0..self.batch).flat_map(|i| (0..pixels).map(move |j| pixel(i, j))).collect()
    }

    fn samples(&self, mode: Mode) -> std::ops::Range<usize> {
        if mode == Mode::One { self.batch - 1..self.batch } else { 0..self.batch }
    }
}

/// Tensors by name, with their shapes.
pub struct Weights(HashMap<String, (Vec<usize>, Vec<f32>)>);

impl Weights {
    /// Loads the weights that all sides start with.
    pub fn load(folder: &Path, case: &Case) -> Result<Weights> {
        let bytes = std::fs::read(folder.join(case.name).with_extension("safetensors"))?;
        let tensors = SafeTensors::deserialize(&bytes)?;
        let floats = |data: &[u8]| data.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect();
        Ok(Weights(
            tensors
                .iter()
                .map(|(name, view)| (name.to_string(), (view.shape().to_vec(), floats(view.data()))))
                .collect(),
        ))
    }

    /// Returns true if there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns a tensor's shape and numbers.
    pub fn get(&self, name: &str) -> Result<(&[usize], &[f32])> {
        let (shape, numbers) = self.0.get(name).ok_or_else(|| format!("there is no {name}"))?;
        Ok((shape, numbers))
    }
}

/// Answers lines of standard input until they end.
pub fn serve(version: &str, measure: impl Fn(&Case, Mode, f64) -> Result<Value>) -> Result<()> {
    say(&json!({ "ready": version }))?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        say(&answer(&line, &measure).unwrap_or_else(|error| json!({ "error": error.to_string() })))?;
    }
    Ok(())
}

fn answer(line: &str, measure: impl Fn(&Case, Mode, f64) -> Result<Value>) -> Result<Value> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, mode, seconds] = words[..] else { return Err("a line is `case mode seconds`".into()) };
    let case = CASES.iter().find(|case| case.name == name);
    let mode = match mode {
        "train" => Mode::Train,
        "one" => Mode::One,
        "batch" => Mode::Batch,
        _ => return Err(format!("there is no mode {mode}").into()),
    };
    case.map_or_else(
        || Ok(json!({ "skip": "no such case here" })),
        |case| measure(case, mode, seconds.parse()?),
    )
}

fn say(answer: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}

//! Netwright's side of the comparison: answers each line `case mode seconds` of standard input with a line of JSON.
//!
//! Modes are `train`, `one` and `batch`. With `--isa NAME`, it uses those instructions at most. `save FOLDER CASE...` writes
//! the parameters that all sides start with, and their names in the network's order.

pub mod cases;
pub mod data;
pub mod timing;

pub use cases::Case;

use netwright::__private::isa::Isa;
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

/// Does what the command's arguments say. The parameters that all sides start with are those after `steps` steps.
pub fn run(cases: &[Case], steps: usize) -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [command, folder, names @ ..] if command == "save" => save(cases, steps, Path::new(folder), names),
        [folder, option, isa] if option == "--isa" => serve(cases, Path::new(folder), limit(isa)?),
        [folder] => serve(cases, Path::new(folder), Isa::current()),
        _ => Err("arguments: FOLDER [--isa portable|avx2|avx512] | save FOLDER CASE...".into()),
    }
}

fn save(cases: &[Case], steps: usize, folder: &Path, names: &[String]) -> Result<(), Box<dyn Error>> {
    for name in names {
        let tensors = (find(cases, name)?.save)(&weights(folder, name), steps)?;
        fs::write(folder.join(name).with_extension("json"), json!(tensors).to_string())?;
    }
    Ok(())
}

/// Returns the file of a case's parameters.
fn weights(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension("safetensors")
}

/// Uses instructions of this set at most.
fn limit(name: &str) -> Result<Isa, String> {
    let most = match name {
        "portable" => Isa::Portable,
        "avx2" => Isa::Avx2,
        "avx512" => Isa::Avx512,
        _ => return Err(format!("no instruction set {name}")),
    };
    let used = Isa::limit(most);
    if used == most { Ok(used) } else { Err(format!("this machine has no {name}")) }
}

fn serve(cases: &[Case], folder: &Path, isa: Isa) -> Result<(), Box<dyn Error>> {
    let isa = format!("{isa:?}").to_lowercase();
    say(&json!({ "ready": format!("netwright {} ({isa})", env!("CARGO_PKG_VERSION")) }))?;
    for line in io::stdin().lock().lines() {
        say(&answer(cases, folder, &line?).unwrap_or_else(|error| json!({ "error": error.to_string() })))?;
    }
    Ok(())
}

fn say(answer: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}

fn answer(cases: &[Case], folder: &Path, line: &str) -> Result<Value, Box<dyn Error>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, mode, seconds] = words[..] else { return Err("a line is `case mode seconds`".into()) };
    let case = find(cases, name)?;
    let measure = match mode {
        "train" => case.train,
        "one" => case.one,
        "batch" => case.batch,
        _ => return Err(format!("no mode {mode}").into()),
    };
    Ok(measure(&weights(folder, name), seconds.parse()?)?)
}

fn find<'a>(cases: &'a [Case], name: &str) -> Result<&'a Case, String> {
    cases.iter().find(|case| case.name == name).ok_or_else(|| format!("no case {name}"))
}

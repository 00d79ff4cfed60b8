//! The search over ranges: what it compiles, what it writes, and how it goes on after a kill.
#![cfg(unix)]

mod common;

use common::{command, folder, run, told};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio, id};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A text whose network is compiled in no other run.
fn net(layer: &str, epochs: usize, rate: &str) -> String {
    format!(
        "// Points in two rings.\n\
         network Tuned{} {{ input [2] {layer} dense(1) sigmoid loss binary_cross_entropy }}\n\
         train Tuned{0} {{\n    data csv(\"rings.csv\")\n    validate 20%\n    epochs {epochs}\n    batch 8\n    \
         optimizer adam({rate})   // kept\n    seed 1\n}}\n",
        id()
    )
}

fn rings() -> String {
    let point = |at: usize| {
        let (angle, radius) = (at as f64 * 2.4, 1.0 + (at % 2) as f64);
        format!("{:.3},{:.3},{}\n", radius * angle.cos(), radius * angle.sin(), at % 2)
    };
    std::iter::once("x,y,label\n".to_string()).chain((0..80).map(point)).collect()
}

/// Returns the number of calls of cargo so far, by a script that counts them.
fn calls(folder: &Path) -> usize {
    fs::read_to_string(folder.join("calls")).map_or(0, |calls| calls.lines().count())
}

fn counted(folder: &Path, args: &str) -> Command {
    let script = folder.join("counting-cargo");
    if !script.exists() {
        let cargo = std::env::var("CARGO").unwrap_or("cargo".into());
        let text =
            format!("#!/bin/sh\necho call >> '{}'\nexec '{cargo}' \"$@\"\n", folder.join("calls").display());
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = command(folder, args);
    command.env("CARGO", script);
    command
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the results of a journal, whatever their order, and its header.
fn journal(folder: &TempDir, search: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        read(folder, &format!("{search}/journal.jsonl")).lines().map(String::from).collect();
    lines.sort();
    lines
}

#[test]
fn one_compilation_for_a_structure_and_none_for_a_value() {
    let text = net("dense(4) tanh", 3, "lr in log(1e-3, 1.0)");
    let folder = folder(&[("net.net", &text), ("rings.csv", &rings())]);
    let output = counted(folder.path(), "tune net.net --candidates 50 --folder s").output().unwrap();
    let shown = told(folder.path(), "", &output);
    assert!(output.status.success(), "{shown}");
    assert_eq!(calls(folder.path()), 1, "{shown}");
    assert!(shown.contains(": 50 for 1 epoch, then 17 for 3 epochs\n"), "{shown}");
    assert_eq!(journal(&folder, "s").len(), 1 + 50 + 17);

    // The text is the same but for the value, and gives the same numbers.
    let best = read(&folder, "net-best.net");
    let (head, rest) = best.split_once("\n\n").unwrap();
    let rate = head.rsplit_once("lr=").unwrap().1;
    assert!(head.starts_with("// Found by netwright tune in net.net: val_loss "), "{best}");
    assert_eq!(rest, text.replace("lr in log(1e-3, 1.0)", &format!("lr={rate}")));
    assert!(
        shown.contains("text: net-best.net (`netwright train net-best.net` gives the same numbers)\n"),
        "{shown}"
    );
    let weights = shown.lines().find_map(|line| line.strip_prefix("weights: ")).unwrap();
    let log = read(&folder, &weights.replace(".safetensors", ".jsonl"));
    let train = command(folder.path(), "train net-best.net --quiet --log log.jsonl")
        .env("CARGO", "/no/cargo")
        .output();
    assert!(train.unwrap().status.success());
    let last = |log: &str| log.lines().last().unwrap().to_string();
    assert_eq!(last(&read(&folder, "log.jsonl")), last(&log));
    assert!(read(&folder, "s/results.svg").contains(">\nlr\n<"));

    // Another structure is one more, and that of before none.
    fs::write(folder.path().join("net.net"), net("dense(units in [4, 5]) tanh", 1, "lr in log(1e-3, 1.0)"))
        .unwrap();
    let output = counted(folder.path(), "tune net.net --candidates 12 --folder t --quiet").output().unwrap();
    assert!(output.status.success(), "{}", told(folder.path(), "", &output));
    assert_eq!(calls(folder.path()), 2);
}

#[test]
fn a_search_that_was_killed_goes_on_to_the_same_results() {
    let text = net("dense(4) relu", 27, "lr in log(1e-3, 1.0)");
    let folder = folder(&[("net.net", &text), ("rings.csv", &rings())]);
    let search = |name: &str, more: &str| format!("tune net.net --candidates 15 --folder {name} {more}");
    let whole = run(&folder, &search("whole", "--jobs 1 --quiet"));
    let best = read(&folder, "net-best.net");
    let refused = run(&folder, &search("whole", ""));
    assert!(refused.contains("whole holds a search already") && refused.contains("--resume"), "{refused}");

    // Killed again and again, a few results later each time, with any number of trainings at a time.
    let results =
        || fs::read_to_string(folder.path().join("killed/journal.jsonl")).unwrap_or_default().lines().count();
    for jobs in 1.. {
        let more = if results() == 0 { "" } else { "--resume" };
        let args = search("killed", &format!("{more} --jobs {jobs}"));
        let mut child =
            command(folder.path(), &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (before, begin) = (results(), Instant::now());
        let ended = loop {
            if child.try_wait().unwrap().is_some() {
                break true;
            }
            if results() >= before + 4 {
                break false;
            }
            assert!(begin.elapsed() < Duration::from_secs(500), "the search does not go on");
            sleep(Duration::from_millis(1));
        };
        if ended {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let again = run(&folder, &search("killed", "--resume --quiet"));
    let table = |shown: &str| shown.split_once("\nbest:").unwrap().0.split_once('\n').unwrap().1.to_string();
    assert_eq!(table(&again), table(&whole));
    assert_eq!(journal(&folder, "killed"), journal(&folder, "whole"));
    assert_eq!(read(&folder, "net-best.net"), best);
    let weights = |name: &str| {
        let line = again.lines().find_map(|line| line.strip_prefix("weights: killed/")).unwrap();
        fs::read(folder.path().join(name).join(line)).unwrap()
    };
    assert!(weights("killed") == weights("whole"));
    let other = run(&folder, &search("killed", "--resume --seed 9"));
    assert!(other.contains("`seed` was 0 and is 9"), "{other}");
}

#[test]
fn what_cannot_be_searched_is_explained() {
    let plain = net("dense(4) tanh", 3, "lr=0.1");
    let alone = net("dense(4) tanh", 3, "lr in [0.1, 0.2]").replace("    validate 20%\n", "    folds 5\n");
    let folder = folder(&[("plain.net", &plain), ("folds.net", &alone), ("rings.csv", &rings())]);
    fs::create_dir(folder.path().join("other")).unwrap();
    let says = |args: &str, what: &str| {
        let shown = run(&folder, args);
        assert!(shown.contains(what) && shown.contains("[exit code Some(1)]"), "{args}: {shown}");
    };
    says("tune plain.net", "plain.net has no ranges to search");
    says("tune folds.net", "the recipe has `folds`");
    fs::write(folder.path().join("net.net"), net("dense(4) tanh", 3, "lr in [0.1, 0.2]")).unwrap();
    says("tune net.net --metric f1", "no number `val_f1`");
    says("tune net.net -o other/best.net", "is not in the folder of net.net");
    says("tune net.net -o plain.net", "not a text that a search has found");
    says("tune net.net --resume", "holds no search to go on with");
    says("train net.net", "`lr` has a range of values");
    assert_eq!(read(&folder, "plain.net"), plain);
}

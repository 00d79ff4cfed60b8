//! Settings that do not shape the code: a program that is compiled takes them from the text and from the command line.

mod common;

use common::{XOR_TABLE, command, folder, tensors, told};
use std::fs;
use std::process::Output;
use tempfile::TempDir;

/// A recipe with all numbers that stand in the code of a step, and layers that share a function.
const NET: &str = "\
network Settled {
    input [2]
    dense(8) tanh
    repeat 2 { dense(8, bias=false) batch_norm relu }
    dense(1) sigmoid
    loss binary_cross_entropy
}
train Settled {
    data       csv(\"xor.csv\")
    epochs     4
    batch      4
    optimizer  adamw(lr=0.05, weight_decay=0.01)
    rate       dense1 0.5
    decay      \"*.bias\" 0 \"dense1.weight\" 2
    schedule   cosine(warmup=1)
    regularize l1(1e-5)
    clip       global_norm(1)
    constrain  max_norm(3)
    ema        0.9
    seed       1
}
";

/// The place of a number in the text, another number, and the settings of the command line that put it there.
const EDITS: [(&str, &str, &[&str]); 12] = [
    ("lr=0.05", "lr=0.02", &["lr=0.02"]),
    ("epochs     4", "epochs 6", &["epochs=6"]),
    ("weight_decay=0.01", "weight_decay=0.2", &["optimizer.weight_decay=0.2"]),
    ("dense1 0.5", "dense1 0.1", &["rate=dense1 0.1"]),
    ("\"dense1.weight\" 2", "\"dense1.weight\" 3", &["decay=\"*.bias\" 0 \"dense1.weight\" 3"]),
    ("cosine(warmup=1)", "exponential(factor=0.5)", &["schedule=exponential(factor=0.5)"]),
    ("l1(1e-5)", "l1(0.25)", &["regularize.l1=0.25"]),
    ("global_norm(1)", "global_norm(0.1)", &["clip.global_norm=0.1"]),
    ("max_norm(3)", "max_norm(0.5)", &["constrain=max_norm(0.5)"]),
    ("ema        0.9", "ema 0.2", &["ema=0.2"]),
    ("seed       1", "seed 7", &["seed=7"]),
    ("warmup=1", "warmup=2", &["warmup=2", "lr=0.05"]),
];

/// Trains without cargo where that is asked for.
fn train(folder: &TempDir, file: &str, set: &[&str], options: &str, cargo: bool) -> Output {
    let mut command = command(folder.path(), &format!("train {file} --quiet {options}"));
    if !cargo {
        command.env("CARGO", "/no/such/cargo");
    }
    if !set.is_empty() {
        command.arg("--set").args(set);
    }
    command.output().unwrap()
}

#[test]
fn a_number_is_edited_without_a_compilation() {
    let folder = folder(&[("net.net", NET), ("xor.csv", XOR_TABLE)]);
    // Their texts are not the same.
    let weights = |name: &str| tensors(&fs::read(folder.path().join(name)).unwrap()).to_vec();
    let first = train(&folder, "net.net", &[], "--weights first", true);
    assert!(first.status.success(), "{}", told(folder.path(), "", &first));
    for (from, to, set) in EDITS {
        let said = train(&folder, "net.net", set, "--weights set --overwrite", false);
        let shown = told(folder.path(), "", &said);
        assert!(
            said.status.success() && shown.contains(&format!("set: {}\n", set.join(", "))),
            "{to}: {shown}"
        );
        // The weights name their text.
        let edited = NET.replace(from, to);
        assert_ne!(edited, NET);
        fs::write(folder.path().join("net.net"), edited).unwrap();
        let told =
            told(folder.path(), "", &train(&folder, "net.net", &[], "--weights edited --overwrite", false));
        assert!(!told.contains("set:") && told.contains("weights: edited"), "{to}: {told}");
        fs::write(folder.path().join("net.net"), NET).unwrap();
        assert!(weights("set") == weights("edited"), "{to}");
        assert!(weights("set") != weights("first"), "{to}");
    }
}

#[test]
fn a_training_goes_on_with_the_same_settings() {
    let folder = folder(&[("net.net", NET), ("xor.csv", XOR_TABLE)]);
    assert!(train(&folder, "net.net", &["lr=0.03"], "--weights w", true).status.success());
    let other =
        told(folder.path(), "", &train(&folder, "net.net", &["epochs=9"], "--weights w --resume", false));
    assert!(other.contains("then: rate 0.03") && other.contains("now: rate 0.05"), "{other}");
    let same = train(&folder, "net.net", &["epochs=9", "lr=0.03"], "--weights w --resume", false);
    assert!(same.status.success(), "{}", told(folder.path(), "", &same));
}

#[test]
fn settings_that_shape_the_code_are_compiled() {
    let folder = folder(&[("net.net", NET), ("xor.csv", XOR_TABLE)]);
    assert!(train(&folder, "net.net", &["batch=2"], "--weights w", true).status.success());
    let told = told(folder.path(), "", &train(&folder, "net.net", &["batch=3"], "--weights v", false));
    assert!(told.contains("cannot run `/no/such/cargo`"), "{told}");
}

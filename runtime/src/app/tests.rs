use super::*;
use crate::train::testing::{Careful, Clouds, clouds};
use std::fs;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("clouds.csv"), clouds(240)).unwrap();
    fs::write(folder.path().join("more.csv"), clouds(60)).unwrap();
    folder
}

/// What the program prints, or its error; `DIR` stands for the folder.
fn program<A: App>(folder: &TempDir, args: &str) -> Result<String, String> {
    let path = folder.path().display().to_string();
    let mut out = Vec::new();
    let done = run::<A>(args.split_whitespace().map(|arg| arg.replace("DIR", &path).into()), &mut out);
    done.map(|()| String::from_utf8(out).unwrap().replace(&path, "DIR"))
        .map_err(|error| error.replace(&path, "DIR"))
}

#[test]
fn a_network_is_trained_measured_and_used() {
    let folder = folder();
    let train = "train --data-root DIR --weights DIR/w.safetensors --quiet";
    let mut told = program::<Clouds>(&folder, train).unwrap();
    told += &program::<Clouds>(&folder, "eval --data-root DIR --weights DIR/w.safetensors").unwrap();
    fs::write(folder.path().join("new.csv"), "x,y\n0,2\n-200,-1\n200,-1\n").unwrap();
    told += &program::<Clouds>(&folder, "predict --weights DIR/w.safetensors DIR/new.csv").unwrap();
    insta::assert_snapshot!(told);
}

#[test]
fn a_test_set_is_used_and_the_best_weights_kept() {
    let folder = folder();
    let train = "train --data-root DIR --weights DIR/w.safetensors --quiet";
    let mut told = program::<Careful>(&folder, train).unwrap();
    told +=
        &program::<Careful>(&folder, "eval --data-root DIR --weights DIR/w.safetensors --limit 30").unwrap();
    insta::assert_snapshot!(told);
}

#[test]
fn the_same_seed_makes_the_same_file() {
    let folder = folder();
    let weights = |name: &str, seed: u64| {
        let args = format!("train --data-root DIR --weights DIR/{name} --epochs 2 --seed {seed} --quiet");
        program::<Clouds>(&folder, &args).unwrap();
        fs::read(folder.path().join(name)).unwrap()
    };
    assert_eq!(weights("a", 5), weights("b", 5));
    assert_ne!(weights("a", 5), weights("c", 6));
}

#[test]
fn wrong_arguments() {
    let folder = folder();
    let messages = [
        "",
        "learn",
        "train",
        "train --weights w --epochs 0",
        "train --weights w --limit many",
        "train --weights w file.csv",
        "train --weights w --fast",
        "eval --weights w --epochs 3",
        "predict --weights w",
        "--weights w",
    ]
    .map(|args| {
        let error = program::<Clouds>(&folder, args).unwrap_err();
        let (message, usage) = error.split_once('\n').unwrap();
        assert!(usage.starts_with("usage: train"), "{usage}");
        format!("{args}\n  {message}")
    });
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn wrong_files() {
    let folder = folder();
    fs::write(folder.path().join("two.csv"), "1,2,3,4,5\n").unwrap();
    let train = "train --data-root DIR --weights DIR/w.safetensors --quiet --epochs 1";
    program::<Clouds>(&folder, train).unwrap();
    let mut messages = vec![];
    for args in [
        "eval --data-root DIR --weights DIR/none.safetensors",
        "eval --data-root DIR --weights DIR/clouds.csv",
        "eval --data-root DIR/nowhere --weights DIR/w.safetensors",
        "predict --weights DIR/w.safetensors DIR/two.csv",
        "predict --weights DIR/w.safetensors DIR/none.png",
        "train --data-root DIR --weights DIR/none/w.safetensors",
        "train --data-root DIR --weights DIR/w.safetensors --limit 1",
    ] {
        messages.push(format!("> {args}\n{}", program::<Clouds>(&folder, args).unwrap_err()));
    }
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn weights_from_elsewhere_cannot_say_how_inputs_were_standardized() {
    let folder = folder();
    let file = folder.path().join("foreign.safetensors");
    weights::save(&file, &Clouds::init(0), &Metadata::default()).unwrap();
    let error =
        program::<Clouds>(&folder, "eval --data-root DIR --weights DIR/foreign.safetensors").unwrap_err();
    assert!(error.contains("does not say how inputs are to be standardized"), "{error}");
    let normalization = Normalization { mean: vec![0.0; 3], std: vec![1.0; 3] };
    let metadata = Metadata { network: "Clouds".into(), normalization, ..Metadata::default() };
    weights::save(&file, &Clouds::init(0), &metadata).unwrap();
    let error =
        program::<Clouds>(&folder, "eval --data-root DIR --weights DIR/foreign.safetensors").unwrap_err();
    assert!(error.contains("scales inputs of 3 numbers, and the network's have 2"), "{error}");
}

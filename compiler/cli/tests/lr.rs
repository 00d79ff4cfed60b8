//! The learning-rate range test: its table, its plot and its log, and what it leaves alone.

mod common;

use common::{XOR_TABLE, command, folder, run, told};
use std::fs;

const NET: &str = "\
network Ranged {
    input [2]
    dense(8) tanh
    dense(1) sigmoid
    loss binary_cross_entropy
}
train Ranged { data csv(\"xor.csv\") epochs 4 batch 4 optimizer sgd(lr=0.5) }
";
#[test]
fn rates_are_tested_and_plotted() {
    let folder = folder(&[("net.net", NET), ("xor.csv", XOR_TABLE)]);
    let shown = run(&folder, "lr net.net -o lr.svg --log lr.jsonl --from 1e-4 --to 1000 --steps 100");
    assert!(
        shown.contains("Ranged: 4 samples to train with, 100 steps at rates from 1e-4 to 1000\n"),
        "{shown}"
    );
    let suggestion = shown.lines().find_map(|line| line.strip_prefix("suggestion: lr=")).expect(&shown);
    let rate = suggestion.split(' ').next().unwrap();
    let plot = fs::read_to_string(folder.path().join("lr.svg")).unwrap();
    assert!(plot.starts_with("<svg ") && plot.contains(&format!("lr={rate}\n")), "{plot}");
    assert!(fs::read_to_string(folder.path().join("lr.jsonl")).unwrap().starts_with("{\"step\":1,\"rate\":"));
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["lr.jsonl", "lr.svg", "net.net", "xor.csv"]);
    // The program is that of trainings; a setting of the command line is no compilation, either.
    let again =
        command(folder.path(), "lr net.net -o lr.svg --set moment=0.5").env("CARGO", "/no/cargo").output();
    let again = told(folder.path(), "", &again.unwrap());
    assert!(again.contains("there is no setting `moment`"), "{again}");
    let train = command(folder.path(), "train net.net --quiet").env("CARGO", "/no/cargo").output().unwrap();
    assert!(train.status.success(), "{}", told(folder.path(), "", &train));
}

#[test]
fn other_files_are_kept() {
    let folder = folder(&[("net.net", NET), ("xor.csv", XOR_TABLE)]);
    let refused = run(&folder, "lr net.net -o xor.csv");
    assert!(refused.contains("xor.csv is no SVG image, so it is not overwritten"), "{refused}");
    assert_eq!(fs::read_to_string(folder.path().join("xor.csv")).unwrap(), XOR_TABLE);
}

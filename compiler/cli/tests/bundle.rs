//! Programs that bring their weights with them: one file, in any folder, without Rust.

mod common;

use common::{XOR, XOR_TABLE, folder, run, told};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs a program that knows of no other.
fn program(path: &Path, folder: &Path, args: &str) -> String {
    let output = Command::new(path).args(args.split_whitespace()).current_dir(folder).env_clear().output();
    told(folder, args, &output.unwrap())
}

#[test]
fn a_program_brings_its_weights_and_settings() {
    let folder = folder(&[
        ("nets/xor.net", XOR),
        ("nets/xor.csv", XOR_TABLE),
        ("elsewhere/xor.csv", XOR_TABLE),
        ("elsewhere/new.csv", "0,1\n1,1\n"),
        ("notes.txt", "something else"),
    ]);
    let at = |name: &str| folder.path().join(name);
    let missing = run(&folder, "bundle nets/xor.net -o app");
    assert!(
        missing.contains("there are no weights Xor.safetensors") && missing.contains("--no-weights"),
        "{missing}"
    );
    run(&folder, "train nets/xor.net --quiet --set lr=0.04");
    let kept = run(&folder, "bundle nets/xor.net -o notes.txt");
    assert!(kept.contains("is not a program of `netwright bundle`"), "{kept}");
    assert_eq!(fs::read_to_string(at("notes.txt")).unwrap(), "something else");
    // A second one takes the place of the first.
    for _ in 0..2 {
        let written = run(&folder, "bundle nets/xor.net -o elsewhere/bin/app --set lr=0.04");
        assert!(written.contains("elsewhere/bin/app: Xor with its weights, "), "{written}");
    }
    let (app, elsewhere) = (at("elsewhere/bin/app"), at("elsewhere"));
    let predicted = program(&app, &elsewhere, "predict new.csv");
    let by_command = run(&folder, "predict nets/xor.net elsewhere/new.csv");
    let answers = |text: &str| text.lines().skip(2).map(String::from).collect::<Vec<_>>();
    assert_eq!(answers(&predicted), answers(&by_command));
    assert_eq!(answers(&predicted).len(), 2, "{predicted}");
    let measured = program(&app, &elsewhere, "eval");
    assert!(measured.contains("accuracy 100.00%"), "{measured}");
    // It trains by its own settings, to the weights that it has.
    let trained = program(&app, &elsewhere, "train --quiet");
    assert!(trained.contains("set: lr=0.04") && trained.contains("weights: app.safetensors"), "{trained}");
    let same = program(&app, &elsewhere, "predict new.csv --weights app.safetensors");
    assert_eq!(answers(&same), answers(&predicted));
    // Its weights are weights for others, too.
    let of_app = run(&folder, "predict nets/xor.net elsewhere/new.csv --weights elsewhere/bin/app");
    assert_eq!(answers(&of_app), answers(&by_command));
    let wrong = program(&app, &elsewhere, "predict");
    assert!(wrong.contains("no file to predict for is given"), "{wrong}");
}

#[test]
fn a_program_without_weights_is_to_train() {
    let folder = folder(&[("xor.net", XOR), ("xor.csv", XOR_TABLE), ("new.csv", "0,1\n")]);
    let written = run(&folder, "bundle xor.net -o trainer --no-weights");
    assert!(written.contains("Xor without weights") && written.contains("without Rust: train"), "{written}");
    let app = folder.path().join("trainer");
    let none = program(&app, folder.path(), "predict new.csv");
    assert!(none.contains("`--weights FILE` is missing"), "{none}");
    let trained = program(&app, folder.path(), "train --quiet");
    assert!(trained.contains("weights: trainer.safetensors"), "{trained}");
    let predicted = program(&app, folder.path(), "predict new.csv --weights trainer.safetensors");
    assert!(predicted.contains('1'), "{predicted}");
}

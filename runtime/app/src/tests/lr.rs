use super::*;

const TEST: &str = "lr --data-root DIR --from 1e-3 --to 1e4 --steps 60";

/// Returns the names of the files in a folder.
fn names(folder: &TempDir) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder.path()).unwrap().map(name).collect();
    names.sort();
    names
}

#[test]
fn rates_are_tested_and_nothing_else_is_written() {
    let folder = folder();
    let before = names(&folder);
    let told = program::<Clouds>(&folder, TEST).unwrap();
    assert_eq!(names(&folder), before);
    // A checkpoint of a training stays, and so do its weights.
    program::<Clouds>(&folder, "train --data-root DIR --weights DIR/w.safetensors --quiet").unwrap();
    let (kept, weights) = (names(&folder), fs::read(folder.path().join("w.safetensors")).unwrap());
    assert_eq!(program::<Clouds>(&folder, TEST).unwrap(), told);
    assert_eq!((names(&folder), fs::read(folder.path().join("w.safetensors")).unwrap()), (kept, weights));
    insta::assert_snapshot!(told);
}

#[test]
fn a_recipe_that_stops_early_is_tested_all_the_same() {
    let folder = folder();
    let told = program::<Careful>(&folder, TEST).unwrap();
    assert!(
        told.starts_with("Careful: 180 samples to train with, 60 steps at rates from 0.001 to 1e4\n"),
        "{told}"
    );
    assert!(told.contains("suggestion: lr="), "{told}");
}

#[test]
fn losses_are_logged() {
    let folder = folder();
    let file = folder.path().join("lr.jsonl");
    let test = format!("{TEST} --log DIR/lr.jsonl --limit 40 --seed 5");
    // An older log is replaced, another file is not.
    for _ in 0..2 {
        program::<Clouds>(&folder, &test).unwrap();
    }
    let log = fs::read_to_string(&file).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [steps @ .., suggestion] = &lines[..] else { panic!("{log}") };
    assert!(steps.iter().zip(1..).all(|(line, step)| line["step"] == step), "{log}");
    let rate = |at: usize| steps[at]["rate"].as_f64().unwrap();
    assert!(
        (rate(0) / 1e-3 - 1.0).abs() < 1e-6 && (rate(1) / rate(0) - 1e7f64.powf(1.0 / 59.0)).abs() < 1e-5,
        "{log}"
    );
    assert!(suggestion["suggestion"].as_f64().is_some_and(|rate| rate > 1e-3), "{log}");
    let refused = program::<Clouds>(&folder, &test.replace("lr.jsonl", "clouds.csv")).unwrap_err();
    assert!(refused.contains("so it is not overwritten"), "{refused}");
}

#[test]
fn odd_rates_and_steps_are_refused() {
    let folder = folder();
    let problem = |args: &str| program::<Clouds>(&folder, &format!("lr --data-root DIR {args}")).unwrap_err();
    let problems = [
        "--from 0 --to 1 --steps 60",
        "--from nan --to 1 --steps 60",
        "--from 1e-3 --to 1e-3 --steps 60",
        "--from 1e-3 --to 1e39 --steps 60",
        "--from 1e-3 --to 1 --steps 19",
    ];
    insta::assert_snapshot!(problems.map(|args| format!("> {args}\n{}", problem(args))).join("\n"));
    assert!(problem("--from 1e-3 --to 1").contains("`--steps N` is missing"));
}

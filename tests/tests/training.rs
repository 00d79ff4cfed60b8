//! Generated training steps against PyTorch's: the parameters after all steps of each `golden/train_*.json`.

use netwright_compiler::{Model, Options, generate, pretty};
use netwright_tests::programs::model;
use netwright_tests::project::Project;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

/// Generated code is in 32-bit. Parameters are around 1.
const TOLERANCE: f64 = 1e-4;

struct Case {
    name: String,
    record: Value,
    model: Model,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = files.map(|file| file.expect("it can be read").path()).collect();
    paths.sort();
    let case = |path: std::path::PathBuf| {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        if !name.starts_with("train_") {
            return None;
        }
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        let record: Value = serde_json::from_str(&text).expect("the file is JSON");
        let model = model(record["source"].as_str().expect("a text"));
        Some(Case { name, record, model })
    };
    paths.into_iter().filter_map(case).collect()
}

fn values(array: &Value) -> Vec<f64> {
    let list = array["values"].as_array().expect("an array has values");
    list.iter().map(|number| number.as_f64().expect("a number")).collect()
}

#[test]
fn generated_training_agrees_with_pytorch() {
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases were found", cases.len());
    let project = Project::new(env!("CARGO_TARGET_TMPDIR"), "trainings", &[]);
    let (mut main, mut calls) = (String::from(PRELUDE), String::new());
    for Case { name, record, model } in &cases {
        let code = pretty(generate(model, &Options::default())).expect("generated code is Rust");
        project.write(&format!("src/{name}.rs"), &code);
        let mut text = String::new();
        let mut line = |name: &str, array: &Value| {
            let numbers: Vec<String> = values(array).iter().map(f64::to_string).collect();
            let _ = writeln!(text, "{name} {}", numbers.join(" "));
        };
        for (name, array) in record["params"].as_object().expect("parameters by name") {
            line(name, array);
        }
        line("inputs", &record["inputs"][0]);
        line("targets", &record["targets"][0]);
        project.write(&format!("{name}.txt"), &text);
        let recipe = model.recipe.as_ref().expect("trainings have recipes");
        let steps = record["losses"].as_array().expect("a list").len();
        let shape = record["targets"][0]["shape"].as_array().expect("a shape");
        let target = if shape.len() == 1 { "u32".to_string() } else { format!("[f32; {}]", shape[1]) };
        let _ = writeln!(main, "#[allow(dead_code)]\nmod {name};");
        let rate = recipe.optimizer.rate();
        let parts = record["parts"].as_u64().unwrap_or(1);
        let finish = if recipe.accumulate > 1 { "|t, rate| t.finish(rate)" } else { "|_, _| ()" };
        let average = if recipe.ema.is_some() { "|t| Some(t.average())" } else { "|_| None" };
        let _ = writeln!(
            calls,
            "    run!({name}, \"{name}\", {target}, {rate:?}, {steps}, {parts}, {finish}, {average});"
        );
    }
    let _ = writeln!(main, "fn main() {{\n{calls}}}");
    project.write("src/main.rs", &main);
    let folder = project.folder().display().to_string();
    let printed = project.run(&[("FOLDER", &folder), ("RAYON_NUM_THREADS", "2")]);
    let found: HashMap<&str, Vec<f64>> = printed
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, values)| (name, values.split_whitespace().filter_map(|v| v.parse().ok()).collect()))
        .collect();
    let mut wrong = Vec::new();
    for Case { name, record, .. } in &cases {
        let trained = record["trained"].as_object().expect("parameters by name");
        let trained = trained.iter().map(|(tensor, array)| (format!("{name} {tensor}"), array));
        let averaged = record["averaged"].as_object().into_iter().flatten();
        let averaged = averaged.map(|(tensor, array)| (format!("{name} average {tensor}"), array));
        for (tensor, array) in trained.chain(averaged) {
            let want = values(array);
            let ours = &found[tensor.as_str()];
            // A NaN is the largest of all.
            let differences = ours.iter().zip(&want).map(|(x, y)| (x - y).abs());
            let difference = differences.max_by(f64::total_cmp).unwrap_or(0.0);
            if ours.len() != want.len() || difference.is_nan() || difference > TOLERANCE {
                wrong.push(format!("{tensor} differs by {difference:.1e}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The program: reads each network's numbers, takes its steps, and prints the parameters.
const PRELUDE: &str = r#"
use netwright::storage::Parameters;
use std::collections::HashMap;

trait Target: Copy { fn read(numbers: &[f64]) -> Vec<Self>; }
impl Target for u32 { fn read(n: &[f64]) -> Vec<u32> { n.iter().map(|&x| x as u32).collect() } }
impl<const K: usize> Target for [f32; K] {
    fn read(n: &[f64]) -> Vec<[f32; K]> { n.chunks(K).map(|c| std::array::from_fn(|i| c[i] as f32)).collect() }
}

fn read(name: &str) -> HashMap<String, Vec<f64>> {
    let path = std::path::Path::new(&std::env::var("FOLDER").unwrap()).join(format!("{name}.txt"));
    std::fs::read_to_string(path).unwrap().lines().map(|line| {
        let mut words = line.split(' ');
        let name = words.next().unwrap().to_string();
        (name, words.filter(|w| !w.is_empty()).map(|w| w.parse().unwrap()).collect())
    }).collect()
}

macro_rules! run {
    ($net:ident, $name:literal, $target:ty, $rate:literal, $steps:literal, $parts:literal,
     $finish:expr, $average:expr) => {{
        let numbers = read($name);
        let mut params = $net::Params::init(0);
        for tensor in params.tensors_mut() {
            for (to, from) in tensor.data.iter_mut().zip(&numbers[tensor.name]) { *to = *from as f32; }
        }
        let inputs = <[f32; $net::INPUT] as Target>::read(&numbers["inputs"]);
        let targets = <$target as Target>::read(&numbers["targets"]);
        let mut trainer = $net::Trainer::new(params, 0);
        let size = inputs.len() / $parts;
        for step in 0..$steps {
            let rows = step % $parts * size..(step % $parts + 1) * size;
            trainer.step(&inputs[rows.clone()], &targets[rows], $rate);
        }
        let finish: fn(&mut $net::Trainer, f32) = $finish;
        finish(&mut trainer, $rate);
        let average: fn(&$net::Trainer) -> Option<&$net::Params> = $average;
        let kept = average(&trainer).into_iter().map(|params| ("average ", params));
        for (what, params) in [("", trainer.params())].into_iter().chain(kept) {
            for tensor in params.tensors() {
                print!("{} {what}{}:", $name, tensor.name);
                for v in tensor.data { print!(" {v:e}"); }
                println!();
            }
        }
    }};
}
"#;

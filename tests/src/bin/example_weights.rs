//! Trains every network of `examples/` and compares the SHA-256 of its weights with `tests/example_weights.txt`:
//!
//! ```sh
//! cargo run --release -p netwright-tests --bin example_weights
//! ```
//!
//! A change that is not meant to change results leaves all sums equal. With `--record`, the program writes the list instead. Further
//! arguments are names of networks, and restrict the run to these. The whole run takes ten minutes on two cores.
//!
//! Weights depend on the order in which kernels add up vectors, and so on the machine's instruction set, which the list names.

use netwright::__private::isa::Isa;
use netwright_compiler::parse_program;
use netwright_tests::sources::{Folder, files, folder, texts};
use safetensors::SafeTensors;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const EXAMPLES: &str = "../examples";

/// Program that trains a network.
enum Training {
    /// The command `netwright train`, on the example of this name.
    Command(String),
    /// The example's own program, which makes its data.
    Phantoms,
}

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let record = wanted.iter().any(|word| word == "--record");
    wanted.retain(|word| word != "--record");

    let list = folder("example_weights.txt");
    let heading = format!("# SHA-256 of the tensors, with {:?}", Isa::best());
    let recorded = std::fs::read_to_string(&list).unwrap_or_default();
    let comparable = recorded.lines().next() == Some(&heading);
    if !comparable && !record {
        println!("{} holds no sums of {:?}: use --record first", list.display(), Isa::best());
        return ExitCode::FAILURE;
    }
    let mut known = if comparable { sums(&recorded) } else { BTreeMap::new() };

    let mut trainings = trainings();
    let missing = |name: &&String| trainings.iter().all(|(network, _)| network != *name);
    let missing: Vec<&String> = wanted.iter().chain(known.keys()).filter(missing).collect();
    if !missing.is_empty() && !record {
        println!("no example trains {missing:?}");
        return ExitCode::FAILURE;
    }
    trainings.retain(|(network, _)| wanted.is_empty() || wanted.contains(network));

    let work = tempfile::tempdir().expect("a folder for the weights can be made");
    copy_examples(work.path());
    let mut differing = Vec::new();
    for (name, training) in trainings {
        let sum = train(work.path(), &name, &training);
        let verdict = match known.get(&name) {
            _ if record => "recorded",
            Some(other) if *other == sum => "equal",
            Some(_) => "DIFFERS",
            None => "NEW",
        };
        println!("{sum}  {name}  {verdict}");
        if !["recorded", "equal"].contains(&verdict) {
            differing.push(name.clone());
        }
        known.insert(name, sum);
    }
    if record {
        let lines: String = known.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
        std::fs::write(&list, format!("{heading}\n{lines}")).expect("the list can be written");
    }
    if differing.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("weights that differ from the list: {}", differing.join(", "));
    ExitCode::FAILURE
}

/// Returns the sums of a list by the networks' names.
fn sums(list: &str) -> BTreeMap<String, String> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name.into(), sum.into())).collect()
}

/// Returns all networks with a recipe, in the order of the files and of each file's text: a network that others start from comes
/// before them.
fn trainings() -> Vec<(String, Training)> {
    let mut trainings = Vec::new();
    for (example, text) in texts(EXAMPLES) {
        let (program, problems) = parse_program(&format!("{example}.net"), &text, &Folder(EXAMPLES));
        assert!(problems.iter().all(|problem| !problem.is_error()), "{example}.net has errors");
        for model in program.models {
            let Some(recipe) = model.recipe else { continue };
            let own_data = recipe.data.is_none();
            let training = if own_data { Training::Phantoms } else { Training::Command(example.clone()) };
            trainings.push((model.graph.name, training));
        }
    }
    trainings
}

/// Copies texts and data, so that weights beside the examples are neither read nor replaced.
fn copy_examples(work: &Path) {
    let examples = folder(EXAMPLES);
    let is_input = |file: &Path| file.starts_with("data") || file.extension().is_some_and(|end| end == "net");
    for file in files(&examples) {
        let path = file.strip_prefix(&examples).expect("the file is one of the examples");
        if is_input(path) {
            let copy = work.join(path);
            std::fs::create_dir_all(copy.parent().unwrap_or(work)).expect("the folder can be made");
            std::fs::copy(&file, &copy).expect("the file can be copied");
        }
    }
}

/// Trains a network, and returns the sum of its weights.
fn train(work: &Path, name: &str, training: &Training) -> String {
    let weights = format!("{}.safetensors", name.to_lowercase());
    match training {
        Training::Command(example) => run(Command::new("cargo")
            .current_dir(work)
            .env("NETWRIGHT_HOME", work.join("programs"))
            .args(["run", "--release", "--quiet", "--manifest-path"])
            .arg(manifest("../compiler/cli"))
            .args(["--", "train", &format!("{example}.net"), "--quiet", "--network", name])
            .args(["--weights", &weights])),
        Training::Phantoms => run(Command::new("cargo")
            .current_dir(work)
            .args(["run", "--release", "--quiet", "--manifest-path"])
            .arg(manifest("../examples/phantoms"))),
    }
    let file = std::fs::read(work.join(weights));
    sum(&file.unwrap_or_else(|error| panic!("the weights of {name}: {error}")))
}

fn manifest(package: &str) -> PathBuf {
    folder(package).join("Cargo.toml")
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().expect("the command can be run");
    assert!(status.success(), "{command:?} failed");
}

/// Returns the sum of names, shapes and numbers; a file's metadata may change.
fn sum(file: &[u8]) -> String {
    let file = SafeTensors::deserialize(file).expect("a file of weights");
    let tensors: BTreeMap<&str, _> = file.iter().collect();
    let mut hash = Sha256::new();
    for (name, tensor) in tensors {
        hash.update(format!("{name} {} {}\n", json!(tensor.dtype()), json!(tensor.shape())));
        hash.update(tensor.data());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Trains every network of `examples/`, and compares the SHA-256 of its weights with `tests/example_weights.txt`:
//!
//! ```sh
//! cargo run --release -p netwright-tests --bin example_weights
//! ```
//!
//! A change that is not meant to change results leaves all of them equal. `--record` writes the file instead; names of networks
//! behind it are those to train. Everything takes ten minutes on two cores.
//!
//! Weights depend on the order in which vectors are added up, and so on the machine's instruction set, which the file names.

use netwright_compiler::{Loader, parse_program};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// A network is trained by the command, unless its example has a program of its own.
enum Training {
    Command { file: PathBuf, network: String },
    Phantoms,
}

/// Imports of other examples.
struct Examples(PathBuf);

impl Loader for Examples {
    fn load(&self, _: &str, path: &str) -> Result<(String, String), String> {
        let text = std::fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())?;
        Ok((text, path.into()))
    }
}

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let record = wanted.iter().any(|word| word == "--record");
    wanted.retain(|word| word != "--record");

    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace is there");
    let work = std::env::temp_dir().join(format!("netwright-example-weights-{}", std::process::id()));
    std::fs::create_dir_all(&work).expect("a folder for the weights can be made");
    run(Command::new("cargo").current_dir(&root).args([
        "build",
        "--release",
        "--quiet",
        "-p",
        "netwright-cli",
    ]));

    let listed = root.join("tests/example_weights.txt");
    let before = std::fs::read_to_string(&listed).unwrap_or_default();
    let heading = format!("# SHA-256 of the tensors, with {}", instructions());
    let mut known = sums(&before);
    let comparable = record || before.starts_with(&heading);
    if !comparable {
        println!("{} is of another instruction set than {}", listed.display(), instructions());
    }

    for entry in std::fs::read_dir(root.join("examples")).expect("the examples are there").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "net") {
            std::fs::copy(entry.path(), work.join(entry.file_name())).expect("an example can be copied");
        }
    }
    link(&root.join("examples/data"), &work.join("data"));
    let mut differing = Vec::new();
    for (name, training) in trainings(&root) {
        if !wanted.is_empty() && !wanted.contains(&name) {
            continue;
        }
        let sum = train(&root, &work, &name, &training);
        let verdict = match known.get(&name) {
            _ if record => "recorded",
            Some(other) if *other == sum => "equal",
            Some(_) => "DIFFERS",
            None => "NEW",
        };
        println!("{sum}  {name}  {verdict}");
        if comparable && !["recorded", "equal"].contains(&verdict) {
            differing.push(name.clone());
        }
        known.insert(name, sum);
    }
    std::fs::remove_dir_all(&work).expect("the folder can be removed");
    if record {
        let lines: String = known.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
        std::fs::write(&listed, format!("{heading}\n{lines}")).expect("the list can be written");
    }
    if differing.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("other weights than listed: {}", differing.join(", "));
    ExitCode::FAILURE
}

/// The name of the instruction set that kernels choose on this machine.
fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            return "AVX-512";
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return "AVX2";
        }
    }
    "portable code"
}

/// The sums of a list by the networks' names.
fn sums(list: &str) -> BTreeMap<String, String> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name.into(), sum.into())).collect()
}

/// All networks with a recipe, in an order in which the weights that one starts from are there.
fn trainings(root: &Path) -> Vec<(String, Training)> {
    let examples = Examples(root.join("examples"));
    let folder = std::fs::read_dir(&examples.0).expect("the examples are there");
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry can be read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "net"));
    files.sort();
    let mut trainings = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("an example can be read");
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let (program, problems) = parse_program(&name, &text, &examples);
        assert!(problems.iter().all(|problem| !problem.is_error()), "{name} has errors");
        for model in program.models {
            let Some(recipe) = model.recipe else { continue };
            let network = model.graph.name;
            let training = match recipe.data {
                Some(_) => Training::Command { file: file.clone(), network: network.clone() },
                None => Training::Phantoms,
            };
            trainings.push((network, training));
        }
    }
    trainings
}

/// Trains a network, and returns the sum of its weights.
fn train(root: &Path, work: &Path, name: &str, training: &Training) -> String {
    let weights = match training {
        Training::Command { file, network } => {
            let weights = work.join(format!("{}.safetensors", network.to_lowercase()));
            // Other networks start from weights in the folder of the text.
            let text = work.join(file.file_name().unwrap_or_default());
            let mut command = Command::new(root.join("target/release/netwright"));
            command.env("NETWRIGHT_HOME", work.join("programs")).arg("train").arg(&text);
            run(command.args(["--quiet", "--network", network, "--weights"]).arg(&weights));
            weights
        }
        Training::Phantoms => {
            let mut command = Command::new("cargo");
            command.current_dir(work).args(["run", "--release", "--quiet", "--manifest-path"]);
            run(command.arg(root.join("examples/phantoms/Cargo.toml")));
            work.join("unet.safetensors")
        }
    };
    sum(&std::fs::read(&weights).unwrap_or_else(|error| panic!("the weights of {name}: {error}")))
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) {
    if !to.exists() {
        std::os::unix::fs::symlink(from, to).expect("the data can be linked");
    }
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) {
    std::os::windows::fs::symlink_dir(from, to).expect("the data can be linked");
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().expect("the command can be run");
    assert!(status.success(), "{command:?} failed");
}

/// The sum of names, shapes and numbers; a file's metadata may change.
fn sum(file: &[u8]) -> String {
    let (length, rest) = file.split_first_chunk().expect("a header's length");
    let (header, numbers) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header).expect("a header");
    let mut hash = Sha256::new();
    for (name, tensor) in header.iter().filter(|(name, _)| *name != "__metadata__") {
        let [start, end] = [0, 1].map(|i| tensor["data_offsets"][i].as_u64().expect("an offset") as usize);
        hash.update(format!("{name} {} {}\n", tensor["dtype"], tensor["shape"]));
        hash.update(&numbers[start..end]);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Trainings that are killed at random moments and resumed each time: their weights are those of the unbroken training, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The variable that tells the program which recipe to run.
pub const RECIPE: &str = "NETWRIGHT_SURVIVAL";

/// The recipes of the program `survive`.
pub const RECIPES: [&str; 4] = ["dropped", "moved", "phased", "folded"];

/// A training of one recipe, with its data.
pub struct Trial {
    program: PathBuf,
    recipe: &'static str,
    folder: PathBuf,
}

/// Result of a series of kills.
#[derive(Debug)]
pub struct Outcome {
    /// The number of processes that were killed before their end.
    pub killed: usize,
    /// The number of processes that went on from a checkpoint.
    pub resumed: usize,
    /// True if all weights are those of the unbroken training.
    pub is_same: bool,
}

/// Source of random moments.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Returns a number from 0 to 1.
    fn share(&mut self) -> f64 {
        self.next() as f64 / (1_u64 << 31) as f64
    }
}

impl Trial {
    /// Prepares a folder with the recipe's data. `program` is the executable of `survive`.
    ///
    /// # Panics
    /// If the folder cannot be written.
    pub fn new(program: &Path, recipe: &'static str, folder: &Path) -> Trial {
        fs::create_dir_all(folder).expect("a folder");
        match recipe {
            "moved" => write_images(folder),
            _ => fs::write(folder.join("points.csv"), points(600)).expect("a table"),
        }
        Trial { program: program.into(), recipe, folder: folder.into() }
    }

    /// Starts the training; its weights go to the folder `to`.
    ///
    /// # Panics
    /// If the program cannot be started.
    pub fn start(&self, to: &Path, threads: u64, args: &[&str]) -> Child {
        fs::create_dir_all(to).expect("a folder");
        let mut command = Command::new(&self.program);
        command.env(RECIPE, self.recipe).env("RAYON_NUM_THREADS", threads.to_string());
        command.arg("train").arg("--data-root").arg(&self.folder).arg("--weights");
        command.arg(to.join("w.safetensors")).args(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
        command.spawn().expect("the program starts")
    }

    /// Returns the weights files in a folder, by name.
    ///
    /// # Panics
    /// If the folder cannot be read.
    pub fn weights(to: &Path) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(to).expect("a folder").map(|entry| entry.expect("an entry").path());
        let files = entries.filter(|path| path.extension().is_some_and(|end| end == "safetensors"));
        let file = |path: PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, fs::read(path).expect("a weights file"))
        };
        let mut files: Vec<_> = files.map(file).collect();
        files.sort();
        files
    }

    /// Kills the training `kills` times, at moments that follow from `seed`, and resumes it each time with another number of threads.
    ///
    /// # Panics
    /// If a training fails for another reason.
    pub fn survive(&self, kills: usize, seed: u64) -> Outcome {
        let (whole, broken) = (self.folder.join("whole"), self.folder.join(format!("broken{seed}")));
        let begun = Instant::now();
        succeeded(self.start(&whole, 2, &[]), "the unbroken training");
        let long = begun.elapsed().as_secs_f64();
        let mut random = Random(seed);
        let mut outcome = Outcome { killed: 0, resumed: 0, is_same: false };
        let mut begins = 0;
        while outcome.killed < kills {
            let resumes = has_checkpoints(&broken);
            let args: &[&str] = if resumes { &["--resume"] } else { &[] };
            begins += 1;
            assert!(begins < 20 * (kills + 1), "the training ends before it is killed");
            let mut child = self.start(&broken, 1 + random.next() % 4, args);
            // Most of a training of a second is in its first tenths; the rest is reached by those that go on.
            sleep(Duration::from_secs_f64(long * 0.5 * random.share()));
            if child.try_wait().expect("a status").is_some() {
                succeeded(child, "a training that ends before it is killed");
                outcome.is_same = Trial::weights(&broken) == Trial::weights(&whole);
                if !outcome.is_same {
                    return outcome;
                }
                // Once more from the beginning.
                fs::remove_dir_all(&broken).expect("a folder");
                continue;
            }
            child.kill().expect("a process");
            child.wait().expect("a status");
            outcome.killed += 1;
            outcome.resumed += usize::from(resumes);
        }
        let args: &[&str] = if has_checkpoints(&broken) { &["--resume"] } else { &[] };
        outcome.resumed += args.len();
        succeeded(self.start(&broken, 3, args), "the last training");
        outcome.is_same = Trial::weights(&broken) == Trial::weights(&whole);
        outcome
    }
}

/// Returns true if a training has left a checkpoint.
fn has_checkpoints(to: &Path) -> bool {
    let folders = fs::read_dir(to).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders = folders.filter(|path| path.extension().is_some_and(|end| end == "checkpoints"));
    folders.any(|folder| {
        fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
            entry.file_name().to_string_lossy().starts_with("step-")
                && entry.path().extension().is_some_and(|end| end == "safetensors")
        })
    })
}

/// Waits for a process.
///
/// # Panics
/// If it fails.
pub fn succeeded(child: Child, what: &str) -> String {
    let (status, told) = ended(child);
    assert!(status.success(), "{what}: {status}\n{told}");
    told
}

/// Waits for a process; returns its status and what it has written.
///
/// # Panics
/// If it cannot be waited for.
pub fn ended(child: Child) -> (ExitStatus, String) {
    let output = child.wait_with_output().expect("a status");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status, text.concat())
}

/// Returns a table of points in three clouds that overlap.
fn points(count: usize) -> String {
    let mut random = Random(11);
    (0..count).fold(String::from("a,b,c,d,class\n"), |text, i| {
        let numbers: Vec<String> =
            (0..4).map(|axis| format!("{:.3}", 3.0 * random.share() + ((i + axis) % 3) as f64)).collect();
        format!("{text}{},{}\n", numbers.join(","), i % 3)
    })
}

/// Writes images of 8x8 and their classes as MNIST's files.
fn write_images(folder: &Path) {
    let mut random = Random(12);
    let digits = folder.join("digits");
    fs::create_dir_all(&digits).expect("a folder");
    for (name, count) in [("train", 400), ("t10k", 40)] {
        let number = |number: u32| number.to_be_bytes();
        let mut images = [number(0x803), number(count), number(8), number(8)].concat();
        let mut labels = [number(0x801), number(count)].concat();
        for image in 0..count {
            let class = (image % 4) as u8;
            let bright = |at: usize| (at / 16) as u8 == class;
            images.extend((0..64).map(|at| (random.next() % 128) as u8 + 127 * u8::from(bright(at))));
            labels.push(class);
        }
        fs::write(digits.join(format!("{name}-images-idx3-ubyte")), images).expect("a file");
        fs::write(digits.join(format!("{name}-labels-idx1-ubyte")), labels).expect("a file");
    }
}

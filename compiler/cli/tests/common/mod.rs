//! Running the command in folders of its own.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The smallest network that needs a hidden layer, and its samples in `xor.csv`.
pub const XOR: &str = "\
network Xor {
    input [2]
    dense(8) tanh
    dense(1) sigmoid
    loss binary_cross_entropy
}
train Xor {
    data      csv(\"xor.csv\")
    epochs    200
    batch     4
    optimizer adam(lr=0.05)
    seed      1
}
";
pub const XOR_TABLE: &str = "a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n";

/// Creates a folder with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

/// Returns one home for all tests of all runs, so that the runtime is compiled once.
pub fn home() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("home")
}

/// Returns the command with these arguments, run in a folder.
pub fn command(folder: &Path, args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netwright"));
    command.args(args.split_whitespace()).current_dir(folder).env("NETWRIGHT_HOME", home());
    command.env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    // Programs compute the same bits, and none of these tests computes for long: a program is there in a tenth of the time.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
    command
}

/// Renders a run: the command line, standard output, standard error and the exit code if it is not 0.
pub fn told(folder: &Path, args: &str, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&format!("{}/", folder.display()), "");
    let mut told = format!("> netwright {args}\n{}{}", text(&output.stdout), text(&output.stderr));
    match output.status.code() {
        Some(0) => {}
        code => told += &format!("[exit code {code:?}]\n"),
    }
    told
}

/// Runs the command and returns what it prints.
pub fn run(folder: &TempDir, args: &str) -> String {
    told(folder.path(), args, &command(folder.path(), args).output().unwrap())
}

/// Returns the bytes of a weights file after its header.
pub fn tensors(file: &[u8]) -> &[u8] {
    let (length, rest) = file.split_first_chunk().unwrap();
    &rest[u64::from_le_bytes(*length) as usize..]
}

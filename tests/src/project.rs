//! Generated code in a crate of its own, built and run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate that is made in the build's own folder for temporary files. All of them share one target folder, so that the
/// runtime is built once.
#[derive(Debug)]
pub struct Project {
    name: String,
    folder: PathBuf,
    target: PathBuf,
}

impl Project {
    /// Creates an empty crate of this name under `tmp`, which a test gets as `env!("CARGO_TARGET_TMPDIR")`;
    /// `features` are those of the runtime besides what generated code needs.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn new(tmp: &str, name: &str, features: &[&str]) -> Project {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = Path::new(tmp).join("projects").join(name);
        std::fs::create_dir_all(folder.join("src")).expect("the folder can be made");
        let runtime = root.join("runtime").canonicalize().expect("the runtime is there");
        let features = [&["runtime"][..], features].concat();
        // Compiled in a third of the time, to the same numbers: no test computes for long.
        let mut manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[profile.release]\nopt-level = 1\ncodegen-units = 8\nincremental = false\n\n"
        );
        let _ = writeln!(
            manifest,
            "[dependencies]\nnetwright = {{ path = {runtime:?}, default-features = false, features = {features:?} }}"
        );
        let project = Project { name: name.into(), folder, target: Path::new(tmp).join("projects-target") };
        project.write("Cargo.toml", &manifest);
        let lock = std::fs::read_to_string(root.join("Cargo.lock")).expect("the workspace is locked");
        project.write("Cargo.lock", &lock);
        project
    }

    /// Returns the crate's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file and the folders around it, if it is not there with this text already.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return;
        }
        let folder = path.parent().expect("a file is in a folder");
        std::fs::create_dir_all(folder).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }

    /// Builds the crate and runs its program with these variables; returns what it prints.
    ///
    /// # Panics
    /// If cargo or the program fails, with its output.
    pub fn run(&self, variables: &[(&str, &str)]) -> String {
        self.build();
        self.run_built(&self.name, variables)
    }

    /// Runs one of the crate's programs, which has been built, with these variables; returns what it prints.
    ///
    /// # Panics
    /// If the program fails, with its output.
    pub fn run_built(&self, program: &str, variables: &[(&str, &str)]) -> String {
        let program = self.target.join("release").join(program);
        let output =
            Command::new(program).envs(variables.iter().copied()).output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the program failed:\n{stderr}");
        String::from_utf8(output.stdout).expect("the program prints text")
    }

    /// Builds the crate.
    ///
    /// # Panics
    /// If cargo fails, with its output.
    pub fn build(&self) {
        self.cargo(&["build", "--release", "--quiet"]);
    }

    /// Checks the crate, without making code of it.
    ///
    /// # Panics
    /// If cargo fails, with its output.
    pub fn check(&self) {
        self.cargo(&["check", "--quiet"]);
    }

    fn cargo(&self, arguments: &[&str]) {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo starts");
        assert!(output.status.success(), "cargo failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

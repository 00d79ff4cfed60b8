//! A network with its training loop as a program of its own: written, compiled and run.

use crate::cache::{self, Place};
use crate::error::Error;
use indicatif::{ProgressBar, ProgressStyle};
use netwright_build::Source;
use netwright_compiler::{Model, Options, generate, module_name, pretty};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// Compiles the network's program, if it is not compiled already, and runs it with these arguments.
pub(crate) fn run(
    source: &Source,
    model: &Model,
    place: &Place,
    args: &[OsString],
) -> Result<ExitCode, Error> {
    let program = build(source, model, place)?;
    let status = Command::new(&program).args(args).status();
    let status = status.map_err(|cause| Error::Run { path: program, cause })?;
    // A program that a signal has ended has no code; the shell's own message says more than this one could.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The folder that the paths of a source are relative to.
pub(crate) fn data_root(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.into(),
        _ => PathBuf::from("."),
    }
}

/// Where weights are, unless the user says otherwise.
pub(crate) fn weights(chosen: Option<&PathBuf>, model: &Model) -> PathBuf {
    chosen.cloned().unwrap_or_else(|| PathBuf::from(format!("{}.safetensors", model.graph.name)))
}

/// Writes the program's crate and compiles it; returns the program's path.
fn build(source: &Source, model: &Model, place: &Place) -> Result<PathBuf, Error> {
    let version = cache::prepare(&place.home)?;
    let package = package(source, model);
    let folder = version.join("programs").join(&package);
    let first = !version.join("target").exists();
    cache::write(&folder.join("Cargo.toml"), &manifest(&package))?;
    cache::write(&folder.join("src/main.rs"), MAIN)?;
    cache::write(&folder.join("src/network.rs"), &code(source, model)?)?;
    // Cargo leaves out of the file what is not needed here, so that it differs from now on.
    let lock = folder.join("Cargo.lock");
    if !lock.exists() {
        cache::write(&lock, cache::LOCK)?;
    }
    let message = match first {
        true => format!("compiling {} (and the runtime, for the first time)", model.graph.name),
        false => format!("compiling {}", model.graph.name),
    };
    let spinner = spinner(message);
    let built = cargo(&place.cargo, &folder, &version.join("target"), &model.graph.name);
    spinner.finish_and_clear();
    built
}

/// A network of the same name in another file is another program.
fn package(source: &Source, model: &Model) -> String {
    let path = Path::new(&source.name);
    let mut hasher = DefaultHasher::new();
    path.canonicalize().unwrap_or_else(|_| path.into()).hash(&mut hasher);
    format!("{}-{:08x}", module_name(&model.graph.name), hasher.finish() as u32)
}

fn manifest(package: &str) -> String {
    // How many units the code is cut into made no difference to its speed; four were compiled soonest on two cores.
    let mut manifest = format!(
        "[package]\nname = {package:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n\
         [dependencies]\nnetwright = {{ path = \"../../runtime\", features = [\"train\"] }}\n\n\
         [profile.release]\ncodegen-units = 4\nincremental = false\n"
    );
    for package in RARELY_RUN {
        manifest += &format!("\n[profile.release.package.{package}]\nopt-level = 0\n");
    }
    manifest
}

/// Packages that only convert the colours of single images: unoptimised, they save a third of the first compilation.
const RARELY_RUN: [&str; 3] = ["image", "moxcms", "pxfm"];

const MAIN: &str = "\
//! Trains, measures and runs the network.

#[allow(dead_code)]
mod network;

fn main() -> std::process::ExitCode {
    netwright::app::main::<network::Program>()
}
";

fn code(source: &Source, model: &Model) -> Result<String, Error> {
    let options = Options { training_loop: true, ..Options::default() };
    pretty(generate(model, &options)).map_err(|cause| Error::Unfit {
        message: format!("the code generated for {} is not Rust ({cause})", source.name),
        help: "this is a mistake in Netwright: please report it with the file".into(),
    })
}

fn cargo(command: &OsStr, folder: &Path, target: &Path, network: &str) -> Result<PathBuf, Error> {
    let colour = if io::stderr().is_terminal() { "always" } else { "never" };
    let output = Command::new(command)
        .args(["build", "--release", "--message-format", "json-render-diagnostics", "--color", colour])
        .arg("--target-dir")
        .arg(target)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| Error::Cargo { command: command.display().to_string(), cause })?;
    let program = String::from_utf8_lossy(&output.stdout).lines().find_map(executable);
    match program.filter(|_| output.status.success()) {
        Some(program) => Ok(program),
        None => Err(Error::Compile {
            network: network.into(),
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
    }
}

/// The program's path, if this message of cargo's has one: where it is depends on the user's settings.
fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(PathBuf::from)
}

fn spinner(message: String) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(message);
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
    spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

//! A reader who follows docs/tutorial.md, docs/rust.md or docs/sure.md sees what they show.
#![cfg(unix)]

mod common;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A fence of a document: its first line's words, its number, and what it holds.
struct Fence {
    language: String,
    file: Option<String>,
    line: usize,
    body: String,
}

fn fences(text: &str) -> Vec<Fence> {
    let mut found: Vec<Fence> = vec![];
    let mut open = false;
    for (i, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(info) if !open => {
                let (language, file) =
                    info.split_once(' ').map_or((info, None), |(a, b)| (a, Some(b.into())));
                found.push(Fence { language: language.into(), file, line: i + 1, body: String::new() });
                open = true;
            }
            Some(_) => open = false,
            None if open => found.last_mut().unwrap().body += &format!("{line}\n"),
            None => {}
        }
    }
    found
}

/// A folder in which a document is followed: the repository is beside what the reader makes.
struct Desk {
    _root: TempDir,
    folder: PathBuf,
    path: OsString,
}

impl Desk {
    fn new() -> Desk {
        let root = tempfile::tempdir().unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        symlink(&repository, root.path().join("netwright")).unwrap();
        let command = Path::new(env!("CARGO_BIN_EXE_netwright")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([command.into()].into_iter().chain(std::env::split_paths(&path)));
        Desk { folder: root.path().into(), path: path.unwrap(), _root: root }
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        // The versions that this repository is tested with.
        if text.starts_with("[package]") {
            fs::copy(self.folder.join("../netwright/Cargo.lock"), self.folder.join("Cargo.lock")).unwrap();
        }
    }

    /// Runs a line of a shell and returns all that it prints.
    fn run(&mut self, line: &str) -> String {
        if let Some(folder) = line.strip_prefix("cd ") {
            self.folder.push(folder);
            return String::new();
        }
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {line}\n}} 2>&1")])
            .current_dir(&self.folder)
            .env("PATH", &self.path)
            .env("NETWRIGHT_HOME", common::home())
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorial"))
            .env("CARGO_TERM_QUIET", "true")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Follows a document: files are written, commands are run, and what they print is what is shown. Commands of fences with
/// the word `by-hand` are left out.
fn follow(document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(document);
    let mut desk = Desk::new();
    let mut printed = String::new();
    let mut compared = 0;
    for Fence { language, file, line, body } in fences(&fs::read_to_string(path).unwrap()) {
        match (language.as_str(), file.as_deref()) {
            ("sh", None) => printed = body.lines().map(|line| desk.run(line)).collect(),
            (_, Some("by-hand")) => {}
            ("text", None) => {
                let last = printed.lines().skip(printed.lines().count().saturating_sub(40));
                let last: Vec<&str> = last.collect();
                assert!(
                    is_shown(&body, &printed),
                    "{document}:{line} shows\n{body}\nand the commands print\n{}",
                    last.join("\n")
                );
                compared += 1;
            }
            (_, Some(file)) => desk.write(file, &body),
            _ => panic!("{document}:{line}: a fence that nothing tests"),
        }
    }
    assert!(compared > 0, "{document} shows nothing");
}

/// Returns whether the shown lines were printed in this order, whatever their numbers; a line `...` stands for any lines.
fn is_shown(shown: &str, printed: &str) -> bool {
    let lines = |text: &str| text.lines().map(shape).filter(|line| !line.is_empty()).collect::<Vec<_>>();
    let printed = lines(printed);
    let mut rest = &printed[..];
    lines(shown).split(|line| line == "...").filter(|part| !part.is_empty()).all(|part| {
        let found = rest.windows(part.len()).position(|window| window == part);
        rest = found.map_or(&[], |at| &rest[at + part.len()..]);
        found.is_some()
    })
}

/// Returns a line whose numbers, units of time and runs of spaces or rules all look the same.
fn shape(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || ".,/".contains(c));
        match (word.starts_with(|c: char| c.is_ascii_digit()), unit) {
            (true, "" | "%" | "s" | "ms" | "µs" | "min") => "#".into(),
            _ if word.chars().all(|c| c == '─') => "─".into(),
            // The best epochs differ with the instructions of the machine.
            _ if word == "best" => String::new(),
            _ => word.to_string(),
        }
    });
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_tutorial_is_true() {
    follow("tutorial.md");
}

#[test]
fn the_page_on_sureness_is_true() {
    follow("sure.md");
}

#[test]
fn the_tutorial_for_rust_is_true() {
    follow("rust.md");
}

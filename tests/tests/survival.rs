//! Trainings end in whatever way, and go on: killed at random moments (in short; the program `survive` does it at length), by signals, on
//! full disks and in folders that turn read-only.
#![cfg(target_os = "linux")]

use netwright_tests::survival::{RECIPES, Trial, ended, succeeded};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_survive"))
}

#[test]
fn a_killed_training_ends_with_the_bytes_of_the_unbroken_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut resumed = 0;
    for (kills, recipe) in [4, 2, 3, 2].into_iter().zip(RECIPES) {
        let trial = Trial::new(program(), recipe, &folder.path().join(recipe));
        let outcome = trial.survive(kills, 7);
        assert!(outcome.is_same && outcome.killed == kills, "{recipe}: {outcome:?}");
        resumed += outcome.resumed;
    }
    assert!(resumed > 4, "only {resumed} trainings went on from a checkpoint");
}

/// Waits until something is true.
fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_true() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} takes more than a minute");
        sleep(Duration::from_millis(2));
    }
}

/// Returns the number of checkpoints in a folder.
fn checkpoints(to: &Path) -> usize {
    let entries = fs::read_dir(to.join("w.checkpoints")).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("step-")).count()
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("the command kill").success());
}

/// Returns true if this process ignores a signal, and so its children.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}

#[test]
fn a_signal_ends_a_training_after_its_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let trial = Trial::new(program(), "dropped", folder.path());
    let whole = folder.path().join("whole");
    succeeded(trial.start(&whole, 2, &["--quiet"]), "the unbroken training");
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        if is_ignored(code - 128) {
            eprintln!("skipped {signal}: it is ignored here, as in a background job, and stays so");
            continue;
        }
        let to = folder.path().join(signal);
        let child = trial.start(&to, 2, &["--quiet"]);
        until("the first checkpoint", || checkpoints(&to) > 0);
        send(signal, &child);
        let (status, told) = ended(child);
        assert_eq!(status.code(), Some(code), "{told}");
        assert!(
            told.contains("interrupted in epoch ") && told.contains("`--resume` goes on from there"),
            "{told}"
        );
        assert!(!to.join("w.safetensors").exists(), "it has not come to its end");
        // Nothing after the step is lost: the training goes on with the next step.
        let step = |text: &str, before: &str| -> u64 {
            let after = text.split_once(before).unwrap_or_else(|| panic!("{text}")).1;
            after
                .split(|c: char| !c.is_ascii_digit())
                .next()
                .and_then(|step| step.parse().ok())
                .expect("a number")
        };
        let told_next = succeeded(trial.start(&to, 1, &["--quiet", "--resume"]), "the resumed training");
        assert_eq!(step(&told_next, ", after step "), step(&told, ", after step "), "{told}{told_next}");
        assert!(Trial::weights(&to) == Trial::weights(&whole), "{signal}");
    }
}

#[test]
fn a_second_signal_ends_a_training_at_once() {
    if is_ignored(2) || is_ignored(15) {
        eprintln!("skipped: signals are ignored here, as in a background job");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let trial = Trial::new(program(), "dropped", folder.path());
    let to = folder.path().join("twice");
    let child = trial.start(&to, 2, &["--quiet"]);
    until("the first checkpoint", || checkpoints(&to) > 0);
    // Of two signals that wait for a process to go on, neither comes after a step.
    for signal in ["-STOP", "-INT", "-TERM", "-CONT"] {
        send(signal, &child);
    }
    let (status, told) = ended(child);
    assert!([Some(130), Some(143)].contains(&status.code()), "{status:?}: {told}");
    assert!(!told.contains("interrupted"), "it has ended a step before: {told}");
    let told = succeeded(trial.start(&to, 2, &["--quiet", "--resume"]), "the resumed training");
    assert!(told.contains("goes on in epoch "), "{told}");
}

/// A small file system of its own, where this process may make one.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn new(at: &'a Path, kilobytes: usize) -> Option<Small<'a>> {
        fs::create_dir_all(at).expect("a folder");
        let size = format!("size={kilobytes}k");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Small(at))
    }

    fn remount(&self, how: &str) {
        // It is busy while a file is being written.
        until("the other way to mount", || {
            let mount = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(self.0).output();
            mount.expect("the command mount").status.success()
        });
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_disk_that_fills_up_or_turns_read_only_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let trial = Trial::new(program(), "dropped", folder.path());
    let whole = folder.path().join("whole");
    succeeded(trial.start(&whole, 2, &["--quiet"]), "the unbroken training");

    let full = folder.path().join("full");
    let Some(disk) = Small::new(&full, 256) else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    let mut child = trial.start(&full, 2, &["--quiet"]);
    until("the second checkpoint", || checkpoints(&full) > 1);
    let mut filler = File::create(full.join("filler")).expect("a file");
    while child.try_wait().expect("a status").is_none() {
        // It takes what there is, over and over.
        let _ = filler.write_all(&[0; 1 << 18]);
        sleep(Duration::from_millis(1));
    }
    let (status, told) = ended(child);
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(
        told.contains("No space left on device") && told.contains("holds the training up to epoch"),
        "{told}"
    );
    // An open file takes space even without a name.
    drop(filler);
    fs::remove_file(full.join("filler")).expect("it is there");
    succeeded(trial.start(&full, 2, &["--quiet", "--resume"]), "a training with space again");
    assert!(Trial::weights(&full) == Trial::weights(&whole));
    drop(disk);

    let closed = folder.path().join("closed");
    let disk = Small::new(&closed, 1024).expect("it could before");
    let child = trial.start(&closed, 2, &["--quiet"]);
    until("the first checkpoint", || checkpoints(&closed) > 0);
    disk.remount("ro");
    let (status, told) = ended(child);
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(
        told.contains("Read-only file system") && told.contains("holds the training up to epoch"),
        "{told}"
    );
    disk.remount("rw");
    succeeded(trial.start(&closed, 2, &["--quiet", "--resume"]), "a training that may write again");
    assert!(Trial::weights(&closed) == Trial::weights(&whole));
}

//! Each lesson runs, in time, shows what it says, and the committed page, pictures and points are those that it writes.

mod close;

use close::difference;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The time that a lesson may take, in seconds. An idle machine needs a quarter of it.
const MOST: f64 = 10.0;
/// The size that page and pictures together may have, in bytes.
const ROOM: u64 = 600_000;
const LESSONS: usize = 15;

#[test]
fn the_committed_lessons_are_those_of_this_run() {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons");
    // Files of an older run would be compared, too.
    let _ = fs::remove_dir_all(&made);
    let run = Command::new(env!("CARGO_BIN_EXE_example-lessons")).arg(&made).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{told}{}", String::from_utf8_lossy(&run.stderr));
    let times: Vec<f64> =
        told.lines().filter_map(|line| line.split_once(" s ")?.0.trim().parse().ok()).collect();
    assert!(times.len() == LESSONS && times.iter().all(|time| *time < MOST), "{told}");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let [page, points] = ["docs/lessons", "examples/lessons/nets"].map(|part| files(&made.join(part)));
    assert!(page.iter().map(|file| file.metadata().unwrap().len()).sum::<u64>() < ROOM);
    let committed = names(&files(&repository.join("docs/lessons")));
    assert_eq!(committed, names(&page), "no lesson writes one of them");
    for file in page.iter().chain(&points) {
        let part = file.strip_prefix(&made).unwrap();
        let [committed, new] = [&repository.join(part), file].map(|path| fs::read(path).unwrap_or_default());
        let again = format!("{}: `cargo run -p example-lessons` writes it anew", part.display());
        // Places in pictures are whole pixels, which rounding may move by one.
        let slack = f64::from(u8::from(part.extension().is_some_and(|ending| ending == "svg")));
        match [&committed, &new].map(|bytes| str::from_utf8(bytes)) {
            [Ok(committed), Ok(new)] => {
                let found = difference(committed, new, slack);
                assert!(found.is_none(), "{again}: {found:?}");
            }
            _ => assert!(committed == new, "{again}"),
        }
    }
}

/// Returns the files of a folder in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn names(files: &[PathBuf]) -> Vec<String> {
    files.iter().filter_map(|file| Some(file.file_name()?.to_str()?.to_string())).collect()
}

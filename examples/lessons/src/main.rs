//! A course in pictures: `cargo run -p example-lessons` trains the networks of `nets/`, and writes `docs/lessons/`.
//!
//! | part | module | says |
//! | --- | --- | --- |
//! | data | `data` | points and a digit, for files beside the networks |
//! | runs | `net`, `run` | networks by the reference interpreter, and what is read from them |
//! | pictures | `draw` | charts and pixels as SVG |
//! | lessons | `lessons` | a file each: its run, its picture and three sentences |
//! | page | `page` | all of them in Markdown |

mod data;
mod draw;
mod lesson;
mod lessons;
mod net;
mod page;
mod run;

use lesson::Lesson;
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    // The tests name another folder.
    let folder = env::args_os().nth(1).map_or_else(repository, PathBuf::from);
    let (points, page) = (folder.join("examples/lessons/nets"), folder.join("docs/lessons"));
    for part in [&points, &page] {
        fs::create_dir_all(part)?;
    }
    for table in data::TABLES {
        fs::write(points.join(table.name), table.text())?;
    }
    fs::write(points.join("digit.png"), draw::png(&lessons::digit()?, lessons::SIDE)?)?;
    let lessons = run()?;
    for (name, text) in page::files(&lessons)? {
        fs::write(page.join(name), text)?;
    }
    println!("{}", page.join(page::PAGE).display());
    Ok(())
}

/// Runs all lessons, and tells how long each takes.
fn run() -> Result<Vec<Lesson>, Failure> {
    let one = |lesson: fn() -> Result<Lesson, Failure>| {
        let begun = Instant::now();
        let lesson = lesson()?;
        println!("{:>6.2} s  {}", begun.elapsed().as_secs_f64(), lesson.title);
        Ok(lesson)
    };
    lessons::ALL.into_iter().map(one).collect()
}

/// The folder of this repository.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the networks and of the points for them.
fn nets() -> PathBuf {
    repository().join("examples/lessons/nets")
}

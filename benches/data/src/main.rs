//! Reading and training on files, beside PyTorch's `DataLoader`: `benches/data/run` says what is measured and how.

mod cases;
mod files;
mod memory;

use std::env;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str =
    "usage: bench-data make FOLDER PNGS JPEGS ROWS | serve FOLDER MNIST | memory FOLDER MEGABYTES CACHE";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<(), Box<dyn Error>> {
    match *args {
        ["make", folder, pngs, jpegs, rows] => {
            Ok(files::make(Path::new(folder), pngs.parse()?, jpegs.parse()?, rows.parse()?)?)
        }
        ["serve", folder, mnist] => serve(Path::new(folder), Path::new(mnist)),
        ["memory", folder, megabytes, cache] => memory::run(Path::new(folder), megabytes.parse()?, cache),
        _ => Err(USAGE.into()),
    }
}

/// Answers each line of standard input, the name of a case, with a line of JSON.
fn serve(folder: &Path, mnist: &Path) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    writeln!(out, "{{\"ready\": \"{}\"}}", env!("CARGO_PKG_VERSION"))?;
    for line in io::stdin().lock().lines() {
        let cases::Answer { seconds, samples, check } = cases::measure(line?.trim(), folder, mnist)?;
        let answer = serde_json::json!({ "seconds": seconds, "samples": samples, "check": check });
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

//! Compiles every golden case into generated code, and compares it with PyTorch's numbers:
//!
//! ```sh
//! cargo run --release -p netwright-tests --bin prove
//! ```
//!
//! It prints the worst error of each part of the language, and fails if any is beyond its bar, or if instruction sets that fuse
//! multiply-adds do not give the same bits. `cargo test` proves some of them.

use netwright_tests::project::Project;
use netwright_tests::{golden, prove};
use std::process::ExitCode;

/// The number of programs: enough for both cores and more to have something to compile.
const PROGRAMS: usize = 8;

fn main() -> ExitCode {
    let program = std::env::current_exe().expect("a program knows where it is");
    let target = program.parent().expect("a program is in a folder").to_string_lossy().into_owned();
    let project = Project::new(&target, "prove", &[]);
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut cases = golden::cases();
    if !wanted.is_empty() {
        cases.retain(|case| wanted.iter().any(|prefix| case.name.starts_with(prefix.as_str())));
    }
    let trials = prove::whole(cases);
    let prove::Proof { findings, unequal } = prove::prove(&project, &trials, PROGRAMS.min(trials.len()));
    print!("{}", prove::table(&trials, &findings));
    let failures = prove::failures(&findings);
    for (what, list) in [("beyond their bars", &failures), ("not to the same bits", &unequal)] {
        if !list.is_empty() {
            println!("\n{what}:\n    {}", list.join("\n    "));
        }
    }
    if failures.is_empty() && unequal.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

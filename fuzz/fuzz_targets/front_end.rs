//! A text to its diagnostics and, without an error among them, to Rust.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright_compiler::{Diagnostic, NoFiles, Options, Sources, generate, parse_program};

/// Larger networks are checked, but no code is generated for them: time would tell nothing about faults.
const MAX_NODES: usize = 64;

fuzz_target!(|text: &str| {
    let (program, found) = parse_program("fuzz.net", text, &NoFiles);
    for diagnostic in &found {
        check(diagnostic, &program.sources);
    }
    if found.iter().any(Diagnostic::is_error) {
        return;
    }
    for model in program.models.iter().filter(|model| model.graph.nodes.len() <= MAX_NODES) {
        let options = Options { training_loop: text.len().is_multiple_of(2), ..Options::default() };
        assert!(!generate(model, &options).is_empty());
    }
});

/// Asserts that a diagnostic says something, about places that exist.
fn check(diagnostic: &Diagnostic, sources: &Sources) {
    assert!(!diagnostic.message.is_empty() && !diagnostic.labels.is_empty());
    for label in &diagnostic.labels {
        let (_, text) = &sources.files[usize::from(label.span.file.0)];
        assert!(text.get(label.span.range()).is_some(), "{} at {:?}", diagnostic.code, label.span);
    }
}

//! Compilation of a text to its network, in tests.

use netwright_compiler::{Model, NoFiles, Severity, parse_program};

/// Returns the only network of a text.
///
/// # Panics
/// If there is any error, with the text and the errors.
pub fn model(text: &str) -> Model {
    let (mut program, diagnostics) = parse_program("test.net", text, &NoFiles);
    let errors: Vec<_> =
        diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
    assert!(errors.is_empty() && program.models.len() == 1, "{text}\n{errors:#?}");
    program.models.remove(0)
}

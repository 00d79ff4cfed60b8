//! Every example of the documents does what they say, and the reference's tables say what the compiler knows.

mod catalogue;
mod samples;
mod shapes;
mod tables;

use netwright_compiler::{Diagnostic, Options, generate, parse_program};
use netwright_tests::programs::NoImports;
use tables::document;

const DOCUMENTS: [&str; 2] = ["README.md", "docs/language.md"];

/// What stands between fences, with the fence's word and line.
fn examples(name: &str) -> Vec<(String, usize, String)> {
    let text = document(name);
    let mut found = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (i, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(word)) => open = Some((word.to_string(), i + 1, String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, _, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

#[test]
fn examples_compile_and_errors_are_those_named() {
    let mut count = 0;
    for document in DOCUMENTS {
        for (word, line, body) in examples(document) {
            let source = match word.as_str() {
                "net" | "net-error" => body.clone(),
                "net-part" => format!("network Part {{\ninput [8, 16, 16]\n{body}}}\n"),
                _ => continue,
            };
            count += 1;
            let (program, diagnostics) = parse_program("example.net", &source, &NoImports);
            let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.is_error()).collect();
            if let Some(code) = body.lines().next().and_then(|first| first.strip_prefix("// error: ")) {
                assert!(errors.iter().any(|e| e.code == code), "{document}:{line} gives {errors:?}");
                continue;
            }
            assert!(errors.is_empty(), "{document}:{line}: {errors:#?}");
            if word == "net" {
                assert!(diagnostics.is_empty(), "{document}:{line}: {diagnostics:#?}");
                for model in &program.models {
                    assert!(!generate(model, &Options::default()).is_empty());
                }
            }
        }
    }
    assert!(count >= 10, "only {count} examples were found");
}

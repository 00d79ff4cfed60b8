//! The examples of the documents do what the documents say, and the reference's tables say what the compiler knows;
//! `compiler/cli/tests/tutorial.rs` follows the tutorials.

mod catalogue;
mod samples;
mod shapes;
mod tables;

use netwright_compiler::{Diagnostic, NoFiles, Options, generate, parse_program};
use std::path::Path;
use tables::document as read;

const DOCUMENTS: [&str; 9] = [
    "README.md",
    "docs/faq.md",
    "docs/glossary.md",
    "docs/data.md",
    "docs/language.md",
    "docs/report.md",
    "docs/rust.md",
    "docs/sure.md",
    "docs/tutorial.md",
];

/// Returns the fences of a document: the first word of each, its line and its body.
fn examples(name: &str) -> Vec<(String, usize, String)> {
    let text = read(name);
    let mut found = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (i, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(words)) => {
                let word = words.split(' ').next().unwrap_or_default();
                open = Some((word.to_string(), i + 1, String::new()));
            }
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
            let (program, diagnostics) = parse_program("example.net", &source, &NoFiles);
            let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.is_error()).collect();
            if word == "net-error" {
                assert!(!errors.is_empty(), "{document}:{line} has no error");
            }
            if let Some(code) = body.lines().next().and_then(|first| first.strip_prefix("// error: ")) {
                assert!(errors.iter().any(|e| e.code == code), "{document}:{line} gives {errors:?}");
            }
            if word == "net-error" {
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

/// A fresh machine with Rust needs two commands: one trains, one tests.
#[test]
fn the_readme_has_two_commands_to_begin_with() {
    let commands: Vec<String> =
        examples("README.md").into_iter().filter(|(word, ..)| word == "sh").map(|(.., body)| body).collect();
    assert_eq!(
        commands,
        ["cargo run --profile quick -p netwright-cli -- train examples/lenet.net\ncargo test --workspace\n"]
    );
}

/// Links between documents lead to files and headings that exist.
#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let others = [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/examples.md",
        "docs/lessons/README.md",
        "docs/performance.md",
    ];
    let mut wrong = vec![];
    for document in DOCUMENTS.into_iter().chain(others) {
        let folder = Path::new(document).parent().expect("a document is in a folder");
        for part in read(document).split("](").skip(1) {
            let link = part.split(')').next().unwrap_or_default();
            if link.starts_with("http") {
                continue;
            }
            let (file, heading) =
                link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let target = if file.is_empty() { document.into() } else { folder.join(file) };
            if !root.join(&target).exists() {
                wrong.push(format!("{document}: {link}"));
            } else if let Some(heading) = heading {
                let text = read(&target.to_string_lossy());
                let mut headings = text.lines().filter(|line| line.starts_with('#')).map(anchor);
                if !headings.any(|anchor| anchor == heading) {
                    wrong.push(format!("{document}: {link} has no such heading"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns GitHub's name for a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

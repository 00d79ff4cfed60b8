//! The Netwright language: its grammar, parser and syntax tree.
//!
//! This crate knows nothing of shapes, of Rust or of files.

pub mod ast;
mod brackets;
mod build;
mod diagnostic;
#[allow(dead_code, unreachable_pub, missing_docs, clippy::all)]
#[rustfmt::skip]
mod generated;
mod recover;
mod span;
mod suggest;
mod trivia;

pub use diagnostic::{Diagnostic, Label, Severity};
pub use span::{FileId, Span, Spanned};
pub use suggest::nearest;

use build::Builder;
use generated::Rule;
use pest::Parser;

/// The type for which pest derives the parser; the rules are in `net.pest`.
struct Rules;

/// Words that cannot be names.
pub const RESERVED: [&str; 18] = [
    "import", "block", "network", "train", "input", "branch", "repeat", "if", "else", "from", "output",
    "loss", "as", "true", "false", "and", "or", "not",
];

/// The keys of a `train` block.
pub const KEYS: [&str; 26] = [
    "data",
    "augment",
    "test",
    "validate",
    "folds",
    "epochs",
    "batch",
    "optimizer",
    "rate",
    "decay",
    "schedule",
    "regularize",
    "clip",
    "constrain",
    "accumulate",
    "ema",
    "stop",
    "seed",
    "from",
    "freeze",
    "unfreeze",
    "metrics",
    "save",
    "weights",
    "threads",
    "memory",
];

/// Reads a source text. What could be read is in the tree; what could not, in the diagnostics: all of it, at once.
pub fn parse(file: FileId, text: &str) -> (ast::File, Vec<Diagnostic>) {
    if u32::try_from(text.len()).is_err() {
        let all = Span { file, start: 0, end: 0 };
        return (
            ast::File::default(),
            vec![Diagnostic::error("E0109", all, "a source text is longer than 4 GB")],
        );
    }
    let (trivia, unbalanced) = brackets::check(file, text);
    let all = Span { file, start: 0, end: text.len() as u32 };
    let nothing = || ast::File { items: vec![ast::Item::Error(all)] };
    if !unbalanced.is_empty() {
        return (nothing(), unbalanced);
    }
    let mut builder = Builder { file, text, trivia, diagnostics: Vec::new(), depth: 0, deepest: 0 };
    match Rules::parse(Rule::file, text) {
        Ok(pairs) => {
            let tree = builder.file(pairs);
            (tree, builder.diagnostics)
        }
        Err(error) => {
            let found = builder.source().diagnostic(0, &error);
            (nothing(), vec![found])
        }
    }
}

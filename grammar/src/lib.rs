//! The Netwright language: its grammar, parser, syntax tree and formatter.
//!
//! This crate knows nothing of shapes, of Rust or of files.

pub mod ast;
mod diagnostic;
mod span;

pub use diagnostic::{Diagnostic, Label, Severity};
pub use span::{FileId, Span, Spanned};

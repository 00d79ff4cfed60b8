//! Tokens of Rust to a text, and the text's diagnostics back to tokens, as `network!` does.
//!
//! A crate of a procedural macro exports nothing else, so its modules are included.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netwright_compiler::{NoFiles, parse_program};
use proc_macro2::{Span, TokenStream};

#[path = "../../macros/src/report.rs"]
mod report;
// Its tests lie in a folder where rustfmt does not look for them.
#[path = "../../macros/src/source.rs"]
#[rustfmt::skip]
mod source;

fuzz_target!(|rust: &str| {
    let Ok(tokens) = rust.parse::<TokenStream>() else { return };
    let (text, table) = source::text(tokens);
    let (program, found) = parse_program("network!", &text, &NoFiles);
    let places = report::Places { sources: &program.sources, inline: Some(&table), call: Span::call_site() };
    let reports = report::diagnostics(&found, &places);
    assert_eq!(reports.is_empty(), found.is_empty());
    let (first, last) = table.ends(0..text.len());
    let _ = report::error("the ends of the text", (first, last));
});

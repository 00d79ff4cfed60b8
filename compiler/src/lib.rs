//! The Netwright compiler: from a syntax tree to diagnostics and specialised Rust.
//!
//! It is pure: it reads no file and prints nothing; other files come through a [`Loader`].

mod advice;
mod args;
mod budget;
mod bytes;
pub mod catalogue;
mod codegen;
#[cfg(feature = "drawing")]
pub mod drawing;
mod driver;
pub mod dump;
mod emit;
mod encoding;
pub mod graph;
mod kernels;
mod lint;
mod names;
pub mod ops;
pub mod passes;
mod program;
pub mod question;
pub mod recipe;
#[cfg(feature = "render")]
pub mod render;
mod resolve;
pub mod search;
mod sink;
mod spatial;
pub mod table;
mod tokens;

pub use advice::{LINTS, Lint};
pub use bytes::size;
#[cfg(feature = "pretty")]
pub use codegen::pretty;
pub use codegen::{
    Options, Origin, Started, generate, generate_data, generate_explanation, generate_for, generate_maps,
    generate_program, generate_sampling, inference_plan, module_name, skeletons, training_plan,
};
pub use driver::{parse_program, parse_program_with};
pub use encoding::{EncodingError, decode};
pub use netwright_grammar::{Diagnostic, FileId, Label, Severity, Span, nearest};
pub use program::{Interface, Loader, Model, NoFiles, Overrides, Program, Sources};

/// Returns the words of the language, then the keys of `train` blocks.
pub fn reserved_words() -> Vec<&'static str> {
    netwright_grammar::RESERVED.iter().chain(&netwright_grammar::KEYS).copied().collect()
}

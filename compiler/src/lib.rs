//! The Netwright compiler: from a syntax tree to diagnostics and specialised Rust.
//!
//! It is pure: it reads no file and prints nothing; other files come through a [`Loader`].

mod advice;
mod args;
mod budget;
pub mod catalogue;
mod codegen;
pub mod dump;
mod emit;
mod encoding;
pub mod graph;
#[cfg(feature = "interpreter")]
pub mod interpreter;
mod kernels;
mod lint;
mod names;
pub mod ops;
pub mod passes;
pub mod recipe;
#[cfg(feature = "render")]
pub mod render;
mod resolve;
pub mod table;
mod tokens;

pub use advice::{LINTS, Lint};
#[cfg(feature = "pretty")]
pub use codegen::pretty;
pub use codegen::{
    Options, generate, generate_for, inference_plan, module_name, size, skeletons, training_plan,
};
pub use encoding::decode;
use graph::Graph;
pub use netwright_grammar::{Diagnostic, FileId, Label, Severity, Span};
use recipe::{Phase, Recipe};
pub use resolve::parse_program;

/// Gives the text of imported files.
pub trait Loader {
    /// The text of `path`, as written in an import of the file named `from`, with the name that diagnostics shall show.
    ///
    /// # Errors
    /// A sentence that says why it cannot be had.
    fn load(&self, from: &str, path: &str) -> Result<(String, String), String>;
}

/// Texts of tests import nothing.
#[cfg(test)]
struct NoFiles;

#[cfg(test)]
impl Loader for NoFiles {
    fn load(&self, _: &str, path: &str) -> Result<(String, String), String> {
        Err(format!("{path} is not there"))
    }
}

/// The texts of a compilation; a [`FileId`] is an index into them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Name and text of each.
    pub files: Vec<(String, String)>,
}

/// Everything a source text describes.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its texts, with the imported ones.
    pub sources: Sources,
    /// In source order.
    pub models: Vec<Model>,
}

/// A network and its training.
#[derive(Clone, Debug)]
pub struct Model {
    /// What is computed.
    pub graph: Graph,
    /// How it is trained, if the source says.
    pub recipe: Option<Recipe>,
}

impl Model {
    /// The same in a later phase of its training.
    pub fn in_phase(&self, phase: &Phase) -> Model {
        let mut model = self.clone();
        for (param, &frozen) in model.graph.params.iter_mut().zip(&phase.frozen) {
            param.frozen = frozen;
        }
        model
    }
}

/// The words of the language, then the keys of `train` blocks.
pub fn reserved_words() -> Vec<&'static str> {
    netwright_grammar::RESERVED.iter().chain(&netwright_grammar::KEYS).copied().collect()
}

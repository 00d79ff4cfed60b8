//! What a compilation reads, and what it makes of it.

use crate::graph::Graph;
use crate::recipe::{Phase, Recipe};

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
pub(crate) struct NoFiles;

#[cfg(test)]
impl Loader for NoFiles {
    fn load(&self, _: &str, path: &str) -> Result<(String, String), String> {
        Err(format!("{path} is not there"))
    }
}

/// The texts of a compilation; a [`FileId`](netwright_grammar::FileId) is an index into them.
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

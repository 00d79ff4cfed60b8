//! Input and result of a compilation.

use crate::graph::Graph;
use crate::recipe::{Phase, Recipe};

/// Loader of imported files.
pub trait Loader {
    /// Loads the text of `path`, as written in an import of the file named `from`, with the name that
    /// diagnostics shall show.
    ///
    /// # Errors
    /// If it cannot be read; the sentence gives the reason.
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
    /// The name and text of each file.
    pub files: Vec<(String, String)>,
}

/// The networks that a source text describes.
#[derive(Clone, Debug)]
pub struct Program {
    /// The texts, with the imported ones.
    pub sources: Sources,
    /// The networks, in source order.
    pub models: Vec<Model>,
}

/// A network and its training.
#[derive(Clone, Debug)]
pub struct Model {
    /// The network's graph.
    pub graph: Graph,
    /// The training recipe, if the source has one.
    pub recipe: Option<Recipe>,
}

impl Model {
    /// Returns the model with the frozen parameters of a later phase of its training.
    pub fn in_phase(&self, phase: &Phase) -> Model {
        let mut model = self.clone();
        for (param, &frozen) in model.graph.params.iter_mut().zip(&phase.frozen) {
            param.frozen = frozen;
        }
        model
    }
}

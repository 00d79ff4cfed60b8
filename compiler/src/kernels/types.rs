//! Types of generated code that kernels are specialised for: `shape::Conv1`.

use super::scope::layer_type;
use crate::graph::{Graph, LayerId};
use proc_macro2::{Ident, TokenStream};
use std::collections::HashSet;

/// The types of all kernels, each once.
pub(crate) struct Types<'a> {
    graph: &'a Graph,
    done: HashSet<(LayerId, bool)>,
    items: Vec<TokenStream>,
}

impl<'a> Types<'a> {
    /// None yet.
    pub(crate) fn new(graph: &'a Graph) -> Types<'a> {
        Types { graph, done: HashSet::new(), items: vec![] }
    }

    /// Adds the type of a layer's kernel, or that of its kernel along the depth of volumes, by its name and doc line.
    pub(super) fn once(
        &mut self,
        layer: LayerId,
        depth: bool,
        item: impl FnOnce(Ident, String) -> TokenStream,
    ) {
        if self.done.insert((layer, depth)) {
            let text = &self.graph.layer(layer).text;
            let doc = if depth { format!(" {text}, along the depth") } else { format!(" {text}") };
            self.items.push(item(layer_type(self.graph, layer, depth), doc));
        }
    }

    /// All of them.
    pub(crate) fn into_items(self) -> Vec<TokenStream> {
        self.items
    }
}

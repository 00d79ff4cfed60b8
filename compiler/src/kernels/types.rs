//! Types of generated code that kernels are specialised for: `shape::Conv1`. Layers with equal constants share one, so that
//! rustc compiles a kernel once for all of them.

use super::scope::layer_type;
use super::tape::Op;
use crate::graph::{Graph, LayerId};
use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::{format_ident, quote};
use std::collections::HashMap;

/// The number of layers that a type's doc line names.
const NAMED: usize = 4;

/// The types of a network's kernels.
pub(crate) struct Types<'a> {
    graph: &'a Graph,
    /// The type of each layer that has one, and of its kernel along the depth of volumes.
    of_layers: HashMap<(LayerId, bool), usize>,
    /// The types by their constants.
    known: HashMap<String, usize>,
    /// The types by their names.
    of_names: HashMap<Ident, usize>,
    types: Vec<Type>,
}

/// Nature of a type, for a function that is generic over it.
#[derive(Clone, Debug)]
pub(crate) enum Nature {
    /// It has this trait.
    Trait(Ident),
    /// It is this type with these sizes.
    Sized(Ident, Vec<Literal>),
}

/// A type, named after the first of its layers.
struct Type {
    name: Ident,
    layers: Vec<LayerId>,
    doc: String,
    item: TokenStream,
}

impl<'a> Types<'a> {
    /// Returns the types that these calls need.
    pub(crate) fn of<'o>(graph: &'a Graph, ops: impl Iterator<Item = &'o Op>) -> Types<'a> {
        let mut types = Types {
            graph,
            of_layers: HashMap::new(),
            known: HashMap::new(),
            of_names: HashMap::new(),
            types: vec![],
        };
        for op in ops {
            op.kernel.types(op, &mut types);
        }
        types
    }

    /// Adds the type of a layer's kernel, or that of its kernel along the depth of volumes. `item` makes it of a name; `how`
    /// ends its doc line.
    pub(super) fn add(
        &mut self,
        layer: LayerId,
        depth: bool,
        how: &str,
        item: impl Fn(&Ident) -> TokenStream,
    ) {
        if self.of_layers.contains_key(&(layer, depth)) {
            return;
        }
        let constants = item(&format_ident!("Shape")).to_string();
        let next = self.types.len();
        let index = *self.known.entry(constants).or_insert(next);
        self.of_layers.insert((layer, depth), index);
        if index < next {
            self.types[index].layers.push(layer);
            return;
        }
        let name = layer_type(self.graph, layer, depth);
        let along = if depth { ", along the depth" } else { "" };
        let doc = format!(" {}{along}{how}", self.graph.layer(layer).text);
        let item = item(&name);
        self.of_names.insert(name.clone(), next);
        self.types.push(Type { name, layers: vec![layer], doc, item });
    }

    /// Adds a type that differs between the plans of a layer: a prediction may join to a kernel what a training step keeps.
    pub(super) fn add_another(&mut self, layer: LayerId, item: impl Fn(&Ident) -> TokenStream) {
        let key = (layer, false);
        if !self.of_layers.contains_key(&key) {
            return self.add(layer, false, "", item);
        }
        let constants = item(&format_ident!("Shape")).to_string();
        if self.known.contains_key(&constants) {
            return;
        }
        let own = layer_type(self.graph, layer, false);
        let mut names = (2..).map(|number| format_ident!("{own}Form{number}"));
        let Some(name) = names.find(|name| !self.of_names.contains_key(name)) else { return };
        let doc = format!(" {}, of another plan", self.graph.layer(layer).text);
        let index = self.types.len();
        self.known.insert(constants, index);
        self.of_names.insert(name.clone(), index);
        self.types.push(Type { item: item(&name), name, layers: vec![layer], doc });
    }

    /// Returns the name of the type with these constants.
    ///
    /// # Panics
    /// If no kernel has it.
    pub(super) fn with_constants(&self, item: impl Fn(&Ident) -> TokenStream) -> &Ident {
        &self.types[self.known[&item(&format_ident!("Shape")).to_string()]].name
    }

    /// Returns the name of the type that a layer's kernel is specialised for.
    ///
    /// # Panics
    /// If no kernel of the layer has one.
    pub(super) fn name(&self, layer: LayerId, depth: bool) -> &Ident {
        &self.types[self.of_layers[&(layer, depth)]].name
    }

    /// Returns the types of a layer's kernels: its own, and that along the depth.
    pub(crate) fn of_layer(&self, layer: LayerId) -> [Option<usize>; 2] {
        [false, true].map(|depth| self.of_layers.get(&(layer, depth)).copied())
    }

    /// Returns the nature of a type.
    pub(crate) fn nature(&self, name: &Ident) -> Option<Nature> {
        nature(&self.types[*self.of_names.get(name)?].item)
    }

    /// Returns the module of all types; nothing if there are none.
    pub(crate) fn module(&self) -> TokenStream {
        if self.types.is_empty() {
            return TokenStream::new();
        }
        let items = self.types.iter().map(|Type { layers, doc, item, .. }| {
            let doc = match &layers[..] {
                [_] => doc.clone(),
                layers => format!("{doc} · {}", list(self.graph, layers)),
            };
            quote!(#[doc = #doc] #item)
        });
        quote! {
            /// What kernels are specialised for; sizes are channels, height, width.
            mod shape {
                #(#items)*
            }
        }
    }
}

/// Joins names to a list: `conv1, conv2 and 3 others`
pub(crate) fn list(graph: &Graph, layers: &[LayerId]) -> String {
    let names: Vec<&str> = layers.iter().take(NAMED).map(|&layer| graph.layer(layer).name.as_str()).collect();
    match layers.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        1 => format!("{} and another", names.join(", ")),
        others => format!("{} and {others} others", names.join(", ")),
    }
}

/// The trait of `impl super::Conv for Conv1`, or the type and the sizes of `type Dense1 = super::Dense<84, 10>`.
fn nature(item: &TokenStream) -> Option<Nature> {
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let ident = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => Some(ident.clone()),
        _ => None,
    };
    let at = tokens.iter().position(|token| matches!(token, TokenTree::Ident(ident) if ident == "super"));
    // The first `super` is that of `pub(super)`, which stands in a group.
    let at = at?;
    let name = ident(at + 3)?;
    if ident(at.checked_sub(1)?).is_some_and(|word| word == "impl") {
        return Some(Nature::Trait(name));
    }
    let sizes = tokens[at + 4..].iter().filter_map(|token| match token {
        TokenTree::Literal(size) => Some(size.clone()),
        _ => None,
    });
    Some(Nature::Sized(name, sizes.collect()))
}

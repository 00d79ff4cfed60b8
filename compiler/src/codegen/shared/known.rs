//! The names in calls that differ from use to use, and those that a shared function has instead.

use super::super::function::{Context, Touched};
use super::super::names;
use super::{Use, layers_of};
use crate::graph::{Graph, LayerId};
use crate::kernels::tape::Id;
use crate::kernels::types::Types;
use crate::passes::Group;
use proc_macro2::Ident;
use quote::format_ident;
use std::collections::{HashMap, HashSet};

/// The names in the calls of a group that differ from use to use.
pub(super) struct Known<'a> {
    pub(super) types: &'a Types<'a>,
    /// The number of each variable: those in slots first, then the caller's, then others.
    pub(super) variables: HashMap<String, usize>,
    /// Variables in the order of their numbers.
    pub(super) ids: Vec<Id>,
    /// The layers of the parameters' fields.
    pub(super) fields: HashMap<String, LayerId>,
}

impl<'a> Known<'a> {
    pub(super) fn of(context: Context<'a>, group: &Group, touched: &Touched) -> Known<'a> {
        let Context { graph, plan, types } = context;
        let mut known = Known { types, variables: HashMap::new(), ids: vec![], fields: HashMap::new() };
        for id in touched.slots().into_iter().chain(touched.outside()).chain(touched.all.iter().copied()) {
            let name = plan.tape.value(id).name.clone();
            let next = known.ids.len();
            if *known.variables.entry(name).or_insert(next) == next {
                known.ids.push(id);
            }
        }
        for layer in layers_of(context, group) {
            known.fields.insert(names::field(graph, layer).to_string(), layer);
        }
        known
    }

    pub(super) fn variable(&self, name: &Ident) -> usize {
        self.variables[&name.to_string()]
    }

    /// The variables' names in a shared function.
    pub(super) fn locals(&self, context: Context<'_>, touched: &Touched, locals: &mut Locals) -> Vec<Ident> {
        let written: HashSet<_> = touched.written.iter().collect();
        let name = |id: &Id| locals.value(&context.plan.tape.value(*id).name, written.contains(id));
        self.ids.iter().map(name).collect()
    }
}

/// Names of variables in a function that layers of several blocks share.
pub(super) struct Locals {
    /// Prefix of the names of the first block's values.
    pub(super) block: String,
    pub(super) used: HashSet<String>,
}

impl Locals {
    pub(super) fn new(graph: &Graph, first: &Use) -> Locals {
        let name = &graph.layer(first.group.layer).name;
        let block =
            name.rsplit_once('.').map_or_else(String::new, |(block, _)| crate::names::part(block) + "_");
        let used = ["tile", "step", "gradients", "stream", "shape", "at"].map(String::from);
        Locals { block, used: HashSet::from(used) }
    }

    pub(super) fn unique(&mut self, name: &str) -> Ident {
        let mut unique = name.to_string();
        let mut numbered = (2..).map(|number| format!("{name}_{number}"));
        while !self.used.insert(unique.clone()) {
            unique = numbered.next().unwrap_or_default();
        }
        format_ident!("{unique}")
    }

    /// The parameters of a layer.
    pub(super) fn layer(&mut self, graph: &Graph, layer: LayerId) -> Ident {
        let kind = graph.node(layer).op.kind();
        self.unique(if kind.ends_with("norm") { "norm" } else { "learned" })
    }

    /// `residual2_conv1_packed` as `conv_packed`, `d_residual2_conv1` as `d_conv`; a value of another block as `input`.
    pub(super) fn value(&mut self, name: &str, written: bool) -> Ident {
        let (gradient, name) = name.strip_prefix("d_").map_or(("", name), |name| ("d_", name));
        let own = match name.strip_prefix(&self.block) {
            Some(own) => {
                own.split('_').map(plain).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
            }
            None if written == gradient.is_empty() => "output".into(),
            None => "input".into(),
        };
        let name = if own.is_empty() { name } else { &own };
        let name = crate::names::variable(&format!("{gradient}{name}"));
        self.unique(&name)
    }
}

/// A word without the number at its end.
pub(super) fn plain(word: &str) -> &str {
    word.trim_end_matches(|c: char| c.is_ascii_digit())
}

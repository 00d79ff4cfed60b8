//! Names of things in generated code.

use crate::graph::{Graph, LayerId, ValueId};
use crate::names;
use crate::passes::Plan;
use crate::recipe::Phase;
use crate::tape::Id;
use proc_macro2::Ident;
use quote::format_ident;
use std::collections::HashSet;

/// A layer's field among the parameters.
pub(super) fn field(graph: &Graph, layer: LayerId) -> Ident {
    format_ident!("{}", names::snake(&graph.layer(layer).name))
}

/// The type that describes a layer's constants; of several that would be one, all but the first get an ending.
pub(super) fn shape(graph: &Graph, layer: LayerId) -> Ident {
    format_ident!("{}", names::kernel_type(graph.layer(layer)))
}

/// The same for the kernel along the depth of a layer that has one of its own for the slices.
pub(super) fn depth_shape(graph: &Graph, layer: LayerId) -> Ident {
    format_ident!("{}", names::depth_type(graph.layer(layer)))
}

/// A network's input as the user's argument.
pub(super) fn input(graph: &Graph, id: ValueId) -> Ident {
    format_ident!("{}", names::variable(&graph.value(id).name))
}

/// The name of a value's slot.
pub(super) fn slot(plan: &Plan, id: Id) -> Ident {
    format_ident!("{}", plan.tape.value(id).name.to_uppercase())
}

/// The name of a value in a function.
pub(super) fn value(plan: &Plan, id: Id) -> Ident {
    format_ident!("{}", plan.tape.value(id).name)
}

/// Names that a new function cannot have: of a plan's values, and of the functions so far.
pub(super) struct Functions(HashSet<String>);

impl Functions {
    /// Before there are any functions.
    pub(super) fn new(plan: &Plan) -> Functions {
        Functions(plan.tape.values.iter().map(|value| value.name.clone()).collect())
    }
}

/// The name of a layer's function: a new one, and none that a value has.
pub(super) fn function(used: &mut Functions, name: &str) -> Ident {
    let mut numbered = (2..).map(|number| format!("{name}_{number}"));
    let mut unique = name.to_string();
    while !used.0.insert(unique.clone()) {
        unique = numbered.next().unwrap_or_default();
    }
    format_ident!("{unique}")
}

/// The module of a later phase's training step: `after_5`.
pub(super) fn phase(phase: &Phase) -> Ident {
    format_ident!("after_{}", phase.after)
}

/// The module that a network's items go into: `LeNet5` as `lenet5`.
pub fn module_name(network: &str) -> Ident {
    format_ident!("{}", names::snake(network))
}

//! Names of things in generated code.

use crate::graph::{Graph, ValueId};
pub(super) use crate::kernels::scope::{layer_field as field, param_field, slot, tensor_name, value};
use crate::names;
use crate::passes::Plan;
use crate::recipe::Phase;
use proc_macro2::Ident;
use quote::format_ident;
use std::collections::{HashMap, HashSet};

/// A network's input as the user's argument.
pub(super) fn input(graph: &Graph, id: ValueId) -> Ident {
    format_ident!("{}", names::variable(&graph.value(id).name))
}

/// Names that a new function cannot have: of a plan's values, and of the functions so far. A method is called through `self`, so
/// that values do not matter to its name.
#[derive(Default)]
pub(super) struct Functions {
    taken: HashSet<String>,
    /// The last number that a name was given to tell it from its namesakes.
    numbers: HashMap<String, usize>,
}

impl Functions {
    /// Creates the names before there are any functions.
    pub(super) fn new(plan: &Plan) -> Functions {
        let taken = plan.tape.values.iter().map(|value| value.name.clone()).collect();
        Functions { taken, numbers: HashMap::new() }
    }

    /// Returns whether a function may have this name.
    pub(super) fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(name)
    }
}

/// The name of a layer's function: a new one, and none that a value has.
pub(super) fn function(used: &mut Functions, name: &str) -> Ident {
    let mut unique = name.to_string();
    while !used.taken.insert(unique.clone()) {
        let number = used.numbers.entry(name.to_string()).or_insert(1);
        *number += 1;
        unique = format!("{name}_{number}");
    }
    format_ident!("{unique}")
}

/// The struct with the arguments of a function that is compiled in one piece: `forward_and_backward` as `ForwardAndBackward`.
pub(super) fn piece(function: &Ident) -> Ident {
    format_ident!("{}", names::camel(&function.to_string()))
}

/// The module of a later phase's training step: `after_5`.
pub(super) fn phase(phase: &Phase) -> Ident {
    format_ident!("after_{}", phase.after)
}

/// The module that a network's items go into: `LeNet5` as `lenet5`.
pub fn module_name(network: &str) -> Ident {
    format_ident!("{}", names::snake(network))
}

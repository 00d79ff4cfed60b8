//! Names of things in generated code.

use crate::passes::Plan;
use crate::tape::Id;
use proc_macro2::Ident;
use quote::format_ident;

/// `residual1.conv1` as a Rust name that is no keyword.
pub(super) fn snake(name: &str) -> Ident {
    let name = name.replace('.', "_");
    const KEYWORDS: [&str; 52] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
        "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
        "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
        "virtual", "where", "while", "yield", "Self",
    ];
    if KEYWORDS.contains(&name.as_str()) { format_ident!("{name}_") } else { format_ident!("{name}") }
}

/// `residual1.conv1` as `Residual1Conv1`.
pub(super) fn camel(name: &str) -> String {
    let word = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    name.split(['.', '_']).map(word).collect()
}

/// The name of a value's slot.
pub(super) fn slot(plan: &Plan, id: Id) -> Ident {
    format_ident!("{}", plan.tape.value(id).name.to_uppercase())
}

/// The name of a value in a function.
pub(super) fn value(plan: &Plan, id: Id) -> Ident {
    snake(&plan.tape.value(id).name)
}

/// The module that a network's items go into: `LeNet5` as `lenet5`.
pub fn module_name(network: &str) -> Ident {
    snake(&network.to_lowercase())
}

//! Naming of layers: a label, or the kind with a number, after the names of the scopes around it.

use crate::graph::{Graph, LayerId};
use crate::names::snake;
use crate::sink::Sink;
use netwright_grammar::ast::Ident;
use netwright_grammar::{Diagnostic, Span};
use std::collections::BTreeMap;

/// The names given so far, by the scopes around the present place.
pub(super) struct Names {
    scopes: Vec<Scope>,
}

/// The names inside of a label or of a use of a block; repeats, conditions and branches without a label have no
/// scope.
#[derive(Default)]
struct Scope {
    /// The names of the scopes around, with a dot at the end; empty at the top.
    prefix: String,
    counts: BTreeMap<String, usize>,
    taken: BTreeMap<String, Span>,
    repeats: usize,
}

/// The longest label.
const MAX_LABEL: usize = 64;
/// The longest label that is a number.
const MAX_DIGITS: usize = 6;
/// The longest name, with the names around it.
pub(super) const MAX_NAME: usize = 255;

impl Names {
    /// Creates the names at the top of a network.
    pub(super) fn new() -> Names {
        Names { scopes: vec![Scope::default()] }
    }

    /// Returns the name of something without a label: its kind and the next free number.
    pub(super) fn automatic(&mut self, kind: &str, place: Span) -> String {
        let scope = self.scope();
        let count = scope.counts.entry(kind.to_string()).or_default();
        let name = loop {
            *count += 1;
            let name = format!("{kind}{count}");
            if !scope.taken.contains_key(&name) {
                break name;
            }
        };
        scope.taken.insert(name.clone(), place);
        format!("{}{name}", scope.prefix)
    }

    /// Returns the first number from this one on that is not taken, as a name.
    fn counted(&mut self, first: u32, place: Span) -> String {
        let scope = self.scope();
        let free = (first..).map(|number| number.to_string()).find(|name| !scope.taken.contains_key(name));
        let name = free.unwrap_or_default();
        scope.taken.insert(name.clone(), place);
        format!("{}{name}", scope.prefix)
    }

    /// Returns the name of something with a label. Inside a repeat, the label gets a number, and a number counts on.
    pub(super) fn labelled(&mut self, label: &Ident, sink: &mut Sink) -> String {
        check_label(label, sink);
        if self.scope().repeats > 0 {
            return match label.node.parse() {
                Ok(first) => self.counted(first, label.span),
                Err(_) => self.automatic(&label.node, label.span),
            };
        }
        let scope = self.scope();
        if let Some(first) = scope.taken.get(&label.node) {
            sink.push(
                Diagnostic::error("E0204", label.span, format!("the name `{}` is taken", label.node))
                    .also(*first, "this has it")
                    .help("each layer of a network or block needs a name of its own: choose another label"),
            );
            return self.automatic(&label.node, label.span);
        }
        scope.taken.insert(label.node.clone(), label.span);
        format!("{}{}", scope.prefix, label.node)
    }

    /// Returns true if a name is taken in the present scope.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.scopes.last().is_some_and(|scope| scope.taken.contains_key(name))
    }

    /// Enters the scope of a label or a block of that name.
    pub(super) fn enter(&mut self, name: &str) {
        self.scopes.push(Scope { prefix: format!("{name}."), ..Scope::default() });
    }

    /// Ends what [`Names::enter`] began.
    pub(super) fn leave(&mut self) {
        self.scopes.pop();
    }

    /// Enters a repeat, whose body is written once and unfolded several times.
    pub(super) fn enter_repeat(&mut self) {
        self.scope().repeats += 1;
    }

    /// Ends what [`Names::enter_repeat`] began.
    pub(super) fn leave_repeat(&mut self) {
        self.scope().repeats -= 1;
    }

    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }
}

/// Reports layers whose parameters would be one field: `a.conv1` and `a_conv1`.
pub(super) fn check_fields(graph: &Graph, sink: &mut Sink) {
    let mut fields = BTreeMap::new();
    let mut layers: Vec<LayerId> = graph.params.iter().map(|param| param.layer).collect();
    layers.dedup();
    for layer in layers.into_iter().map(|id| graph.layer(id)) {
        let field = snake(&layer.name);
        if let Some(first) = fields.insert(field.clone(), layer) {
            let message = format!("`{}` and `{}` would be one field, `{field}`", first.name, layer.name);
            sink.push(
                Diagnostic::error("E0204", layer.span, message)
                    .also(first.span, format!("this is `{}`", first.name))
                    .help("each layer's parameters become a field: choose another label for one of the two"),
            );
        }
    }
}

/// Reports networks that would be one module: `LeNet` and `Lenet`.
pub(super) fn check_modules<'a>(names: impl Iterator<Item = &'a Ident>, sink: &mut Sink) {
    let mut modules = BTreeMap::new();
    for name in names {
        let module = snake(&name.node);
        if let Some(first) = modules.insert(module.clone(), name) {
            let message = format!("`{}` and `{}` would be one module, `{module}`", first.node, name.node);
            sink.push(
                Diagnostic::error("E0206", name.span, message)
                    .also(first.span, format!("this is `{}`", first.node))
                    .help("the code of each network becomes a module: give one of them another name"),
            );
        }
    }
}

/// Returns `ResidualUnit` as part of a layer's name: `residual_unit`.
pub(super) fn lower_case(name: &str) -> String {
    let mut lower = String::new();
    let mut in_capitals = true;
    for letter in name.chars() {
        if letter.is_uppercase() && !in_capitals && !lower.ends_with('_') {
            lower.push('_');
        }
        in_capitals = letter.is_uppercase();
        lower.extend(letter.to_lowercase());
    }
    lower
}

fn check_label(label: &Ident, sink: &mut Sink) {
    let name = &label.node;
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if !name.chars().all(plain) {
        sink.push(
            Diagnostic::error("E0205", label.span, format!("the label `{name}` is not in lower case"))
                .help(format!("labels become names of fields: write `{}`", lower_case(name))),
        );
    } else if name.starts_with(|letter: char| letter.is_ascii_digit()) && name.len() > MAX_DIGITS {
        sink.push(
            Diagnostic::error("E0205", label.span, format!("the label `{name}` is too large a number"))
                .help(format!("write one of at most {MAX_DIGITS} digits")),
        );
    } else if name.len() > MAX_LABEL {
        sink.push(
            Diagnostic::error("E0205", label.span, format!("a label can have at most {MAX_LABEL} letters"))
                .here(format!("this has {}", name.len()))
                .help("labels become names of fields: choose a shorter one"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_lower_case() {
        assert_eq!(lower_case("ResidualUnit"), "residual_unit");
        assert_eq!(lower_case("residual_unit"), "residual_unit");
        assert_eq!(lower_case("SEBlock"), "seblock");
        assert_eq!(lower_case("Unit_A"), "unit_a");
    }

    #[test]
    fn automatic_names_avoid_labels() {
        let mut names = Names::new();
        let mut sink = Sink::default();
        let label = Ident { node: "conv1".to_string(), span: Span::default() };
        assert_eq!(names.labelled(&label, &mut sink), "conv1");
        assert_eq!(names.automatic("conv", Span::default()), "conv2");
        names.enter("stem");
        assert_eq!(names.automatic("conv", Span::default()), "stem.conv1");
        names.leave();
        assert_eq!(names.automatic("conv", Span::default()), "conv3");
        assert_eq!(sink.errors(), 0);
    }
}

//! Named values, and where their names are known.

use super::eval::Env;
use super::library::mentions;
use super::unfold::Unfolder;
use crate::args::list;
use crate::graph::ValueId;
use netwright_grammar::ast::Ident;
use netwright_grammar::{Diagnostic, Span, nearest};
use std::collections::BTreeMap;

/// The name of the input without a name.
pub(super) const UNNAMED: &str = "input";

/// The names known at one place of the source: inside a network or one use of a block.
pub(super) struct Frame {
    pub(super) file: usize,
    pub(super) env: Env,
    pub(super) values: Values,
    pub(super) current: Option<ValueId>,
}

/// The values that have names.
#[derive(Default)]
pub(super) struct Values {
    known: BTreeMap<String, (Span, ValueId)>,
    /// Names in the order they were given.
    order: Vec<String>,
    /// Names whose braces have ended, for better messages.
    ended: BTreeMap<String, Span>,
}

impl Frame {
    /// Creates a frame with the value that statements go on from.
    pub(super) fn new(file: usize, env: Env, current: Option<ValueId>) -> Frame {
        Frame { file, env, values: Values::default(), current }
    }
}

impl Values {
    /// Returns a mark for the beginning of braces.
    pub(super) fn mark(&self) -> usize {
        self.order.len()
    }

    /// Ends the braces that began at the mark, and with them the names given there.
    pub(super) fn end(&mut self, mark: usize) {
        for name in self.order.split_off(mark) {
            if let Some((place, _)) = self.known.remove(&name) {
                self.ended.insert(name, place);
            }
        }
    }

    fn define(&mut self, name: &Ident, value: ValueId) {
        self.known.insert(name.node.clone(), (name.span, value));
        self.order.push(name.node.clone());
    }

    pub(super) fn find(&self, name: &str) -> Option<(Span, ValueId)> {
        self.known.get(name).copied()
    }

    fn find_ended(&self, name: &str) -> Option<Span> {
        self.ended.get(name).copied()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }
}

impl Unfolder<'_> {
    /// Returns the value that a name was given to.
    pub(super) fn lookup(&mut self, name: &Ident, frame: &Frame) -> Option<ValueId> {
        if name.node == UNNAMED {
            return self.unnamed_input(name.span);
        }
        if let Some((place, value)) = frame.values.find(&name.node) {
            self.sink.mark(place);
            return Some(value);
        }
        self.uncertain = true;
        if self.may_be_unread(&name.node) {
            return None;
        }
        let mut diagnostic =
            Diagnostic::error("E0202", name.span, format!("there is no value named `{}`", name.node));
        if let Some(ended) = frame.values.find_ended(&name.node) {
            self.sink.mark(ended);
            diagnostic = diagnostic
                .also(ended, "this name ends with the braces around it")
                .help(format!("name what the braces make: `{{ ... }} as {}`", name.node));
        } else if self.names.is_taken(&name.node) {
            diagnostic = diagnostic.help(format!(
                "`{0}` is a label, which names layers and their parameters; write `as {0}` after a layer to name its result",
                name.node
            ));
        } else if self.instance.is_some() && self.aliases.values().any(|alias| *alias == name.node) {
            diagnostic =
                diagnostic.help("the value of this name is outside: a block sees only its own values");
        } else {
            diagnostic = match nearest(&name.node, frame.values.names()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("write `as {}` after the layer that is meant", name.node)),
            };
        }
        self.sink.push(diagnostic);
        None
    }

    /// Returns true if a name may have been given in text that could not be read.
    pub(super) fn may_be_unread(&self, name: &str) -> bool {
        self.unread.iter().any(|unread| mentions(self.library.text(*unread), name))
    }

    /// Returns the value that `input` stands for: the input that has no name.
    fn unnamed_input(&mut self, span: Span) -> Option<ValueId> {
        let inputs = self.graph.inputs.iter().copied();
        let names: Vec<(&str, ValueId)> =
            inputs.map(|input| (self.graph.value(input).name.as_str(), input)).collect();
        let unnamed = names.iter().find(|(name, _)| *name == UNNAMED).map(|(_, input)| *input);
        let named: Vec<String> =
            names.iter().filter(|(name, _)| *name != UNNAMED).map(|(name, _)| format!("`{name}`")).collect();
        if unnamed.is_none() && self.may_be_unread(UNNAMED) {
            self.uncertain = true;
            return None;
        }
        let diagnostic = if self.instance.is_some() {
            let error = Diagnostic::error("E0202", span, "the network's input is not known inside a block");
            error
                .help("a block sees only its own values: `branch { { ... } {} } add` joins the one that it begins with")
                .help("or join the input in the network, after the use of the block")
        } else if let Some(value) = unnamed {
            return Some(value);
        } else if named.is_empty() {
            Diagnostic::error("E0202", span, "there is no input before this")
                .help("begin the network with its input, such as `input [1, 28, 28]`")
        } else {
            Diagnostic::error("E0202", span, "`input` is the input without a name, and here each has one")
                .help(format!("write {}", list(&named, "or")))
        };
        self.uncertain = true;
        self.sink.push(diagnostic);
        None
    }

    /// Gives the current value a name.
    pub(super) fn alias(&mut self, name: Option<&Ident>, frame: &mut Frame) {
        let (Some(name), Some(value)) = (name, frame.current) else { return };
        if let Some((first, _)) = frame.values.find(&name.node) {
            self.sink.push(
                Diagnostic::error("E0203", name.span, format!("the name `{}` is already given", name.node))
                    .also(first, "first here")
                    .help("a name stands for one value: choose another"),
            );
            return;
        }
        self.aliases.insert(name.span, name.node.clone());
        self.graph.aliases.push((value, name.node.clone()));
        frame.values.define(name, value);
    }
}

//! Operators as one would write them.

use super::{INITS, JOINS, Split, entries, losses};
use crate::args::{self, Signature};
use crate::spatial::Spatial;

/// Returns the signature of a layer, a join, a loss or initial weights.
pub(super) fn signature(name: &str) -> Option<&'static Signature<'static>> {
    let layers = entries().map(|entry| &entry.signature).chain(JOINS.iter().map(|join| &join.signature));
    let losses = losses().map(|loss| &loss.signature);
    layers.chain([&Split::SIGNATURE]).chain(losses).chain(INITS).find(|known| known.name == name)
}

/// Builds the text of a layer, without what its signature has as defaults.
pub(super) struct Text {
    name: &'static str,
    args: Vec<String>,
}

impl Text {
    pub(super) fn new(name: &'static str) -> Text {
        Text { name, args: vec![] }
    }

    /// Returns the name of the layer.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Returns true if the signature has this default, as a text or a number. What a signature does not have
    /// is never written.
    fn is_default(&self, name: &str, text: &str) -> bool {
        let Some(signature) = signature(self.name).filter(|found| found.has(name)) else { return true };
        let number = args::number(text);
        signature
            .default(name)
            .is_some_and(|default| default == text || number.is_some() && args::number(default) == number)
    }

    pub(super) fn arg(mut self, value: &dyn ToString) -> Text {
        self.args.push(value.to_string());
        self
    }

    /// Adds an argument without its name, unless it is the default.
    pub(super) fn optional(mut self, name: &str, value: &dyn ToString) -> Text {
        let text = value.to_string();
        if !self.is_default(name, &text) {
            self.args.push(text);
        }
        self
    }

    /// Adds an argument with its name, unless it is the default.
    pub(super) fn option<T>(self, name: &str, value: &T, show: fn(&T) -> String) -> Text {
        let text = show(value);
        match self.is_default(name, &text) {
            true => self,
            false => self.named(name, &text),
        }
    }

    /// Adds an option whose default follows from other arguments.
    pub(super) fn unless<T: PartialEq>(
        self,
        name: &str,
        value: &T,
        default: &T,
        show: fn(&T) -> String,
    ) -> Text {
        if value == default { self } else { self.named(name, &show(value)) }
    }

    fn named(mut self, name: &str, text: &str) -> Text {
        self.args.push(format!("{name}={text}"));
        self
    }

    pub(super) fn finish(self) -> String {
        match self.args.is_empty() {
            true => self.name.to_string(),
            false => format!("{}({})", self.name, self.args.join(", ")),
        }
    }
}

/// Formats a window: `5x5`.
pub(super) fn window_text(window: &[usize]) -> String {
    let sizes: Vec<String> = window.iter().map(usize::to_string).collect();
    sizes.join("x")
}

/// Formats sizes: `2`, or `[2, 1]` when they differ (`0x1` would be a hexadecimal number).
pub(super) fn sizes_text(pair: &Spatial) -> String {
    match pair.iter().all(|size| *size == pair[0]) {
        true => pair[0].to_string(),
        false => format!("{pair:?}"),
    }
}

/// Returns the word of an option that stands for a value.
pub(super) fn name_of<T: PartialEq>(words: &[(&str, T)], value: &T) -> String {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word).to_string()
}

pub(super) fn plain_text<T: ToString>(value: &T) -> String {
    value.to_string()
}

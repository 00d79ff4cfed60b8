//! Collects what there is to say, once for each place, and notes what was used.

use netwright_grammar::{Diagnostic, Span};
use std::collections::BTreeSet;

/// Diagnostics so far.
#[derive(Default)]
pub(crate) struct Sink {
    diagnostics: Vec<Diagnostic>,
    seen: BTreeSet<(&'static str, Span)>,
    used: BTreeSet<Span>,
    overruled: BTreeSet<Span>,
    context: Vec<(Span, String)>,
    errors: usize,
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// The number of diagnostics after which unfolding stops.
const FULL: usize = 1000;
/// Unfolding stops after this many errors, counting repeated ones: finding one a million times takes minutes.
const REPEATED: usize = 4_000;
/// The number of uses of blocks around a place that are shown.
const CONTEXT_SHOWN: usize = 3;

impl Sink {
    /// Adds a diagnostic, unless its place already has one of its kind (a repeat finds the same error each time).
    pub(crate) fn push(&mut self, mut diagnostic: Diagnostic) {
        if diagnostic.is_error() {
            self.errors += 1;
        }
        if !self.seen.insert((diagnostic.code, diagnostic.span())) {
            return;
        }
        if diagnostic.is_error() {
            for (span, text) in self.context.iter().rev().take(CONTEXT_SHOWN) {
                if diagnostic.labels.iter().all(|label| !contains(*span, label.span)) {
                    diagnostic = diagnostic.also(*span, text.clone());
                }
            }
        }
        self.diagnostics.push(diagnostic);
    }

    /// Returns true if the place already has a diagnostic of this kind.
    pub(crate) fn has(&self, diagnostic: &Diagnostic) -> bool {
        self.seen.contains(&(diagnostic.code, diagnostic.span()))
    }

    /// Returns true if the place already has an error of this code, and counts it again if so: its message
    /// need not be made anew.
    pub(crate) fn repeats(&mut self, code: &'static str, place: Span) -> bool {
        let known = self.seen.contains(&(code, place));
        self.errors += usize::from(known);
        known
    }

    /// Returns true if there are so many diagnostics that nobody would read more, or the same error was found
    /// too often.
    pub(crate) fn is_full(&self) -> bool {
        self.diagnostics.len() >= FULL || self.errors >= REPEATED
    }

    /// Returns the number of errors found, repeated ones counted again.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Enters a use of a block: errors from here to [`Sink::leave`] happen inside of it.
    pub(crate) fn enter(&mut self, span: Span, text: String) {
        self.context.push((span, text));
    }

    /// Ends the use of a block.
    pub(crate) fn leave(&mut self) {
        self.context.pop();
    }

    /// Notes that what was defined there is used.
    pub(crate) fn mark(&mut self, definition: Span) {
        self.used.insert(definition);
    }

    /// Returns true if the definition at this place is used anywhere.
    pub(crate) fn is_used(&self, definition: Span) -> bool {
        self.used.contains(&definition)
    }

    /// Notes that a word of an option was meant where the name of this block parameter stands.
    pub(crate) fn overrule(&mut self, definition: Span) {
        self.overruled.insert(definition);
    }

    /// Returns true if a word of an option was meant anywhere in the place of this block parameter.
    pub(crate) fn is_overruled(&self, definition: Span) -> bool {
        self.overruled.contains(&definition)
    }

    /// Returns all diagnostics, in the order of their places.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.span(), !diagnostic.is_error()));
        self.diagnostics
    }
}

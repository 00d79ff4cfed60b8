//! The activation `linear`, which says that none is meant.

use super::frame::Frame;
use super::unfold::Unfolder;
use crate::advice;
use crate::graph::ValueId;
use crate::ops::{Group, LINEAR};
use netwright_grammar::Diagnostic;
use netwright_grammar::ast::{Call, Ident};

impl Unfolder<'_> {
    /// Applies `linear`: the current value stays what it is.
    pub(super) fn linear(&mut self, label: Option<&Ident>, call: &Call, frame: &mut Frame) {
        let input = self.current(call.span, frame);
        self.name(label, LINEAR, call.name.span);
        if let Some(first) = call.args.first() {
            let units = self.units(call);
            let span = first.span.to(call.args.last().map_or(first.span, |last| last.span));
            self.sink.push(
                Diagnostic::error("E0303", span, "`linear` takes no arguments")
                    .help("it is the activation that leaves every number as it is: write `linear` alone")
                    .help(format!("PyTorch's `Linear`, a layer of weights, is `dense({units})`")),
            );
            self.consume(Some(input));
            frame.current = Some(self.unknown(call.span));
        } else if call.unread.is_some() {
            self.consume(Some(input));
            frame.current = Some(self.unknown(call.span));
        } else if self.facts[input.0].known && !self.is_weighted(input) {
            self.sink.push(
                advice::DOES_NOTHING
                    .at(call.span, "this `linear` does nothing")
                    .here("there is no layer with weights before it")
                    .help("remove it"),
            );
        }
    }

    /// Returns the text that was meant to be the units of a dense layer: of PyTorch's sizes in and out the
    /// second.
    fn units(&self, call: &Call) -> &str {
        let named = |name: &Ident| ["units", "out_features"].contains(&name.node.as_str());
        let by_name = call.args.iter().find(|arg| arg.name.as_ref().is_some_and(named));
        let unnamed = call.args.iter().take(2).take_while(|arg| arg.name.is_none()).last();
        by_name.or(unnamed).map_or("units", |arg| self.library.text(arg.value.span))
    }

    /// Returns true if a value comes from weights, or from their normalisation: where an activation might
    /// have followed.
    fn is_weighted(&self, value: ValueId) -> bool {
        self.graph
            .producer(value)
            .map(|node| node.op.facts())
            .is_some_and(|facts| facts.weights.is_some() || facts.group == Group::Norm)
    }
}

//! Notes which layers come from which part of the source.

use super::unfold::Unfolder;
use crate::args::Arguments;
use crate::graph::{Section, SectionKind};
use netwright_grammar::Span;
use netwright_grammar::ast::{Call, Ident};

impl Unfolder<'_> {
    /// Unfolds the layers of a section.
    pub(super) fn sectioned(&mut self, kind: SectionKind, span: Span, inside: impl FnOnce(&mut Self)) {
        let around = self.begin(kind, span);
        inside(self);
        self.end(around);
    }

    /// Begins a section; returns the one around it, for [`end`](Unfolder::end).
    pub(super) fn begin(&mut self, kind: SectionKind, span: Span) -> Option<usize> {
        let (parent, start) = (self.section, self.graph.layers.len());
        self.graph.sections.push(Section { kind, span, parent, layers: start..start });
        self.section.replace(self.graph.sections.len() - 1)
    }

    /// Ends the section that was begun last, inside of the one around it.
    pub(super) fn end(&mut self, around: Option<usize>) {
        if let Some(section) = self.section.and_then(|section| self.graph.sections.get_mut(section)) {
            section.layers.end = self.graph.layers.len();
        }
        self.section = around;
    }
}

/// Returns a use of a block as written, with the values of the parameters around it: `down: residual(32, stride=2)`.
pub(super) fn title(label: Option<&Ident>, call: &Call, given: &Arguments) -> String {
    let args = given.given.iter().map(|arg| {
        let value = arg.value.node.written();
        arg.name.as_ref().map_or(value.clone(), |name| format!("{}={value}", name.node))
    });
    let args: Vec<String> = args.collect();
    let label = label.map(|label| format!("{}: ", label.node)).unwrap_or_default();
    match args.is_empty() {
        true => format!("{label}{}", call.name.node),
        false => format!("{label}{}({})", call.name.node, args.join(", ")),
    }
}

//! Diagnostics as people read them: the source line, carets under the place, and help.

use crate::program::Sources;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use netwright_grammar::{Diagnostic, Severity};

/// Colouring of rendered diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// ANSI escape codes.
    Ansi,
    /// Text without colours.
    Plain,
}

/// Renders all diagnostics, one after another with an empty line between them; empty if there are none.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, colour: Colour) -> String {
    let renderer = match colour {
        Colour::Ansi => Renderer::styled(),
        Colour::Plain => Renderer::plain(),
    };
    let mut text = String::new();
    for diagnostic in diagnostics {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&renderer.render(&[group(diagnostic, sources)]));
        text.push('\n');
    }
    text
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code));
    let mut files: Vec<usize> = vec![];
    for label in &diagnostic.labels {
        let file = usize::from(label.span.file.0);
        if !files.contains(&file) && file < sources.files.len() {
            files.push(file);
        }
    }
    for file in files {
        let (name, text) = &sources.files[file];
        let snippet = Snippet::source(text.as_str()).path(name.as_str()).fold(true);
        group = group.element(snippet.annotations(annotations(diagnostic, file, text)));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

fn annotations<'a>(diagnostic: &'a Diagnostic, file: usize, text: &str) -> Vec<Annotation<'a>> {
    let labels = diagnostic.labels.iter().enumerate();
    labels
        .filter(|(_, label)| usize::from(label.span.file.0) == file)
        .map(|(index, label)| {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(within(label.span.range(), text));
            match label.text.is_empty() {
                true => annotation,
                false => annotation.label(label.text.as_str()),
            }
        })
        .collect()
}

/// Returns a range on borders of letters, so that no range can be wrong.
fn within(range: std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(range.start);
    start..border(range.end).max(start)
}

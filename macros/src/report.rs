//! The compiler's findings as rustc shows them: errors as `compile_error!`, warnings as uses of a deprecated constant.

use crate::source::Spans;
use netwright_compiler::{Diagnostic, Program};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};

/// All findings, each on its token.
pub(crate) fn all(diagnostics: &[Diagnostic], spans: &Spans, program: &Program) -> TokenStream {
    let one = |(i, diagnostic): (usize, &Diagnostic)| {
        let span = spans.at(diagnostic.span().start as usize);
        let message = message(diagnostic, program);
        if diagnostic.is_error() { error(&message, span) } else { warning(&message, span, i) }
    };
    diagnostics.iter().enumerate().map(one).collect()
}

/// An error on a token.
pub(crate) fn error(message: &str, span: Span) -> TokenStream {
    quote_spanned!(span=> ::core::compile_error! { #message })
}

/// rustc has no stable way for a macro to warn, but it warns of what is deprecated, with its note.
fn warning(message: &str, span: Span, index: usize) -> TokenStream {
    let name = format_ident!("NETWRIGHT_WARNING_{index}", span = span);
    quote_spanned! {span=>
        const _: () = {
            #[deprecated(note = #message)]
            #[allow(non_upper_case_globals)]
            const #name: () = ();
            #name
        };
    }
}

/// The finding as text: places in other files and remarks have lines of their own.
fn message(diagnostic: &Diagnostic, program: &Program) -> String {
    let mut lines = vec![format!("{} [{}]", diagnostic.message, diagnostic.code)];
    for (i, label) in diagnostic.labels.iter().enumerate() {
        let file = program.sources.files.get(usize::from(label.span.file.0));
        let place = file.filter(|(name, _)| name != "network!").map(|(name, text)| {
            let before = text.get(..label.span.start as usize).unwrap_or("");
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            format!("{name}:{line}:{column}")
        });
        let text = (!label.text.is_empty()).then(|| label.text.clone());
        let quoted = file.and_then(|(_, text)| text.get(label.span.range())).and_then(|t| t.lines().next());
        let text = match (text, quoted) {
            (Some(text), Some(quoted)) if i > 0 => Some(format!("`{quoted}`: {text}")),
            (text, _) => text,
        };
        match (place, text) {
            (Some(place), Some(text)) => lines.push(format!("  at {place}: {text}")),
            (Some(place), None) => lines.push(format!("  at {place}")),
            (None, Some(text)) => lines.push(format!("  {text}")),
            (None, None) => {}
        }
    }
    lines.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    lines.join("\n")
}

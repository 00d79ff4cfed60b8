//! Diagnostics as the Rust compiler shows them: errors and warnings at the tokens they are about.

use crate::source::SpanTable;
use netwright_compiler::{Diagnostic, Label, Severity, Sources};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use std::fmt::Write as _;

/// The texts of a compilation and the tokens that diagnostics point to.
pub(crate) struct Places<'a> {
    pub(crate) sources: &'a Sources,
    /// The tokens of the first text, if it stands in Rust source.
    pub(crate) inline: Option<&'a SpanTable>,
    /// The macro's path argument, where diagnostics about files are reported.
    pub(crate) call: Span,
}

impl Places<'_> {
    /// Returns the tokens at fault.
    fn ends(&self, label: &Label) -> (Span, Span) {
        match self.inline {
            Some(table) if label.span.file.0 == 0 => table.ends(label.span.range()),
            _ => (self.call, self.call),
        }
    }

    /// Renders a label as a remark of the message: Rust's own labels cannot be made by a macro.
    fn remark(&self, label: &Label, first: bool) -> Option<String> {
        let remark = label.text.as_str();
        if self.inline.is_some() && label.span.file.0 == 0 {
            let line = self.ends(label).0.start().line;
            return match (first, remark.is_empty()) {
                (true, true) => None,
                (true, false) => Some(remark.to_string()),
                (false, _) => Some(format!("line {line}: {remark}")),
            };
        }
        let (name, text) = self.sources.files.get(usize::from(label.span.file.0))?;
        Some(excerpt(name, text, label))
    }
}

/// Returns the line of a file that a label is about, with the remark below the words.
fn excerpt(name: &str, text: &str, label: &Label) -> String {
    let border = |at: u32| {
        let mut at = (at as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(label.span.start);
    let begin = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[begin..].lines().next().unwrap_or_default();
    let column = text[begin..start].chars().count();
    let end = border(label.span.end).clamp(start, (begin + line.len()).max(start));
    let width = text[start..end].chars().count().max(1);
    let number = text[..begin].matches('\n').count() + 1;
    let margin = " ".repeat(number.to_string().len());
    let carets = format!("{}{}", " ".repeat(column), "^".repeat(width));
    let below = format!("{carets} {}", label.text);
    format!(
        "{margin}--> {name}:{number}:{}\n{margin} |\n{number} | {}\n{margin} | {}",
        column + 1,
        line.replace('\t', " "),
        below.trim_end()
    )
}

/// Renders a diagnostic as the text of a `compile_error!`: message, places, explanations and advice.
fn message(diagnostic: &Diagnostic, places: &Places<'_>) -> String {
    let mut text = format!("{}: {}", diagnostic.code, diagnostic.message);
    for (index, label) in diagnostic.labels.iter().enumerate() {
        if let Some(remark) = places.remark(label, index == 0) {
            let _ = write!(text, "\n{remark}");
        }
    }
    for help in &diagnostic.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    text
}

/// Returns items that make rustc report all diagnostics.
pub(crate) fn diagnostics(found: &[Diagnostic], places: &Places<'_>) -> TokenStream {
    found
        .iter()
        .map(|diagnostic| {
            let message = message(diagnostic, places);
            let ends = places.ends(&diagnostic.labels[0]);
            match diagnostic.severity {
                Severity::Error => error(&message, ends),
                Severity::Warning => warning(&message, ends),
            }
        })
        .collect()
}

/// Returns an error that covers the tokens from the first to the last.
pub(crate) fn error(message: &str, (first, last): (Span, Span)) -> TokenStream {
    // The compiler joins the spans of a macro's first and last token.
    let path = quote_spanned!(first=> ::core::compile_error!);
    let arguments = quote_spanned!(last=> { #message });
    quote::quote!(#path #arguments)
}

/// Returns the use of something deprecated, the only warning that a macro can raise. It stays one in a crate
/// that denies warnings: advice must not break a build that was fine.
fn warning(message: &str, (first, _): (Span, Span)) -> TokenStream {
    let name = quote_spanned!(first=> ADVICE);
    quote::quote! {
        #[warn(warnings)]
        const _: () = {
            #[deprecated(note = #message)]
            const ADVICE: () = ();
            #name
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netwright_compiler::{FileId, Span as Place};

    #[test]
    fn a_place_in_a_file_shows_its_line() {
        let text = "network A {\n\tconv(ä) relu\n}".to_string();
        let sources = Sources { files: vec![("nets/a.net".into(), text.clone())] };
        let at = |word: &str| {
            let start = text.find(word).expect("a word of the text");
            Place { file: FileId(0), start: start as u32, end: (start + word.len()) as u32 }
        };
        let found = Diagnostic::error("E0000", at("ä"), "this is wrong").also(at("relu"), "seen here");
        let found = found.help("mend it");
        let places = Places { sources: &sources, inline: None, call: Span::call_site() };
        assert_eq!(
            message(&found, &places),
            "E0000: this is wrong\n --> nets/a.net:2:7\n  |\n2 |  conv(ä) relu\n  |       ^\n --> nets/a.net:2:10\n  |\n\
             2 |  conv(ä) relu\n  |          ^^^^ seen here\nhelp: mend it"
        );
    }

    #[test]
    fn places_outside_the_text_do_not_panic() {
        for (start, end) in [(0, 0), (0, 900), (3, 3), (4, 2), (900, 901)] {
            let span = Place { file: FileId(0), start, end };
            let label = Label { span, text: String::new() };
            assert!(excerpt("a.net", "ä\nö", &label).contains("--> a.net:"));
            assert!(excerpt("a.net", "", &label).contains("--> a.net:1:1"));
        }
    }
}

//! Conversion of tokens back to the text they were made of, with a table of their places.

use proc_macro2::{Delimiter, LineColumn, Spacing, Span, TokenStream, TokenTree};
use std::ops::Range;

/// The span of each token of a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanTable {
    /// Byte ranges of the text with their spans, ordered and disjoint.
    tokens: Vec<(Range<usize>, Span)>,
}

impl SpanTable {
    /// Returns the spans of the first and the last token that a range of the text touches; of the nearest one
    /// where it touches none.
    pub(crate) fn ends(&self, range: Range<usize>) -> (Span, Span) {
        let first = self.tokens.partition_point(|(token, _)| token.end <= range.start);
        let behind = self.tokens.partition_point(|(token, _)| token.start < range.end.max(range.start + 1));
        let nearest = first.min(self.tokens.len().saturating_sub(1));
        let last = behind.saturating_sub(1).max(nearest);
        let span = |index: usize| self.tokens.get(index).map_or_else(Span::call_site, |(_, span)| *span);
        (span(nearest), span(last))
    }
}

/// Returns the text of a description.
///
/// Line breaks, and gaps between the tokens of a line, stand where they stood, so that what is read as one piece was written as one; the
/// column of the first token is taken off every line. Some editors give all tokens one position: there, gaps are single spaces.
/// Doc comments are left out: they are comments of the language.
pub(crate) fn text(tokens: TokenStream) -> (String, SpanTable) {
    let mut pieces = Vec::new();
    flatten(tokens, &mut pieces);
    let start = |piece: &Piece| piece.span.start();
    let placed = pieces.windows(2).any(|pair| start(&pair[0]) != start(&pair[1]));
    let margin = pieces.first().map_or(0, |piece| start(piece).column);
    let mut text = String::new();
    let mut table = SpanTable::default();
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(before) = index.checked_sub(1).map(|before| &pieces[before]) {
            if placed {
                gap(before.span.end(), start(piece), margin, &mut text);
            } else if !before.joint && piece.text != "%" {
                text.push(' ');
            }
            // Tokens of different macros can seem to touch.
            if text.ends_with(is_word) && piece.text.starts_with(is_word) {
                text.push(' ');
            }
        }
        let at = text.len();
        text.push_str(&piece.text);
        table.tokens.push((at..text.len(), piece.span));
    }
    (text, table)
}

/// A token, or one end of a group.
struct Piece {
    text: String,
    span: Span,
    /// The next one belongs to the same operator.
    joint: bool,
}

/// Wider gaps than this are cut: positions of different files mean nothing to each other.
const WIDEST: usize = 200;

fn gap(end: LineColumn, start: LineColumn, margin: usize, text: &mut String) {
    let width = if start.line > end.line {
        text.push('\n');
        start.column.saturating_sub(margin)
    } else if start.line == end.line && start.column >= end.column {
        start.column - end.column
    } else {
        1
    };
    text.extend(std::iter::repeat_n(' ', width.min(WIDEST)));
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn flatten(tokens: TokenStream, pieces: &mut Vec<Piece>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let (span, joint) = match &token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                delimiter(open, group.span_open(), pieces);
                flatten(group.stream(), pieces);
                delimiter(close, group.span_close(), pieces);
                continue;
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
                if tokens.next_if(is_doc).is_some() {
                    continue;
                }
                (punct.span(), false)
            }
            TokenTree::Punct(punct) => (punct.span(), punct.spacing() == Spacing::Joint),
            other => (other.span(), false),
        };
        pieces.push(Piece { text: token.to_string(), span, joint });
    }
}

fn delimiter(text: &str, span: Span, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece { text: text.into(), span, joint: false });
    }
}

/// Returns true for `[doc = "..."]`.
fn is_doc(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    group.delimiter() == Delimiter::Bracket
        && matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

#[cfg(test)]
mod tests;

//! A macro's tokens as the text that they were written as, and the way back from the text's places to tokens.

use proc_macro2::{Delimiter, LineColumn, Span, TokenStream, TokenTree};

/// Which token stands at which place of the text.
pub(crate) struct Spans {
    /// First byte and token, in the order of the text.
    tokens: Vec<(usize, Span)>,
}

impl Spans {
    /// Every place is this token's.
    pub(crate) fn all_at(span: Span) -> Spans {
        Spans { tokens: vec![(0, span)] }
    }

    /// The token at, or else before, a place.
    pub(crate) fn at(&self, offset: usize) -> Span {
        let behind = self.tokens.partition_point(|&(start, _)| start <= offset);
        match behind.checked_sub(1).and_then(|i| self.tokens.get(i)) {
            Some(&(_, span)) => span,
            None => self.tokens.first().map_or_else(Span::call_site, |&(_, span)| span),
        }
    }
}

/// The text of the tokens, with their lines and columns where the compiler tells them.
pub(crate) fn text(tokens: TokenStream) -> (String, Spans) {
    let mut writer = Writer { text: String::new(), tokens: Vec::new(), at: None };
    writer.stream(tokens);
    (writer.text, Spans { tokens: writer.tokens })
}

struct Writer {
    text: String,
    tokens: Vec<(usize, Span)>,
    /// Where the last token ended; `None` before the first.
    at: Option<LineColumn>,
}

impl Writer {
    fn stream(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    self.token(open, group.span_open());
                    self.stream(group.stream());
                    self.token(close, group.span_close());
                }
                TokenTree::Ident(ident) => self.token(&ident.to_string(), ident.span()),
                TokenTree::Punct(punct) => self.token(&punct.as_char().to_string(), punct.span()),
                TokenTree::Literal(literal) => self.token(&literal.to_string(), literal.span()),
            }
        }
    }

    fn token(&mut self, token: &str, span: Span) {
        if token.is_empty() {
            return;
        }
        let (start, end) = (span.start(), span.end());
        // An editor may say that everything stands at one place, and a macro may have made the tokens: then a space
        // parts them, except where that would cut an operator in two.
        match self.at {
            None => {}
            Some(at) if start.line == at.line && start.column >= at.column => {
                self.text.extend(std::iter::repeat_n(' ', start.column - at.column));
            }
            Some(at) if start.line > at.line && end != start => {
                self.text.extend(std::iter::repeat_n('\n', start.line - at.line));
                self.text.extend(std::iter::repeat_n(' ', start.column));
            }
            Some(_) if token == "=" && self.text.ends_with(['=', '<', '>', '!']) => {}
            Some(_) if token == "%" => {}
            Some(_) => self.text.push(' '),
        }
        self.at = Some(end);
        self.tokens.push((self.text.len(), span));
        self.text.push_str(token);
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use proc_macro2::TokenStream;

    fn back(source: &str) -> String {
        text(source.parse::<TokenStream>().expect("the text is Rust's tokens")).0
    }

    #[test]
    fn every_kind_of_token_survives() {
        for source in [
            "conv(6, 5x5, pad=2) relu",
            "validate 10% rotate(10deg) shift(2px) adam(lr=1e-3)",
            "if stride > 1 { a } else { b }",
            "if a != b and c <= 2 or not d == 1.5 { }",
            "stem: conv(16, 3x3) as skip",
            "data csv(\"data/points.csv\")",
        ] {
            assert_eq!(back(source), source);
        }
    }

    #[test]
    fn lines_and_columns_stay() {
        let source = "network A {\n    input [1, 28, 28]\n\n    dense(3)\n}";
        assert_eq!(back(source), source);
    }

    #[test]
    fn comments_leave_their_room() {
        assert_eq!(back("a // one\nb /* two */ c"), "a\nb           c");
    }

    #[test]
    fn a_place_leads_to_its_token() {
        let source = "network A {\n    conv(6)\n}";
        let (text, spans) = text(source.parse().expect("tokens"));
        let at = text.find("conv").expect("conv is there");
        assert_eq!((spans.at(at).start().line, spans.at(at).start().column), (2, 4));
        assert_eq!(spans.at(at + 2).start().column, 4, "within the token");
        assert_eq!(spans.at(text.len()).start().line, 3, "behind the last");
    }
}

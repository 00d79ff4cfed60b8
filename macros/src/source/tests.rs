use super::*;
use proc_macro2::Literal;

/// Returns the text of Rust source, and the table.
fn round(source: &str) -> (String, SpanTable) {
    text(source.parse().expect("tokens of Rust"))
}

/// Converts a source as an editor does that gives every token the same position.
fn without_positions(source: &str) -> String {
    fn moved(tokens: TokenStream) -> TokenStream {
        tokens
            .into_iter()
            .map(|mut token| {
                if let TokenTree::Group(group) = &token {
                    let inner = moved(group.stream());
                    token = proc_macro2::Group::new(group.delimiter(), inner).into();
                }
                token.set_span(Span::call_site());
                token
            })
            .collect()
    }
    text(moved(source.parse().expect("tokens of Rust"))).0
}

#[test]
fn a_text_comes_back_as_it_was() {
    for source in [
        "conv(16, 5x5, pad=1)",
        "rotate(10deg) shift(2px) weights 3x3x3 memory 64MB",
        "validate 10% seed 1_000",
        "adam(lr=1e-3, eps=1.5E-8)",
        "data idx(\"data/mnist\")",
        "if a != b { relu } else { tanh }",
        "if a <= b and b >= -c or not d == e { relu }",
        "network A {\n    input [1, 28, 28]\n\n    stem: conv(1, 3x3) as skip\n}",
        "a * (b + c) / -2 - 3",
        "lr=-1",
    ] {
        let squeezed = |text: &str| text.replace("\n\n", "\n");
        assert_eq!(round(source).0, squeezed(source));
    }
}

#[test]
fn comments_leave_gaps() {
    let (text, _) = round(
        "/// What it is for\nnetwork A { // the input\n    input [2] /* two */ dense(1)\n    /** One. */ relu }",
    );
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words, ["network", "A", "{", "input", "[2]", "dense(1)", "relu", "}"]);
}

#[test]
fn the_margin_is_taken_off() {
    let (text, _) = round("        network A {\n            relu\n        }\n        train A {\n        }");
    assert_eq!(text, "network A {\n    relu\n}\ntrain A {\n}");
}

#[test]
fn each_token_is_found_where_it_stands() {
    let source = "network Ä {\n    conv(6, 5x5)  max_pool(2x2)\n}";
    let (text, table) = round(source);
    for word in ["network", "Ä", "{", "conv", "6", "5x5", "max_pool", "2x2", ")", "}"] {
        let at = text.find(word).expect("a word of the text");
        let (first, last) = table.ends(at..at + word.len());
        assert_eq!(first.start(), last.start(), "`{word}` is one token");
        assert_eq!(first.source_text().as_deref(), Some(word));
    }
    let call = text.find("conv").expect("a layer");
    let (first, last) = table.ends(call..call + "conv(6, 5x5)".len());
    assert_eq!(first.source_text().as_deref(), Some("conv"));
    assert_eq!(last.source_text().as_deref(), Some(")"));
}

#[test]
fn places_between_and_behind_tokens_have_a_span() {
    let (text, table) = round("network A { }");
    let of = |range: Range<usize>| {
        let (first, last) = table.ends(range);
        (first.source_text().unwrap_or_default(), last.source_text().unwrap_or_default())
    };
    assert_eq!(of(7..8), ("A".into(), "A".into()));
    assert_eq!(of(8..8), ("A".into(), "A".into()));
    assert_eq!(of(text.len()..text.len()), ("}".into(), "}".into()));
    assert_eq!(of(500..600), ("}".into(), "}".into()));
}

#[test]
fn no_tokens_have_the_place_of_the_call() {
    let (text, table) = text(TokenStream::new());
    assert_eq!(text, "");
    assert_eq!(table.ends(0..0).0.start(), Span::call_site().start());
}

#[test]
fn without_positions_words_stay_apart_and_operators_together() {
    assert_eq!(without_positions("conv(16, 5x5, pad=1)"), "conv ( 16 , 5x5 , pad = 1 )");
    assert_eq!(
        without_positions("validate 10% if a != b { adam(lr=1e-3) }"),
        "validate 10% if a != b { adam ( lr = 1e-3 ) }"
    );
    assert_eq!(without_positions("a <= -b"), "a <= - b");
}

#[test]
fn groups_without_delimiters_are_only_their_tokens() {
    let inner: TokenStream = "relu".parse().expect("tokens of Rust");
    let group = proc_macro2::Group::new(Delimiter::None, inner);
    let tokens: TokenStream =
        [TokenTree::from(group), TokenTree::from(Literal::u32_unsuffixed(3))].into_iter().collect();
    assert_eq!(text(tokens).0, "relu 3");
}

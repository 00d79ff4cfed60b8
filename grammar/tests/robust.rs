//! The parser on texts that nobody meant: it never panics, and it is quick.

use netwright_grammar::{FileId, parse};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const VALID: &str = include_str!("../../examples/resnet_block.net");

/// Reads a text; every place that is spoken of must be one.
fn check(text: &str) {
    let (_, diagnostics) = parse(FileId(0), text);
    for diagnostic in diagnostics {
        assert!(!diagnostic.labels.is_empty() && !diagnostic.message.is_empty());
        for label in &diagnostic.labels {
            let range = label.span.range();
            let inside = range.end <= text.len() && text.get(range.clone()).is_some();
            assert!(inside, "{range:?} of {} in {text:?}", diagnostic.code);
        }
    }
}

/// Returns a strategy for a piece of the language, or of nothing.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "network", "train", "block", "import", "input", "branch", "repeat", "if", "else", "from", "output",
        "loss", "as", "true", "not", "and", "or", "conv", "a", "{", "}", "(", ")", "[", "]", ",", ":", "=",
        "==", "!=", "<=", "<", "+", "-", "*", "/", "%", "\"", "\"a\"", "//", "/*", "*/", "\n", "5x5", "10%",
        "1e-3", "1e", "3", "0.5", "data", "epochs", "ä", "\u{0}", "'", "#",
    ];
    prop_oneof![4 => prop::sample::select(words.to_vec()).prop_map(String::from), 1 => "\\PC{0,3}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_row_of_words(words in prop::collection::vec(piece(), 0..60)) {
        check(&words.join(" "));
        check(&words.concat());
        check(&format!("network A {{ {} }}", words.join(" ")));
    }

    #[test]
    fn a_valid_text_with_changes(changes in prop::collection::vec((any::<prop::sample::Index>(), 0..20usize, piece()), 1..5)) {
        let mut letters: Vec<char> = VALID.chars().collect();
        for (at, length, put) in changes {
            let start = at.index(letters.len() + 1);
            let end = (start + length).min(letters.len());
            letters.splice(start..end, put.chars());
        }
        check(&letters.into_iter().collect::<String>());
    }

    #[test]
    fn a_valid_text_cut_short(end in any::<prop::sample::Index>()) {
        let letters: Vec<char> = VALID.chars().collect();
        check(&letters[..end.index(letters.len() + 1)].iter().collect::<String>());
    }
}

#[test]
fn long_texts_are_read_in_a_second() {
    let size = 100_000;
    let fill = |piece: &str| piece.repeat(size / piece.len());
    let nested = |open: &str, close: &str, depth: usize| {
        let tower = open.repeat(depth) + &close.repeat(depth);
        tower.repeat((size / tower.len()).max(1))
    };
    let in_network = |body: &str| format!("network A {{\n{body}\n}}\n");
    let mut texts = vec![];
    for piece in [
        "(",
        "[",
        "{",
        "((((",
        "a:",
        "a(",
        "a:a:a:",
        "{}",
        "a(a(",
        "-",
        "- ",
        "not ",
        "/*",
        "//",
        "\"",
        "if ",
        "else ",
        "as ",
        "repeat ",
        "branch {",
        "network ",
        "network A {",
        "x",
        "1",
        "1x",
        "1.",
        "1e",
        "\n",
        "=",
        "a=",
        ",",
        ":",
        "ä",
        "from ",
        "loss ",
        "( ",
        "if a {} else ",
        "train A { data ",
        "a ",
    ] {
        texts.extend([fill(piece), in_network(&fill(piece)), format!("train A {{\n{}\n}}\n", fill(piece))]);
    }
    for operator in ["+", "*", "-", "/", " and ", " or ", "<", "=="] {
        let chain = fill(&format!("1{operator}"));
        texts.extend([
            in_network(&format!("a({chain}1)")),
            in_network(&format!("a({chain})")),
            in_network(&format!("repeat {chain}1 {{ }}")),
        ]);
    }
    for depth in [8, 30, 60] {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("a(", ")"),
            ("a: {", "}"),
            ("branch { {", "} } add"),
            ("repeat 2 {", "}"),
            ("if a {", "} else { }"),
            ("if a { } else {", "}"),
            ("a([", "])"),
            ("-(", ")"),
            ("not (", ")"),
            ("a=a(", ")"),
            ("/*", "*/"),
        ] {
            let text = nested(open, close, depth / open.matches(['(', '[', '{']).count().max(1));
            texts.extend([
                in_network(&text),
                in_network(&format!("a({text})")),
                format!("train A {{ data {text} }}"),
                in_network(&format!("{text} ?")),
            ]);
        }
    }
    for text in texts {
        let start = Instant::now();
        check(&text);
        let took = start.elapsed();
        assert!(
            took < Duration::from_secs(1),
            "{took:?} for {} bytes that begin with {:?}",
            text.len(),
            text.chars().take(60).collect::<String>()
        );
    }
}

#[test]
fn long_valid_texts_are_read_whole() {
    let text = format!("network A {{ {} }}", "stem: conv(16, 3x3, pad=1) as skip ".repeat(3000));
    let start = Instant::now();
    let (file, diagnostics) = parse(FileId(0), &text);
    assert!(diagnostics.is_empty());
    let netwright_grammar::ast::Item::Network(network) = &file.items[0] else {
        panic!("{:?}", file.items[0])
    };
    assert_eq!(network.body.len(), 3000);
    assert!(start.elapsed() < Duration::from_secs(1));
}

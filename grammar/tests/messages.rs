//! Messages for wrong texts: each finding with its place marked.

use netwright_grammar::{Diagnostic, FileId, parse};
use std::fmt::Write as _;

/// Returns the text, then each finding below the line it is about.
fn findings(text: &str) -> String {
    let (_, diagnostics) = parse(FileId(0), text);
    assert!(!diagnostics.is_empty(), "nothing is said of {text}");
    let mut shown = format!("{text}\n----");
    diagnostics.iter().for_each(|diagnostic| show(&mut shown, text, diagnostic));
    shown
}

fn show(shown: &mut String, text: &str, diagnostic: &Diagnostic) {
    let _ = write!(shown, "\n{}: {}", diagnostic.code, diagnostic.message);
    for label in &diagnostic.labels {
        let range = label.span.range();
        assert!(text.get(range.clone()).is_some(), "{range:?} is no place of {text}");
        let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let before = " ".repeat(text[start..range.start].chars().count());
        let marks = "^".repeat(text[range].lines().next().unwrap_or_default().chars().count().max(1));
        let _ = write!(shown, "\n  | {line}\n  | {}", format!("{before}{marks} {}", label.text).trim_end());
    }
    for help in &diagnostic.help {
        let _ = write!(shown, "\n  help: {help}");
    }
}

macro_rules! messages {
    ($($name:ident: $text:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(findings($text));
            }
        )*
    };
}

messages! {
    item_misspelt: "netwrok A { relu }";
    item_unknown: "layer A { relu }";
    item_after_item: "network A { relu }\n42\nnetwork B { relu }";
    network_without_name: "network { relu }";
    network_without_body: "network A";
    reserved_name: "network input { relu }";
    allow_without_name: "allow\nnetwork A { input [2] }";
    allow_in_quotes: "allow \"unused-name\"";
    import_without_quotes: "import blocks";
    block_parameters: "block a(1) { relu }";
    brace_not_closed: "network A {\n    relu\n";
    brace_too_many: "network A { relu } }";
    brackets_crossed: "network A { conv(3] }";
    text_not_closed: "import \"a.net\nnetwork A { }";
    comment_not_closed: "network A { } /* and so on";
    argument_missing: "network A { conv(3, ) dense(, 3) }";
    argument_without_value: "network A { conv(pad=) }";
    operator_alone: "network A { conv(3 +) }";
    operator_unknown: "network A { conv(3 % 2) }";
    comparisons_in_a_row: "network A { if 1 < 2 < 3 { relu } }";
    suffix_unknown: "network A { conv(3y3) dense(5e) }";
    branch_without_join: "network A {\n    branch { { relu } }\n}";
    branch_with_layers: "network A {\n    branch { relu tanh } add\n}";
    repeat_without_count: "network A { repeat { relu } }";
    if_without_condition: "network A { if { relu } }";
    else_alone: "network A {\n    relu\n    else { tanh }\n}";
    as_without_name: "network A { relu as }";
    as_without_second_name: "network A { split(2) as a, }";
    as_first: "network A { as x }";
    input_without_shape: "network A { input }";
    label_without_layer: "network A { stem: }";
    setting_misspelt: "train A {\n    epoch 3\n    lr 1e-3\n}";
    several: "network A {\n    conv(3,,)\n    relu\n    from 3\n    tanh\n}\ntrain A {\n    optimiser adam\n}";
    foreign_letters: "network Größe { größe(3) }";
    semicolons: "network A {\n    relu;\n    tanh;\n}";
    empty_text_after_keyword: "train";
}

#[test]
fn nesting() {
    let text = format!("network A {{ a({}1{}) }}", "(".repeat(70), ")".repeat(70));
    insta::assert_snapshot!(findings(&text));
}

//! Wrong texts, with what the compiler says about them as people read it: `errors/NAME.net` and, beside it, `NAME.snap`.

use netwright_compiler::render::{Colour, render};
use netwright_compiler::{Diagnostic, Program, parse_program};
use netwright_tests::sources::{self, Folder};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn check(text: &str) -> (Program, Vec<Diagnostic>) {
    parse_program("test.net", text, &Folder("errors"))
}

/// What the compiler says about a wrong text, to the end of its work.
fn explain(name: &str, text: &str) -> (Program, Vec<Diagnostic>) {
    let (program, diagnostics) = parse_program(&format!("{name}.net"), text, &Folder("errors"));
    if diagnostics.iter().all(|diagnostic| !diagnostic.is_error()) {}
    (program, diagnostics)
}

#[test]
fn every_wrong_text_is_explained() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(sources::folder("errors"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut changed = vec![];
    for (name, text) in sources::texts("errors") {
        let (program, diagnostics) = explain(&name, &text);
        assert!(!diagnostics.is_empty(), "{name} has nothing wrong");
        if let Some((code, _)) = name.split_once('_').filter(|(code, _)| code.starts_with("e0")) {
            let code = code.to_uppercase();
            assert!(diagnostics.iter().any(|d| d.code == code && d.is_error()), "{name} lacks {code}");
        }
        let shown = render(&diagnostics, &program.sources, Colour::Plain);
        let outcome =
            settings.bind(|| std::panic::catch_unwind(|| insta::assert_snapshot!(name.as_str(), shown)));
        if outcome.is_err() {
            changed.push(name);
        }
    }
    assert!(changed.is_empty(), "changed: {changed:?}");
}

#[test]
fn every_code_and_lint_has_a_wrong_text() {
    let mut codes = BTreeSet::new();
    for file in sources::files(&sources::folder("../compiler/src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("\"E0") {
            codes.extend(text.get(at + 1..at + 6).map(str::to_string));
        }
        for part in text.split("Diagnostic::warning(").skip(1) {
            codes.extend(part.split('"').nth(1).map(str::to_string));
        }
    }
    assert!(codes.len() > 50, "found only {codes:?}");
    let mut seen = BTreeSet::new();
    for (name, text) in sources::texts("errors") {
        let (_, diagnostics) = explain(&name, &text);
        seen.extend(diagnostics.iter().map(|d| d.code.to_string()));
    }
    let missing: Vec<&String> = codes.difference(&seen).collect();
    assert!(missing.is_empty(), "no wrong text for {missing:?}");
}

#[test]
fn every_error_says_how_to_mend_it() {
    for (name, text) in sources::texts("errors") {
        let (_, diagnostics) = explain(&name, &text);
        for diagnostic in diagnostics {
            let said = diagnostic.help.len() + usize::from(!diagnostic.labels[0].text.is_empty());
            assert!(said > 0 || diagnostic.code.starts_with("E01"), "{name}: {diagnostic:?}");
            assert!(!diagnostic.message.ends_with('.'), "{name}: {diagnostic:?}");
            let first = diagnostic.message.chars().next().unwrap();
            assert!(!first.is_uppercase() || diagnostic.message.starts_with("Nesterov"), "{diagnostic:?}");
        }
    }
}

#[test]
fn blocks_that_double_forty_times_end_soon() {
    let mut text = "block b0 { relu }\n".to_string();
    for level in 1..=40 {
        text += &format!("block b{level} {{ b{0} b{0} }}\n", level - 1);
    }
    text += "network N { input [4] dense(4) b40 }";
    let (program, diagnostics) = check(&text);
    assert!(program.models.is_empty());
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert_eq!(diagnostics[0].code, "E0608");
    // The same without any layer, so that only steps are counted.
    let (_, diagnostics) = check(&text.replace("relu", ""));
    assert!(diagnostics.iter().any(|d| d.code == "E0608"), "{diagnostics:?}");
}

#[test]
fn a_long_chain_of_blocks_is_an_error_and_not_an_overflow() {
    let mut text = "block b0 { relu }\n".to_string();
    for level in 1..=50_000 {
        text += &format!("block b{level} {{ b{} }}\n", level - 1);
    }
    text += "network N { input [4] dense(4) b50000 }";
    let (_, diagnostics) = check(&text);
    assert_eq!(diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["E0609"]);
}

#[test]
fn long_expressions_and_conditions_are_errors_and_not_overflows() {
    let ones = "1 + ".repeat(100_000);
    let parens = format!("{}1{}", "(".repeat(50), " + 1 + 1 + 1)".repeat(50));
    let minus = "-(".repeat(51) + "1" + &")".repeat(51);
    let calls = format!("{}1{}", "[1, 2 + ".repeat(50), "]".repeat(50));
    let elses = "else if false { relu } ".repeat(100_000);
    let comments = "/* . */ else if false { relu } // .\n".repeat(10_000);
    for text in [
        format!("dense({ones} 1)"),
        format!("dense({parens})"),
        format!("dense({minus})"),
        format!("dense({calls})"),
        format!("if false {{ relu }} {elses}"),
        format!("if false {{ relu }} {comments}"),
    ] {
        let (_, diagnostics) = check(&format!("network N {{ input [4] {text} }}"));
        assert!(diagnostics.iter().any(Diagnostic::is_error), "{}", &text[..50]);
    }
    let (_, diagnostics) = check(&format!("network N {{ input [4] dense({} 1) }}", "1 + ".repeat(100)));
    assert_eq!(diagnostics, []);
}

#[test]
fn a_repeat_says_its_error_once() {
    let (_, diagnostics) = check("network N { input [4] repeat 1000 { dense(8, bais=false) } }");
    assert_eq!(diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["E0302"]);
}

#[test]
fn an_error_of_shape_does_not_cascade() {
    let text = "network N { input [4, 0, 4] conv(8, 3x3) relu max_pool(2x2) flatten dense(10) softmax loss cross_entropy }";
    let (_, diagnostics) = check(text);
    assert_eq!(diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["E0406"]);
}

#[test]
fn colours_change_no_word() {
    let (program, diagnostics) = check("network N { input [4] dens(4) }");
    let plain = render(&diagnostics, &program.sources, Colour::Plain);
    let ansi = render(&diagnostics, &program.sources, Colour::Ansi);
    assert!(ansi.contains("\u{1b}["));
    let mut stripped = String::new();
    let mut rest = ansi.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped += before;
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    assert_eq!(stripped + rest, plain);
}

/// A text of the repository with some pieces taken out, doubled, or replaced by pieces of others.
fn mutated() -> impl Strategy<Value = String> {
    let all: Vec<String> = ["errors", "cases", "../examples"]
        .into_iter()
        .flat_map(sources::texts)
        .map(|(_, text)| text)
        .filter(|text| text.len() < 5000)
        .collect();
    let pieces: Vec<String> =
        all.iter().flat_map(|text| text.split_whitespace()).map(str::to_string).collect();
    let edits =
        proptest::collection::vec((0..4_u8, any::<u16>(), 1..12_usize, any::<prop::sample::Index>()), 1..6);
    (prop::sample::select(all), edits).prop_map(move |(mut text, edits)| {
        for (kind, at, length, piece) in edits {
            let border = |mut at: usize| {
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let start = border(usize::from(at) % (text.len() + 1));
            let end = border((start + length).min(text.len())).max(start);
            match kind {
                0 => text.replace_range(start..end, ""),
                1 => {
                    let again = text[start..end].to_owned();
                    text.insert_str(start, &again);
                }
                2 => text.replace_range(start..end, &format!(" {} ", piece.get(&pieces))),
                _ => text.insert_str(start, &format!(" {} ", piece.get(&pieces))),
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_compiler_panic(text in mutated()) {
        let (program, diagnostics) = check(&text);
        render(&diagnostics, &program.sources, Colour::Plain);
        let (again, same) = check(&text);
        prop_assert_eq!(diagnostics, same);
        prop_assert_eq!(program.models.len(), again.models.len());
        for model in &program.models {
            prop_assert!(!model.graph.outputs.is_empty());
            prop_assert!(model.graph.values.iter().all(|value| !value.shape.is_empty()));
            prop_assert!(model.recipe.is_none() || !model.graph.losses.is_empty());
        }
    }
}

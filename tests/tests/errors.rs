//! Wrong texts, with what the compiler says about them as people read it: `errors/NAME.net` and, beside it, `NAME.snap`.

use netwright_compiler::render::{Colour, render};
use netwright_compiler::{Diagnostic, LINTS, Program, parse_program};
use netwright_tests::sources::{self, Folder};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn check(text: &str) -> (Program, Vec<Diagnostic>) {
    parse_program("test.net", text, &Folder("errors"))
}

/// Compiles a wrong text and returns all diagnostics.
fn explain(name: &str, text: &str) -> (Program, Vec<Diagnostic>) {
    parse_program(&format!("{name}.net"), text, &Folder("errors"))
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
    }
    assert!(codes.len() > 50, "found only {codes:?}");
    codes.extend(LINTS.iter().map(|lint| lint.name.to_string()));
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
    // The same with an error, which is not looked for in all of a million steps.
    let (_, diagnostics) = check(&text.replace("relu", "rbranchelu"));
    assert_eq!(diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["E0201"]);
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

/// Returns a text of the repository with some pieces taken out, doubled, or replaced by pieces of others.
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

/// One mistake of people who come from other tools: the part of a text, the only code that it may have, and a part of what must
/// be said.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("conv(8, 3x3, padding='same')", "E0107", "`same` has none"),
    ("conv(8, 3x3, activation='relu')", "E0107", "straight double quotation marks"),
    ("conv(8, (3, 3))", "E0107", "`3x3` or `[3, 3]`"),
    ("conv(8, 3x3, stride=(2, 2))", "E0107", "`3x3` or `[3, 3]`"),
    ("conv(8 3x3)", "E0107", "add `,` before `3x3`"),
    ("conv(8, 3x3 pad=1)", "E0107", "add `,` before `pad`"),
    ("conv(2 ** 3, 3x3)", "E0107", "arithmetic is"),
    ("conv(2 ^ 3, 3x3)", "E0107", "arithmetic is"),
    ("conv(8 % 3, 3x3)", "E0107", "arithmetic is"),
    ("conv(true ? 8 : 4, 3x3)", "E0107", "arithmetic is"),
    ("conv(8, widths[0])", "E0107", "a list cannot be indexed"),
    ("conv(8, 3x3, init=normal(0.1 0.2))", "E0107", "add `,` before `0.2`"),
    ("conv(8,, 3x3)", "E0107", "expected"),
    ("conv()\n conv(,)", "E0301 E0107", "needs `channels` and `kernel`"),
    ("flatten dense 10", "E0107", "write `dense(10)`"),
    ("flatten dense units=10", "E0107", "expected"),
    ("conv 8, 3x3", "E0107", "write `conv(8, 3x3)`"),
    ("x = conv(8, 3x3, pad=1) relu conv(8, 1x1) add(x)", "E0107", "write `conv(8, 3x3, pad=1) as x`"),
    ("x = { conv(8, 3x3, pad=1) } relu conv(8, 1x1) add(x)", "E0107", "write `{ ... } as x`"),
    ("repeat 3 { relu } as x tanh add(x)", "E0107", "`as` names the value of a layer"),
    ("branch { conv(8, 3x3) conv(8, 3x3) } add", "E0107", "write each way of a branch in braces"),
    ("branch {\n conv(8, 3x3)\n conv(8, 3x3)\n } add", "E0107", "write each way of a branch in braces"),
    ("if 1 > 2 { relu } elif 2 > 1 { tanh } else { relu }", "E0107", "write `else if`"),
    ("if 1 > 2 { relu } elsif 2 > 1 { tanh }", "E0107", "write `else if`"),
    ("max_pool [2, 2] relu", "E0107", "write `max_pool([2, 2])`"),
    ("for i in 3 { relu }", "E0107", "write `repeat 3 { ... }`"),
    ("while true { relu }", "E0107", "write `repeat 3 { ... }`"),
    ("relu -> tanh", "E0107", "without a sign"),
    ("relu; tanh", "E0107", "without a sign"),
    ("relu | tanh", "E0107", "without a sign"),
    ("relu # an activation", "E0107", "a comment begins with `//`"),
    ("größe: relu", "E0107", "a-z"),
    ("relu\u{a0}tanh", "E0107", "a no-break space (U+00A0)"),
    ("add(x, 'y')", "E0202 E0107", "straight double"),
    ("concat(axis='width')", "E0107", "straight double"),
    ("split('2') as a, b", "E0107", "straight double"),
    ("linear(in=3 4) dense(2, axis=last)", "E0107", "add `,`"),
    ("flatten dense(2) loss mse(weight=0.5 on=x)\n}\ntrain N { epochs 2", "E0107", "add `,`"),
    (
        "shrink(8 stride=4) relu max_pool(3)\n}\nblock shrink(c, stride=9) { conv(c, 3x3, stride=stride)",
        "E0107",
        "add `,`",
    ),
    ("dense(128 relu", "E0101", "add `)` after `128`"),
    ("conv(8, 3x3, pad=1\n relu", "E0101", "add `)` after `pad=1`"),
    ("conv(8, [3, 3 relu", "E0101", "add `]`"),
    ("conv(8, 1x1) as x relu add(x) x", "E0201", "join it by `add(x)`"),
    ("multi_head_attention(heads=4)", "E0201", "no attention layers in this version"),
    ("lstm(4)", "E0201", "no recurrent layers in this version"),
];

/// Wrong lines of a recipe, with the code and a part of the message.
const IN_RECIPES: &[(&str, &str, &str)] = &[
    ("optimizer adam(lr=1e-3, betas=(0.9, 0.999))", "E0107", "square brackets"),
    ("optimizer adam(lr=1e-3 beta1=0.9)", "E0107", "add `,` before `beta1`"),
    ("optimizer sgd lr=0.1", "E0108", "`adam(lr=1e-3)`"),
    ("optimizer = adam", "E0108", "write `optimizer adam`"),
    ("epochs=10", "E0108", "write `epochs 10`"),
    ("epochs: 10", "E0108", "write `epochs 10`"),
    ("epochs 10;", "E0108", "without a sign"),
    ("epochs 10,", "E0108", "without a sign"),
    ("data idx('mnist')\n validate 10%\n metrics accuracy", "E0107", "straight double"),
    ("data csv(“table.csv”)\n metrics rmse", "E0107", "straight double"),
    ("data 'mnist'\n metrics rmse", "E0108", "straight double"),
    ("schedule step(every=2 factor=0.5)", "E0107", "add `,`"),
    ("schedule on_plateau(factor=0.5)\n validate = 10%", "E0108", "write `validate 10%`"),
    ("stop early(patience=3 on=val_loss)\n validate 10%", "E0107", "add `,`"),
    ("optimizer adam(lr: 1e-3)", "E0107", "as in `lr=1e-3`"),
    ("data idx \"mnist\" standardize\n metrics rmse", "E0504", "write `idx(\"mnist\")`"),
    ("regularize l2 1e-4", "E0504", "write `l2(1e-4)`"),
    ("augment rotate 10deg shift 2px\n data csv(\"a.csv\")", "E0504", "write `rotate(10deg)`"),
    ("freeze body.dense1", "E0108", "write a name with dots in quotation marks"),
    ("weights (1, 3)", "E0107", "square brackets"),
    ("weights [1 3]", "E0107", "expected"),
];

#[test]
fn a_mistake_is_one_error() {
    let told = |text: &str, codes: &str, part: &str| {
        let (program, diagnostics) = check(text);
        let shown = render(&diagnostics, &program.sources, Colour::Plain);
        let found: Vec<&str> = diagnostics.iter().map(|d| d.code).collect();
        match found.join(" ") == codes && shown.contains(part) {
            true => String::new(),
            false => format!("{text}\nwanted {codes} and {part:?}:\n{shown}\n"),
        }
    };
    let mut wrong = String::new();
    for (mistake, codes, part) in MISTAKES {
        wrong += &told(&format!("network N {{\n    input [8, 9, 9]\n    {mistake}\n}}\n"), codes, part);
    }
    let network = "network N { input [8] dense(2) loss mse }";
    for (mistake, codes, part) in IN_RECIPES {
        wrong += &told(&format!("{network}\ntrain N {{\n    {mistake}\n    batch 4\n}}\n"), codes, part);
    }
    let (network, train) = ("network N { input [8] residual(2) dense(2) loss mse }", "train N { epochs 2 }");
    for (text, code, part) in [
        (format!("def residual(c) {{ dense(c) }}\n{network}"), "E0106", "`block name(parameters) { ... }`"),
        (format!("block residual(1) {{ dense(2) }}\n{network}"), "E0107", "expected a name"),
        (format!("block {{ dense(2) }}\n{network}"), "E0107", "expected a name"),
        ("network N { input [28 28] flatten dense(784) loss mse(to=input) }".into(), "E0107", "expected"),
        (
            "network N { input a [3, 3 flatten] from a flatten dense(9) loss mse(to=a) }".into(),
            "E0107",
            "expected",
        ),
        (
            "network N { input [4] dense(2) };\nnetwork M { input [4] denes(2) }".into(),
            "E0106 E0201",
            "parts of a file",
        ),
        ("network N { input (3, 8, 8) flatten dense(2) }".into(), "E0107", "as in `input [1, 28, 28]`"),
        ("network N { input = [3, 8, 8] flatten dense(2) }".into(), "E0107", "as in `input [1, 28, 28]`"),
        (format!("import blocks\n{network}"), "E0107", "expected a text"),
        (format!("import \"none.net\"\n{network}"), "E0208", "no such file"),
        (format!("network {{ input [2] }}\n{train}"), "E0107", "expected a name"),
        (format!("network N(classes=10) {{ input [2] }}\n{train}"), "E0107", "only blocks have parameters"),
        (
            format!("let width = 64\n{train}\nnetwork N {{ input [8] dense(2) loss mse }}"),
            "E0106",
            "no constants",
        ),
    ] {
        wrong += &told(&text, code, part);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_errors_in_the_readme_are_true() {
    let readme = std::fs::read_to_string(sources::folder("../README.md")).unwrap();
    let shown = readme.split("```text\n").find(|part| part.starts_with("error[")).unwrap();
    let shown = shown.split("```").next().unwrap();
    let text = "network Bad {\n    input [1, 28, 28]\n    conv(6 5x5, pad=2) relu\n    dens(10) softmax\n}\n";
    let (program, diagnostics) = parse_program("bad.net", text, &Folder("errors"));
    assert_eq!(render(&diagnostics, &program.sources, Colour::Plain), shown);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    struct Marked;
    impl netwright_compiler::Loader for Marked {
        fn load(&self, _: &str, path: &str) -> Result<(String, String), String> {
            Ok(("\u{feff}block part { dens(2) }".to_string(), path.to_string()))
        }
    }
    let text = "import \"part.net\" network N { input [4] part dense(2) }";
    let outcome = |text: &str| {
        let (program, diagnostics) = parse_program("test.net", text, &Marked);
        render(&diagnostics, &program.sources, Colour::Plain)
    };
    let shown = outcome(&format!("\u{feff}{text}"));
    assert_eq!(shown, outcome(text));
    assert!(shown.contains("part.net:1:14") && !shown.contains('\u{feff}'), "{shown}");
    assert!(shown.contains("did you mean `dense`?") && !shown.contains("E0106"), "{shown}");
    // A second one is no mark.
    assert!(outcome(&format!("\u{feff}\u{feff}{text}")).contains("a byte order mark (U+FEFF)"));
}

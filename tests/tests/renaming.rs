//! Code of a text with any names is that of neutral names with other names: `cargo run --release -p
//! netwright-tests --bin compile_all` tries more of them, and checks them with rustc.

use netwright_compiler::reserved_words;
use netwright_tests::recipes::check;
use netwright_tests::renaming::{TEMPLATES, assignment, compare, sorted, vocabulary};
use std::collections::{BTreeMap, BTreeSet};

/// The step between the words that are tried.
const STRIDE: usize = 5;

#[test]
fn names_change_nothing_but_names() {
    let (lists, refused) = sorted(&vocabulary());
    let (mut wrong, mut tried) = (BTreeSet::new(), 0);
    for template in TEMPLATES {
        let plain = template.code(&BTreeMap::new()).expect("the neutral names are fine");
        for first in (0..lists[0].len()).step_by(STRIDE) {
            let names = assignment(template, &lists, first);
            let code = match template.code(&names) {
                Ok(code) => code,
                Err(errors) => {
                    wrong.insert(format!("{}: {names:?} refused: {errors:?}", template.name));
                    continue;
                }
            };
            tried += names.len();
            if let Err(why) = compare(plain.clone(), code.clone()) {
                wrong.insert(format!("{}: {why}", template.name));
            }
            if let Err(why) = check(code) {
                wrong.insert(format!("{}: {names:?}: {why}", template.name));
            }
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{} of {tried} names:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 5000, "{tried}");
    // Labels are in lower case, and the words of the language and its layers are taken.
    for (kind, code, word) in refused {
        let known = match code {
            "E0107" => reserved_words().contains(&word.as_str()),
            "E0205" => kind == "labels" && word.to_lowercase() != word,
            "E0204" | "E0206" => kind != "labels",
            _ => false,
        };
        assert!(known, "{code} for `{word}` among the {kind}");
    }
}

#[test]
fn names_that_become_one_are_found() {
    let compared =
        |plain: &str, named: &str| compare(plain.parse().expect("tokens"), named.parse().expect("tokens"));
    let code = |label: &str| {
        format!("fn f(n: usize, {label}: u8) {{ p.{label}.weight; pool::max(n, {label}); t.n }}")
    };
    assert_eq!(compared(&code("zql1"), &code("max")), Ok(()));
    let shadowed = compared(&code("zql1"), &code("n")).expect_err("two variables");
    assert!(shadowed.contains("became `n`"), "{shadowed}");
    let called =
        |label: &str| format!("fn {label}_forward() {{}} fn f() {{ {label}_forward(); pool_forward(); }}");
    assert!(compared(&called("zql1"), &called("pool")).is_err(), "a function of the runtime");
    assert!(compared("fn f(_s: u8) { zql1.s }", "fn f(s: u8) { s.s }").is_err(), "a word of the generator");
}

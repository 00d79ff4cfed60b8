//! Any two settings of a recipe stand together: `cargo run --release -p netwright-tests --bin compile_all` has rustc say so.

use netwright_tests::recipes::{check, code, covering, model, settings, text};

#[test]
fn any_two_settings_make_code_that_defines_nothing_twice() {
    let all = settings();
    let mut wrong = vec![];
    let mut count = 0;
    for (at, &a) in all.iter().enumerate() {
        for &b in all[at + 1..].iter().filter(|b| b.0 != a.0) {
            // Some exclude each other, which the language says.
            let Some(model) = model(&[a, b]) else { continue };
            count += 1;
            if let Err(why) = check(code(&model)) {
                wrong.push(format!("{why}:\n{}", text(&[a, b])));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 700, "{count} pairs");
}

#[test]
fn few_recipes_have_all_pairs() {
    let lists = covering();
    assert!(lists.len() < 400, "{}", lists.len());
    for list in &lists {
        let model = model(list).expect("settings that stand together");
        check(code(&model)).unwrap_or_else(|why| panic!("{why}:\n{}", text(list)));
    }
}

#[test]
fn what_is_twice_is_found() {
    let wrong = |code: &str| check(code.parse().expect("tokens")).expect_err("it is twice");
    assert_eq!(wrong("struct A { a: u8, b: u8, a: u8 }"), "A has two of `a`");
    assert_eq!(wrong("fn a() {} const a: u8 = 1;"), "the module has two of `a`");
    assert_eq!(wrong("impl A { fn b() {} } impl A { fn b() {} }"), "A has two of `b`");
    assert_eq!(wrong("mod b { fn a(x: u8, x: u8) {} }"), "a has two of `x`");
}

//! Dependencies that a user of the macro has to build.

use std::process::Command;

#[test]
fn the_macro_needs_few_crates() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-p", "netwright-macros", "-e", "normal,build", "--prefix", "none", "--locked"])
        .args(["--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("names are text");
    let mut names: Vec<&str> = printed.lines().filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    names.dedup();
    insta::assert_snapshot!(names.join("\n"), @r"
    netwright-compiler
    netwright-grammar
    netwright-macros
    netwright-model
    pest
    proc-macro2
    quote
    ucd-trie
    unicode-ident
    ");
}

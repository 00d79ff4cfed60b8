//! Imports between modules follow the order that ARCHITECTURE.md states.

use netwright_tests::sources::files;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the modules of a crate in the order of ARCHITECTURE.md.
fn order(crate_name: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the document is there");
    let (_, list) = text.split_once(&format!("\n- {crate_name}: ")).expect("the crate has a list");
    let list = list.split("\n- ").next().and_then(|list| list.split("\n\n").next()).unwrap_or_default();
    list.split(',').map(|module| module.trim().to_string()).collect()
}

/// Returns the text of a file without comments and without its tests.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let mut code = String::new();
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        let begins_tests = line.trim() == "#[cfg(test)]";
        if begins_tests && lines.peek().is_some_and(|next| next.ends_with('{') && next.starts_with("mod ")) {
            break;
        }
        code.push_str(line);
        code.push('\n');
    }
    code
}

/// Returns the modules of its own crate that a text names: `crate::ops::Loss`, `crate::{graph, ops::Loss}`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, path) in text.match_indices("crate::") {
        // Such as `$crate::` of a macro for users.
        if text[..at].ends_with(['$', '_']) {
            continue;
        }
        let rest = &text[at + path.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for letter in list.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.extend(first(&std::mem::take(&mut word))),
                    _ if depth == 0 => word.push(letter),
                    _ => {}
                }
            }
            found.extend(first(&word));
        } else {
            found.extend(first(rest));
        }
    }
    found
}

/// Returns the first name of a path, if it is a module's.
fn first(path: &str) -> Option<String> {
    let path = path.trim();
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    let name = &path[..end];
    name.starts_with(|c: char| c.is_ascii_lowercase()).then(|| name.to_string())
}

/// Returns the imports of a crate that its order has no place for.
fn against(folder: &str, order: &[String]) -> Vec<String> {
    let sources = root().join(folder);
    let place = |module: &str| order.iter().position(|known| known == module);
    let mut wrong = vec![];
    let mut seen = 0;
    for file in files(&sources) {
        let path = file.strip_prefix(&sources).expect("a file of the folder").to_path_buf();
        let parts: Vec<String> =
            path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        let is_test = parts.iter().any(|part| ["tests", "tests.rs", "testing.rs"].contains(&part.as_str()));
        if is_test || parts[0] == "lib.rs" || path.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let module = parts[0].trim_end_matches(".rs");
        let Some(own) = place(module) else {
            wrong.push(format!("{module} has no place"));
            continue;
        };
        seen += 1;
        let text = fs::read_to_string(&file).expect("a source");
        for import in imports(&code(&text)) {
            match place(&import) {
                Some(other) if other <= own => {}
                Some(_) => wrong.push(format!("{} uses {import}, which comes later", path.display())),
                None => {}
            }
        }
    }
    assert!(seen > 20, "only {seen} files were looked at");
    wrong
}

#[test]
fn the_compilers_modules_use_only_earlier_ones() {
    let wrong = against("compiler/src", &order("compiler"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_arrow_back_is_found() {
    let mut order = order("compiler");
    order.retain(|module| module != "graph");
    order.push("graph".into());
    let wrong = against("compiler/src", &order);
    assert!(wrong.iter().any(|arrow| arrow.contains("uses graph, which comes later")), "{wrong:?}");
    let text =
        "use crate::{bytes::size, ops::{self, Loss}, Model};\n// crate::names\nlet x = crate::args::list;";
    assert_eq!(imports(&code(text)), ["args", "bytes", "ops"].map(String::from).into());
}

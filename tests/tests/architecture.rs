//! Imports between modules follow the order that ARCHITECTURE.md states.

use netwright_tests::sources::files;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Crates with an order, and the folders of their sources.
const CRATES: [(&str, &str); 8] = [
    ("compiler", "compiler/src"),
    ("runtime", "runtime/src"),
    ("interpreter", "compiler/interpreter/src"),
    ("app", "runtime/app/src"),
    ("grammar", "grammar/src"),
    ("model", "model/src"),
    ("macros", "macros/src"),
    ("cli", "compiler/cli/src"),
];

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
        if begins_tests(line)
            && lines.peek().is_some_and(|next| next.ends_with('{') && next.starts_with("mod "))
        {
            break;
        }
        code.push_str(line);
        code.push('\n');
    }
    code
}

/// Returns true if a line begins an item that is compiled for tests alone.
fn begins_tests(line: &str) -> bool {
    line == "#[cfg(test)]" || line.starts_with("#[cfg(all(test,")
}

/// Returns the modules in files of their own that a text has for tests alone.
fn tests(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let modules = lines.windows(2).filter(|pair| begins_tests(pair[0]));
    let names = modules.filter_map(|pair| pair[1].split_once("mod ")?.1.strip_suffix(';'));
    names.map(str::to_string).collect()
}

/// Returns the names that a text takes from its own crate's root: `crate::ops::Loss`, `crate::{graph,
/// ops::Loss}`, and in a file `depth` folders below the root `super::` as often.
fn imports(text: &str, depth: usize) -> BTreeSet<String> {
    let mut found = names(text, "crate::");
    found.extend(names(text, &"super::".repeat(depth)));
    found
}

/// Returns the first names after a path.
fn names(text: &str, path: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, path) in text.match_indices(path) {
        // Such as `$crate::` of a macro for users, or what is further above.
        if text[..at].ends_with(['$', '_', ':']) {
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

/// Returns the first name of a path.
fn first(path: &str) -> Option<String> {
    let path = path.trim();
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    (end > 0).then(|| path[..end].to_string())
}

/// Returns the modules that the names of a crate's root come from: of `pub use schedule::{Course, Schedule};`
/// both from `schedule`.
fn exports(root: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (_, rest) in root.match_indices("use ").map(|(at, path)| (at, &root[at + path.len()..])) {
        let Some((path, _)) = rest.split_once(';') else { continue };
        let Some((module, items)) = path.split_once("::") else { continue };
        for item in items.trim_matches(['{', '}']).split(',').filter_map(first) {
            found.insert(item, module.to_string());
        }
    }
    found
}

/// Returns the imports of a crate that its order has no place for.
fn against(folder: &str, order: &[String]) -> Vec<String> {
    let sources = root().join(folder);
    let top = ["lib.rs", "main.rs"].map(|name| sources.join(name)).into_iter().find(|file| file.is_file());
    let top = top.expect("a crate has a root");
    let exports = exports(&code(&fs::read_to_string(&top).expect("a source")));
    let place = |name: &str| {
        let position = |name: &str| order.iter().position(|known| known == name);
        position(name).or_else(|| position(exports.get(name)?))
    };
    let all = files(&sources).into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
    let all: Vec<(PathBuf, String)> =
        all.map(|file| (file.clone(), fs::read_to_string(&file).expect("a source"))).collect();
    let of_tests = all.iter().flat_map(|(file, text)| {
        let folder = if *file == top { sources.clone() } else { file.with_extension("") };
        tests(text).into_iter().map(move |module| folder.join(module))
    });
    let of_tests: Vec<PathBuf> = of_tests.collect();
    let mut wrong = vec![];
    let mut unseen: BTreeSet<&str> = order.iter().map(String::as_str).collect();
    for (file, text) in &all {
        let path = file.strip_prefix(&sources).expect("a file of the folder").to_path_buf();
        let parts: Vec<String> =
            path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        if *file == top || of_tests.iter().any(|tests| file.with_extension("").starts_with(tests)) {
            continue;
        }
        let module = parts[0].trim_end_matches(".rs");
        let Some(own) = place(module) else {
            wrong.push(format!("{module} has no place"));
            continue;
        };
        unseen.remove(module);
        for import in imports(&code(text), parts.len()) {
            if place(&import).is_some_and(|other| other > own) {
                wrong.push(format!("{} uses {import}, which comes later", path.display()));
            }
        }
    }
    wrong.extend(unseen.into_iter().map(|module| format!("{module} is not there")));
    wrong
}

#[test]
fn modules_use_only_earlier_ones() {
    for (name, folder) in CRATES {
        let wrong = against(folder, &order(name));
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn an_arrow_back_is_found() {
    // A module that others use, and one of the files that do.
    let seeded = [
        ("compiler/src", "graph", "dump.rs"),
        ("runtime/src", "isa", "rng.rs"),
        ("runtime/src", "recipe", "metrics/evaluation.rs"),
        ("model/src", "emit", "border.rs"),
        // Imported as `crate::Metric`, which the crate's root exports.
        ("model/src", "metric", "stop.rs"),
    ];
    for (folder, module, file) in seeded {
        let (name, _) =
            CRATES.into_iter().find(|(_, known)| *known == folder).expect("a crate with an order");
        let mut order = order(name);
        order.retain(|known| known != module);
        order.push(module.into());
        let wrong = against(folder, &order);
        let found = wrong.iter().any(|arrow| arrow.starts_with(&format!("{file} uses ")));
        assert!(found, "{folder}, {module} last: {wrong:?}");
    }
}

#[test]
fn modules_without_a_place_and_places_without_a_module_are_found() {
    let order =
        order("model").into_iter().map(|module| if module == "stop" { "halt".into() } else { module });
    let wrong = against("model/src", &order.collect::<Vec<String>>());
    assert_eq!(wrong, ["stop has no place", "halt is not there"]);
}

#[test]
fn imports_are_read() {
    let text =
        "use crate::{bytes::size, ops::{self, Loss}, Model};\n// crate::names\nlet x = crate::args::list;
        use super::{Tape, kernels::Kind};\nuse super::super::graph::Graph;\nlet y = $crate::sink;";
    let names = |depth| imports(&code(text), depth).into_iter().collect::<Vec<_>>();
    assert_eq!(names(2), ["Model", "args", "bytes", "graph", "ops"]);
    assert_eq!(names(1), ["Model", "Tape", "args", "bytes", "kernels", "ops", "super"]);
    let root = exports("pub use program::{Loader,\n    Model};\nuse build::Builder;\nmod program;");
    assert_eq!(root["Model"], "program");
    assert_eq!(root["Builder"], "build");
}

//! Checks with rustc the code of recipes in which any two settings stand together, and of networks with all names that
//! generated code could take for its own:
//!
//! ```sh
//! cargo run --release -p netwright-tests --bin compile_all
//! ```
//!
//! It fails with what rustc says. `cargo test` looks at the same code, and at more of it, as text (`tests/tests/recipes.rs` and
//! `tests/tests/renaming.rs`).

use netwright_compiler::{module_name, pretty};
use netwright_tests::project::Project;
use netwright_tests::{recipes, renaming};
use std::fmt::Write as _;

/// The largest number of networks of each template.
const NETWORKS: usize = 80;

fn main() {
    let program = std::env::current_exe().expect("a program knows where it is");
    let target = program.parent().expect("a program is in a folder").to_string_lossy().into_owned();

    let lists = recipes::covering();
    let codes = lists.iter().enumerate().map(|(at, list)| {
        let model = recipes::model(list).expect("settings that stand together");
        (format!("recipe{at}"), pretty(recipes::code(&model)).expect("generated code is Rust"))
    });
    check(&Project::new(&target, "recipes", &[]), codes);
    println!("{} recipes, which have any two settings", lists.len());

    let (words, _) = renaming::sorted(&renaming::vocabulary());
    let mut count = 0;
    for template in renaming::TEMPLATES {
        let step = words[0].len() / template.places().len();
        let networks = (0..step).step_by(step.div_ceil(NETWORKS)).map(|first| {
            let names = renaming::assignment(template, &words, first);
            count += names.len();
            let code = template.code(&names).unwrap_or_else(|errors| panic!("{names:?}: {errors:?}"));
            // Where a user has it: beside others, under the network's own name.
            let name = module_name(&names["@N1"]);
            let code = pretty(code).expect("generated code is Rust");
            (format!("names{first}"), format!("pub mod {name} {{\n{code}\n}}\n"))
        });
        let features: &[&str] = if template.name == "data" { &["train"] } else { &[] };
        check(&Project::new(&target, &template.name.replace(' ', "_"), features), networks);
        println!("{}: fine", template.name);
    }
    println!("{count} names");
}

/// Checks modules with rustc.
fn check(project: &Project, modules: impl Iterator<Item = (String, String)>) {
    let mut main = String::from("#![deny(warnings)]\n#![allow(dead_code)]\n");
    for (name, code) in modules {
        project.write(&format!("src/{name}.rs"), &code);
        let _ = writeln!(main, "mod {name};");
    }
    main += "fn main() {}\n";
    project.write("src/main.rs", &main);
    project.check();
}

//! One description through every way of use: they train to the same bits.

// The network has an l2 penalty under Adam, of which the compiler warns.
#![allow(deprecated)]

use netwright_compiler::{Options, generate, pretty};
use netwright_tests::programs::model;
use netwright_tests::project::Project;
use std::path::Path;

include!("../ways/bits.rs");

mod inline {
    netwright::network! {
        network Small {
            input [2, 8, 8]

            stem: { conv(6, 3x3, pad=1, bias=false) batch_norm relu }
            max_pool(2x2)
            flatten
            dropout(10%)
            dense(16) tanh
            dense(4) softmax

            loss cross_entropy
        }

        train Small {
            epochs     3
            batch      8
            validate   10%
            optimizer  adam(lr=1e-2)
            regularize l2(1e-4)
        }
    }
}

mod file {
    netwright::network!("ways/small.net");
}

const SOURCE: &str = include_str!("../ways/small.net");

const MAIN: &str = "
include!(\"bits.rs\");
include!(concat!(env!(\"OUT_DIR\"), \"/small.rs\"));
mod written;

fn main() {
    println!(\"{}\\n{}\", trained_bits!(small), trained_bits!(written));
}
";

const BUILD: &str = "
fn main() -> Result<(), netwright_build::Error> {
    netwright_build::compile(\"src/small.net\")
}
";

#[test]
fn every_way_of_use_trains_to_the_same_bits() {
    let inline = {
        use inline::small;
        trained_bits!(small)
    };
    let file = {
        use file::small;
        trained_bits!(small)
    };
    let losses: Vec<&str> = inline.split(' ').collect();
    assert_eq!(losses.len(), 22);
    assert!(losses.windows(2).all(|pair| pair[0] != pair[1]), "it learns: {inline}");
    assert_eq!(inline, file, "the text in Rust source and the file");

    let project = Project::new(env!("CARGO_TARGET_TMPDIR"), "ways", &[]);
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/build");
    let build = build.canonicalize().expect("the crate for build scripts is there");
    let manifest = std::fs::read_to_string(project.folder().join("Cargo.toml")).expect("a manifest");
    project.write(
        "Cargo.toml",
        &format!("{manifest}\n[build-dependencies]\nnetwright-build = {{ path = {build:?} }}\n"),
    );
    project.write("build.rs", BUILD);
    project.write("src/small.net", SOURCE);
    project.write("src/bits.rs", include_str!("../ways/bits.rs"));
    let code = pretty(generate(&model(SOURCE), &Options::default())).expect("generated code is Rust");
    project.write("src/written.rs", &code);
    project.write("src/main.rs", MAIN);
    let printed = project.run(&[]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines,
        [inline.as_str(), inline.as_str()],
        "the build script, and code that was written to a file"
    );
}

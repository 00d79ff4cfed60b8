//! Tells the build scripts of crates that depend on this one where its sources are, as `DEP_NETWRIGHT_APP_ROOT`: the `netwright` command
//! carries them.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::metadata=root={}", env!("CARGO_MANIFEST_DIR"));
}

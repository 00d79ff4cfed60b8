//! Puts the runtime's sources into the command, so that it can build networks wherever it is installed.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = here.join("../..").canonicalize()?;
    let runtime = root.join("runtime");
    // The only other crate of this repository that the runtime needs; it stands in a folder of its name inside the runtime's.
    let model = root.join("model");
    let lock = root.join("Cargo.lock");
    let manifests = [&root, &runtime, &model].map(|folder| folder.join("Cargo.toml"));
    for path in manifests.iter().chain([&lock, &runtime.join("src"), &model.join("src")]) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let [workspace, package, model_package] =
        manifests.map(|path| fs::read_to_string(path).map(|text| text.parse::<Table>()));
    let workspace = workspace??;
    let manifest = toml::to_string(&standalone(&workspace, package??)?)?;
    let model_manifest = toml::to_string(&standalone(&workspace, model_package??)?)?;

    let mut files = Vec::new();
    sources(&runtime.join("src"), &mut files)?;
    sources(&model.join("src"), &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    (&manifest, &model_manifest).hash(&mut hasher);
    fs::read(&lock)?.hash(&mut hasher);
    let mut list = format!("    (\"model/Cargo.toml\", {model_manifest:?}),\n");
    for file in &files {
        let place = file.strip_prefix(&runtime).or_else(|_| file.strip_prefix(&root))?;
        let name = place.to_string_lossy().replace('\\', "/");
        (&name, fs::read(file)?).hash(&mut hasher);
        writeln!(list, "    ({name:?}, include_str!({:?})),", file.display().to_string())?;
    }
    let code = format!(
        "/// The runtime's sources: their paths and texts.\npub(crate) const SOURCES: &[(&str, &str)] = &[\n{list}];\n\
         /// The runtime's manifest, which needs no workspace.\npub(crate) const MANIFEST: &str = {manifest:?};\n\
         /// The versions that the command was built with.\npub(crate) const LOCK: &str = include_str!({:?});\n\
         /// Changes with any of them.\npub(crate) const HASH: &str = \"{:016x}\";\n",
        lock.display().to_string(),
        hasher.finish()
    );
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("runtime.rs"), code)?;
    Ok(())
}

/// All Rust files but those of tests.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(&*name, "tests" | "snapshots") {
            sources(&path, files)?;
        } else if name.ends_with(".rs") && !matches!(&*name, "tests.rs" | "testing.rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// A package's manifest without what it takes from the workspace, and without the macro.
fn standalone(workspace: &Table, mut package: Table) -> Result<Table, Box<dyn Error>> {
    let shared = |kind: &str| {
        let table =
            workspace.get("workspace").and_then(|workspace| workspace.get(kind)).and_then(Value::as_table);
        table.ok_or_else(|| format!("the workspace has no [workspace.{kind}]"))
    };
    let (about, versions) = (shared("package")?, shared("dependencies")?);
    // Lints, tests and benchmarks are the repository's.
    package
        .retain(|section, _| matches!(section, "package" | "features" | "dependencies" | "target" | "lib"));
    without_macro(&mut package);
    for (kind, values) in [("package", about), ("dependencies", versions)] {
        // Not every package has dependencies.
        let table = package.get_mut(kind).and_then(Value::as_table_mut).into_iter().flatten();
        for (name, value) in table {
            inherit(value, values.get(name));
        }
    }
    let platforms = package.get_mut("target").and_then(Value::as_table_mut).into_iter().flatten();
    for (_, platform) in platforms {
        if let Some(platform) = platform.as_table_mut() {
            platform.remove("dev-dependencies");
        }
        let dependencies = platform.get_mut("dependencies").and_then(Value::as_table_mut);
        for (name, value) in dependencies.into_iter().flatten() {
            inherit(value, versions.get(name));
        }
    }
    // The sources name a cfg of tests, of which rustc would warn.
    let lints = workspace.get("workspace").and_then(|workspace| workspace.get("lints")?.get("rust"));
    if let Some(cfgs) = lints.and_then(|lints| lints.get("unexpected_cfgs")) {
        let rust = Table::from_iter([("unexpected_cfgs".into(), cfgs.clone())]);
        package.insert("lints".into(), Table::from_iter([("rust".into(), rust.into())]).into());
    }
    Ok(package)
}

/// Generated programs hold the code that the macro would make: neither it nor the compiler behind it need be built.
fn without_macro(package: &mut Table) {
    const MACRO: &str = "netwright-macros";
    if let Some(dependencies) = package.get_mut("dependencies").and_then(Value::as_table_mut) {
        dependencies.remove(MACRO);
    }
    if let Some(features) = package.get_mut("features").and_then(Value::as_table_mut) {
        features.remove("default");
        for (_, entries) in features.iter_mut() {
            if let Some(entries) = entries.as_array_mut() {
                entries.retain(|entry| !entry.as_str().is_some_and(|entry| entry.contains(MACRO)));
            }
        }
    }
}

/// Replaces `workspace = true` by what the workspace says.
fn inherit(value: &mut Value, shared: Option<&Value>) {
    let Some(own) = value.as_table().filter(|own| own.get("workspace") == Some(&Value::Boolean(true))) else {
        return;
    };
    let mut own = own.clone();
    own.remove("workspace");
    *value = match shared {
        Some(Value::Table(shared)) => {
            let mut merged = shared.clone();
            merged.extend(own);
            Value::Table(merged)
        }
        Some(version @ Value::String(_)) if !own.is_empty() => {
            own.insert("version".into(), version.clone());
            Value::Table(own)
        }
        Some(other) => other.clone(),
        None => Value::Table(own),
    };
}

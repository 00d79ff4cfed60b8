//! Puts the sources of the runtime into the command, so that it can build networks wherever it is installed.
//!
//! The crates may lie in this repository or have been downloaded: cargo tells where, because they are dependencies with a `links` key
//! whose build scripts print their folders.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The packages that the command carries, each with the folder that it is written to. The name is that of the `links` key, too. The first
/// one is what programs depend on; the others are those of its dependencies that are ours.
const PACKAGES: &[(&str, &str)] = &[
    ("netwright-app", "app"),
    ("netwright", "runtime"),
    ("netwright-data", "data"),
    ("netwright-model", "model"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    let mut list = String::new();
    let mut locks = vec![];
    for (package, folder) in PACKAGES {
        let root = root(package)?;
        let workspace = workspace(&root)?;
        watch(&[root.join("Cargo.toml"), root.join("src")]);
        let manifest = toml::to_string(&standalone(workspace.as_ref(), table(&root.join("Cargo.toml"))?)?)?;
        writeln!(list, "    (\"{folder}/Cargo.toml\", {manifest:?}),")?;
        manifest.hash(&mut hasher);
        let mut files = Vec::new();
        sources(&root.join("src"), &mut files)?;
        files.sort();
        for file in &files {
            let name = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
            (folder, &name, fs::read(file)?).hash(&mut hasher);
            writeln!(list, "    (\"{folder}/{name}\", include_str!({:?})),", file.display().to_string())?;
        }
        // A downloaded package has the file itself.
        let workspace = workspace.map(|workspace| workspace.folder);
        locks.extend([Some(root), workspace].into_iter().flatten().map(|folder| folder.join("Cargo.lock")));
    }
    let lock = locks.iter().find(|lock| lock.is_file()).ok_or("the runtime has no Cargo.lock")?;
    watch(std::slice::from_ref(lock));
    fs::read(lock)?.hash(&mut hasher);
    let code = format!(
        "/// The sources of the runtime: paths and texts.\npub(crate) const SOURCES: &[(&str, &str)] = &[\n{list}];\n\
         /// The versions that the command was built with.\npub(crate) const LOCK: &str = include_str!({:?});\n\
         /// Changes with any of them.\npub(crate) const HASH: &str = \"{:016x}\";\n",
        lock.display().to_string(),
        hasher.finish()
    );
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("runtime.rs"), code)?;
    Ok(())
}

/// Returns the folder of a package that this one depends on.
fn root(package: &str) -> Result<PathBuf, Box<dyn Error>> {
    let variable = format!("DEP_{}_ROOT", package.replace('-', "_").to_uppercase());
    let folder = env::var(&variable).map_err(|_| {
        format!("{variable} is not set: {package} must be a dependency with a `links` key whose build script prints its folder as `root`")
    })?;
    Ok(PathBuf::from(folder))
}

fn watch(paths: &[PathBuf]) {
    for path in paths {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

fn table(manifest: &Path) -> Result<Table, Box<dyn Error>> {
    let text = fs::read_to_string(manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    Ok(text.parse()?)
}

/// Returns all Rust files but those of tests.
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

/// Settings that packages of a workspace share.
struct Workspace {
    folder: PathBuf,
    package: Table,
    dependencies: Table,
    lints: Table,
}

/// Returns the workspace that a package takes its version from; none if it states its own, as every downloaded package does.
fn workspace(root: &Path) -> Result<Option<Workspace>, Box<dyn Error>> {
    let manifest = root.join("Cargo.toml");
    let own = table(&manifest)?;
    if own.get("package").and_then(|package| package.get("version")).is_none_or(Value::is_str) {
        return Ok(None);
    }
    for folder in root.ancestors().skip(1).filter(|folder| folder.join("Cargo.toml").is_file()) {
        let manifest = folder.join("Cargo.toml");
        if let Some(shared) = table(&manifest)?.get("workspace") {
            watch(&[manifest]);
            let part = |name: &str| shared.get(name).and_then(Value::as_table).cloned().unwrap_or_default();
            let [package, dependencies, lints] = ["package", "dependencies", "lints"].map(part);
            return Ok(Some(Workspace { folder: folder.into(), package, dependencies, lints }));
        }
    }
    Err(format!("{} belongs to a workspace that is not there", manifest.display()).into())
}

/// Builds a manifest that stands alone beside those of the other packages: without what it takes from the
/// workspace, and without the macro.
fn standalone(workspace: Option<&Workspace>, mut manifest: Table) -> Result<Table, Box<dyn Error>> {
    let lints = workspace.map(|workspace| &workspace.lints).or_else(|| manifest.get("lints")?.as_table());
    let cfgs = lints.and_then(|lints| lints.get("rust")?.get("unexpected_cfgs")).cloned();
    // Lints, tests, benchmarks and what a registry shows are not the command's.
    manifest.retain(|part, _| matches!(part, "package" | "features" | "dependencies" | "target" | "lib"));
    let package = manifest.get_mut("package").and_then(Value::as_table_mut).ok_or("a package has no name")?;
    package.retain(|key, _| matches!(key, "name" | "version" | "edition" | "rust-version" | "license"));
    for (key, value) in package.iter_mut() {
        inherit(value, workspace.and_then(|workspace| workspace.package.get(key)));
    }
    without_macro(&mut manifest);
    let dependencies = |table: &mut Table| {
        let own = table.get_mut("dependencies").and_then(Value::as_table_mut);
        for (name, value) in own.into_iter().flatten() {
            inherit(value, workspace.and_then(|workspace| workspace.dependencies.get(name)));
            beside(name, value);
        }
    };
    dependencies(&mut manifest);
    let platforms = manifest.get_mut("target").and_then(Value::as_table_mut).into_iter().flatten();
    for platform in platforms.filter_map(|(_, platform)| platform.as_table_mut()) {
        platform.remove("dev-dependencies");
        dependencies(platform);
    }
    // The sources name a cfg of tests, of which rustc would warn.
    if let Some(cfgs) = cfgs {
        let rust = Table::from_iter([("unexpected_cfgs".into(), cfgs)]);
        manifest.insert("lints".into(), Table::from_iter([("rust".into(), rust.into())]).into());
    }
    Ok(manifest)
}

/// Takes the macro out of a package: generated programs hold the code that it would make, so neither it nor
/// the compiler need be built.
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

/// Makes a dependency on another package that the command carries one on the folder beside this one's.
fn beside(name: &str, dependency: &mut Value) {
    let package = dependency.get("package").and_then(Value::as_str).unwrap_or(name);
    let Some((_, folder)) = PACKAGES.iter().find(|(carried, _)| *carried == package) else { return };
    let mut own = dependency.as_table().cloned().unwrap_or_default();
    own.remove("version");
    own.insert("path".into(), format!("../{folder}").into());
    *dependency = Value::Table(own);
}

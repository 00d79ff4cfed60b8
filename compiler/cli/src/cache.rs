//! The cache of compiled programs and of the runtime that they are linked to.
//!
//! Below the home folder there is one for each version of the sources, with the runtime, a folder for each program
//! (see [`store`](crate::store)) and one target folder: a changed network is compiled without the runtime's dependencies.

use crate::error::Error;
use netwright_data::files::caches;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

mod runtime {
    include!(concat!(env!("OUT_DIR"), "/runtime.rs"));
}

pub(crate) use runtime::LOCK;

/// The settings that the environment makes for the compilation of programs.
#[derive(Debug)]
pub(crate) struct Place {
    /// The home folder of the cache.
    pub(crate) home: PathBuf,
    /// The command that compiles programs.
    pub(crate) cargo: OsString,
    /// The variables that change cargo's results, with their values.
    pub(crate) flags: Vec<(&'static str, OsString)>,
}

/// Variables that change what cargo makes of the same texts. Another toolchain makes a program that does the same.
const FLAGS: [&str; 11] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS",
    "CARGO_PROFILE_RELEASE_DEBUG",
    "CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS",
    "CARGO_PROFILE_RELEASE_LTO",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL",
    "CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS",
    "CARGO_PROFILE_RELEASE_PANIC",
];

/// Reads the environment by `variable`.
pub(crate) fn place(variable: impl Fn(&str) -> Option<OsString>) -> Result<Place, Error> {
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    let cargo = value("CARGO").unwrap_or_else(|| "cargo".into());
    let flags = FLAGS.into_iter().filter_map(|name| Some((name, value(name)?))).collect();
    Ok(Place { home: home(value)?, cargo, flags })
}

/// Returns the home folder: NETWRIGHT_HOME, or `netwright` in the platform's folder for caches.
fn home(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
    if let Some(home) = variable("NETWRIGHT_HOME").map(PathBuf::from) {
        return std::path::absolute(&home).map_err(|cause| Error::Write { path: home, cause });
    }
    caches(variable).map(|caches| caches.join("netwright")).ok_or(Error::Homeless)
}

/// Returns the folder of this version.
pub(crate) fn version(home: &Path) -> PathBuf {
    home.join(format!("{}-{}", env!("CARGO_PKG_VERSION"), runtime::HASH))
}

/// Writes the runtime's sources into the folder of this version.
pub(crate) fn prepare(version: &Path) -> Result<(), Error> {
    for (path, text) in runtime::SOURCES {
        write(&version.join(path), text)?;
    }
    Ok(())
}

/// Writes a file if it does not have this content already: what is older than cargo's results is not compiled again.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Error> {
    let content = content.as_ref();
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    replace(path, content).map_err(|cause| Error::Write { path: path.into(), cause })
}

/// Replaces a file in one step, so that another command that reads it sees the old content or the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    #[allow(unused_mut)]
    let mut builder = tempfile::Builder::new();
    // Temporary files are private, and this one shall be as readable as others.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Place, Error> {
        place(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    fn find(variables: &[(&str, &str)]) -> Option<String> {
        read(variables).ok().map(|place| place.home.display().to_string())
    }

    #[cfg(unix)]
    #[test]
    fn an_empty_variable_is_none() {
        let place = read(&[("CARGO", ""), ("NETWRIGHT_HOME", "/n"), ("RUSTFLAGS", "")]).unwrap();
        assert_eq!((place.cargo, place.flags), ("cargo".into(), vec![]));
        let place = read(&[("CARGO", "/c"), ("NETWRIGHT_HOME", "/n"), ("RUSTFLAGS", "-g")]).unwrap();
        assert_eq!((place.cargo, place.flags), ("/c".into(), vec![("RUSTFLAGS", "-g".into())]));
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn the_home_is_where_the_user_says_or_caches_are() {
        let all = [("NETWRIGHT_HOME", "/n"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(find(&all).as_deref(), Some("/n"));
        assert_eq!(find(&all[1..]).as_deref(), Some("/x/netwright"));
        assert_eq!(find(&all[2..]).as_deref(), Some("/h/.cache/netwright"));
        assert_eq!(
            find(&[("XDG_CACHE_HOME", "relative"), ("HOME", "/h")]).as_deref(),
            Some("/h/.cache/netwright")
        );
        assert_eq!(find(&[("NETWRIGHT_HOME", ""), ("HOME", "/h")]).as_deref(), Some("/h/.cache/netwright"));
        assert_eq!(find(&[]), None);
    }

    #[test]
    fn files_are_written_only_when_they_change() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/b.rs");
        let modified = || fs::metadata(&file).unwrap().modified().unwrap();
        write(&file, "one").unwrap();
        let first = modified();
        write(&file, "one").unwrap();
        assert_eq!(modified(), first);
        write(&file, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn the_runtime_stands_alone() {
        let home = tempfile::tempdir().unwrap();
        let version = version(home.path());
        prepare(&version).unwrap();
        let manifest = fs::read_to_string(version.join("runtime/Cargo.toml")).unwrap();
        assert!(!manifest.contains("workspace") && !manifest.contains("netwright-macros"), "{manifest}");
        assert!(
            !manifest.contains("links") && !manifest.contains("build"),
            "the sources have no build script"
        );
        assert!(
            manifest.contains("[features]") && manifest.contains("[dependencies.thiserror]"),
            "{manifest}"
        );
        assert!(version.join("runtime/src/lib.rs").is_file());
        assert!(version.join("runtime/src/isa.rs").is_file());
        assert!(version.join("app/src/lib.rs").is_file());
        assert!(!version.join("runtime/src/data/tests.rs").exists());
    }
}

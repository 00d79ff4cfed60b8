//! Where compiled programs are kept, and the runtime that they are linked to.
//!
//! Below the home folder there is one for each version of the sources, with the runtime, a folder for each program and
//! one target folder: a changed network is compiled without the runtime's dependencies. Cargo's lock keeps
//! commands that run at the same time apart.

use crate::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

mod runtime {
    include!(concat!(env!("OUT_DIR"), "/runtime.rs"));
}

pub(crate) use runtime::LOCK;

/// What the environment says about compiling programs.
#[derive(Debug)]
pub(crate) struct Place {
    /// Where they are kept.
    pub(crate) home: PathBuf,
    /// The command that compiles them.
    pub(crate) cargo: OsString,
}

/// Reads the environment by `variable`.
pub(crate) fn place(variable: impl Fn(&str) -> Option<OsString>) -> Result<Place, Error> {
    let cargo = variable("CARGO").unwrap_or_else(|| "cargo".into());
    Ok(Place { home: home(variable)?, cargo })
}

/// The home folder: NETWRIGHT_HOME, or `netwright` in the platform's folder for caches.
fn home(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
    let folder = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(home) = folder("NETWRIGHT_HOME") {
        return std::path::absolute(&home).map_err(|cause| Error::Write { path: home, cause });
    }
    let caches = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Caches"))
    } else {
        let absolute = folder("XDG_CACHE_HOME").filter(|caches| caches.is_absolute());
        absolute.or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    caches.filter(|caches| caches.is_absolute()).map(|caches| caches.join("netwright")).ok_or(Error::Homeless)
}

/// The folder of this version, with the runtime's sources in it.
pub(crate) fn prepare(home: &Path) -> Result<PathBuf, Error> {
    let version = home.join(format!("{}-{}", env!("CARGO_PKG_VERSION"), runtime::HASH));
    let folder = version.join("runtime");
    write(&folder.join("Cargo.toml"), runtime::MANIFEST)?;
    for (path, text) in runtime::SOURCES {
        write(&folder.join(path), text)?;
    }
    Ok(version)
}

/// Writes a file if it does not have this text already: what is older than cargo's results is not compiled again.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    replace(path, text).map_err(|cause| Error::Write { path: path.into(), cause })
}

/// Another command may be reading the file: it sees the old text or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)]) -> Option<String> {
        let value =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        home(value).ok().map(|home| home.display().to_string())
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
        let version = prepare(home.path()).unwrap();
        let manifest = fs::read_to_string(version.join("runtime/Cargo.toml")).unwrap();
        assert!(!manifest.contains("workspace") && !manifest.contains("netwright-macros"), "{manifest}");
        assert!(manifest.contains("[features]") && manifest.contains("thiserror = \"2\""), "{manifest}");
        assert!(version.join("runtime/src/lib.rs").is_file());
        assert!(version.join("runtime/src/kernels/isa.rs").is_file());
        assert!(!version.join("runtime/src/data/tests.rs").exists());
    }
}

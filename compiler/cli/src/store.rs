//! Compiled programs by what they are made of.
//!
//! A program's folder is named after a hash of its code and of everything else that decides what is compiled. Its
//! executable gets there complete, by one renaming, and is never replaced: what was found is what is run, whatever other
//! commands do. A command that runs a program holds a lock on the executable, so that it is not removed as one that
//! nobody uses.

use std::env::consts::EXE_SUFFIX;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// The number of programs that are kept, most recently used first.
pub(crate) const KEPT_PROGRAMS: usize = 64;
/// The time for which the folder of another version of Netwright is kept after its last use.
const KEPT_VERSIONS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The name of a program's folder, and of its executable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    /// The network's, as people know it.
    pub(crate) name: String,
    /// A hash of everything that the program is made of.
    pub(crate) key: u64,
}

impl Id {
    /// Returns the name of the program's folder.
    pub(crate) fn folder(&self) -> String {
        format!("{}-{:016x}", self.name, self.key)
    }

    /// Returns the name of the program's package: cargo never puts two programs into the same place.
    pub(crate) fn package(&self) -> String {
        format!("{PACKAGES}-{:016x}", self.key)
    }
}

/// The beginning of all packages' names.
const PACKAGES: &str = "program";

/// A compiled program, which is not removed while this lives.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    _lock: File,
}

/// The programs of one version of Netwright.
#[derive(Debug)]
pub(crate) struct Store {
    /// The version's folder.
    pub(crate) version: PathBuf,
}

impl Store {
    /// Returns the folder of a program.
    pub(crate) fn folder(&self, id: &Id) -> PathBuf {
        self.programs().join(id.folder())
    }

    fn programs(&self) -> PathBuf {
        self.version.join("programs")
    }

    /// Finds a compiled program. It writes no more than the time of use, and that only where it can.
    pub(crate) fn find(&self, id: &Id) -> Option<Found> {
        let folder = self.folder(id);
        let path = executable(&folder, &id.name);
        let lock = File::open(&path).ok()?;
        // Another command is removing it.
        if let Err(TryLockError::WouldBlock) = lock.try_lock_shared() {
            return None;
        }
        let used = File::options().write(true).create(true).truncate(false).open(folder.join(USED));
        let _ = used.and_then(|used| used.set_modified(SystemTime::now()));
        // It may have been removed before it was locked.
        path.exists().then_some(Found { path, _lock: lock })
    }

    /// Waits until no other command compiles; none begins while the file lives.
    pub(crate) fn lock(&self) -> io::Result<File> {
        fs::create_dir_all(&self.version)?;
        let lock = File::create(self.version.join("lock"))?;
        match lock.lock() {
            // Not every file system has locks. Programs are put in place complete without them, too.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
            _ => Ok(lock),
        }
    }

    /// Takes over what cargo has built.
    pub(crate) fn insert(&self, id: &Id, built: &Path) -> io::Result<()> {
        let path = executable(&self.folder(id), &id.name);
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder)?;
        // It must be closed before it can be run.
        let new = NamedTempFile::new_in(folder)?.into_temp_path();
        fs::copy(built, &new)?;
        File::open(&new)?.sync_all()?;
        new.persist(path)?;
        Ok(())
    }

    /// Removes what is not used any more; only where [`Store::lock`] is held. What cannot be removed stays.
    pub(crate) fn clean(&self, release: &Path) {
        remove_packages(release);
        remove_programs(&self.programs(), KEPT_PROGRAMS);
        remove_versions(&self.version, SystemTime::now());
    }
}

/// The file that tells when a program was last used.
const USED: &str = "used";

fn executable(folder: &Path, name: &str) -> PathBuf {
    folder.join("bin").join(format!("{name}{EXE_SUFFIX}"))
}

/// Removes cargo's results of programs, which have their executables elsewhere, and keeps those of the libraries.
fn remove_packages(release: &Path) {
    for folder in ["", "deps", ".fingerprint"].map(|folder| release.join(folder)) {
        for entry in entries(&folder) {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().replace('_', "-");
            if name.starts_with(&format!("{PACKAGES}-")) {
                remove(&entry);
            }
        }
    }
}

/// Removes all programs but those that were used last or are used now.
fn remove_programs(programs: &Path, kept: usize) {
    let mut folders: Vec<_> = entries(programs).map(|folder| (last_use(&folder), folder)).collect();
    folders.sort();
    let surplus = folders.len().saturating_sub(kept);
    for (_, folder) in &folders[..surplus] {
        if retire(folder) {
            remove(folder);
        }
    }
}

/// Removes what other versions have compiled that were not used for long.
fn remove_versions(own: &Path, now: SystemTime) {
    for version in own.parent().into_iter().flat_map(entries) {
        if version == own || !is_version(&version) {
            continue;
        }
        let programs: Vec<PathBuf> = entries(&version.join("programs")).collect();
        let used = programs.iter().map(|program| last_use(program)).max().max(Some(modified(&version)));
        let old = used.is_some_and(|used| now.duration_since(used).is_ok_and(|age| age > KEPT_VERSIONS));
        if old && programs.iter().all(|program| retire(program)) {
            remove(&version);
        }
    }
}

/// Returns true if this command made a folder; others may lie beside it.
fn is_version(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let hash = name.rsplit_once('-').map_or("", |(_, hash)| hash);
    hash.len() == 16
        && hash.chars().all(|digit| digit.is_ascii_hexdigit())
        && folder.join("runtime/Cargo.toml").is_file()
}

fn last_use(program: &Path) -> SystemTime {
    modified(&program.join(USED)).max(modified(program))
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Removes a program's executable unless a command runs it; returns whether nobody can find it any more.
fn retire(program: &Path) -> bool {
    entries(&program.join("bin")).all(|executable| {
        let Ok(file) = File::open(&executable) else { return false };
        // Locked until it is removed, so that no command finds it in between.
        !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) && fs::remove_file(&executable).is_ok()
    })
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn remove(path: &Path) {
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str, key: u64) -> Id {
        Id { name: name.into(), key }
    }

    fn store(home: &Path) -> Store {
        Store { version: home.join("0.1.0-0123456789abcdef") }
    }

    /// Creates a program that was used `ago` seconds ago.
    fn insert(store: &Store, id: &Id, ago: u64) {
        let built = store.version.join("built");
        fs::create_dir_all(&store.version).unwrap();
        fs::write(&built, &id.name).unwrap();
        store.insert(id, &built).unwrap();
        let used = File::create(store.folder(id).join(USED)).unwrap();
        let time = SystemTime::now() - Duration::from_secs(ago);
        used.set_modified(time).unwrap();
        File::open(store.folder(id)).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn a_program_is_found_by_what_it_is_made_of() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        let [one, other] = [id("net", 1), id("net", 2)];
        assert!(store.find(&one).is_none());
        insert(&store, &one, 0);
        let found = store.find(&one).unwrap();
        assert_eq!(fs::read_to_string(&found.path).unwrap(), "net");
        assert!(store.find(&other).is_none());
        assert_ne!(store.folder(&one), store.folder(&other));
    }

    #[cfg(unix)]
    #[test]
    fn the_oldest_programs_are_removed_but_none_in_use() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        let ids: Vec<Id> = (0..6).map(|key| id("net", key)).collect();
        for (i, id) in ids.iter().enumerate() {
            insert(&store, id, 1000 - i as u64);
        }
        // The oldest is running, and the second is used once more.
        let held = File::open(executable(&store.folder(&ids[0]), "net")).unwrap();
        held.lock_shared().unwrap();
        assert!(store.find(&ids[1]).is_some());
        remove_programs(&store.programs(), 2);
        let there: Vec<bool> = ids.iter().map(|id| store.folder(id).exists()).collect();
        assert_eq!(there, [true, true, false, false, false, true]);
        drop(held);
        insert(&store, &ids[0], 1000);
        remove_programs(&store.programs(), 2);
        assert!(!store.folder(&ids[0]).exists());
    }

    #[test]
    fn other_versions_are_removed_after_a_month_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let own = store(home.path());
        let [old, foreign] = ["0.0.9-fedcba9876543210", "my-holidays"].map(|name| home.path().join(name));
        for folder in [&own.version, &old, &foreign] {
            fs::create_dir_all(folder.join("runtime")).unwrap();
            fs::write(folder.join("runtime/Cargo.toml"), "").unwrap();
        }
        insert(&Store { version: old.clone() }, &id("net", 1), 0);
        let now = SystemTime::now();
        remove_versions(&own.version, now + KEPT_VERSIONS / 2);
        assert!(old.exists());
        remove_versions(&own.version, now + 2 * KEPT_VERSIONS);
        assert!(!old.exists() && own.version.exists() && foreign.exists());
    }

    #[test]
    fn results_of_cargo_are_removed_but_those_of_libraries() {
        let release = tempfile::tempdir().unwrap();
        let files = ["program-1", "deps/program_1-2.d", ".fingerprint/program-1-2/bin", "deps/libcsv-1.rlib"];
        for file in files.map(|file| release.path().join(file)) {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        remove_packages(release.path());
        let there = files.map(|file| release.path().join(file).exists());
        assert_eq!(there, [false, false, false, true]);
    }
}

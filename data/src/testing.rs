//! Help for tests of readers: files on disk, and damage.

use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder with one file; the folder is removed with it.
pub(crate) struct Written {
    pub(crate) folder: TempDir,
    pub(crate) file: PathBuf,
}

/// Writes a file into a new folder.
pub(crate) fn write(name: &str, bytes: &[u8]) -> Written {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join(name);
    fs::write(&file, bytes).expect("room for a small file");
    Written { folder, file }
}

/// Changes of up to five bytes of a file.
pub(crate) fn changes() -> impl Strategy<Value = Vec<(Index, u8)>> {
    prop::collection::vec((any::<Index>(), any::<u8>()), 1..6)
}

/// Applies changes to the bytes from `first` on.
pub(crate) fn change(bytes: &mut [u8], first: usize, changes: Vec<(Index, u8)>) {
    for (index, byte) in changes {
        bytes[first + index.index(bytes.len() - first)] = byte;
    }
}

//! A lock on a weights file, which one training has at a time.

use netwright::__app::files;
use netwright::checkpoint::{self, Error};
use std::env;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// The lock of a training on its weights; it ends with this value, or with the process on whatever way.
#[derive(Debug)]
pub(super) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Takes the lock on a weights file, which need not exist. A system without room or rights for locks gives one that holds
    /// nothing: it is no reason not to train.
    ///
    /// # Errors
    /// If another training has it.
    pub(super) fn of(weights: &Path) -> Result<Lock, Error> {
        let place = files::place(weights);
        let name = format!("netwright-{:016x}.lock", checkpoint::hash(place.as_os_str().as_encoded_bytes()));
        let file = env::temp_dir().join(name);
        let Ok(file) = OpenOptions::new().create(true).truncate(false).write(true).open(file) else {
            return Ok(Lock { _file: None });
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(Error::InUse { weights: weights.into() }),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Lock { _file: Some(file) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_training_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let weights = folder.path().join("w.safetensors");
        let first = Lock::of(&weights).unwrap();
        let same = folder.path().join(".").join("w.safetensors");
        let error = Lock::of(&same).unwrap_err();
        assert!(matches!(&error, Error::InUse { weights } if *weights == same), "{error}");
        Lock::of(&folder.path().join("other.safetensors")).unwrap();
        drop(first);
        Lock::of(&same).unwrap();
    }
}

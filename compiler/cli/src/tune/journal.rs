//! The journal of a search: what it is, and a line for each result. A search that was killed goes on from it.

use crate::error::Error;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The result of a candidate on a rung.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) candidate: usize,
    /// The epochs of the rung.
    pub(crate) until: usize,
    /// The epochs that were trained.
    pub(crate) epochs: usize,
    /// The value, of which a lower one is better; `None` if the training has diverged.
    pub(crate) value: Option<f64>,
}

/// The file, to which each result is appended.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Creates the journal of a new search, complete at once, in place of an older one.
    pub(crate) fn create(path: &Path, header: &Value) -> Result<Journal, Error> {
        check_idle(path)?;
        let failed = |cause| Error::Write { path: path.into(), cause };
        let folder = path.parent().unwrap_or(Path::new("."));
        let write = || {
            let mut file = NamedTempFile::new_in(folder)?;
            writeln!(file, "{header}")?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            sync(folder);
            OpenOptions::new().append(true).open(path)
        };
        Journal::locked(write().map_err(failed)?, path)
    }

    /// Keeps other commands from the journal while this one is at work.
    fn locked(file: File, path: &Path) -> Result<Journal, Error> {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(busy(path)),
            // Not every file system has locks.
            _ => Ok(Journal { file, path: path.into() }),
        }
    }

    /// Opens the journal of the same search; returns its results, too. A last line without its end was cut off, and is removed.
    pub(crate) fn resume(path: &Path, header: &Value) -> Result<(Journal, Vec<Entry>), Error> {
        check_idle(path)?;
        let text = fs::read_to_string(path).map_err(|cause| Error::Read { path: path.into(), cause })?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut lines = text[..whole].lines();
        check(path, lines.next().unwrap_or_default(), header)?;
        let mut entries = vec![];
        for (line, number) in lines.zip(2..) {
            let damaged = || Error::Unfit {
                message: format!("line {number} of {} is damaged", path.display()),
                help: "remove it, or begin anew by `--overwrite`".into(),
            };
            entries.push(entry(line).ok_or_else(damaged)?);
        }
        let open = || {
            let file = OpenOptions::new().append(true).open(path)?;
            file.set_len(whole as u64)?;
            Ok(file)
        };
        let file = open().map_err(|cause| Error::Write { path: path.into(), cause })?;
        Ok((Journal::locked(file, path)?, entries))
    }

    /// Appends a result, which is on the disk then.
    pub(crate) fn push(&mut self, entry: &Entry) -> Result<(), Error> {
        let Entry { candidate, until, epochs, value } = entry;
        // Digits as a text: each reader makes the same number of it.
        let value = value.map(|value| format!("{value:?}"));
        let line = json!({ "candidate": candidate, "until": until, "epochs": epochs, "value": value });
        let written =
            self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|cause| Error::Write { path: self.path.clone(), cause })
    }
}

/// Checks that no other command is at work on a journal.
fn check_idle(path: &Path) -> Result<(), Error> {
    match File::open(path).map(|file| file.try_lock()) {
        Ok(Err(TryLockError::WouldBlock)) => Err(busy(path)),
        _ => Ok(()),
    }
}

fn busy(path: &Path) -> Error {
    Error::Unfit {
        message: format!("another command is at work on {}", path.display()),
        help: "wait for its end, or name another folder by `--folder`".into(),
    }
}

fn entry(line: &str) -> Option<Entry> {
    let line: Value = serde_json::from_str(line).ok()?;
    let number = |key: &str| line.get(key)?.as_u64().map(|number| number as usize);
    let value = match line.get("value")? {
        Value::Null => None,
        Value::String(digits) => Some(digits.parse().ok()?),
        _ => return None,
    };
    Some(Entry { candidate: number("candidate")?, until: number("until")?, epochs: number("epochs")?, value })
}

/// Checks that a journal is that of the same search.
fn check(path: &Path, found: &str, header: &Value) -> Result<(), Error> {
    let unfit = |message: String| {
        Err(Error::Unfit {
            message,
            help: "begin anew by `--overwrite`, or name another folder by `--folder`".into(),
        })
    };
    let Ok(Value::Object(found)) = serde_json::from_str(found) else {
        return unfit(format!("{} is no journal of a search", path.display()));
    };
    let keys = header.as_object().into_iter().flat_map(|header| header.iter());
    let Some((key, value)) = keys.into_iter().find(|(key, value)| found.get(*key) != Some(value)) else {
        return Ok(());
    };
    let then = found.get(key).map_or("missing".into(), Value::to_string);
    unfit(match key.as_str() {
        "text" | "imports" => format!("{} is of another text", path.display()),
        _ => format!("{} is of another search: `{key}` was {then} and is {value}", path.display()),
    })
}

/// Brings a folder to the disk. Not every platform can open one.
fn sync(folder: &Path) {
    let _: io::Result<()> = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: [Entry; 3] = [
        Entry { candidate: 2, until: 1, epochs: 1, value: Some(0.1 + 0.2) },
        Entry { candidate: 0, until: 1, epochs: 1, value: None },
        Entry { candidate: 2, until: 3, epochs: 2, value: Some(-1e-300) },
    ];

    fn header() -> Value {
        json!({ "seed": 7, "text": "network N {}" })
    }

    fn written(folder: &Path) -> PathBuf {
        let path = folder.join("journal.jsonl");
        let mut journal = Journal::create(&path, &header()).unwrap();
        ENTRIES.iter().for_each(|entry| journal.push(entry).unwrap());
        path
    }

    #[test]
    fn results_are_read_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        assert_eq!(Journal::resume(&path, &header()).unwrap().1, ENTRIES);
        // A new search takes the place of the old one.
        drop(Journal::create(&path, &header()).unwrap());
        assert_eq!(Journal::resume(&path, &header()).unwrap().1, []);
    }

    #[test]
    fn one_command_at_a_time_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let first = Journal::create(&path, &header()).unwrap();
        for other in [Journal::create(&path, &header()).err(), Journal::resume(&path, &header()).err()] {
            assert!(other.unwrap().to_string().starts_with("another command is at work on "));
        }
        drop(first);
        Journal::resume(&path, &header()).unwrap();
    }

    #[test]
    fn a_line_that_was_cut_off_is_no_result() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let whole = fs::read(&path).unwrap();
        let last = whole[..whole.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
        for end in last..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let (mut journal, entries) = Journal::resume(&path, &header()).unwrap();
            assert_eq!(entries, ENTRIES[..2], "{end}");
            journal.push(&ENTRIES[2]).unwrap();
            assert_eq!(fs::read(&path).unwrap(), whole, "{end}");
        }
    }

    #[test]
    fn another_search_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let problem = |header: &Value| Journal::resume(&path, header).unwrap_err().to_string();
        assert!(problem(&json!({ "seed": 8 })).ends_with("`seed` was 7 and is 8"));
        assert!(problem(&json!({ "seed": 7, "text": "" })).ends_with("is of another text"));
        fs::write(&path, format!("{}\nnothing\n", header())).unwrap();
        assert!(problem(&header()).contains("line 2 of "));
        fs::write(&path, "").unwrap();
        assert!(problem(&header()).ends_with("is no journal of a search"));
    }
}

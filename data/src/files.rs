//! Opening files, which may be gzipped.

use crate::{Error, Problem};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Opens a file; its contents are unpacked if they are gzipped. `what` is its kind in messages.
///
/// # Errors
/// If there is no such file, or it cannot be read.
pub fn open(file: &Path, what: &'static str) -> Result<Box<dyn Read>, Problem> {
    let mut input = BufReader::new(File::open(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing { what },
        _ => Problem::Read(error),
    })?);
    let gzipped = input.fill_buf().map_err(Problem::Read)?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) })
}

/// Reads a whole file, which is unpacked if it is gzipped. `what` is its kind in messages.
///
/// # Errors
/// If there is no such file, or it cannot be read.
pub fn read(file: &Path, what: &'static str) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut input = open(file, what)?;
    // Bytes beyond are read all the same, as of a gzipped file.
    let len = std::fs::metadata(file).map_or(0, |data| data.len());
    let _ = usize::try_from(len).map(|len| bytes.try_reserve_exact(len.saturating_add(1)));
    input.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Converts a failure to read what [`open`] gave to a problem: the kinds that only unpacking has are damage.
pub fn unreadable(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Problem::Gzip(error)
        }
        _ => Problem::Read(error),
    }
}

/// Returns the platform's folder for caches, by the environment's variables; `None` if none says an absolute path.
pub fn caches(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    }
}

/// Returns true if a file's name ends like that of a picture.
pub fn is_picture(file: &Path) -> bool {
    const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp", "gif"];
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&&*ending))
}

/// Returns true if a file has DICOM's mark, as scans without an ending do.
pub fn is_dicom(file: &Path) -> bool {
    let mut head = [0; 132];
    File::open(file).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head.ends_with(b"DICM")
}

/// Lists the files of a folder and of the folders in it, sorted by path; hidden ones are passed over. `what` is the folder's kind in
/// messages.
///
/// # Errors
/// If the folder cannot be read.
pub fn list(folder: &Path, what: &'static str) -> Result<Vec<PathBuf>, Error> {
    let mut files = vec![];
    collect(folder, &mut files).map_err(|(folder, error)| match error.kind() {
        io::ErrorKind::NotFound => Error::new(&folder, Problem::Missing { what }),
        _ => Error::new(&folder, Problem::Read(error)),
    })?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (folder.to_path_buf(), error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Links to folders are not followed, so that none leads back.
        match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            true => collect(&entry.path(), files)?,
            false if entry.path().is_file() => files.push(entry.path()),
            false => {}
        }
    }
    Ok(())
}

/// Packs the bytes of a file with gzip.
///
/// # Errors
/// Never for bytes in memory.
pub fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes)?;
    packed.finish()
}

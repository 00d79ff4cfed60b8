//! Decoded samples in a temporary file, one after another.

use crate::data::numbers::Numbers;
use crate::data::streamed::{Outside, ReadOne};
use crate::data::{Error, Problem};
use netwright_data::files::caches;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes that are written at once.
const BUFFER: usize = 1 << 20;

/// Place of a sample in the file.
#[derive(Clone, Copy, Debug)]
struct Stored {
    at: u64,
    /// The numbers have 32 bits; otherwise they are bytes.
    is_single: bool,
}

/// Writer of samples to a file that vanishes with the program.
#[derive(Debug)]
pub(super) struct Writer {
    out: BufWriter<File>,
    folder: PathBuf,
    samples: Vec<Stored>,
    end: u64,
}

impl Writer {
    /// Creates the file in the folder for caches.
    ///
    /// # Errors
    /// If it cannot be created.
    pub(super) fn new() -> Result<Writer, Error> {
        let folder = folder(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
        let create = || {
            fs::create_dir_all(&folder)?;
            tempfile::tempfile_in(&folder)
        };
        let file = create().map_err(|cause| Error::new(&folder, Problem::Cache(cause)))?;
        Ok(Writer { out: BufWriter::with_capacity(BUFFER, file), folder, samples: vec![], end: 0 })
    }

    /// Writes the next sample.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn add(&mut self, sample: &Numbers) -> Result<(), Error> {
        let (at, is_single) = (self.end, !matches!(sample, Numbers::Bytes(_)));
        let written = match sample {
            Numbers::Bytes(bytes) => self.write(bytes),
            _ => {
                let mut numbers = vec![];
                sample.append_all(&mut numbers);
                numbers.iter().try_for_each(|number| self.write(&number.to_le_bytes()))
            }
        };
        self.samples.push(Stored { at, is_single });
        written.map_err(|cause| Error::new(&self.folder, Problem::Cache(cause)))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.end += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    /// Returns the written samples, of `len` numbers each.
    ///
    /// # Errors
    /// If the last ones cannot be written.
    pub(super) fn finish(self, len: usize) -> Result<Flat, Error> {
        let Writer { out, folder, samples, .. } = self;
        match out.into_inner() {
            Ok(file) => Ok(Flat(Arc::new(Samples { file, folder, samples, len }))),
            Err(cause) => Err(Error::new(&folder, Problem::Cache(cause.into_error()))),
        }
    }
}

/// Samples in a temporary file.
#[derive(Debug)]
pub(super) struct Flat(Arc<Samples>);

#[derive(Debug)]
struct Samples {
    file: File,
    folder: PathBuf,
    samples: Vec<Stored>,
    len: usize,
}

impl Samples {
    fn read(&self, sample: usize) -> io::Result<Numbers> {
        let Stored { at, is_single } = self.samples[sample];
        let mut bytes = vec![0; if is_single { 4 * self.len } else { self.len }];
        read_at(&self.file, at, &mut bytes)?;
        Ok(match is_single {
            true => {
                let (numbers, _) = bytes.as_chunks();
                Numbers::Single(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
            }
            false => Numbers::Bytes(bytes),
        })
    }
}

impl Outside for Flat {
    fn reader(&self) -> ReadOne {
        let samples = self.0.clone();
        Box::new(move |sample| {
            samples
                .read(sample)
                .map_err(|cause| Error::new(&samples.folder, netwright_data::Problem::Read(cause)))
        })
    }

    fn file(&self, _: usize) -> &Path {
        &self.0.folder
    }
}

#[cfg(unix)]
fn read_at(file: &File, at: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn read_at(file: &File, mut at: u64, mut bytes: &mut [u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                at += read as u64;
                bytes = &mut bytes[read..];
            }
        }
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn read_at(_: &File, _: u64, _: &mut [u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns the folder for the file, by the environment's variables: that of the `netwright` command, as temporary files are in memory on
/// many systems.
fn folder(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> PathBuf {
    let home = variable("NETWRIGHT_HOME").and_then(|home| std::path::absolute(home).ok());
    let home = home.or_else(|| caches(variable).map(|caches| caches.join("netwright")));
    home.unwrap_or_else(std::env::temp_dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn the_file_is_among_the_caches() {
        let all = [("NETWRIGHT_HOME", "/n"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        let find = |variables: &[(&str, &str)]| {
            folder(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
        };
        assert_eq!(find(&all), Path::new("/n"));
        assert_eq!(find(&all[1..]), Path::new("/x/netwright"));
        assert_eq!(find(&all[2..]), Path::new("/h/.cache/netwright"));
        assert!(find(&[("NETWRIGHT_HOME", "relative")]).ends_with("relative"));
        assert_eq!(find(&[("XDG_CACHE_HOME", "relative")]), std::env::temp_dir());
    }
}

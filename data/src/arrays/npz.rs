//! Archives of arrays: zip files with an `.npy` file for each array, stored or deflated.

use super::{Array, Header, Problem, find, npy};
use crate::Problem as FileProblem;
use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, Error, ErrorKind, FileReader, RECOMMENDED_BUFFER_SIZE};
use rawzip::{ZipArchive, ZipArchiveEntryWayfinder};
use std::fs::File;
use std::io::{self, BufReader, Read};

/// The end of the names of arrays in an archive.
const SUFFIX: &str = ".npy";

/// An archive.
pub(super) struct Npz {
    archive: ZipArchive<FileReader>,
    members: Vec<Member>,
}

/// An array in an archive.
struct Member {
    name: String,
    place: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    encrypted: bool,
}

impl Npz {
    /// Opens an archive and reads its directory.
    pub(super) fn open(file: File) -> Result<Npz, FileProblem> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_file(file, &mut buffer).map_err(|error| damaged("", error))?;
        let mut members = Vec::new();
        let mut entries = archive.entries(&mut buffer);
        while let Some(entry) = entries.next_entry().map_err(|error| damaged("", error))? {
            let path = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
            if let Some(name) = path.strip_suffix(SUFFIX) {
                members.push(Member {
                    name: name.into(),
                    place: entry.wayfinder(),
                    method: entry.compression_method(),
                    encrypted: entry.flags().is_encrypted(),
                });
            }
        }
        Ok(Npz { archive, members })
    }

    pub(super) fn headers(&self) -> Result<Vec<Header>, FileProblem> {
        let header = |member: &Member| {
            let name = &member.name;
            let written = npy::header(&mut self.open_member(member)?, name, &|error| broken(name, error))?;
            Ok(written.public(name)?)
        };
        self.members.iter().map(header).collect()
    }

    pub(super) fn read(&self, name: &str) -> Result<Array, FileProblem> {
        self.with(name, |from, name, unreadable| npy::read(from, name, unreadable))
    }

    /// Calls `work` with the bytes of an array, its name and the conversion of a failure to read it.
    pub(super) fn with<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut dyn Read, &str, npy::Unreadable<'_>) -> Result<T, FileProblem>,
    ) -> Result<T, FileProblem> {
        let member = &self.members[find(self.members.iter().map(|member| &*member.name), name)?];
        work(&mut self.open_member(member)?, &member.name, &|error| broken(&member.name, error))
    }

    /// Opens an array; its checksum is compared when its end has been read.
    fn open_member(&self, member: &Member) -> Result<BufReader<Box<dyn Read + '_>>, FileProblem> {
        let name = &member.name;
        if member.encrypted {
            return Err(Problem::Encrypted { name: name.into() }.into());
        }
        let entry = self.archive.get_entry(member.place).map_err(|error| damaged(name, error))?;
        let reader: Box<dyn Read + '_> = match member.method {
            CompressionMethod::STORE => Box::new(entry.verifying_reader(entry.reader())),
            CompressionMethod::DEFLATE => {
                Box::new(entry.verifying_reader(DeflateDecoder::new(entry.reader())))
            }
            method => {
                let found = method.name().map_or_else(|| method.as_u16().to_string(), String::from);
                return Err(Problem::Compression { name: name.into(), found }.into());
            }
        };
        Ok(BufReader::new(reader))
    }
}

/// Converts an archive's error, which is the system's if it is one of reading.
fn damaged(name: &str, error: Error) -> FileProblem {
    match error.into_kind() {
        ErrorKind::IO(error) => broken(name, error),
        kind => Problem::Archive { name: name.into(), cause: io::Error::other(kind.to_string()) }.into(),
    }
}

/// Converts a failure to read an array's bytes: the kinds that only unpacking has are damage.
fn broken(name: &str, cause: io::Error) -> FileProblem {
    match cause.raw_os_error() {
        Some(_) => FileProblem::Read(cause),
        None => Problem::Archive { name: name.into(), cause }.into(),
    }
}

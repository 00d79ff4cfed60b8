//! A file of tensors, whose header is judged before any of them is read.

use super::error::{Error, HeaderError, Misfit};
use super::metadata::{Invalid, Metadata};
use super::numbers::{Numbers, read};
use crate::bundle;
use crate::recipe::Rename;
use crate::storage::TensorRef;
use netwright_model::seal::{self, ENTRY, is_sealed};
use safetensors::tensor::{Metadata as Header, TensorInfo};
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The longest header that the format allows, in bytes.
const MOST_HEADER: u64 = 100_000_000;

/// The entry of each batch norm of PyTorch that a network does not need: the number of batches seen.
const COUNTER: &str = "num_batches_tracked";

/// An open file.
pub(super) struct Stored {
    path: PathBuf,
    file: File,
    header: Header,
    /// The name in the file of each tensor by the name that it is taken for.
    names: BTreeMap<String, String>,
    /// The offset of the tensors in the file, in bytes.
    start: u64,
}

/// The numbers of tensors, where a file has them.
pub(super) type Tensors = Vec<Option<Vec<f32>>>;

/// The comparison of a file's tensors with those of a network.
pub(super) struct Comparison {
    /// The prefix of the names in the file.
    pub(super) prefix: String,
    /// The differences, in the order of the layers.
    pub(super) misfits: Vec<Misfit>,
}

impl Stored {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path) -> Result<Stored, Error> {
        let unreadable = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound => Error::Missing { file: path.into() },
            _ => Error::Read { file: path.into(), cause },
        };
        let about = fs::metadata(path).map_err(unreadable)?;
        // A pipe would be waited for.
        if !about.is_file() && !about.is_dir() {
            return Err(unreadable(io::Error::other("it is not a regular file")));
        }
        let mut file = File::open(path).map_err(unreadable)?;
        let parts = if about.is_file() { bundle::parts(&mut file).map_err(unreadable)? } else { None };
        let weights = parts.map_or(0..about.len(), |parts| parts.weights);
        file.seek(SeekFrom::Start(weights.start)).map_err(unreadable)?;
        let found = weights.end - weights.start;
        let truncated = |expected| Error::Truncated { file: path.into(), expected, found };
        let foreign = |cause| Error::Foreign { file: path.into(), cause };
        let mut bytes = [0; 8];
        if found < 8 && about.is_file() {
            return Err(foreign(HeaderError::Short));
        }
        file.read_exact(&mut bytes).map_err(unreadable)?;
        let len = u64::from_le_bytes(bytes);
        if len > MOST_HEADER {
            return Err(foreign(HeaderError::Long));
        }
        if len == 0 {
            return Err(foreign(HeaderError::Empty));
        }
        if 8 + len > found {
            return Err(truncated(8 + len));
        }
        // Whatever else the file is, it is not worth the memory of its header.
        let mut first = [0];
        file.read_exact(&mut first).map_err(unreadable)?;
        if first != *b"{" {
            return Err(foreign(HeaderError::Object));
        }
        let mut header = vec![first[0]; len as usize];
        file.read_exact(&mut header[1..]).map_err(unreadable)?;
        let header: Header =
            serde_json::from_slice(&header).map_err(|cause| foreign(HeaderError::Json(cause)))?;
        let start = weights.start + 8 + len;
        match (header.data_len() as u64).checked_add(8 + len) {
            Some(expected) if expected == found => {
                let names = header.offset_keys().into_iter().map(|name| (name.clone(), name)).collect();
                Ok(Stored { path: path.into(), file, header, names, start })
            }
            expected => Err(truncated(expected.unwrap_or(u64::MAX))),
        }
    }

    /// Returns the file's metadata; the default if it is from elsewhere.
    pub(super) fn metadata(&self) -> Result<Metadata, Error> {
        self.text().map(|(metadata, _)| metadata)
    }

    /// Returns the file's metadata, and the hash of its tensors, if it says so.
    fn text(&self) -> Result<(Metadata, Option<u64>), Error> {
        let entries = self.header.metadata().iter().flatten();
        // What is ours under another name is not from elsewhere.
        let entry = entries.clone().find(|(name, _)| *name == ENTRY);
        let entry = entry.or_else(|| entries.clone().find(|(_, text)| is_sealed(text)));
        let read = match entry {
            None => Ok((Metadata::default(), None)),
            Some((name, _)) if name != ENTRY => Err(Invalid {
                key: name.clone(),
                expected: "it under the name `netwright`".into(),
                found: name.clone(),
            }),
            Some((_, text)) => Metadata::from_text(text),
        };
        read.map_err(|Invalid { key, expected, found }| Error::Metadata {
            file: self.path.clone(),
            key,
            expected,
            found,
        })
    }

    /// Checks that the tensors are those that were saved, if the file says which ones these are.
    pub(super) fn check_bits(&mut self) -> Result<(), Error> {
        match self.text()?.1 {
            Some(expected) if expected != self.bits()? => Err(Error::Altered { file: self.path.clone() }),
            _ => Ok(()),
        }
    }

    fn bits(&mut self) -> Result<u64, Error> {
        let mut bits = 0_u64;
        for name in self.header.offset_keys() {
            let Some(info) = self.header.info(&name) else { continue };
            let (start, end) = info.data_offsets;
            let kind = info.dtype.to_string();
            let hash = self.file.seek(SeekFrom::Start(self.start + start as u64)).and_then(|_| {
                seal::tensor(&name, &kind, &info.shape, (&self.file).take((end - start) as u64))
            });
            bits = bits.wrapping_add(hash.map_err(|cause| Error::Read { file: self.path.clone(), cause })?);
        }
        Ok(bits)
    }

    /// Gives each tensor the name that the first rule for its name says.
    pub(super) fn rename(&mut self, rules: &[Rename]) -> Result<(), Error> {
        let mut used = vec![false; rules.len()];
        let mut names = BTreeMap::new();
        for stored in self.names.values() {
            let renamed =
                rules.iter().enumerate().find_map(|(rule, rename)| Some((rule, rename.apply(stored)?)));
            let name = match renamed {
                Some((rule, name)) => {
                    used[rule] = true;
                    name
                }
                None => stored.clone(),
            };
            if let Some(other) = names.insert(name.clone(), stored.clone()) {
                let tensors = [other, stored.clone()];
                return Err(Error::Renamed { file: self.path.clone(), name, tensors });
            }
        }
        if let Some(rule) = used.iter().position(|used| !used) {
            return Err(Error::Rename {
                file: self.path.clone(),
                pattern: rules[rule].pattern.into(),
                first: self.names.values().next().cloned().unwrap_or_default(),
            });
        }
        self.names = names;
        Ok(())
    }

    /// Compares the file's tensors with those that are wanted.
    pub(super) fn compare(&self, wanted: &[TensorRef<'_>]) -> Comparison {
        let prefix = self.prefix(wanted);
        let mut misfits = Vec::new();
        for tensor in wanted {
            let name = tensor.name.to_string();
            match self.info(&prefix, tensor.name) {
                None => misfits.push(Misfit::Missing { name, shape: tensor.shape.into() }),
                Some(found) if found.shape != tensor.shape => misfits.push(Misfit::Shape {
                    name,
                    expected: tensor.shape.into(),
                    found: found.shape.clone(),
                }),
                Some(found) if Numbers::of(found.dtype).is_none() => {
                    misfits.push(Misfit::Type { name, found: found.dtype.to_string() });
                }
                Some(_) => {}
            }
        }
        let known: HashSet<&str> = wanted.iter().map(|tensor| tensor.name).collect();
        let unexpected = self.names.iter().filter(|(name, stored)| {
            let own = name.strip_prefix(&prefix).is_some_and(|name| known.contains(name));
            !own && stored.rsplit('.').next() != Some(COUNTER)
        });
        misfits.extend(unexpected.map(|(name, stored)| {
            let renamed = (name != stored).then(|| name.clone());
            Misfit::Unexpected { name: stored.clone(), renamed }
        }));
        Comparison { prefix, misfits }
    }

    /// Returns the numbers of each wanted tensor that is there with its shape, and how many tensors were
    /// rounded.
    pub(super) fn read(&mut self, prefix: &str, wanted: &[TensorRef<'_>]) -> Result<(Tensors, usize), Error> {
        let (mut tensors, mut rounded) = (Vec::new(), 0);
        for tensor in wanted {
            let info = self.info(prefix, tensor.name).filter(|info| info.shape == tensor.shape);
            let found = info.and_then(|info| Some((Numbers::of(info.dtype)?, info.data_offsets.0)));
            let Some((numbers, offset)) = found else {
                tensors.push(None);
                continue;
            };
            let mut data = vec![0.0; tensor.data.len()];
            let error = |cause| Error::Read { file: self.path.clone(), cause };
            self.file.seek(SeekFrom::Start(self.start + offset as u64)).map_err(error)?;
            let beyond = read(numbers, BufReader::new(&self.file), &mut data).map_err(error)?;
            if let Some(found) = beyond {
                return Err(Error::Range { file: self.path.clone(), name: tensor.name.into(), found });
            }
            rounded += usize::from(numbers == Numbers::F64);
            tensors.push(Some(data));
        }
        Ok((tensors, rounded))
    }

    fn info(&self, prefix: &str, name: &str) -> Option<&TensorInfo> {
        let stored = match prefix {
            "" => self.names.get(name),
            prefix => self.names.get(&format!("{prefix}{name}")),
        };
        self.header.info(stored?)
    }

    /// Returns the prefix of all names in the file, such as `module.`, if the network's names are found only
    /// without it.
    fn prefix(&self, wanted: &[TensorRef<'_>]) -> String {
        let found =
            |prefix: &str| wanted.iter().filter(|tensor| self.info(prefix, tensor.name).is_some()).count();
        if found("") > 0 {
            return String::new();
        }
        let Some((first, _)) = self.names.first_key_value() else { return String::new() };
        let ends = first.match_indices('.').map(|(at, _)| &first[..=at]);
        let shared = ends.filter(|prefix| self.names.keys().all(|name| name.starts_with(*prefix)));
        // The shortest of those that find equally many.
        let best = shared.rev().max_by_key(|prefix| found(prefix)).filter(|prefix| found(prefix) > 0);
        best.unwrap_or_default().into()
    }
}

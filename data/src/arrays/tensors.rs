//! Tensors of [safetensors](https://huggingface.co/docs/safetensors) files, as arrays.

use super::header::size;
use super::numbers::{Encoding, Stop};
use super::{Array, Header, Kind, Problem, find};
use crate::Problem as FileProblem;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

/// The longest header that the format allows, in bytes.
const MOST_HEADER: u64 = 100_000_000;

/// An open file.
pub(super) struct Tensors {
    file: File,
    header: Metadata,
    /// The offset of the tensors in the file, in bytes.
    start: u64,
}

impl Tensors {
    /// Opens a file and reads its header.
    pub(super) fn open(mut file: File) -> Result<Tensors, FileProblem> {
        let found = file.metadata().map_err(FileProblem::Read)?.len();
        let mut len = [0; 8];
        file.read_exact(&mut len).map_err(FileProblem::Read)?;
        let len = u64::from_le_bytes(len);
        let damaged = |cause: String| Problem::Tensors { cause };
        if len > MOST_HEADER || len > found.saturating_sub(8) {
            return Err(damaged(format!("its header has {len} bytes and the file {found}")).into());
        }
        let mut text = Vec::new();
        (&file).take(len).read_to_end(&mut text).map_err(FileProblem::Read)?;
        let header: Metadata = serde_json::from_slice(&text)
            .map_err(|error| damaged(format!("its header is not valid: {error}")))?;
        let start = 8 + len;
        let (expected, found) = (header.data_len() as u64, found - start);
        match expected {
            _ if expected > found => Err(Problem::Truncated { name: String::new(), expected, found }.into()),
            _ if expected < found => Err(Problem::Long { name: String::new(), expected }.into()),
            _ => Ok(Tensors { file, header, start }),
        }
    }

    /// Returns the tensors in the order of their places.
    fn infos(&self) -> Vec<(String, &TensorInfo)> {
        let named = |name: String| self.header.info(&name).map(|info| (name, info));
        self.header.offset_keys().into_iter().filter_map(named).collect()
    }

    pub(super) fn headers(&self) -> Result<Vec<Header>, Problem> {
        let header = |(name, info): (String, &TensorInfo)| {
            let kind = kind(&name, info.dtype)?;
            Ok(Header { name, shape: info.shape.clone(), kind })
        };
        self.infos().into_iter().map(header).collect()
    }

    pub(super) fn read(&self, name: &str) -> Result<Array, FileProblem> {
        let infos = self.infos();
        let (name, info) = &infos[find(infos.iter().map(|(name, _)| &**name), name)?];
        let kind = kind(name, info.dtype)?;
        let (count, expected) = size(name, &info.shape, kind)?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.start + info.data_offsets.0 as u64)).map_err(FileProblem::Read)?;
        let numbers = Encoding { kind, big_endian: false }.read(&mut BufReader::new(file), count);
        let numbers = numbers.map_err(|stop| match stop {
            Stop::End(found) => Problem::Truncated { name: name.clone(), expected, found }.into(),
            Stop::Read(error) => FileProblem::Read(error),
        })?;
        Ok(Array { shape: info.shape.clone(), numbers })
    }
}

fn kind(name: &str, dtype: Dtype) -> Result<Kind, Problem> {
    Ok(match dtype {
        Dtype::BOOL => Kind::Bool,
        Dtype::U8 => Kind::U8,
        Dtype::U16 => Kind::U16,
        Dtype::U32 => Kind::U32,
        Dtype::U64 => Kind::U64,
        Dtype::I8 => Kind::I8,
        Dtype::I16 => Kind::I16,
        Dtype::I32 => Kind::I32,
        Dtype::I64 => Kind::I64,
        Dtype::F16 => Kind::F16,
        Dtype::BF16 => Kind::Bf16,
        Dtype::F32 => Kind::F32,
        Dtype::F64 => Kind::F64,
        other => return Err(Problem::Type { name: name.into(), found: other.to_string() }),
    })
}

//! Arrays of a report, in a file of safetensors.

use safetensors::serialize;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;
use std::io;

/// Arrays by their names.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    all: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
    /// True if there are others than in the file.
    changed: bool,
}

impl Arrays {
    /// Adds bytes, such as those of pictures.
    pub(super) fn bytes_of(&mut self, name: &str, shape: &[usize], bytes: Vec<u8>) {
        self.add(name, Dtype::U8, shape, bytes);
    }

    /// Adds numbers.
    pub(super) fn numbers(&mut self, name: &str, shape: &[usize], numbers: &[f32]) {
        self.add(name, Dtype::F32, shape, numbers.iter().flat_map(|x| x.to_le_bytes()).collect());
    }

    /// Adds whole numbers.
    pub(super) fn integers(&mut self, name: &str, shape: &[usize], numbers: &[i32]) {
        self.add(name, Dtype::I32, shape, numbers.iter().flat_map(|x| x.to_le_bytes()).collect());
    }

    fn add(&mut self, name: &str, kind: Dtype, shape: &[usize], bytes: Vec<u8>) {
        self.all.insert(name.into(), (kind, shape.to_vec(), bytes));
        self.changed = true;
    }

    /// Returns the file, if it has changed since the last time.
    pub(super) fn bytes(&mut self) -> io::Result<Option<Vec<u8>>> {
        if !std::mem::take(&mut self.changed) {
            return Ok(None);
        }
        let views = self.all.iter().map(|(name, (kind, shape, bytes))| {
            Ok((name, TensorView::new(*kind, shape.clone(), bytes).map_err(io::Error::other)?))
        });
        let views = views.collect::<io::Result<Vec<_>>>()?;
        serialize(views, None).map(Some).map_err(io::Error::other)
    }
}

//! Tensors on their way to a file.

use safetensors::tensor::{Dtype, View};
use std::borrow::Cow;

/// A tensor to be written.
pub(crate) struct Floats<'a> {
    pub(crate) shape: &'a [usize],
    pub(crate) data: &'a [f32],
}

impl View for Floats<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = vec![0; size_of_val(self.data)];
        let (words, _) = bytes.as_chunks_mut::<4>();
        words.iter_mut().zip(self.data).for_each(|(word, number)| *word = number.to_le_bytes());
        bytes.into()
    }
    fn data_len(&self) -> usize {
        size_of_val(self.data)
    }
}

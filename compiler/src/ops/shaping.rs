//! Operators that change the shape and no number, and dropout.

use super::noise::probability;
use super::{Entry, Operator, Text};
use crate::args::Signature;
use crate::ops::Args;
use crate::ops::Shape;

pub(super) const FLATTEN: Entry = Entry {
    signature: Signature { name: "flatten", positional: 0, params: &[] },
    read: |_| Operator::Flatten,
};

/// `dropout(p)`: [torch.nn.Dropout](https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html).
pub(super) const DROPOUT: Entry = Entry {
    signature: Signature { name: "dropout", positional: 1, params: &[("p", None)] },
    read: |args: &mut Args<'_>| {
        let p = probability(args, "dropout");
        Operator::Dropout(p)
    },
};

pub(super) fn dropout_text(p: f64) -> String {
    Text::new("dropout").arg(&p).finish()
}

/// Returns the shape of all numbers in a row.
pub(super) fn flat_shape(input: &[usize]) -> Shape {
    vec![input.iter().product()]
}

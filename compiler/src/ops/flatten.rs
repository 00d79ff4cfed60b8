//! Flattening.

use super::room::{Facts, Group, ParamSpec, Room};
use super::{Entry, Misfit, Operator, Shape};
use crate::args::Signature;

/// `flatten`: all numbers in a row, channels first,
/// [torch.nn.Flatten](https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html).
pub(super) struct Flatten;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    signature: Signature { name: "flatten", positional: 0, params: &[] },
    read: |_| Operator::Flatten,
}];

impl Room for Flatten {
    fn kind(&self) -> &'static str {
        "flatten"
    }

    fn text(&self) -> String {
        self.kind().to_string()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        Ok(vec![inputs[0].iter().product()])
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, _: &[&[usize]], _: &[usize]) -> u64 {
        0
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Move, follows: true, affine: true, activation: false, weights: None }
    }

    fn does_nothing(&self, input: &[usize]) -> Option<&'static str> {
        (input.len() == 1).then_some("its input is a list of features already")
    }
}

//! Means along one axis.

use super::axis::{AXES, Axis};
use super::room::{Facts, Group, ParamSpec, Room};
use super::text::Text;
use super::{Args, Entry, Misfit, Operator, Shape, count};
use crate::args::Signature;

/// The mean along an axis, which keeps one place:
/// [torch.mean](https://docs.pytorch.org/docs/stable/generated/torch.mean.html) with `keepdim=True`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mean {
    /// The axis.
    pub axis: Axis,
}

pub(super) const ENTRIES: &[Entry] = &[Entry {
    signature: Signature { name: "mean", positional: 1, params: &[("axis", None)] },
    read: |args: &mut Args<'_>| Operator::Mean(Mean { axis: args.choice("axis", AXES) }),
}];

impl Room for Mean {
    fn kind(&self) -> &'static str {
        "mean"
    }

    fn text(&self) -> String {
        Text::new(self.kind()).arg(&self.axis.name()).finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let mut shape = inputs[0].to_vec();
        shape[self.axis.place_in(self.kind(), inputs[0])?] = 1;
        Ok(shape)
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![]
    }

    fn flops(&self, inputs: &[&[usize]], _: &[usize]) -> u64 {
        count(inputs[0])
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Pool, follows: false, affine: true, activation: false, weights: None }
    }

    fn does_nothing(&self, input: &[usize]) -> Option<&'static str> {
        let place = self.axis.place(input.len())?;
        (input[place] == 1).then_some("the axis has one place already")
    }
}

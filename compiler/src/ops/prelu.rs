//! A relu with learned slopes.

use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, plain_text};
use super::{Args, Entry, Init, Misfit, Operator, Role, Shape, count};
use crate::args::Signature;

/// A relu with learned slopes: `prelu(init=0.25, per_channel=false)`,
/// [torch.nn.PReLU](https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prelu {
    /// The slopes before training.
    pub init: f64,
    /// True if each channel (or feature) has a slope of its own.
    pub per_channel: bool,
}

pub(super) const ENTRIES: &[Entry] = &[Entry {
    signature: Signature {
        name: "prelu",
        positional: 1,
        params: &[("init", Some("0.25")), ("per_channel", Some("false"))],
    },
    read: |args: &mut Args<'_>| {
        Operator::Prelu(Prelu { init: args.number("init"), per_channel: args.flag("per_channel") })
    },
}];

impl Prelu {
    /// Returns the number of slopes for an input of this shape.
    pub fn slopes(&self, input: &[usize]) -> usize {
        if self.per_channel { input[0] } else { 1 }
    }
}

impl Room for Prelu {
    fn kind(&self) -> &'static str {
        "prelu"
    }

    fn text(&self) -> String {
        Text::new("prelu")
            .optional("init", &self.init)
            .option("per_channel", &self.per_channel, plain_text)
            .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        Ok(inputs[0].to_vec())
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let (shape, init) = (vec![self.slopes(input)], Init::Constant(self.init));
        vec![ParamSpec { name: "weight", shape, init, role: Role::Slope }]
    }

    fn flops(&self, _: &[&[usize]], output: &[usize]) -> u64 {
        count(output)
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Activation, follows: true, affine: false, activation: true, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}

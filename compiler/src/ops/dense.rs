//! Dense (fully connected) layers.

use super::rank::kind_of;
use super::room::{Facts, Group, Groups, ParamSpec, Room, Weights, weight_and_bias};
use super::text::{Text, name_of, plain_text};
use super::{Args, Entry, Init, Misfit, Operator, Shape, count};
use crate::args::{MAX_SIZE, Signature};

/// `dense(units, bias=true, init=he_uniform, axis=features)`: [torch.nn.Linear](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// The number of outputs.
    pub units: usize,
    /// True if a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
    /// The numbers that are multiplied.
    pub axis: DenseAxis,
}

/// The numbers that a dense layer takes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenseAxis {
    /// The numbers of a list of features; other shapes are an error.
    Features,
    /// The numbers along the last axis, for each place of the others, as PyTorch's layer does.
    Last,
}

const AXES: &[(&str, DenseAxis)] = &[("features", DenseAxis::Features), ("last", DenseAxis::Last)];

pub(super) const ENTRIES: &[Entry] = &[Entry {
    signature: Signature {
        name: "dense",
        positional: 1,
        params: &[
            ("units", None),
            ("bias", Some("true")),
            ("init", Some("he_uniform")),
            ("axis", Some("features")),
        ],
    },
    read: |args: &mut Args<'_>| {
        Operator::Dense(Dense {
            units: args.whole("units", 1..=MAX_SIZE),
            bias: args.flag("bias"),
            init: Init::read(args),
            axis: args.choice("axis", AXES),
        })
    },
}];

impl Room for Dense {
    fn kind(&self) -> &'static str {
        "dense"
    }

    fn text(&self) -> String {
        Text::new("dense")
            .arg(&self.units)
            .option("bias", &self.bias, plain_text)
            .option("init", &self.init, Init::text)
            .option("axis", &self.axis, |axis| name_of(AXES, axis))
            .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        let input = inputs[0];
        match input {
            [_] => Ok(vec![self.units]),
            [rows @ .., _] if self.axis == DenseAxis::Last => Ok([rows, &[self.units]].concat()),
            _ => Err(Misfit {
                recover: Some(vec![self.units]),
                ..Misfit::new(
                    "E0401",
                    format!("`dense` takes a list of features, not {}", kind_of(input)),
                    format!("found {input:?}, expected [features]"),
                )
                .help(format!(
                    "put `flatten` before: it makes {input:?} into [{}]",
                    input.iter().product::<usize>()
                ))
                .help(format!(
                    "or write `dense({}, axis=last)`, which takes the numbers along the last axis of each {}",
                    self.units,
                    if input.len() == 2 { "channel" } else { "row" }
                ))
            }),
        }
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = vec![self.units, input.last().copied().unwrap_or(1)];
        weight_and_bias(shape, self.init, self.bias.then_some(self.units))
    }

    fn flops(&self, inputs: &[&[usize]], _: &[usize]) -> u64 {
        let input = inputs[0];
        let units = self.units as u64;
        let rows = count(&input[..input.len().saturating_sub(1)]);
        let biases = if self.bias { units.saturating_mul(rows) } else { 0 };
        units.saturating_mul(2).saturating_mul(count(input)).saturating_add(biases)
    }

    fn facts(&self) -> Facts {
        let weights = Weights {
            outputs: Some(self.units),
            bias: self.bias,
            rows: self.axis == DenseAxis::Last,
            groups: Groups::Number(1),
            transposed: false,
        };
        Facts {
            group: Group::Dense,
            follows: false,
            affine: false,
            activation: false,
            weights: Some(weights),
        }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}

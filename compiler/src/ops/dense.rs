//! Dense (fully connected) layers.

use super::{Entry, Init, Misfit, Operator, ParamSpec, Text, count, kind_of, name_of, plain_text};
use crate::args::{MAX_SIZE, Signature};
use crate::ops::Args;
use crate::ops::{Role, Shape};

/// `dense(units, bias=true, init=he_uniform, axis=features)`: [torch.nn.Linear](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// The number of outputs.
    pub units: usize,
    /// True if a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
    /// The numbers that are multiplied together.
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

pub(super) const DENSE: Entry = Entry {
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
};

impl Dense {
    pub(super) fn text(&self) -> String {
        Text::new("dense")
            .arg(&self.units)
            .option("bias", &self.bias, plain_text)
            .option("init", &self.init, Init::text)
            .option("axis", &self.axis, |axis| name_of(AXES, axis))
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
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

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = vec![self.units, input.last().copied().unwrap_or(1)];
        let mut params = vec![ParamSpec { name: "weight", shape, init: self.init, role: Role::Weight }];
        if self.bias {
            let shape = vec![self.units];
            params.push(ParamSpec { name: "bias", shape, init: Init::Zeros, role: Role::Bias });
        }
        params
    }

    pub(super) fn flops(&self, input: &[usize]) -> u64 {
        let units = self.units as u64;
        let rows = count(&input[..input.len().saturating_sub(1)]);
        let biases = if self.bias { units.saturating_mul(rows) } else { 0 };
        units.saturating_mul(2).saturating_mul(count(input)).saturating_add(biases)
    }
}

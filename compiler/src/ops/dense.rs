//! Dense (fully connected) layers.

use super::{Entry, INITS, Init, Misfit, Operator, ParamSpec, Text, count, plain_text};
use crate::args::{Args, MAX_SIZE, Signature};
use crate::graph::{Role, Shape};

/// `dense(units, bias=true, init=he_uniform)`: [torch.nn.Linear](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// How many outputs.
    pub units: usize,
    /// Whether a bias is added.
    pub bias: bool,
    /// The weights before training.
    pub init: Init,
}

pub(super) const DENSE: Entry = Entry {
    signature: Signature {
        name: "dense",
        positional: 1,
        params: &[("units", None), ("bias", Some("true")), ("init", Some("he_uniform"))],
    },
    read: |args: &mut Args<'_>| {
        Operator::Dense(Dense {
            units: args.whole("units", 1..=MAX_SIZE, 1),
            bias: args.flag("bias", true),
            init: args.choice("init", INITS, Init::HeUniform),
        })
    },
};

impl Dense {
    pub(super) fn text(&self) -> String {
        Text::new("dense")
            .arg(&self.units)
            .option("bias", &self.bias, &true, plain_text)
            .option("init", &self.init, &Init::HeUniform, |init| init.name().to_string())
            .finish()
    }

    pub(super) fn shape(&self, input: &[usize]) -> Result<Shape, Misfit> {
        match input {
            [_] => Ok(vec![self.units]),
            _ => Err(Misfit {
                recover: Some(vec![self.units]),
                ..Misfit::new(
                    "E0401",
                    "`dense` takes a list of features, not an image",
                    format!("found {input:?}, expected [features]"),
                )
                .help(format!(
                    "put `flatten` before: it makes {input:?} into [{}]",
                    input.iter().product::<usize>()
                ))
            }),
        }
    }

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let shape = vec![self.units, input[0]];
        let mut params = vec![ParamSpec { name: "weight", shape, init: self.init, role: Role::Weight }];
        if self.bias {
            let shape = vec![self.units];
            params.push(ParamSpec { name: "bias", shape, init: Init::Zeros, role: Role::Bias });
        }
        params
    }

    pub(super) fn flops(&self, input: &[usize]) -> u64 {
        let units = self.units as u64;
        units.saturating_mul(2).saturating_mul(count(input)).saturating_add(if self.bias { units } else { 0 })
    }
}

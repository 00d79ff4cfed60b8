//! Normalisation by the batch's statistics.

use super::room::{Facts, Group, ParamSpec, Room};
use super::text::{Text, plain_text};
use super::{Args, Entry, Init, Misfit, Operator, Role, Shape, count};
use crate::args::Signature;

/// `batch_norm(eps=1e-5, momentum=0.1)`: [torch.nn.BatchNorm2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html)
/// (and `BatchNorm1d` on features), with parameters `weight`, `bias`, `running_mean`, `running_var`.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    /// The number that is added to the variance.
    pub eps: f64,
    /// The share of a new batch in the running statistics.
    pub momentum: f64,
}

pub(super) const ENTRIES: &[Entry] = &[Entry {
    signature: Signature {
        name: "batch_norm",
        positional: 0,
        params: &[("eps", Some("1e-5")), ("momentum", Some("0.1"))],
    },
    read: |args: &mut Args<'_>| {
        let eps = args.positive("eps");
        let momentum = args.fraction("momentum");
        if momentum == 0.0 {
            args.reject(
                "E0306",
                "momentum",
                "the momentum of `batch_norm` must be above 0",
                "the running statistics would never be updated",
                "it is the share of a new batch in them; PyTorch's default is 0.1",
            );
        }
        Operator::BatchNorm(BatchNorm { eps, momentum })
    },
}];

impl Room for BatchNorm {
    fn kind(&self) -> &'static str {
        "batch_norm"
    }

    fn text(&self) -> String {
        Text::new("batch_norm")
            .option("eps", &self.eps, |eps| format!("{eps:e}"))
            .option("momentum", &self.momentum, plain_text)
            .finish()
    }

    fn shape(&self, inputs: &[&[usize]]) -> Result<Shape, Misfit> {
        Ok(inputs[0].to_vec())
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        [
            ("weight", Init::Ones, Role::Norm),
            ("bias", Init::Zeros, Role::Norm),
            ("running_mean", Init::Zeros, Role::Statistic),
            ("running_var", Init::Ones, Role::Statistic),
        ]
        .map(|(name, init, role)| ParamSpec { name, shape: vec![input[0]], init, role })
        .into()
    }
    fn flops(&self, _: &[&[usize]], output: &[usize]) -> u64 {
        count(output).saturating_mul(2)
    }

    fn facts(&self) -> Facts {
        Facts { group: Group::Norm, follows: false, affine: true, activation: false, weights: None }
    }

    fn does_nothing(&self, _: &[usize]) -> Option<&'static str> {
        None
    }
}

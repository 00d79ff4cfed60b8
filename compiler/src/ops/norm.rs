//! Normalisation.

use super::{Entry, Init, Operator, ParamSpec, Text, plain_text};
use crate::args::Signature;
use crate::ops::Args;
use crate::ops::Role;

/// `batch_norm(eps=1e-5, momentum=0.1)`: [torch.nn.BatchNorm2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html)
/// (and `BatchNorm1d` on features), with parameters `weight`, `bias`, `running_mean`, `running_var`.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    /// The number that is added to the variance.
    pub eps: f64,
    /// The share of a new batch in the running statistics.
    pub momentum: f64,
}

pub(super) const BATCH_NORM: Entry = Entry {
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
};

impl BatchNorm {
    pub(super) fn text(&self) -> String {
        Text::new("batch_norm")
            .option("eps", &self.eps, |eps| format!("{eps:e}"))
            .option("momentum", &self.momentum, plain_text)
            .finish()
    }

    pub(super) fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        [
            ("weight", Init::Ones, Role::Norm),
            ("bias", Init::Zeros, Role::Norm),
            ("running_mean", Init::Zeros, Role::Statistic),
            ("running_var", Init::Ones, Role::Statistic),
        ]
        .map(|(name, init, role)| ParamSpec { name, shape: vec![input[0]], init, role })
        .into()
    }
}

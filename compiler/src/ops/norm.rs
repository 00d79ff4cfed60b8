//! Normalisation.

/// `batch_norm(eps=1e-5, momentum=0.1)`: [torch.nn.BatchNorm2d](https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html)
/// (and `BatchNorm1d` on features), with parameters `weight`, `bias`, `running_mean`, `running_var`.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    /// Added to the variance.
    pub eps: f64,
    /// The share of a new batch in the running statistics.
    pub momentum: f64,
}

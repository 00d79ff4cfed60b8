//! Dense (fully connected) layers.

use super::Init;

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

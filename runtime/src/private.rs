//! What generated code names; no part of the public interface.

pub use crate::kernels::activation::{Activation, Identity, LeakyRelu, Relu, Sigmoid, Tanh};
pub use crate::kernels::conv::Conv;
pub use crate::kernels::pool::Pool;
pub use crate::kernels::{activation, batch_norm, concat, conv, dense, dropout, elementwise, layout, loss, pool, softmax};
pub use crate::memory::{Batch, Lane, Slot, Step, Tile, partials, sum_lanes, total};
pub use crate::optim::{Adam, Momentum, Nesterov, Penalty, Sgd};
pub use crate::storage::Arena;
pub use crate::{init, parallel, parameters};

/// Code of this version of the compiler fits this version of the runtime: `netwright-compiler` and `netwright` must be
/// of the same version.
pub struct MadeFor0_1_0;

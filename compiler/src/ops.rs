//! The operators of the language, one file each: attributes, shape rule, parameters, cost.

mod activation;
mod conv;
mod dense;
mod init;
mod join;
mod loss;
mod norm;
mod pool;
mod shaping;

pub use activation::Activation;
pub use conv::Conv;
pub use dense::Dense;
pub use init::Init;
pub use loss::Loss;
pub use norm::BatchNorm;
pub use pool::{AvgPool, MaxPool};

/// What a layer does to its inputs. Definitions are PyTorch's.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    /// `y = x Wᵀ + b`
    Dense(Dense),
    /// Two-dimensional cross-correlation.
    Conv(Conv),
    /// The maximum of each window; the first one where several are equal.
    MaxPool(MaxPool),
    /// The mean of each window.
    AvgPool(AvgPool),
    /// The mean of each channel: `[c, h, w]` to `[c, 1, 1]`.
    GlobalAvgPool,
    /// All numbers in a row, channels first.
    Flatten,
    /// Normalisation by the batch's statistics of each channel; by the running ones in inference.
    BatchNorm(BatchNorm),
    /// Zeroes numbers with this probability and scales the others by 1 / (1 - p); nothing in inference.
    Dropout(f64),
    /// A function of each number.
    Activation(Activation),
    /// Over the first axis (features or channels).
    Softmax,
    /// The sum of two or more values of one shape.
    Add,
    /// Side by side on the channel axis.
    Concat,
}

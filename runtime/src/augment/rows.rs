//! A batch of samples, on its way to a training step.

/// Samples of a batch, on their way.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) seed: u64,
    pub(crate) epoch: u64,
    /// The indices of the samples in the data set.
    pub(crate) rows: Vec<u32>,
    /// The inputs, sample after sample.
    pub(crate) inputs: Vec<f32>,
    /// The classes; empty where targets are numbers.
    pub(crate) classes: Vec<u32>,
    /// The target numbers, sample after sample; empty where targets are classes.
    pub(crate) values: Vec<f32>,
}

//! A batch of samples, on its way to a training step.

/// Samples of a batch, on their way.
#[derive(Debug, Default)]
pub struct Rows {
    /// The seed of the augmentation.
    pub seed: u64,
    /// The epoch; each draws other numbers.
    pub epoch: u64,
    /// The indices of the samples in the data set.
    pub rows: Vec<u32>,
    /// The inputs, sample after sample.
    pub inputs: Vec<f32>,
    /// The classes; empty where targets are numbers.
    pub classes: Vec<u32>,
    /// The target numbers, sample after sample; empty where targets are classes.
    pub values: Vec<f32>,
}

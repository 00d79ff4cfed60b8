//! Arrays that are named by the part of the data that they hold, as MedMNIST's and Keras's.

use super::{Header, names};
use crate::Error;
use std::path::Path;

/// The inputs and the targets of a part of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The array of the inputs.
    pub inputs: Header,
    /// The array of the targets.
    pub targets: Option<Header>,
}

/// The parts of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splits {
    /// The samples to train with.
    pub training: Part,
    /// The samples to choose a training's best state by.
    pub validation: Option<Part>,
    /// The samples to measure the result by.
    pub test: Option<Part>,
}

/// Names of the inputs and targets of training, validation and test: MedMNIST's and those of Keras's `mnist.npz`.
const LAYOUTS: [[[&str; 2]; 3]; 2] = [
    [["train_images", "train_labels"], ["val_images", "val_labels"], ["test_images", "test_labels"]],
    [["x_train", "y_train"], ["x_val", "y_val"], ["x_test", "y_test"]],
];

/// Finds the parts of the data by the names of a file's arrays; `None` if the arrays have other names.
///
/// # Errors
/// Like [`names`].
pub fn splits(file: &Path) -> Result<Option<Splits>, Error> {
    let headers = names(file)?;
    let find = |name: &str| headers.iter().find(|header| header.name == name).cloned();
    let part = |[inputs, targets]: [&str; 2]| Some(Part { inputs: find(inputs)?, targets: find(targets) });
    Ok(LAYOUTS.iter().find_map(|&[training, validation, test]| {
        Some(Splits { training: part(training)?, validation: part(validation), test: part(test) })
    }))
}

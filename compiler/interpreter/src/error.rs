//! Errors of the arrays that the interpreter is given.

/// Arrays that do not fit the network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Too few or too many arrays.
    #[error("the network has {expected} {what}, but {found} arrays were given")]
    Count {
        /// The kind of the arrays: inputs, parameters, targets.
        what: &'static str,
        /// The number of arrays expected.
        expected: usize,
        /// The number of arrays given.
        found: usize,
    },
    /// An array of another shape.
    #[error(
        "{name} has the shape {found:?} where {expected:?} is expected; inputs and targets have the batch first"
    )]
    Shape {
        /// The input, parameter or layer.
        name: String,
        /// The shape expected.
        expected: Vec<usize>,
        /// The shape given.
        found: Vec<usize>,
    },
    /// The batch has no samples.
    #[error("the batch is empty: the first input needs at least one sample on its first axis")]
    Empty,
    /// A batch statistic of a single number.
    #[error(
        "{layer} cannot take statistics of one number a channel: train it with at least two samples a batch"
    )]
    OneNumber {
        /// The batch norm.
        layer: String,
    },
    /// Class indices where numbers are needed, or the other way round.
    #[error("the loss of {value} needs {expected} as its target")]
    Target {
        /// The output that the loss is of.
        value: String,
        /// `class indices` or `numbers`.
        expected: &'static str,
    },
    /// A class that the output does not have.
    #[error("a target of {value} is class {label}, but the output has {classes} classes, from 0 to {last}", last = classes - 1)]
    Label {
        /// The output that the loss is of.
        value: String,
        /// The class.
        label: usize,
        /// The number of classes.
        classes: usize,
    },
}

/// Fails unless as many arrays were given as needed.
pub(super) fn check_count(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Count { what, expected, found }) }
}

/// Fails unless the shapes are equal.
pub(super) fn check_shape(name: &str, expected: &[usize], found: &[usize]) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Shape { name: name.to_owned(), expected: expected.to_vec(), found: found.to_vec() })
}

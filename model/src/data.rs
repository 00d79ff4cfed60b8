//! Data sources of a recipe, scaling of inputs and weights of samples.

use crate::emit::emitted;

emitted! {
    /// The files of a data set; paths are relative to the `.net` file.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Source<S, L> {
        /// A folder with MNIST's four IDX files, plain or gzipped.
        Idx {
            /// The folder.
            path: S,
        },
        /// Some samples of such a folder.
        IdxPart {
            /// The folder.
            path: S,
            /// The classes to keep, renumbered from 0 in this order; all if empty.
            only: L,
            /// The number of training samples to keep; all if `None`.
            first: Option<usize>,
        },
        /// A table.
        Csv {
            /// The file.
            path: S,
            /// The columns that hold the label or the targets.
            label: Column,
        },
    }

    /// The position of the label columns in a table.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Column {
        /// The first ones.
        First,
        /// The last ones.
        Last,
        /// The columns from this one on, counted from 0.
        At(column: usize),
    }

    /// Scaling of the inputs before they enter the network. Pixels come as 0 to 1.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Scaling {
        /// No scaling.
        None,
        /// `(x - mean) / std`
        Normalize {
            /// The number that is subtracted.
            mean: f64,
            /// The number that the difference is divided by.
            std: f64,
        },
        /// Scaling of each feature by its mean and standard deviation over the training samples.
        Standardize,
    }

    /// The weight of each sample in the loss of a training step.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum SampleWeights<L> {
        /// Weight 1 for every sample.
        Equal,
        /// Weights that give every class the same total: `samples / (classes · samples of its class)`, whose
        /// mean is 1, of the classes that occur, as scikit-learn's
        /// [compute_class_weight](https://scikit-learn.org/stable/modules/generated/sklearn.utils.class_weight.compute_class_weight.html).
        Balanced,
        /// A weight for each class; a yes of a binary label is class 1.
        ByClass(weights: L),
    }

    /// Weights that a training starts from.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Start<S, L> {
        /// The file, relative to the `.net` file.
        pub file: S,
        /// The parameters that stay as they are there.
        pub frozen: L,
    }
}

impl<S, L> Source<S, L> {
    /// Returns the path of the folder or file.
    pub fn path(&self) -> &S {
        match self {
            Source::Idx { path } | Source::IdxPart { path, .. } | Source::Csv { path, .. } => path,
        }
    }

    /// Returns the columns with labels or targets; `None` for a folder, which has a class for each sample and
    /// a test set of its own.
    pub fn label(&self) -> Option<Column> {
        match self {
            Source::Csv { label, .. } => Some(*label),
            Source::Idx { .. } | Source::IdxPart { .. } => None,
        }
    }
}

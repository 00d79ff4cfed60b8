//! What a network is trained on.

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
            /// The classes that are taken, which are counted anew in this order; all if there are none.
            only: L,
            /// How many of the samples to train with are taken, if not all.
            first: Option<usize>,
        },
        /// A table.
        Csv {
            /// The file.
            path: S,
            /// Which columns hold the label or targets.
            label: Column,
        },
    }

    /// Which columns of a table are the label.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Column {
        /// The first ones.
        First,
        /// The last ones.
        Last,
        /// From this one on, counted from 0.
        At(column: usize),
    }

    /// What is done to inputs before the network sees them. Pixels come as 0 to 1.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Scaling {
        /// Nothing.
        None,
        /// `(x - mean) / std`
        Normalize {
            /// Subtracted.
            mean: f64,
            /// Divided by.
            std: f64,
        },
        /// Each feature by its mean and standard deviation over the training samples.
        Standardize,
    }

    /// How much each sample counts in the loss of a training step.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum SampleWeights<L> {
        /// All the same.
        Equal,
        /// So that every class counts the same: `samples / (classes · samples of its class)`, whose mean is 1, of the classes that
        /// occur, as scikit-learn's [compute_class_weight](https://scikit-learn.org/stable/modules/generated/sklearn.utils.class_weight.compute_class_weight.html).
        Balanced,
        /// By its class; a yes is class 1.
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
    /// Its path.
    pub fn path(&self) -> &S {
        match self {
            Source::Idx { path } | Source::IdxPart { path, .. } | Source::Csv { path, .. } => path,
        }
    }

    /// The columns with labels or targets; `None` for a folder, which has a class for each sample and a test set of its own.
    pub fn label(&self) -> Option<Column> {
        match self {
            Source::Csv { label, .. } => Some(*label),
            Source::Idx { .. } | Source::IdxPart { .. } => None,
        }
    }
}

//! Samples that a training does not learn from.

use crate::emit::emitted;

emitted! {
    /// The samples that are held out from training, to measure with.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum HeldOut<S> {
        /// None.
        None,
        /// A share of the data.
        Share {
            /// The share, from 0 to 1.
            share: f64,
            /// Both parts have the classes in the same shares, where samples have a class.
            stratified: bool,
        },
        /// Each of several parts of the data in turn, in a training of its own.
        Folds {
            /// The number of parts.
            count: usize,
            /// All parts have the classes in the same shares, where samples have a class.
            stratified: bool,
        },
        /// One of the parts.
        Fold {
            /// The number of the part, counted from 0.
            fold: usize,
            /// The number of parts.
            count: usize,
            /// All parts have the classes in the same shares, where samples have a class.
            stratified: bool,
        },
        /// A source of their own.
        Source(source: S),
    }
}

impl<S> HeldOut<S> {
    /// Returns true if no samples are held out.
    pub fn is_none(&self) -> bool {
        matches!(self, HeldOut::None)
    }

    /// Returns true if classes decide which samples are held out.
    pub fn is_stratified(&self) -> bool {
        match *self {
            HeldOut::None | HeldOut::Source(_) => false,
            HeldOut::Share { stratified, .. }
            | HeldOut::Folds { stratified, .. }
            | HeldOut::Fold { stratified, .. } => stratified,
        }
    }

    /// Returns the source of the samples, if they have one of their own.
    pub fn source(&self) -> Option<&S> {
        match self {
            HeldOut::Source(source) => Some(source),
            HeldOut::None | HeldOut::Share { .. } | HeldOut::Folds { .. } | HeldOut::Fold { .. } => None,
        }
    }

    /// Returns the source of the samples, to change it.
    pub fn source_mut(&mut self) -> Option<&mut S> {
        match self {
            HeldOut::Source(source) => Some(source),
            HeldOut::None | HeldOut::Share { .. } | HeldOut::Folds { .. } | HeldOut::Fold { .. } => None,
        }
    }

    /// Returns the same with another form of the source.
    pub fn map<T>(self, change: impl FnOnce(S) -> T) -> HeldOut<T> {
        match self {
            HeldOut::None => HeldOut::None,
            HeldOut::Share { share, stratified } => HeldOut::Share { share, stratified },
            HeldOut::Folds { count, stratified } => HeldOut::Folds { count, stratified },
            HeldOut::Fold { fold, count, stratified } => HeldOut::Fold { fold, count, stratified },
            HeldOut::Source(source) => HeldOut::Source(change(source)),
        }
    }

    /// Borrows the source.
    pub fn as_ref(&self) -> HeldOut<&S> {
        match self {
            HeldOut::None => HeldOut::None,
            &HeldOut::Share { share, stratified } => HeldOut::Share { share, stratified },
            &HeldOut::Folds { count, stratified } => HeldOut::Folds { count, stratified },
            &HeldOut::Fold { fold, count, stratified } => HeldOut::Fold { fold, count, stratified },
            HeldOut::Source(source) => HeldOut::Source(source),
        }
    }
}

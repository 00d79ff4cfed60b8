//! A supertrait that keeps a trait to the types of this crate.

/// Supertrait of traits that no other crate can implement.
pub trait Sealed {}

/// Implements [`Sealed`] for types.
macro_rules! seal {
    ($($type:ty),* $(,)?) => {
        $(impl $crate::sealed::Sealed for $type {})*
    };
}

pub(crate) use seal;

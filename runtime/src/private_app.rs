//! The private items that the crate `netwright-app` names; no part of the public interface.
//!
//! The crate also uses items of public modules; those that are not for users are `#[doc(hidden)]` there.

/// Programs that bring their settings and weights with them.
#[cfg(feature = "train")]
pub mod bundle {
    pub use crate::bundle::{Own, own};
}

/// Files that a user names for results.
#[cfg(feature = "safetensors")]
pub mod files {
    pub use crate::files::{
        Content, Destination, Existing, Kept, Refusal, check, destination, folder, write,
    };
    #[cfg(feature = "train")]
    pub use crate::files::{open, place, relative};
}

/// Scheduling of work on threads.
pub mod parallel {
    pub use crate::parallel::{chunks_mut, threads};
}

/// Targets of samples.
pub mod samples {
    pub use crate::samples::{counts, one_hot, yes_or_no};
}

//! The types that Netwright's compiler and its runtime share: how a network is trained, measured and fed, as
//! plain data.
//!
//! The compiler reads these types from a text, checks them, and writes them into the code that it generates; the runtime
//! does what they say. Each type is defined once, here, together with its description as an expression of Rust
//! ([`Emit`]), so that the compiler writes all of them with one function. Lists are generic: the compiler owns its
//! lists, generated code has constants.
//!
//! This crate has no dependencies and computes nothing but what both sides must agree on.

#![forbid(unsafe_code)]

mod augment;
mod border;
mod bundle;
mod calibration;
mod data;
mod depth;
mod emit;
mod folder;
mod hash;
mod head;
mod held_out;
mod joint;
mod loss;
pub mod manifest;
mod metric;
pub mod packing;
mod read;
mod rename;
mod save;
mod schedule;
pub mod seal;
mod stop;
pub mod usual;

pub use augment::{Augment, Interpolation, Operation, Resample, Targets};
pub use border::Border;
pub use bundle::Bundle;
pub use calibration::Calibration;
pub use data::{
    Arrays, Cache, Channels, Column, Damaged, Dicom, Fit, Header, Missing, Nifti, Pictures, Plane,
    SampleWeights, Scaling, Source, Sources, Start, Table,
};
pub use depth::Depth;
pub use emit::{Emit, Fields, Value};
pub use folder::{folder_beside, weights_of_fold};
pub use hash::Hash;
pub use head::Head;
pub use held_out::HeldOut;
pub use joint::{Answer, Compared, Part};
pub use loss::{Answers, Loss, Pointwise};
pub use manifest::{Fingerprinted, Manifest};
pub use metric::{Average, Metric, Metrics};
pub use packing::Algorithm;
pub use read::{Item, Read, Term, Unread};
pub use rename::Rename;
pub use save::Save;
pub use schedule::{Course, RateError, Schedule};
pub use stop::{EarlyStop, Watch};

//! Reads samples from files: pictures, tables, arrays and scans.
//!
//! A reader gives numbers and says where they come from; what a network makes of them is decided elsewhere. No
//! reader trusts a file: sizes that a header promises take no memory before the bytes are there.

#![forbid(unsafe_code)]

#[cfg(feature = "arrays")]
pub mod arrays;
#[cfg(feature = "dicom")]
pub mod dicom;
mod error;
pub mod files;
#[cfg(any(feature = "dicom", feature = "nifti"))]
pub mod grid;
pub mod label;
#[cfg(feature = "nifti")]
pub mod nifti;
#[cfg(feature = "pictures")]
pub mod picture;
pub mod table;
#[cfg(any(feature = "dicom", feature = "nifti", feature = "pictures"))]
mod taps;
#[cfg(all(test, any(feature = "arrays", feature = "dicom", feature = "nifti")))]
mod testing;

pub use error::{Error, Problem};

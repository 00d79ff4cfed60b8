//! Volumes of [NIfTI](https://nifti.nimh.nih.gov/dfwg/beyond-nifti-1), versions 1 and 2: `.nii`, and pairs of `.hdr` and
//! `.img`, each also gzipped.
//!
//! A volume is turned to RAS+: its axes go to the patient's right, to the front and up, as nibabel's `as_closest_canonical`
//! turns it.

mod affine;
mod header;
mod orientation;
mod problem;
mod resample;
mod slices;
#[cfg(test)]
mod tests;
mod voxels;
mod write;

pub use crate::grid::Interpolation;
pub use affine::{Affine, after};
pub use netwright_model::Plane;
pub use problem::Problem;
pub use slices::Slice;
pub use write::{Encoded, MILLIMETRES, Voxels, encode};

use crate::{Error, files};
use header::Stored;
use orientation::Orientation;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A volume's size and place, as its header says, in RAS+.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The voxels to the right, to the front and up.
    pub shape: [usize; 3],
    /// The number of channels: times, echoes or components of a vector.
    pub channels: usize,
    /// The distance of voxels in millimetres along each axis of `shape`.
    pub spacing: [f64; 3],
    /// The directions of the axes in the file, such as `LAS`.
    pub axes: String,
    /// The map from indices along the axes of `shape` to millimetres to the right, to the front and up.
    pub affine: Affine,
}

/// A volume in RAS+.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// The size and place.
    pub header: Header,
    /// The intensities, scaled by the file's slope and intercept: an array in the order of C of shape
    /// `[channels, right, front, up]`.
    pub data: Vec<f32>,
}

/// Reads a volume's header.
///
/// # Errors
/// If the file is missing or damaged, or not NIfTI.
pub fn header(file: &Path) -> Result<Header, Error> {
    open(file).map(|(stored, orientation, _)| public(&stored, &orientation))
}

/// Reads a volume.
///
/// # Errors
/// Like [`header`], or if its voxels are incomplete, or of a type that is not a number.
pub fn read(file: &Path) -> Result<Volume, Error> {
    let (stored, orientation, mut input) = open(file)?;
    let voxels = stored.voxels(&mut input.reader).map_err(|problem| Error::new(&input.file, problem))?;
    let data = orientation.turn(&voxels, stored.shape);
    Ok(Volume { header: public(&stored, &orientation), data })
}

/// The file that has the voxels; its reader is where they begin, but for the header's offset.
struct Input {
    file: PathBuf,
    reader: Box<dyn Read>,
}

fn open(file: &Path) -> Result<(Stored, Orientation, Input), Error> {
    let of_header = beside(file, "img", "hdr");
    let error = |problem| Error::new(&of_header, problem);
    let mut reader = files::open(&of_header, "volume").map_err(error)?;
    let stored = Stored::read(&mut reader).map_err(error)?;
    let orientation = stored.orientation().map_err(|problem| error(problem.into()))?;
    if stored.is_pair {
        let of_voxels = beside(&of_header, "hdr", "img");
        let reader = files::open(&of_voxels, "file of voxels beside its header")
            .map_err(|problem| Error::new(&of_voxels, problem))?;
        return Ok((stored, orientation, Input { file: of_voxels, reader }));
    }
    Ok((stored, orientation, Input { file: of_header, reader }))
}

fn public(stored: &Stored, orientation: &Orientation) -> Header {
    Header {
        shape: orientation.axes.map(|axis| stored.shape[axis]),
        channels: stored.channels,
        spacing: orientation.spacing.map(|spacing| spacing * stored.millimetres),
        axes: orientation.name(),
        affine: orientation
            .affine(stored.affine, stored.shape)
            .map(|row| row.map(|x| x * stored.millimetres)),
    }
}

/// Returns the file of a pair whose name ends in `to` instead of `from`, with or without `.gz`; else the file itself.
fn beside(file: &Path, from: &str, to: &str) -> PathBuf {
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return file.into() };
    let (stem, packed) = name.strip_suffix(".gz").map_or((name, ""), |stem| (stem, ".gz"));
    let Some((stem, extension)) = stem.rsplit_once('.') else { return file.into() };
    if !extension.eq_ignore_ascii_case(from) {
        return file.into();
    }
    let to = if extension == from.to_uppercase() { to.to_uppercase() } else { to.into() };
    let other = |packed| file.with_file_name(format!("{stem}.{to}{packed}"));
    // A header may be plain beside packed voxels.
    let alike = other(packed);
    let different = other(if packed.is_empty() { ".gz" } else { "" });
    if !alike.exists() && different.exists() { different } else { alike }
}

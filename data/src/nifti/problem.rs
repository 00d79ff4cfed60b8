//! Problems of volumes.

use thiserror::Error;

/// The problem with a NIfTI file.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant is described by its message")]
#[non_exhaustive]
pub enum Problem {
    #[error("is not a NIfTI file: expected it to begin with 348 or 540 as a number of 32 bits, found {}", bytes(.found))]
    Foreign { found: Vec<u8> },
    #[error("ends in its header: expected {expected} bytes, found {found}")]
    Header { expected: u64, found: u64 },
    #[error("has a header of NIfTI's size that is not NIfTI's: expected `n+1`, `ni1`, `n+2` or `ni2`, found {}", bytes(.found))]
    Magic { found: Vec<u8> },
    #[error("has {found} axes, expected 1 to 7")]
    Axes { found: i64 },
    #[error("has axes of lengths {found:?}, expected positive lengths that can be addressed")]
    Shape { found: Vec<i64> },
    #[error("has axes of lengths {found:?}, and a file of NIfTI-1 can have at most 32767 along each")]
    Long { found: Vec<i64> },
    #[error("has voxels of {name} (code {code}), expected integers or floats of 8 to 64 bits")]
    Type { code: i32, name: &'static str },
    #[error("has its voxels at byte {found}, expected a whole number of at least {least}")]
    Offset { least: u64, found: f64 },
    #[error("adds {found} to its intensities, expected a finite number")]
    Scale { found: f64 },
    #[error("has a rotation by the quaternion {found:?}, expected a length of at most 1")]
    Quaternion { found: [f64; 3] },
    #[error("has an affine map without three directions: {found:?}")]
    Orientation { found: Box<[[f64; 4]; 3]> },
    #[error("is cut short: expected {expected} bytes of voxels, found {found}")]
    Truncated { expected: u64, found: u64 },
    #[error("cannot be resampled to a spacing of {found} mm, expected a positive number")]
    Spacing { found: f64 },
    #[error(
        "would have more than 2^30 voxels with a spacing of {spacing} mm: it has {shape:?} with {found:?} mm"
    )]
    Resampled { spacing: f64, found: [f64; 3], shape: [usize; 3] },
}

impl Problem {
    /// Returns advice that fixes the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Problem::Foreign { .. } => "convert DICOM to NIfTI with `dcm2niix`",
            Problem::Magic { .. } => {
                "convert ANALYZE 7.5 with nibabel: `nibabel.save(nibabel.Nifti1Image.from_image(image), \"a.nii.gz\")`"
            }
            Problem::Header { .. }
            | Problem::Axes { .. }
            | Problem::Shape { .. }
            | Problem::Offset { .. }
            | Problem::Scale { .. }
            | Problem::Truncated { .. } => {
                "the file was not copied or downloaded completely, or was not written to its end: make it again"
            }
            Problem::Type { .. } => {
                "convert it with nibabel: `nibabel.Nifti1Image(data.astype(\"float32\"), image.affine)`"
            }
            Problem::Long { .. } => "write arrays of NumPy instead",
            Problem::Quaternion { .. } | Problem::Orientation { .. } => {
                "write an affine map with nibabel: `image.set_sform(affine, code=1)`"
            }
            Problem::Spacing { .. } => "write `spacing=1`, or 0 to keep the voxels as they are",
            Problem::Resampled { .. } => "write a larger `spacing`",
        };
        Some(text.into())
    }
}

fn bytes(found: &[u8]) -> String {
    if found.is_empty() { "no bytes".into() } else { format!("`{}`", found.escape_ascii()) }
}
